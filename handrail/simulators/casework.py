"""What is done to cases besides opening and changing them: comments, links, merging."""

import json
from typing import Annotated, Any

from pydantic import Field

from handrail.simulators.calls import Answered, Body, Call, operation, read, refused
from handrail.simulators.cases import (
    CLOSED,
    Long,
    Short,
    attached,
    case_of,
    changed,
    commented,
    known,
    shown,
)
from handrail.simulators.database import Row
from handrail.simulators.dataset import AttachmentRecord


class CommentBody(Body):
    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    reference: Short = ""
    response: bool = False
    attachments: Annotated[list[AttachmentRecord], Field(max_length=50)] = []


class LinkBody(Body):
    reference: Short = ""


class MergeBody(Body):
    into: Annotated[str, Field(min_length=1, max_length=200)]
    comment: Long = ""
    reference: Short = ""


@operation("POST", "/cases/{id}/comments")
def comment_case(call: Call) -> Answered:
    """The first that is a `response` to the customer ends the clock of the first response."""
    body = read(CommentBody, call)
    case = case_of(call)
    _not_withdrawn(case)
    changes: dict[str, Any] = {"comments": commented(call, case, body.text, body.reference)}
    if body.response and not case["first_response_at"]:
        changes["first_response_at"] = call.now
    if body.attachments:
        changes["attachments"] = attached(case, body.attachments)
    return 201, changed(call, case, changes, body.reference)


@operation("PUT", "/cases/{id}/links/{other}")
def link_case(call: Call) -> Answered:
    """Both ways; the same link under the same reference changes nothing."""
    body = read(LinkBody, call)
    case, other = case_of(call), known(call, call.ids[1], "other")
    if case["id"] == other["id"]:
        raise refused("cannot_link", f"Case {case['id']} is not related to itself.", "other")
    _link(call, other, case, {})
    told = {} if _said(case, body.reference) else {"comments": commented(call, case, _related(other), body.reference)}
    return 200, _link(call, case, other, told)


@operation("POST", "/cases/{id}/merge")
def merge_case(call: Call) -> Answered:
    """This case is resolved and goes on in another open one of the same customer, which gets its attachments."""
    body = read(MergeBody, call)
    case, into = case_of(call), known(call, body.into, "into")
    _not_withdrawn(case)
    if case["merged_into"] == into["id"]:
        comments = commented(call, case, f"Merged into {into['id']}.", body.reference)
        return 200, changed(call, case, {"comments": comments})
    for is_wrong, why in (
        (case["id"] == into["id"], "a case cannot go into itself"),
        (case["customer_id"] != into["customer_id"], f"case {into['id']} is another customer's"),
        (into["state"] in CLOSED, f"case {into['id']} is {into['state']}"),
        (bool(case["merged_into"]), f"it went into {case['merged_into']} already"),
    ):
        if is_wrong:
            raise refused("cannot_merge", f"Case {case['id']} cannot be merged: {why}.", "into")
    _take_in(call, into, case)
    said = body.comment or f"Merged into {into['id']}."
    comments = commented(call, case, said, body.reference)
    changes = {"state": "resolved", "merged_into": into["id"], "resolved_at": call.now, "comments": comments}
    return 200, changed(call, case, changes, body.reference)


def _link(call: Call, case: Row, other: Row, more: dict[str, Any]) -> dict[str, Any]:
    links = json.loads(case["links"])
    if other["id"] not in links:
        more = more | {"links": json.dumps([*links, other["id"]])}
    return changed(call, case, more) if more else shown(call, case)


def _related(other: Row) -> str:
    return f"Related: {other['id']}, {other['subject']}"


def _said(case: Row, reference: str) -> bool:
    return any(comment["reference"] == reference for comment in json.loads(case["comments"]))


def _take_in(call: Call, into: Row, case: Row) -> None:
    text = f"{case['id']} was merged into this: {case['subject']}"
    attachments = [AttachmentRecord.model_validate(one) for one in json.loads(case["attachments"])]
    changed(call, into, {"comments": commented(call, into, text, ""), "attachments": attached(into, attachments)})


def _not_withdrawn(case: Row) -> None:
    if case["state"] == "withdrawn":
        raise refused("case_closed", f"Case {case['id']} is withdrawn and cannot change.", status=409)
