"""The double-entry ledger: every movement debits one account and credits another by the same amount.

Accounts: `sales/{order}` what an order earned; `clearing/{instrument}` money at the processor for a card or wallet;
`stored_value/{instrument}` what we owe the holder of a gift card; `in_transit/{refund}` a refund that has left and
not arrived; `claims/{claim}` what a claim has cost; `issued` where stored value came from before the dataset began.
"""

from typing import Any

from handrail.simulators.database import Row

IN_TRANSIT = "in_transit"
ISSUED = "issued"


def account_of(kind: str, instrument_id: str) -> str:
    return f"stored_value/{instrument_id}" if kind == "stored_value" else f"clearing/{instrument_id}"


def sales(order_id: str) -> str:
    return f"sales/{order_id}"


def claims(claim_id: str) -> str:
    return f"claims/{claim_id}"


def in_transit(refund_id: str) -> str:
    return f"{IN_TRANSIT}/{refund_id}"


def movement(kind: str, debit: str, credit: str, source: Row, *, id: str, order_id: str, at: str) -> dict[str, Any]:
    """A row of `movements` for the amount of `source`, which is the capture, refund or instrument behind it."""
    return {
        "id": id, "order_id": order_id, "at": at, "kind": kind, "object_id": source["id"],
        "debit": debit, "credit": credit, "minor": source["minor"], "currency": source["currency"],
    }  # fmt: skip


def shown(row: Row) -> dict[str, Any]:
    told = {name: row[name] for name in ("id", "order_id", "at", "kind", "object_id", "debit", "credit")}
    return told | {"amount": {"minor": row["minor"], "currency": row["currency"]}}


def accounts(rows: list[Row]) -> dict[str, int]:
    """Credits less debits of each account, in minor units. Together they are zero."""
    sums: dict[str, int] = {}
    for row in rows:
        sums[row["debit"]] = sums.get(row["debit"], 0) - row["minor"]
        sums[row["credit"]] = sums.get(row["credit"], 0) + row["minor"]
    return sums
