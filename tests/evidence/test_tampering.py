"""Whoever changes the record is found out, by event and run: on the live database and in a bundle, offline."""

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.evidence import Event, Report
from handrail.evidence import Checkpoint, EvidenceBook, verify_bundle
from handrail.evidence.keys import public_pem
from handrail.evidence.records import draft, hash_of
from tests.evidence.conftest import event

EVENT_2 = "WHERE chain = 'default/refund-1' AND seq = 2"
TAMPERED = {
    "a field of the record": (f"UPDATE evidence_events SET record = replace(record, 'is b', 'is B') {EVENT_2}", 2),
    "the hash": (f"UPDATE evidence_events SET hash = '{'a' * 64}' {EVENT_2}", 2),
    "the key beside it": (f"UPDATE evidence_events SET key = 'x' {EVENT_2}", 2),
    "the customer beside it": (f"UPDATE evidence_events SET subject = 'C-2' {EVENT_2}", 2),
    "the call beside it": (f"UPDATE evidence_events SET call_id = 'x' {EVENT_2}", 2),
    "the run beside it": (f"UPDATE evidence_events SET chain = 'default/refund-9' {EVENT_2}", 3),
    "an event deleted": (f"DELETE FROM evidence_events {EVENT_2}", 3),
    "the tail cut off": ("DELETE FROM evidence_events WHERE chain = 'default/refund-1' AND seq >= 3", 3),
    "the whole run deleted": ("DELETE FROM evidence_events WHERE chain = 'default/refund-1'", 1),
    "two events exchanged": (
        "UPDATE evidence_events SET seq = CASE seq WHEN 2 THEN -3 ELSE -2 END WHERE chain = 'default/refund-1' "
        "AND seq IN (2, 3)|UPDATE evidence_events SET seq = -seq WHERE seq < 0",
        2,
    ),
    "an event inserted": (
        "INSERT INTO evidence_events (chain, seq, key, tenant, subject, call_id, record, hash) SELECT chain, 5, 'e', "
        f"tenant, subject, call_id, record, hash FROM evidence_events {EVENT_2}",
        5,
    ),
    "a personal value": ("UPDATE evidence_personal SET sealed = zeroblob(40) WHERE name = 'email'", 4),
    "a personal value deleted": ("DELETE FROM evidence_personal", 4),
}


@pytest.fixture
async def kept(book: EvidenceBook) -> EvidenceBook:
    """Two runs, checkpointed twice, with a tail that no checkpoint covers yet."""
    personal = {"subject": "C-1", "personal": {"email": "ann@example.com"}}
    await book.append([event("a"), event("b"), event("a", run="refund-2")])
    await book.checkpoint()
    await book.append([event("c"), event("d", **personal)])
    await book.checkpoint()
    assert (await book.verify()).ok
    return book


@pytest.mark.parametrize("what", TAMPERED)
async def test_a_change_in_the_database_is_named(kept: EvidenceBook, as_dba: Callable[..., None], what: str) -> None:
    statements, seq = TAMPERED[what]

    as_dba(*statements.split("|"))

    everything, run = await kept.verify(), await kept.verify_run("default", "refund-1")
    assert ("default/refund-1", seq) in {(p.run, p.seq) for p in everything.problems}, everything.problems
    assert ("default/refund-1", seq) in {(p.run, p.seq) for p in run.problems}, run.problems
    assert (await kept.verify_run("default", "refund-2")).ok or what == "the run beside it"


async def test_a_chain_recomputed_from_an_event_on_is_found_by_the_checkpoint(
    kept: EvidenceBook, as_dba: Callable[..., None]
) -> None:
    as_dba(*_rewrite(await kept.for_run("default", "refund-1")))

    report = await kept.verify()

    assert not report.ok
    assert {p.run for p in report.problems} >= {"default/refund-1", "checkpoint 2"}
    assert not (await kept.verify_run("default", "refund-1")).ok


async def test_a_tail_cut_off_before_any_checkpoint_is_found_too(
    kept: EvidenceBook, as_dba: Callable[..., None]
) -> None:
    await kept.append([event("e")])
    as_dba("DELETE FROM evidence_events WHERE chain = 'default/refund-1' AND seq = 5")

    report = await kept.verify()

    assert [(p.run, p.seq, p.text) for p in report.problems] == [("default/refund-1", 5, "events 5 to 5 are missing.")]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE evidence_checkpoints SET body = replace(body, '\"runs\":2', '\"runs\":3') WHERE number = 2",
        "UPDATE evidence_checkpoints SET signature = '00' WHERE number = 1",
        "DELETE FROM evidence_checkpoints WHERE number = 1",
        "DELETE FROM evidence_checkpoints WHERE number = 2",
        "DELETE FROM evidence_heads WHERE chain = 'default/refund-2'",
        "UPDATE evidence_heads SET checked_seq = 2 WHERE chain = 'default/refund-1'",
        "UPDATE evidence_keys SET wrapped = NULL",
    ],
)
async def test_a_change_of_what_guards_the_events_is_found(
    kept: EvidenceBook, as_dba: Callable[..., None], statement: str
) -> None:
    before = await kept.checkpoint()

    as_dba(statement)

    report = await kept.verify(witness=before)
    assert not report.ok


