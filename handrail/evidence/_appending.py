"""Appending drafts within one transaction: each gets its place in its chain, repeated keys are passed over."""

import json
import uuid
from collections.abc import Sequence
from typing import Any

from handrail.database import Database
from handrail.evidence._statements import POSTGRES, SQLITE
from handrail.evidence.keys import CustomerKey, KeyRing, commitment, place
from handrail.evidence.records import GENESIS, Draft, hash_of
from handrail.evidence.tree import bucket_of

Head = tuple[int, str]


class Appender:
    """Knows the database's dialect and the customers' keys; keeps no heads: other processes write the same chains."""

    def __init__(self, database: Database, ring: KeyRing) -> None:
        self._sqlite = database.sqlite
        self._sql = SQLITE if database.sqlite else POSTGRES
        self._ring = ring

    def append(self, cursor: Any, drafts: Sequence[Draft]) -> None:
        """`cursor` is the driver's, inside a write transaction."""
        heads = self._heads(cursor, sorted({draft.chain for draft in drafts}))
        seen = self._known(cursor, [draft for draft in drafts if draft.chain in heads])
        events: list[tuple[Any, ...]] = []
        personal: list[tuple[Any, ...]] = []
        moved: dict[str, Head] = {}
        keys: dict[tuple[str, str], tuple[str, CustomerKey]] = {}
        for draft in drafts:
            if (draft.chain, draft.key) in seen:
                continue
            seen.add((draft.chain, draft.key))
            seq, previous = heads.get(draft.chain, (0, GENESIS))
            seq += 1
            commitments = self._seal(cursor, draft, seq, keys, personal) if draft.personal else {}
            record = draft.record(seq, previous, commitments)
            head = hash_of(record)
            heads[draft.chain] = moved[draft.chain] = (seq, head)
            events.append((draft.chain, seq, draft.key, draft.tenant, draft.subject, draft.call_id, record, head))
        self._write(cursor, events, moved, personal)

    def _write(
        self, cursor: Any, events: list[tuple[Any, ...]], moved: dict[str, Head], personal: list[tuple[Any, ...]]
    ) -> None:
        if not events:
            return
        cursor.executemany(self._sql.add_event, events)
        cursor.executemany(
            self._sql.set_head, [(chain, bucket_of(chain), seq, head) for chain, (seq, head) in sorted(moved.items())]
        )
        if personal:
            cursor.executemany(self._sql.add_personal, personal)

    def _heads(self, cursor: Any, chains: list[str]) -> dict[str, Head]:
        if self._sqlite:
            cursor.execute(self._sql.heads, (json.dumps(chains),))
        else:
            cursor.executemany(self._sql.reserve_heads, [(chain, bucket_of(chain), GENESIS) for chain in chains])
            cursor.execute(self._sql.heads, (chains,))
        return {chain: (seq, head) for chain, seq, head in cursor.fetchall()}

    def _known(self, cursor: Any, drafts: list[Draft]) -> set[tuple[str, str]]:
        if not drafts:
            return set()
        lists = [draft.chain for draft in drafts], [draft.key for draft in drafts]
        cursor.execute(self._sql.known, tuple(json.dumps(names) for names in lists) if self._sqlite else lists)
        return {(chain, key) for chain, key in cursor.fetchall()}

    def _seal(
        self,
        cursor: Any,
        draft: Draft,
        seq: int,
        keys: dict[tuple[str, str], tuple[str, CustomerKey]],
        personal: list[tuple[Any, ...]],
    ) -> dict[str, str]:
        """Puts the sealed values into `personal` and gives the commitments that stand for them in the chain."""
        customer = draft.tenant, draft.subject
        if customer not in keys:
            keys[customer] = self._customer_key(cursor, *customer)
        key_id, key = keys[customer]
        commitments = {}
        for name, value in draft.personal.items():
            where = place(draft.chain, draft.key, name)
            personal.append((draft.chain, seq, name, key_id, key.seal(where, value)))
            commitments[name] = commitment(key.opening(where), value)
        return commitments

    def _customer_key(self, cursor: Any, tenant: str, subject: str) -> tuple[str, CustomerKey]:
        """Read in this very transaction: another process may have erased the customer a moment ago."""
        cursor.execute(self._sql.find_key, (tenant, subject))
        found = cursor.fetchone()
        if not found:
            key_id = uuid.uuid4().hex
            cursor.execute(self._sql.add_key, (key_id, tenant, subject, self._ring.new_customer_key(key_id)))
            cursor.execute(self._sql.find_key, (tenant, subject))
            found = cursor.fetchone()
        return found[0], self._ring.customer_key(found[0], bytes(found[1]))
