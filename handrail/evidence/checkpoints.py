"""Checkpoints: signed statements of where every chain stood. What a checkpoint covers can no longer be changed unseen.

Keep some elsewhere (an export has them): against who holds database and key file, only an outside copy helps.
"""

import asyncio
import hashlib
import json
import logging
from collections import defaultdict
from datetime import datetime
from typing import Protocol, Self

import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import BaseModel, ConfigDict

from handrail.evidence import tree
from handrail.evidence.keys import KeyRing, fingerprint
from handrail.evidence.records import GENESIS

log = logging.getLogger(__name__)
_CHECKPOINT_LOCK = 0x43484B50  # PostgreSQL: one checkpoint at a time
_LATEST = sa.text("SELECT body, signature FROM evidence_checkpoints ORDER BY number DESC LIMIT 1")


class Checkpoint(BaseModel):
    """`body` is the signed text; the other fields are read from it."""

    model_config = ConfigDict(frozen=True)

    number: int
    at: datetime
    runs: int
    root: str
    previous: str
    """`digest` of the checkpoint before."""
    signer: str
    """Fingerprint of the public key."""
    body: str = ""
    signature: str = ""

    @classmethod
    def read(cls, body: str, signature: str) -> Self:
        return cls.model_validate({**json.loads(body), "body": body, "signature": signature})

    @property
    def digest(self) -> str:
        return hashlib.sha256(f"{self.body}\n{self.signature}".encode()).hexdigest()

    def signed_by(self, key: Ed25519PublicKey) -> bool:
        try:
            key.verify(bytes.fromhex(self.signature), self.body.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


class _Book(Protocol):
    async def checkpoint(self) -> Checkpoint | None: ...


async def checkpoints(book: _Book, every_s: float) -> None:
    """Until cancelled: a checkpoint every `every_s` seconds when anything was appended. A failure is logged."""
    while True:
        await asyncio.sleep(every_s)
        try:
            await book.checkpoint()
        except Exception:
            log.exception("No checkpoint could be written; the next try is in %s s.", every_s)


def latest(connection: sa.Connection) -> Checkpoint | None:
    row = connection.execute(_LATEST).one_or_none()
    return Checkpoint.read(*row) if row else None


def make(connection: sa.Connection, ring: KeyRing, at: datetime) -> Checkpoint | None:
    """Within a write transaction. Without anything new: the latest; None when nothing was ever appended."""
    if connection.dialect.name != "sqlite":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CHECKPOINT_LOCK})
    before = latest(connection)
    touched = connection.scalars(sa.text("SELECT DISTINCT bucket FROM evidence_heads WHERE seq <> checked_seq")).all()
    if not touched:
        return before
    found, added = _cover(connection, list(touched))
    root = _grow(connection, found)
    body = {
        "number": before.number + 1 if before else 1,
        "at": at.isoformat(),
        "runs": (before.runs if before else 0) + added,
        "root": root,
        "previous": before.digest if before else GENESIS,
        "signer": fingerprint(ring.public),
    }
    return _store(connection, ring, json.dumps(body, separators=(",", ":")))


def _store(connection: sa.Connection, ring: KeyRing, body: str) -> Checkpoint:
    made = Checkpoint.read(body, ring.sign(body.encode()))
    connection.execute(
        sa.text("INSERT INTO evidence_checkpoints (number, body, signature) VALUES (:number, :body, :signature)"),
        {"number": made.number, "body": body, "signature": made.signature},
    )
    return made


def _cover(connection: sa.Connection, touched: list[int]) -> tuple[dict[int, str], int]:
    """The new hashes of the touched buckets' nodes, and how many chains are covered for the first time."""
    rows = connection.execute(
        sa.text("SELECT chain, bucket, seq, hash, checked_seq FROM evidence_heads WHERE bucket IN :b").bindparams(
            sa.bindparam("b", expanding=True)
        ),
        {"b": touched},
    ).all()
    leaves: dict[int, list[str]] = defaultdict(list)
    for chain, bucket, seq, head, _ in rows:
        leaves[bucket].append(tree.leaf(chain, seq, head))
    moved = sorted((chain, seq) for chain, _, seq, _, checked in rows if seq != checked)
    connection.execute(
        sa.text("UPDATE evidence_heads SET checked_seq = :seq WHERE chain = :chain"),
        [{"chain": chain, "seq": seq} for chain, seq in moved],  # sorted, as appenders lock them: no deadlock
    )
    added = sum(1 for *_, checked in rows if checked == 0)
    return {tree.node_of(bucket): tree.bucket_hash(found) for bucket, found in leaves.items()}, added


def _grow(connection: sa.Connection, found: dict[int, str]) -> str:
    """Recompute and store the nodes above the given ones; the new root."""
    above = {node for bottom in found for node in tree.path(bottom)}
    beside = {child for node in above for child in (2 * node, 2 * node + 1)} - above - found.keys()
    hashes = {node: tree.empty(node) for node in beside} | stored(connection, beside) | found
    for node in sorted(above, reverse=True):
        hashes[node] = tree.node_hash(hashes[2 * node], hashes[2 * node + 1])
    connection.execute(
        sa.text(
            "INSERT INTO evidence_tree (node, hash) VALUES (:node, :hash) "
            "ON CONFLICT (node) DO UPDATE SET hash = excluded.hash"
        ),
        [{"node": node, "hash": hashes[node]} for node in sorted(above | found.keys())],
    )
    return hashes[tree.ROOT]


def stored(connection: sa.Connection, nodes: set[int]) -> dict[int, str]:
    """The hashes of those nodes under which there is anything."""
    query = sa.text("SELECT node, hash FROM evidence_tree WHERE node IN :nodes")
    rows = connection.execute(query.bindparams(sa.bindparam("nodes", expanding=True)), {"nodes": sorted(nodes)})
    return {row.node: row.hash for row in rows}
