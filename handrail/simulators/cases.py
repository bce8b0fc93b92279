"""The case system: opening, reading, changing. What is done to open cases besides is in `casework`."""

import json
from typing import Annotated, Any, Literal

from pydantic import Field

from handrail.simulators.calls import Answered, Body, Call, Refusal, listed, not_found, operation, read, refused
from handrail.simulators.database import Row
from handrail.simulators.dataset import AttachmentRecord, written
from handrail.simulators.dataset_values import Time

Short = Annotated[str, Field(max_length=500)]
Long = Annotated[str, Field(max_length=20_000)]
CLOSED = ("resolved", "withdrawn")


class CaseBody(Body):
    subject: Annotated[str, Field(min_length=1, max_length=500)]
    customer_id: Short = ""
    order_id: Short = ""
    queue: Short = ""
    body: Long = ""
    reference: Short = ""
    category: Short = ""
    priority: Short = ""
    links: Annotated[list[Short], Field(max_length=50)] = []
    records: Annotated[list[Short], Field(max_length=50)] = []
    attachments: Annotated[list[AttachmentRecord], Field(max_length=50)] = []
    first_response_due: Time | None = None
    resolution_due: Time | None = None


class CaseChange(Body):
    state: Literal["open", "pending", "resolved", "withdrawn"] | None = None
    comment: Long = ""
    reference: Short = ""
    subject: Short = ""
    category: Short = ""
    queue: Short = ""
    priority: Short = ""
    owner: Short = ""
    first_response_due: Time | None = None
    resolution_due: Time | None = None
    attachments: Annotated[list[AttachmentRecord], Field(max_length=50)] = []
    records: Annotated[list[Short], Field(max_length=50)] = []


@operation("POST", "/cases")
def open_case(call: Call) -> Answered:
    body = read(CaseBody, call)
    for table, id, param in (("customers", body.customer_id, "customer_id"), ("orders", body.order_id, "order_id")):
        if id and call.tables.get(table, id) is None:
            raise refused(f"unknown_{table[:-1]}", f"There is no {table[:-1]} {id}.", param)
    for id in body.links:
        known(call, id, "links")
    given = body.model_dump()
    row = call.tables.insert(
        "cases",
        id=call.tables.next_id("case"),
        state="open",
        comments="[]",
        owner="",
        merged_into="",
        first_response_at=None,
        resolved_at=None,
        created_at=call.now,
        **given | {name: json.dumps(given[name]) for name in ("links", "records", "attachments")} | _dues(body),
    )
    return 201, shown(call, row)


@operation("GET", "/cases/{id}")
def get_case(call: Call) -> Answered:
    return 200, shown(call, case_of(call))


@operation("GET", "/cases")
def find_cases(call: Call) -> Answered:
    """Newest first."""
    given = call.filters("customer_id", "order_id", "owner", "reference", "state")
    # The state is filtered last: a stale sight may know a case in another state than its row.
    where = " AND ".join(f"{name} = ?" for name in given if name != "state") or "true"
    values = [value for name, value in given.items() if name != "state"]
    rows = call.tables.find("cases", f"{where} ORDER BY n DESC", *values)
    return 200, listed([shown(call, row) for row in rows if row["state"] == given.get("state", row["state"])])


@operation("PATCH", "/cases/{id}")
def update_case(call: Call) -> Answered:
    body = read(CaseChange, call)
    case = case_of(call)
    call.check_version("Case", case)
    changes = _changes(call, case, body)
    if not body.model_fields_set - {"reference"}:
        raise Refusal(400, "invalid_request", "Give a state, a comment or another change.", "state")
    if not changes:
        return 200, shown(call, case)
    if case["state"] == "withdrawn":
        raise refused("case_closed", f"Case {case['id']} is withdrawn and cannot change.", status=409)
    return 200, changed(call, case, changes, body.reference)


def case_of(call: Call) -> Row:
    row = call.tables.get("cases", call.ids[0])
    if row is None:
        raise not_found("case", call.ids[0])
    return row


def known(call: Call, id: str, param: str) -> Row:
    row = call.tables.get("cases", id)
    if row is None:
        raise refused("unknown_case", f"There is no case {id}.", param)
    return row


def changed(call: Call, case: Row, changes: dict[str, Any], by: str = "") -> dict[str, Any]:
    """Change it, and tell whoever opened it, unless it is his own change."""
    answer = shown(call, call.tables.update("cases", case, **changes))
    if not by or _opener(by) != _opener(case["reference"]):
        call.told.append(("case.updated", answer))
    return answer


def _opener(reference: str) -> str:
    """References end in step and number; what is before them names who wrote."""
    return reference.rsplit("/", 2)[0]


def commented(call: Call, case: Row, text: str, reference: str) -> str:
    """Its comments with one more."""
    comment = {"text": text, "reference": reference, "created_at": call.now}
    return json.dumps([*json.loads(case["comments"]), comment], ensure_ascii=False)


def attached(case: Row, attachments: list[AttachmentRecord]) -> str:
    """Its attachments with these; the same one is not attached twice."""
    held = json.loads(case["attachments"])
    here = {(one["reference"], one["sha256"]) for one in held}
    return json.dumps(held + [a.model_dump() for a in attachments if (a.reference, a.sha256) not in here])


def shown(call: Call, row: Row) -> dict[str, Any]:
    told = {name: value for name, value in row.items() if name not in ("n", "version")}
    lists = {name: json.loads(row[name] or "[]") for name in ("comments", "links", "records", "attachments")}
    return told | lists | {"version": call.version(row)}


def _changes(call: Call, case: Row, body: CaseChange) -> dict[str, Any]:
    names = ("state", "subject", "category", "queue", "priority", "owner")
    wanted = {name: value for name in names if (value := getattr(body, name))}
    changes: dict[str, Any] = {name: value for name, value in (wanted | _dues(body)).items() if value != case[name]}
    changes = {name: value for name, value in changes.items() if value is not None}
    if "state" in changes:
        changes["resolved_at"] = call.now if changes["state"] == "resolved" else None
    if body.attachments:
        changes["attachments"] = attached(case, body.attachments)
    held = json.loads(case["records"] or "[]")
    if added := [record for record in body.records if record not in held]:
        changes["records"] = json.dumps(held + added)
    if body.comment:
        changes["comments"] = commented(call, case, body.comment, body.reference)
    return changes


def _dues(body: CaseBody | CaseChange) -> dict[str, str | None]:
    dues = {"first_response_due": body.first_response_due, "resolution_due": body.resolution_due}
    return {name: written(at) if at else None for name, at in dues.items()}
