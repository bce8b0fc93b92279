"""The SQL of the append path, written out per database: it runs for every event, so nothing is compiled there."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Statements:
    """`heads` takes a list of chains, `known` two lists of equal length: chains and keys (SQLite: as JSON)."""

    reserve_heads: str
    heads: str
    known: str
    add_event: str
    set_head: str
    find_key: str
    add_key: str
    add_personal: str


_ADD_EVENT = (
    "INSERT INTO evidence_events (chain, seq, key, tenant, subject, call_id, record, hash) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_SET_HEAD = (
    "INSERT INTO evidence_heads (chain, bucket, seq, hash, checked_seq) VALUES (?, ?, ?, ?, 0) "
    "ON CONFLICT (chain) DO UPDATE SET seq = excluded.seq, hash = excluded.hash"
)
_FIND_KEY = "SELECT id, wrapped FROM evidence_keys WHERE tenant = ? AND subject = ? AND wrapped IS NOT NULL"
_ADD_KEY = "INSERT INTO evidence_keys (id, tenant, subject, wrapped) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
_ADD_PERSONAL = "INSERT INTO evidence_personal (chain, seq, name, key_id, sealed) VALUES (?, ?, ?, ?, ?)"

SQLITE = Statements(
    reserve_heads="",
    heads="SELECT chain, seq, hash FROM evidence_heads WHERE chain IN (SELECT value FROM json_each(?))",
    # CROSS JOIN keeps SQLite from scanning the events: the list comes first, each pair is one look into the index.
    known=(
        "SELECT e.chain, e.key FROM json_each(?) AS c CROSS JOIN json_each(?) AS k ON k.key = c.key "
        "CROSS JOIN evidence_events AS e ON e.chain = c.value AND e.key = k.value"
    ),
    add_event=_ADD_EVENT,
    set_head=_SET_HEAD,
    find_key=_FIND_KEY,
    add_key=_ADD_KEY,
    add_personal=_ADD_PERSONAL,
)

POSTGRES = Statements(
    # A new chain has no row to lock yet; two writers of its first event must meet somewhere.
    reserve_heads=(
        "INSERT INTO evidence_heads (chain, bucket, seq, hash, checked_seq) VALUES (%s, %s, 0, %s, 0) "
        "ON CONFLICT DO NOTHING"
    ),
    heads="SELECT chain, seq, hash FROM evidence_heads WHERE chain = ANY(%s) ORDER BY chain FOR UPDATE",
    known=(
        "SELECT e.chain, e.key FROM unnest(%s::text[], %s::text[]) AS asked(chain, key) "
        "JOIN evidence_events AS e ON e.chain = asked.chain AND e.key = asked.key"
    ),
    add_event=_ADD_EVENT.replace("?", "%s"),
    set_head=_SET_HEAD.replace("?", "%s"),
    find_key=_FIND_KEY.replace("?", "%s"),
    add_key=_ADD_KEY.replace("?", "%s"),
    add_personal=_ADD_PERSONAL.replace("?", "%s"),
)
