"""Verification of the live database, in one snapshot."""

from collections import defaultdict

import sqlalchemy as sa

from domain.evidence import ACCESS_RUN, Report
from handrail.evidence import reading, tree
from handrail.evidence.checkpoints import Checkpoint
from handrail.evidence.keys import KeyRing
from handrail.evidence.records import chain_of
from handrail.evidence.verification import (
    Findings,
    check_chains,
    check_checkpoints,
    check_proof,
    check_value,
    check_witness,
    with_commitments,
)


def check_live(connection: sa.Connection, ring: KeyRing, witness: Checkpoint | None) -> Report:
    """Everything in the database, in one snapshot."""
    findings = Findings()
    heads = connection.execute(sa.text("SELECT chain, bucket, seq, hash, checked_seq FROM evidence_heads")).all()
    covered = {chain: checked for chain, _, _, _, checked in heads}
    check_chains(findings, with_commitments(findings, reading.rows(connection)), covered)
    for chain, _, seq, _, _ in heads:
        _check_head(findings, chain, seq)
    for chain in findings.lengths.keys() - covered.keys():
        findings.add(chain, "the run is not in the list of runs.")
    body = sa.text("SELECT body, signature FROM evidence_checkpoints ORDER BY number")
    made = [Checkpoint.read(*row) for row in connection.execute(body)]
    last = check_checkpoints(findings, made, ring.public, all_of_them=True)
    check_witness(findings, made, witness)
    _check_root(findings, connection, [(chain, bucket, checked) for chain, bucket, _, _, checked in heads], last)
    for value in reading.values(connection, ring):
        check_value(findings, value)
    _check_missing_values(findings)
    _check_erasures(findings, connection)
    return findings.report()


def _check_head(findings: Findings, chain: str, seq: int) -> None:
    length = findings.lengths.get(chain)
    if length is None:
        findings.add(chain, f"all its {seq} events are missing.", 1)
    elif length < seq and not any(p.run == chain and p.seq == length + 1 for p in findings.problems):
        findings.add(chain, f"events {length + 1} to {seq} are missing.", length + 1)


def _check_missing_values(findings: Findings) -> None:
    for (chain, seq), left in findings.commitments.items():
        for name in left:
            findings.add(chain, f"its personal value {name} is missing.", seq)


def _check_erasures(findings: Findings, connection: sa.Connection) -> None:
    """A customer's key is destroyed on record or not at all."""
    query = sa.text(
        "SELECT tenant, subject FROM evidence_keys AS k WHERE wrapped IS NULL AND NOT EXISTS (SELECT 1 FROM "
        f"evidence_events WHERE chain = k.tenant || '/{ACCESS_RUN}' AND key = 'erased:' || k.id)"
    )
    for tenant, subject in connection.execute(query):
        findings.add(chain_of(tenant, ACCESS_RUN), f"customer {subject} was erased without an event.")


def _check_root(
    findings: Findings, connection: sa.Connection, heads: list[tuple[str, int, int]], last: Checkpoint | None
) -> None:
    """The root over the events as they are now, up to where they are covered, against the last signed one."""
    leaves: dict[int, list[str]] = defaultdict(list)
    names: dict[int, list[str]] = defaultdict(list)
    for chain, bucket, checked in heads:
        if checked:
            leaves[bucket].append(tree.leaf(chain, checked, findings.hashes.get((chain, checked), "")))
            names[bucket].append(chain)
    known = {row.node: row.hash for row in connection.execute(sa.text("SELECT node, hash FROM evidence_tree"))}
    found = {tree.node_of(bucket): tree.bucket_hash(some) for bucket, some in leaves.items()}
    for node in sorted(found.keys() | {node for node in known if node >= tree.BUCKETS}):
        if found.get(node, tree.empty(node)) != known.get(node, tree.empty(node)):
            runs = ", ".join(sorted(names[node - tree.BUCKETS])) or "none left"
            findings.add(runs, f"the runs of part {node - tree.BUCKETS} are not those that were checkpointed.")
    if _root(found) != (last.root if last else tree.EMPTY_ROOT):
        name = f"checkpoint {last.number}" if last else "checkpoints"
        findings.add(name, "the events on record do not lead to the root that was signed last.")


def _root(found: dict[int, str]) -> str:
    hashes = dict(found)
    for node in range(tree.BUCKETS - 1, 0, -1):
        left, right = hashes.get(2 * node), hashes.get(2 * node + 1)
        if left or right:
            hashes[node] = tree.node_hash(left or tree.empty(2 * node), right or tree.empty(2 * node + 1))
    return hashes.get(tree.ROOT, tree.EMPTY_ROOT)


def check_run(connection: sa.Connection, ring: KeyRing, chain: str) -> Report:
    """One run only: its chain, its values, and that the last checkpoint covers it."""
    findings = Findings()
    proof = reading.proof(connection, chain)
    rows = reading.rows(connection, "chain = :chain", chain=chain)
    check_chains(findings, with_commitments(findings, rows), {chain: proof.seq})
    head = sa.text("SELECT seq FROM evidence_heads WHERE chain = :chain")
    seq = connection.scalar(head, {"chain": chain})
    if seq is not None:
        _check_head(findings, chain, seq)
    body = sa.text("SELECT body, signature FROM evidence_checkpoints ORDER BY number DESC LIMIT 1")
    last = check_checkpoints(findings, [Checkpoint.read(*row) for row in connection.execute(body)], ring.public)
    check_proof(findings, proof, last)
    for value in reading.values(connection, ring, chain):
        check_value(findings, value)
    _check_missing_values(findings)
    return findings.report()
