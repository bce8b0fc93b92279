"""Verification: recompute every hash, follow every chain, and compare with what was signed.

The same checks run on the live database and, with nothing but the files, on an exported bundle.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from domain.evidence import Problem, Report
from handrail.evidence import tree
from handrail.evidence.checkpoints import Checkpoint
from handrail.evidence.keys import commitment, fingerprint
from handrail.evidence.reading import Proof, Row, Value
from handrail.evidence.records import GENESIS, chain_of, hash_of


@dataclass
class Findings:
    """What a verification has seen so far."""

    problems: list[Problem] = field(default_factory=list)
    runs: int = 0
    events: int = 0
    erased: int = 0
    checkpoints: int = 0
    hashes: dict[tuple[str, int], str] = field(default_factory=dict)
    """Of the events that are asked for: those on which a checkpoint rests."""
    lengths: dict[str, int] = field(default_factory=dict)
    commitments: dict[tuple[str, int], dict[str, str]] = field(default_factory=dict)

    def add(self, chain: str, text: str, seq: int = 0, key: str = "") -> None:
        self.problems.append(Problem(run=chain, seq=seq, key=key, text=text))

    def report(self) -> Report:
        return Report(
            ok=not self.problems,
            runs=self.runs,
            events=self.events,
            checkpoints=self.checkpoints,
            erased=self.erased,
            problems=self.problems,
        )


def check_chains(findings: Findings, rows: Iterable[Row], covered: dict[str, int]) -> None:
    """Each chain by itself. `covered`: per chain, up to where a checkpoint covers it."""
    for chain, events in groupby(rows, key=lambda row: row.chain):
        findings.runs += 1
        if chain in findings.lengths:
            findings.add(chain, "its events do not follow one another; they were moved.")
        _check_chain(findings, chain, events, covered.get(chain, 0))


def _check_chain(findings: Findings, chain: str, events: Iterable[Row], covered: int) -> None:
    expected, previous = 1, GENESIS
    keys: set[str] = set()
    for row in events:
        findings.events += 1
        for text in _faults(row, expected, previous, keys):
            findings.add(chain, text, row.seq, row.key)
        expected, previous = row.seq + 1, row.hash
        keys.add(row.key)
        if row.seq == covered:
            findings.hashes[chain, row.seq] = hash_of(row.record)
    findings.lengths[chain] = expected - 1
    if covered >= expected:
        findings.add(chain, f"events {expected} to {covered} are missing; a checkpoint covers them.", expected)
        findings.hashes.setdefault((chain, covered), "")


def _faults(row: Row, expected: int, previous: str, keys: set[str]) -> list[str]:
    faults = []
    if hash_of(row.record) != row.hash:
        faults.append("its content was changed: it does not have the hash that it was written with.")
    record = _parse(row.record)
    if record is None:
        return [*faults, "it is no JSON object."]
    if row.seq != expected:
        missing = row.seq > expected
        faults.append(f"event {expected} is missing before it." if missing else "it was moved or inserted here.")
    elif record.get("prev_hash") != previous:
        faults.append("it was written after another event than the one before it; that one was changed or inserted.")
    if row.key in keys:
        faults.append("its key occurs twice.")
    beside = (row.chain, row.seq, row.key, row.subject, row.call_id)
    if _named(record) != beside:
        faults.append("what stands beside it (run, number, key, subject or call) is not what it says itself.")
    return faults


def _parse(record: str) -> dict[str, Any] | None:
    try:
        parsed = json.loads(record)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None


def _named(record: dict[str, Any]) -> tuple[str, Any, Any, Any, Any]:
    chain = chain_of(str(record.get("tenant")), str(record.get("run")))
    return chain, record.get("seq"), record.get("key"), record.get("subject", ""), record.get("call_id", "")


def check_checkpoints(
    findings: Findings, made: Iterable[Checkpoint], key: Ed25519PublicKey, *, all_of_them: bool = False
) -> Checkpoint | None:
    """Signatures and order; the last one. `all_of_them`: they must begin with the first."""
    last: Checkpoint | None = None
    for checkpoint in made:
        findings.checkpoints += 1
        name = f"checkpoint {checkpoint.number}"
        if not checkpoint.signed_by(key):
            findings.add(name, f"it is not signed by key {fingerprint(key)}, or was changed.")
        if all_of_them and last is None and (checkpoint.number, checkpoint.previous) != (1, GENESIS):
            findings.add(name, "it is not the first; those before it are missing.")
        if last and (checkpoint.number != last.number + 1 or checkpoint.previous != last.digest):
            findings.add(name, f"it does not follow checkpoint {last.number}; one was changed or is missing.")
        last = checkpoint
    return last


def check_witness(findings: Findings, made: Iterable[Checkpoint], witness: Checkpoint | None) -> None:
    """`witness`: a checkpoint kept elsewhere. It must be among those that are here."""
    if witness and witness.digest not in {checkpoint.digest for checkpoint in made}:
        findings.add(f"checkpoint {witness.number}", "the one kept elsewhere is not on record: history was rewritten.")


def check_proof(findings: Findings, proof: Proof, last: Checkpoint | None) -> None:
    """That the last checkpoint covers this chain as it is here."""
    head = findings.hashes.get((proof.chain, proof.seq), "")
    if not proof.seq or not head:
        return  # not covered yet; or missing, which is said already
    mine = tree.leaf(proof.chain, proof.seq, head)
    root = tree.root_from(tree.bucket_of(proof.chain), [*proof.others, mine], proof.siblings)
    if last is None or root != last.root:
        number = last.number if last else "(none)"
        findings.add(proof.chain, f"event {proof.seq} is not the one that checkpoint {number} covers.", proof.seq)


def check_value(findings: Findings, value: Value) -> None:
    """Takes the commitment that it meets out of `findings.commitments`; what is left there has no value."""
    committed = findings.commitments.get((value.chain, value.seq), {}).pop(value.name, None)
    if value.broken:
        findings.add(
            value.chain, f"its personal value {value.name} was changed: it does not open.", value.seq, value.key
        )
    elif value.value is None:
        findings.erased += 1
    elif committed is None or commitment(value.opening, value.value) != committed:
        findings.add(value.chain, f"its personal value {value.name} is not the one on record.", value.seq, value.key)


def with_commitments(findings: Findings, rows: Iterable[Row]) -> Iterable[Row]:
    for row in rows:
        note_commitments(findings, row)
        yield row


def note_commitments(findings: Findings, row: Row) -> None:
    if '"commitments"' in row.record and (record := _parse(row.record)):
        findings.commitments[row.chain, row.seq] = record.get("commitments", {})
