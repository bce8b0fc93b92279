"""Personal values: beside the chain, readable by whom they are opened for, and gone for good after an erasure."""

import json
from pathlib import Path
from typing import Any

import pytest

from domain.evidence import ACCESS_RUN, Event, Who
from handrail.evidence import EvidenceBook, EvidenceNotWritten, verify_bundle
from handrail.evidence.keys import CustomerKey, commitment, place
from tests.evidence.conftest import event

OFFICER = Who(kind="human", id="u-9", name="Data Officer")


def about(customer: str, key: str = "a", **personal: str) -> Event:
    return event(key, subject=customer, personal=personal)


async def test_values_are_opened_only_for_those_who_ask_for_them(book: EvidenceBook) -> None:
    await book.append([about("C-1", email="ann@example.com", name="Ann Lee")])

    (closed,) = await book.for_run("default", "refund-1")
    (opened,) = await book.for_run("default", "refund-1", personal=True)

    assert closed.personal == {}
    assert opened.personal == {"email": "ann@example.com", "name": "Ann Lee"}
    assert set(closed.commitments) == {"email", "name"}


async def test_no_value_lies_in_clear_in_the_files(book: EvidenceBook, tmp_path: Path) -> None:
    await book.append([about("C-1", email="ann@example.com")])
    await book.checkpoint()
    folder = await book.export(tmp_path / "bundle", tenant="default")

    files = [*folder.iterdir(), *tmp_path.glob("handrail.db*")]  # noqa: ASYNC240

    assert len(files) > 7
    assert not [path.name for path in files if b"ann@example.com" in path.read_bytes()]


async def test_erasing_a_customer_leaves_the_chain_valid_and_the_values_unreadable(book: EvidenceBook) -> None:
    await book.append([about("C-1", email="ann@example.com"), about("C-2", "b", email="bob@example.com")])
    before = await book.checkpoint()

    erased = await book.erase("default", "C-1", by=OFFICER)

    ann, bob = await book.for_run("default", "refund-1", personal=True)
    report = await book.verify(witness=before)
    assert (erased, ann.personal, bob.personal) == (1, {}, {"email": "bob@example.com"})
    assert (report.ok, report.erased) == (True, 1)
    (event_of_it,) = [e for e in await book.for_run("default", ACCESS_RUN) if e.type == "erased"]
    assert (event_of_it.actor, event_of_it.body) == (OFFICER, {"customer": "C-1", "values": 1})


async def test_what_he_said_before_anybody_knew_him_goes_with_him(book: EvidenceBook) -> None:
    """Under the key of the conversation; another conversation's stays."""
    before = event("a", subject="call:k-1", call_id="k-1", personal={"address": "Marktplatz 7"})
    known = event("b", subject="C-1", call_id="k-1")
    others = event("c", subject="call:k-2", call_id="k-2", personal={"address": "Hafenweg 2"})
    await book.append([before, known, others])

    erased = await book.erase("default", "C-1", by=OFFICER)

    said, _, kept = await book.for_run("default", "refund-1", personal=True)
    assert (erased, said.personal, kept.personal) == (1, {}, {"address": "Hafenweg 2"})
    (told,) = [e for e in await book.for_run("default", ACCESS_RUN) if e.type == "erased"]
    assert told.body == {"customer": "C-1", "values": 1, "of": "call:k-1"}
    assert (await book.verify()).ok


async def test_the_destroyed_key_is_nowhere_in_the_files(book: EvidenceBook, tmp_path: Path) -> None:
    await book.append([about("C-1", email="ann@example.com")])
    with book._database.reading() as connection:
        wrapped = bytes(connection.exec_driver_sql("SELECT wrapped FROM evidence_keys").scalar_one())

    def lies_in_the_files() -> bool:
        return any(wrapped in path.read_bytes() for path in tmp_path.glob("handrail.db*"))

    assert lies_in_the_files()
    await book.erase("default", "C-1")
    assert not lies_in_the_files()


