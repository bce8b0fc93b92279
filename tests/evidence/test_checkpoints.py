"""Checkpoints: signed, each after the other, over every run, at the cost of what changed."""

import asyncio
import multiprocessing
import random
import stat
from pathlib import Path

import pytest

from handrail.evidence import EvidenceBook, checkpoints, tree
from handrail.evidence.checkpoints import Checkpoint
from handrail.evidence.keys import KeyRing, fingerprint
from tests.evidence.conftest import event


async def test_a_checkpoint_is_signed_and_follows_the_one_before(book: EvidenceBook, key_path: Path) -> None:
    await book.append([event("a"), event("a", run="refund-2")])
    first = await book.checkpoint()
    await book.append([event("b")])
    second = await book.checkpoint()
    assert first is not None
    assert second is not None

    public = KeyRing(key_path).public

    assert (first.number, first.runs, first.previous) == (1, 2, "0" * 64)
    assert (second.number, second.runs, second.previous) == (2, 2, first.digest)
    assert first.root != second.root
    assert all(c.signed_by(public) and c.signer == fingerprint(public) for c in (first, second))
    assert not Checkpoint.read(first.body.replace('"runs":2', '"runs":3'), first.signature).signed_by(public)


async def test_without_anything_new_there_is_no_new_checkpoint(book: EvidenceBook) -> None:
    assert await book.checkpoint() is None
    await book.append([event("a")])

    assert await book.checkpoint() == await book.checkpoint()


async def test_the_root_grown_step_by_step_is_the_root_of_all_runs_at_once(book: EvidenceBook, tmp_path: Path) -> None:
    """4,096 buckets and 3,000 runs: many buckets hold several."""
    dice = random.Random(7)
    for round_ in range(6):
        runs = dice.sample(range(3000), 500)
        await book.append([event(f"{round_}", run=f"refund-{run}") for run in runs])
        grown = await book.checkpoint()
    assert grown is not None
    report = await book.verify()
    assert report.ok, report.problems

    with book._database.reading() as connection:
        heads = connection.exec_driver_sql("SELECT chain, seq, hash FROM evidence_heads").all()
    leaves: dict[int, list[str]] = {}
    for chain, seq, head in heads:
        leaves.setdefault(tree.bucket_of(chain), []).append(tree.leaf(chain, seq, head))
    level = [tree.bucket_hash(leaves.get(bucket, [])) for bucket in range(tree.BUCKETS)]
    while len(level) > 1:
        level = [tree.node_hash(*pair) for pair in zip(level[::2], level[1::2], strict=True)]

    assert level == [grown.root]
    assert grown.runs == len(heads)


async def test_checkpoints_made_at_once_with_appends_cover_a_consistent_state(book: EvidenceBook) -> None:
    async def append(caller: int) -> None:
        for i in range(10):
            await book.append([event(f"{caller}:{i}", run=f"refund-{i}")])

    async def check() -> None:
        for _ in range(10):
            await book.checkpoint()

    await asyncio.gather(*[append(caller) for caller in range(10)], check(), check())

    report = await book.verify()
    assert report.ok, report.problems
    assert report.events == 100


async def test_the_loop_makes_checkpoints_and_outlives_a_failure() -> None:
    made = asyncio.Event()

    class Flaky:
        calls = 0

        async def checkpoint(self) -> Checkpoint | None:
            self.calls += 1
            if self.calls == 1:
                raise OSError("disk full")
            made.set()
            return None

    loop = asyncio.create_task(checkpoints(Flaky(), every_s=0.001))
    await asyncio.wait_for(made.wait(), 5)
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop


def test_the_key_file_is_for_its_owner_only_and_made_once(key_path: Path) -> None:
    first = fingerprint(KeyRing(key_path).public)

    assert stat.S_IMODE(key_path.stat().st_mode) == 0o600
    assert fingerprint(KeyRing(key_path).public) == first
    assert [path.name for path in key_path.parent.iterdir()] == [key_path.name]


def _fingerprint(path: Path) -> str:
    return fingerprint(KeyRing(path).public)


def test_processes_that_start_at_once_share_one_key(key_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        assert len(set(pool.map(_fingerprint, [key_path] * 8))) == 1


def test_a_file_that_is_no_signing_key_is_named(key_path: Path) -> None:
    key_path.write_text("no key")

    with pytest.raises(ValueError, match=r"signing-key.pem holds no Ed25519 private key"):
        KeyRing(key_path)
