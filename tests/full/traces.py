"""What stays on record in the systems when a run took everything back: it tells that something was begun, and counts
for nothing. Everything else must be as it was."""

from typing import Any

from tests.full.exports import Holdings, Row


def without_traces(held: Holdings) -> Holdings:
    """`held` must be comparable: what this run wrote carries `RUN`."""
    left = {part: list(rows) for part, rows in held.items()}
    left["cases"] = [_case(row) for row in left.get("cases", []) if not _gone(row)]
    left["claims"] = [_claim(row) for row in left.get("claims", []) if not _gone(row)]
    left["orders"] = [
        _order(row) for row in left.get("orders", []) if not (_ours(row) and row["status"] == "cancelled")
    ]
    left["vouchers"] = [row for row in left.get("vouchers", []) if row["state"] != "void"]
    voided = _voided(left)
    for part, column in (("captures", "id"), ("refunds", "payment_id")):
        left[part] = [row for row in left.get(part, []) if row[column] not in voided]
    left["messages"] = []  # a code that was sent cannot be called back; it opens nothing any more
    return {part: rows for part, rows in left.items() if rows}


def _ours(row: Row) -> bool:
    return str(row.get("reference", "")).startswith("RUN")


def _gone(row: Row) -> bool:
    """A case or claim that this run opened and withdrew."""
    return _ours(row) and row["state"] == "withdrawn"


def _case(row: Row) -> Row:
    """One that was reopened and closed again: what was said on it stays, and its last times."""
    return row | {"comments": _not_ours(row["comments"])}


def _claim(row: Row) -> Row:
    """One that was reopened and closed again: its diary tells of it, and the work that was planned is ended."""
    mine = any(_ours(entry) for entry in row["diary"])
    ended = [activity for activity in row["activities"] if not (mine and activity["done"])]
    return row | {"diary": _not_ours(row["diary"]), "activities": ended}


def _order(row: Row) -> Row:
    changes = [change for change in row["changes"] if change["status"] != "reverted"]
    requests = [request for request in row["requests"] if request["status"] != "withdrawn"]
    return row | {"changes": changes, "requests": requests}


def _not_ours(rows: list[Row]) -> list[Row]:
    return [row for row in rows if not _ours(row)]


def _voided(held: Holdings) -> set[str]:
    """Charges of this run whose whole amount went back."""
    back: dict[str, int] = {}
    for refund in held.get("refunds", []):
        back[refund["payment_id"]] = back.get(refund["payment_id"], 0) + _minor(refund)
    return {c["id"] for c in held.get("captures", []) if _ours(c) and back.get(c["id"]) == _minor(c)}


def _minor(row: Row) -> Any:
    return row["amount"]["minor"]