async def test_erasing_somebody_unknown_or_twice_changes_nothing(book: EvidenceBook) -> None:
    await book.append([about("C-1", email="ann@example.com")])

    assert [await book.erase("default", name) for name in ("C-9", "C-1", "C-1")] == [0, 1, 0]


async def test_a_customer_who_comes_back_gets_a_new_key(book: EvidenceBook) -> None:
    await book.append([about("C-1", email="ann@example.com")])
    await book.erase("default", "C-1")
    await book.append([about("C-1", "b", email="ann@new.example.com")])

    old, new = await book.for_run("default", "refund-1", personal=True)

    assert (old.personal, new.personal) == ({}, {"email": "ann@new.example.com"})
    assert (await book.verify()).ok


async def test_an_erasure_by_one_process_holds_for_another(book: EvidenceBook, url: str, key_path: Path) -> None:
    other = EvidenceBook(url, key_path)
    await other.append([about("C-1", email="ann@example.com")])
    await book.erase("default", "C-1")
    await other.append([about("C-1", "b", email="ann@example.com")])

    old, new = await other.for_run("default", "refund-1", personal=True)

    assert (old.personal, new.personal) == ({}, {"email": "ann@example.com"})
    await other.close()


async def test_tenants_have_keys_of_their_own(book: EvidenceBook) -> None:
    await book.append([about("C-1", email="a@x.example"), event("a", tenant="t2", subject="C-1", personal={"n": "v"})])

    await book.erase("t2", "C-1")

    (kept,) = await book.for_run("default", "refund-1", personal=True)
    assert kept.personal == {"email": "a@x.example"}


async def test_a_bundle_opens_values_only_on_request_and_a_changed_one_is_found(
    book: EvidenceBook, tmp_path: Path
) -> None:
    await book.append([about("C-1", email="ann@example.com")])
    shut = await book.export(tmp_path / "shut", tenant="default", customer="C-1")
    opened = await book.export(tmp_path / "opened", tenant="default", customer="C-1", personal=True)

    assert (shut / "openings.jsonl").read_text() == ""
    assert verify_bundle(opened).ok
    (line,) = [json.loads(text) for text in (opened / "openings.jsonl").read_text().splitlines()]
    assert line["value"] == "ann@example.com"
    (opened / "openings.jsonl").write_text(json.dumps({**line, "value": "eve@example.com"}) + "\n")
    assert ("default/refund-1", 1) in {(p.run, p.seq) for p in verify_bundle(opened).problems}


def test_a_commitment_binds_customer_place_and_value() -> None:
    keys = CustomerKey(b"1" * 32), CustomerKey(b"2" * 32)
    places = place("t/r", "k", "n"), place("t/r", "k", "m"), place("t/r", "j", "n"), place("t/q", "k", "n")
    made: set[Any] = {commitment(key.opening(where), value) for key in keys for where in places for value in ("a", "b")}

    assert len(made) == 16


async def test_card_numbers_are_masked_even_among_personal_values(book: EvidenceBook) -> None:
    await book.append([about("C-1", note="4242 4242 4242 4242", email="ann@example.com")])

    (kept,) = await book.for_run("default", "refund-1", personal=True)

    assert kept.personal == {"note": "[card ending 4242]", "email": "ann@example.com"}


async def test_values_do_not_move_to_another_installation(book: EvidenceBook, url: str, tmp_path: Path) -> None:
    await book.append([about("C-1", email="ann@example.com")])
    stranger = EvidenceBook(url, tmp_path / "another-key.pem")

    with pytest.raises(ValueError, match="email of event 1 of default/refund-1 does not open"):
        await stranger.for_run("default", "refund-1", personal=True)
    with pytest.raises(EvidenceNotWritten, match=r"another-key.pem does not open customer key"):
        await stranger.append([about("C-1", "b", email="ann@example.com")])
    await stranger.close()
