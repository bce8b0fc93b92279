"""The case system."""

import json
from typing import Annotated, Any, Literal

from pydantic import Field

from handrail.simulators.calls import Answered, Body, Call, Refusal, listed, not_found, operation, read, refused
from handrail.simulators.database import Row

Short = Annotated[str, Field(max_length=500)]
Long = Annotated[str, Field(max_length=20_000)]


class CaseBody(Body):
    subject: Annotated[str, Field(min_length=1, max_length=500)]
    customer_id: Short = ""
    order_id: Short = ""
    queue: Short = ""
    body: Long = ""
    reference: Short = ""


class CaseChange(Body):
    state: Literal["open", "pending", "resolved", "withdrawn"] | None = None
    comment: Long = ""
    reference: Short = ""


@operation("POST", "/cases")
def open_case(call: Call) -> Answered:
    body = read(CaseBody, call)
    for table, id, param in (("customers", body.customer_id, "customer_id"), ("orders", body.order_id, "order_id")):
        if id and call.tables.get(table, id) is None:
            raise refused(f"unknown_{table[:-1]}", f"There is no {table[:-1]} {id}.", param)
    row = call.tables.insert(
        "cases", id=call.tables.next_id("case"), state="open", comments="[]", created_at=call.now, **body.model_dump()
    )
    return 201, _shown(call, row)


@operation("GET", "/cases/{id}")
def get_case(call: Call) -> Answered:
    return 200, _shown(call, _case(call))


@operation("GET", "/cases")
def find_cases(call: Call) -> Answered:
    """Newest first."""
    given = call.filters("customer_id", "reference", "state")
    # The state is filtered last: a stale sight may know a case in another state than its row.
    where = " AND ".join(f"{name} = ?" for name in given if name != "state") or "true"
    values = [value for name, value in given.items() if name != "state"]
    rows = call.tables.find("cases", f"{where} ORDER BY n DESC", *values)
    return 200, listed([_shown(call, row) for row in rows if row["state"] == given.get("state", row["state"])])


@operation("PATCH", "/cases/{id}")
def update_case(call: Call) -> Answered:
    body = read(CaseChange, call)
    case = _case(call)
    call.check_version("Case", case)
    if body.state is None and not body.comment:
        raise Refusal(400, "invalid_request", "Give a state, a comment or both.", "state")
    if body.state in (None, case["state"]) and not body.comment:
        return 200, _shown(call, case)
    if case["state"] == "withdrawn":
        raise refused("case_closed", f"Case {case['id']} is withdrawn and cannot change.", status=409)
    return 200, _shown(call, call.tables.update("cases", case, **_changes(call, case, body)))


def _changes(call: Call, case: Row, body: CaseChange) -> dict[str, str]:
    changes: dict[str, str] = {"state": body.state} if body.state else {}
    if body.comment:
        comment = {"text": body.comment, "reference": body.reference, "created_at": call.now}
        changes["comments"] = json.dumps([*json.loads(case["comments"]), comment], ensure_ascii=False)
    return changes


def _case(call: Call) -> Row:
    row = call.tables.get("cases", call.ids[0])
    if row is None:
        raise not_found("case", call.ids[0])
    return row


def _shown(call: Call, row: Row) -> dict[str, Any]:
    names = ("id", "subject", "state", "customer_id", "order_id", "queue", "reference", "body", "created_at")
    told = {name: row[name] for name in names}
    return told | {"comments": json.loads(row["comments"]), "version": call.version(row)}