async def test_a_history_rewritten_with_the_key_at_hand_is_found_by_a_checkpoint_kept_elsewhere(
    kept: EvidenceBook, as_dba: Callable[..., None]
) -> None:
    witness = await kept.checkpoint()
    tables = ("evidence_events", "evidence_heads", "evidence_tree", "evidence_checkpoints", "evidence_personal")
    as_dba(*[f"DELETE FROM {table}" for table in tables])
    await kept.append([event("a"), event("b")])
    await kept.checkpoint()

    assert (await kept.verify()).ok
    report = await kept.verify(witness=witness)

    assert [str(p) for p in report.problems] == [
        "checkpoint 2: the one kept elsewhere is not on record: history was rewritten."
    ]


@pytest.fixture
async def folder(kept: EvidenceBook, tmp_path: Path) -> Path:
    return await kept.export(tmp_path / "bundle", tenant="default", run="refund-1", personal=True)


def test_an_untouched_bundle_verifies_with_nothing_else_at_hand(folder: Path) -> None:
    assert verify_bundle(folder) == Report(ok=True, runs=1, events=4, checkpoints=2)


@pytest.mark.parametrize(
    "name",
    ["events.jsonl", "checkpoints.jsonl", "proofs.jsonl", "openings.jsonl", "bundle.json", "bundle.sig"],
)
def test_any_byte_changed_in_a_bundle_is_found(folder: Path, name: str) -> None:
    file = folder / name
    good = file.read_bytes()
    for at in range(0, len(good), max(1, len(good) // 150)):
        file.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        assert not verify_bundle(folder).ok, f"byte {at} of {name}"
    file.write_bytes(good)
    assert verify_bundle(folder).ok


@pytest.mark.parametrize("name", ["events.jsonl", "checkpoints.jsonl", "proofs.jsonl", "public_key.pem", "bundle.sig"])
def test_a_file_missing_from_a_bundle_is_found(folder: Path, name: str) -> None:
    (folder / name).unlink()

    assert not verify_bundle(folder).ok


@pytest.mark.parametrize(
    ("lines", "seq"),
    [([0, 2, 3], 3), ([0, 2, 1, 3], 3), ([0, 1, 1, 2, 3], 2), ([0, 1], 3), ([1, 2, 3], 2)],
    ids=["deleted", "reordered", "inserted", "tail cut off", "head cut off"],
)
def test_lines_moved_in_a_bundle_are_named(folder: Path, lines: list[int], seq: int) -> None:
    good = (folder / "events.jsonl").read_text().splitlines()
    (folder / "events.jsonl").write_text("".join(good[i] + "\n" for i in lines))

    problems = verify_bundle(folder).problems

    assert ("default/refund-1", seq) in {(p.run, p.seq) for p in problems}


def test_a_bundle_signed_anew_by_another_is_found_with_the_right_key_or_witness(
    folder: Path, kept: EvidenceBook
) -> None:
    good = (folder / "checkpoints.jsonl").read_text().splitlines()
    witness = Checkpoint.read(**json.loads(good[-1]))
    real = Ed25519PrivateKey.generate().public_key()
    forger = Ed25519PrivateKey.generate()
    (folder / "public_key.pem").write_bytes(public_pem(forger.public_key()))
    forged = []
    previous = "0" * 64
    for line in good:
        body = json.dumps({**json.loads(json.loads(line)["body"]), "previous": previous})
        forged.append(Checkpoint.read(body, forger.sign(body.encode()).hex()))
        previous = forged[-1].digest
    lines = [json.dumps({"body": c.body, "signature": c.signature}) + "\n" for c in forged]
    (folder / "checkpoints.jsonl").write_text("".join(lines))
    about = json.loads((folder / "bundle.json").read_text())
    about["files"] = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in about["files"]}
    (folder / "bundle.json").write_text(json.dumps(about))
    (folder / "bundle.sig").write_text(forger.sign((folder / "bundle.json").read_bytes()).hex())

    assert verify_bundle(folder).ok, "whole in itself: only the key tells"
    assert not verify_bundle(folder, public_key=real).ok
    assert not verify_bundle(folder, witness=witness).ok


async def test_a_zip_verifies_and_holds_every_run_of_the_tenant_and_no_other(
    kept: EvidenceBook, tmp_path: Path
) -> None:
    await kept.append([event("a", tenant="foreign")])
    path = await kept.export(tmp_path / "all.zip", tenant="default")

    report = verify_bundle(path)

    assert report.ok, report.problems
    with zipfile.ZipFile(path) as archive:
        chains = {json.loads(line)["chain"] for line in archive.read("events.jsonl").splitlines()}
        assert b"foreign" not in b"".join(archive.read(name) for name in archive.namelist())
    assert {"default/refund-1", "default/refund-2"} <= chains


def _rewrite(events: list[Event]) -> list[str]:
    """SQL that changes event 2 and recomputes every hash after it, as one who knows the code would."""
    statements, previous = [], events[0].hash
    for old in events[1:]:
        forged = old.model_copy(update={"body": {"text": f"forged {old.key}"}})
        record = draft(forged).record(old.seq, previous, old.commitments)
        previous = hash_of(record)
        where = f"WHERE chain = 'default/refund-1' AND seq = {old.seq}"
        statements.append(f"UPDATE evidence_events SET record = '{record}', hash = '{previous}' {where}")
    return [*statements, f"UPDATE evidence_heads SET hash = '{previous}' WHERE chain = 'default/refund-1'"]
