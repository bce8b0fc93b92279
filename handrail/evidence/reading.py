"""Rows as they lie in the database, for readers, exports and verification."""

from collections.abc import Iterator
from typing import NamedTuple

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag

from handrail.evidence import checkpoints, tree
from handrail.evidence.keys import KeyRing, WrongKeyFile, place


class Row(NamedTuple):
    """One event: the exact record and what is kept beside it."""

    chain: str
    seq: int
    key: str
    subject: str
    call_id: str
    record: str
    hash: str


class Value(NamedTuple):
    """One personal value. `value` None: its key was destroyed; `broken`: it does not open under its key."""

    chain: str
    seq: int
    key: str
    name: str
    value: str | None
    opening: str = ""
    broken: bool = False


class Proof(NamedTuple):
    """That the latest checkpoint covers the chain up to `seq` (0: not at all yet)."""

    chain: str
    seq: int
    others: list[str]
    """The other leaves of the chain's bucket."""
    siblings: list[str]


_ROWS = "SELECT chain, seq, key, subject, call_id, record, hash FROM evidence_events"
_VALUES = (
    "SELECT p.chain, p.seq, e.key, p.name, p.sealed, k.id, k.wrapped FROM evidence_personal AS p "
    "JOIN evidence_keys AS k ON k.id = p.key_id JOIN evidence_events AS e ON e.chain = p.chain AND e.seq = p.seq"
)


def rows(connection: sa.Connection, where: str = "", order: str = "chain, seq", **given: object) -> Iterator[Row]:
    query = sa.text(f"{_ROWS} {f'WHERE {where}' if where else ''} ORDER BY {order}")
    result = connection.execution_options(yield_per=500).execute(query, given)
    return (Row(*row) for row in result)


def chains(connection: sa.Connection, where: str, **given: object) -> list[str]:
    """The chains in which such events are."""
    query = sa.text(f"SELECT DISTINCT chain FROM evidence_events {f'WHERE {where}' if where else ''} ORDER BY chain")
    return list(connection.scalars(query, given))


def values(connection: sa.Connection, ring: KeyRing, chain: str = "") -> Iterator[Value]:
    """The personal values of one chain, or of all."""
    query = sa.text(f"{_VALUES} {'WHERE p.chain = :chain' if chain else ''} ORDER BY p.chain, p.seq, p.name")
    result = connection.execution_options(yield_per=500).execute(query, {"chain": chain} if chain else {})
    return (_open(ring, *row) for row in result)


def _open(
    ring: KeyRing, chain: str, seq: int, key: str, name: str, sealed: bytes, key_id: str, wrapped: bytes | None
) -> Value:
    if wrapped is None:
        return Value(chain, seq, key, name, None)
    where = place(chain, key, name)
    try:
        customer = ring.customer_key(key_id, bytes(wrapped))
        return Value(chain, seq, key, name, customer.open(where, bytes(sealed)), customer.opening(where))
    except (InvalidTag, WrongKeyFile):
        return Value(chain, seq, key, name, None, broken=True)


def proof(connection: sa.Connection, chain: str) -> Proof:
    """Read in the same snapshot as the latest checkpoint."""
    bucket = tree.bucket_of(chain)
    query = sa.text(
        "SELECT h.chain, h.checked_seq, e.hash FROM evidence_heads AS h "
        "LEFT JOIN evidence_events AS e ON e.chain = h.chain AND e.seq = h.checked_seq "
        "WHERE h.bucket = :bucket AND h.checked_seq > 0"
    )
    covered = {name: (seq, hash_ or "") for name, seq, hash_ in connection.execute(query, {"bucket": bucket})}
    seq, _ = covered.pop(chain, (0, ""))
    others = sorted(tree.leaf(name, *head) for name, head in covered.items())
    return Proof(chain, seq, others, _siblings(connection, tree.node_of(bucket)) if seq else [])


def _siblings(connection: sa.Connection, node: int) -> list[str]:
    beside = [step ^ 1 for step in (node, *tree.path(node)[:-1])]
    known = checkpoints.stored(connection, set(beside))
    return [known.get(one, tree.empty(one)) for one in beside]
