"""The claims system: coverages, and claims with reserve, activities, payments and a diary.

It keeps order within one claim (a closed one has no reserve and no open activity) and leaves judgement to its users:
period, limit, deductible and duplicates are theirs. `claim_books` says when they got it wrong.
"""

import json
from typing import Any

from handrail.simulators.calls import Answered, Call, Refusal, listed, not_found, operation, read, refused
from handrail.simulators.claim_bodies import (
    ActivityBody,
    AssessmentBody,
    ClaimBody,
    ClaimChange,
    NoticeBody,
    PaymentBody,
    ReserveBody,
)
from handrail.simulators.database import Row
from handrail.simulators.vouchers import expired

Doc = dict[str, Any]


@operation("GET", "/claims/coverages/{id}")
def get_coverage(call: Call) -> Answered:
    row = call.tables.get("coverages", call.ids[0])
    if row is None:
        raise not_found("coverage", call.ids[0])
    return 200, json.loads(row["doc"]) | {"version": call.version(row)}


@operation("GET", "/claims/coverages")
def find_coverages(call: Call) -> Answered:
    rows = call.tables.find("coverages", "customer_id = ? ORDER BY n", call.filters("customer_id")["customer_id"])
    return 200, listed([json.loads(row["doc"]) | {"version": call.version(row)} for row in rows])


@operation("POST", "/claims")
def open_claim(call: Call) -> Answered:
    body = read(ClaimBody, call)
    coverage = call.tables.get("coverages", body.coverage_id)
    if coverage is None or coverage["customer_id"] != body.customer_id:
        text = f"Customer {body.customer_id} has no coverage {body.coverage_id}."
        raise refused("unknown_coverage", text, "coverage_id")
    doc = body.model_dump(mode="json") | {
        "id": call.tables.next_id("claim"), "state": "open", "outcome": "", "assessed": None, "payments": [],
        "activities": [], "diary": [], "reserve": {"minor": 0, "currency": body.amount.currency},
        "reported_at": call.now, "closed_at": None,
    }  # fmt: skip
    row = call.tables.insert("claims", **_columns(doc), id=doc["id"])
    return 201, _shown(call, row)


@operation("GET", "/claims/{id}")
def get_claim(call: Call) -> Answered:
    return 200, _shown(call, _claim(call))


@operation("GET", "/claims")
def find_claims(call: Call) -> Answered:
    """Oldest first."""
    given = call.filters("coverage_id", "customer_id", "reference")
    where = " AND ".join(f"{name} = ?" for name in given)
    rows = call.tables.find("claims", f"{where} ORDER BY n", *given.values())
    return 200, listed([_shown(call, row) for row in rows])


@operation("PUT", "/claims/{id}/reserve")
def set_reserve(call: Call) -> Answered:
    body = read(ReserveBody, call)
    row, doc = _open_claim(call)
    if _noted(doc, "reserve", body.reference):
        return 200, _shown(call, row)
    amount = body.amount.model_dump()
    _in_its_currency(doc, amount["currency"])
    doc["reserve"] = amount
    return _changed(call, row, doc, "reserve", body.reference, amount=amount)


@operation("PUT", "/claims/{id}/assessment")
def assess_claim(call: Call) -> Answered:
    """`voids` takes an assessment back: what was held before holds again."""
    body = read(AssessmentBody, call)
    row, doc = _open_claim(call)
    if body.voids:
        return _void_assessment(call, row, doc, body.voids)
    if _noted(doc, "assessed", body.reference):
        return 200, _shown(call, row)
    if body.amount is None:
        raise Refusal(400, "invalid_request", "Say what the whole loss is held to be.", "amount")
    _in_its_currency(doc, body.amount.currency)
    doc["assessed"] = body.amount.model_dump()
    return _changed(call, row, doc, "assessed", body.reference, text=body.text, amount=doc["assessed"])


def _void_assessment(call: Call, row: Row, doc: Doc, reference: str) -> Answered:
    entry = _noted(doc, "assessed", reference)
    if entry is None or entry["void"]:
        return 200, _shown(call, row)
    entry["void"] = True
    standing = [e["amount"] for e in doc["diary"] if e["kind"] == "assessed" and not e["void"]]
    doc["assessed"] = standing[-1] if standing else None
    return 200, _shown(call, _kept(call, row, doc))


def _in_its_currency(doc: Doc, currency: str) -> None:
    if currency != doc["amount"]["currency"]:
        raise refused("currency_mismatch", f"Claim {doc['id']} is in {doc['amount']['currency']}.", "amount.currency")


@operation("PUT", "/claims/{id}/activities/{name}")
def set_activity(call: Call) -> Answered:
    body = read(ActivityBody, call)
    row, doc = _open_claim(call)
    if _noted(doc, "activity", body.reference):
        return 200, _shown(call, row)
    name = call.ids[1]
    kept = [activity for activity in doc["activities"] if activity["name"] != name]
    doc["activities"] = [*kept, {"name": name, "text": body.text, "done": body.done}]
    return _changed(call, row, doc, "activity", body.reference, text=f"{name}: {'done' if body.done else 'open'}")


@operation("POST", "/claims/{id}/payments")
def record_payment(call: Call) -> Answered:
    """The reserve shrinks by the amount, as far as there is one."""
    body = read(PaymentBody, call)
    row, doc = _open_claim(call)
    table, name, id = {
        "payment": ("payouts", "payout_id", body.payout_id),
        "replacement": ("orders", "order_id", body.order_id),
        "repair_voucher": ("vouchers", "voucher_id", body.voucher_id),
    }[body.kind]  # fmt: skip
    if call.tables.get(table, id) is None:
        thing = table.removesuffix("s")
        raise refused(f"unknown_{thing}", f"There is no {thing} {id}.", name)
    reserved = doc["reserve"]
    payment = body.model_dump() | {
        "id": f"{doc['id']}-payment-{len(doc['payments']) + 1}",
        "reserved": reserved,
        "at": call.now,
    }
    doc["payments"] = [*doc["payments"], payment]
    doc["reserve"] = reserved | {"minor": max(0, reserved["minor"] - body.amount.minor)}
    return 201, _shown(call, _kept(call, row, doc))


@operation("POST", "/claims/{id}/notices")
def join_notice(call: Call) -> Answered:
    """Also on a closed claim: it is part of the file."""
    body = read(NoticeBody, call)
    row = _claim(call)
    evidence = [proof.model_dump() for proof in body.evidence]
    _, shown = _changed(call, row, _doc(row), "notice", body.reference, text=body.text, evidence=evidence)
    return 201, shown


@operation("PATCH", "/claims/{id}")
def change_claim(call: Call) -> Answered:
    """Closes, withdraws or reopens. `voids` takes a reopening back, with what came on top of the loss."""
    body = read(ClaimChange, call)
    row = _claim(call)
    call.check_version("Claim", row)
    change = {"closed": _close, "withdrawn": _withdraw, "open": _reopen}[body.state]
    return change(call, row, _doc(row), body)


def _close(call: Call, row: Row, doc: Doc, body: ClaimChange) -> Answered:
    if body.voids:
        return _void(call, row, doc, body)
    _must_not_be_withdrawn(doc)
    _must_be_settled(doc)
    doc |= {"state": "closed", "outcome": body.outcome, "closed_at": call.now}
    return _changed(call, row, doc, "closed", body.reference, text=body.text, outcome=body.outcome)


def _must_be_settled(doc: Doc) -> None:
    """Whichever way it is closed."""
    if doc["reserve"]["minor"]:
        text = f"Claim {doc['id']} has {doc['reserve']['minor']} minor units in reserve; release them first."
        raise refused("reserve_open", text, status=409)
    if waiting := [activity["name"] for activity in doc["activities"] if not activity["done"]]:
        text = f"Claim {doc['id']} has open activities: {', '.join(waiting)}."
        raise refused("activity_open", text, status=409)


def _withdraw(call: Call, row: Row, doc: Doc, body: ClaimChange) -> Answered:
    if doc["payments"]:
        raise refused("claim_paid", f"Claim {doc['id']} was paid on; it cannot be withdrawn.", status=409)
    if doc["state"] == "withdrawn":
        return 200, _shown(call, row)
    ended = [activity | {"done": True} for activity in doc["activities"]]
    none = doc["reserve"] | {"minor": 0}
    doc |= {"state": "withdrawn", "reserve": none, "activities": ended, "closed_at": call.now}
    return _changed(call, row, doc, "withdrawn", body.reference, text=body.text)


def _reopen(call: Call, row: Row, doc: Doc, body: ClaimChange) -> Answered:
    _must_not_be_withdrawn(doc)
    if body.amount is None:
        raise Refusal(400, "invalid_request", "Say by which amount the loss has grown.", "amount")
    _in_its_currency(doc, body.amount.currency)
    before = {"closed_at": doc["closed_at"], "outcome": doc["outcome"]}
    _grow(doc, body.amount.minor)
    doc |= {"state": "open", "outcome": "", "closed_at": None}
    amount = body.amount.model_dump()
    return _changed(call, row, doc, "reopened", body.reference, text=body.text, amount=amount, **before)


def _void(call: Call, row: Row, doc: Doc, body: ClaimChange) -> Answered:
    entry = _noted(doc, "reopened", body.voids)
    if entry is None or entry["void"]:
        return 200, _shown(call, row)
    _must_be_settled(doc)
    entry["void"] = True
    _grow(doc, -entry["amount"]["minor"])
    doc |= {"state": "closed", "outcome": entry["outcome"], "closed_at": entry["closed_at"]}
    return 200, _shown(call, _kept(call, row, doc))


def _grow(doc: Doc, minor: int) -> None:
    """What comes on top of the loss comes on top of what it is held to be."""
    for name in ("amount", "assessed"):
        if doc[name]:
            doc[name] = doc[name] | {"minor": doc[name]["minor"] + minor}


def _must_not_be_withdrawn(doc: Doc) -> None:
    if doc["state"] == "withdrawn":
        raise refused("claim_closed", f"Claim {doc['id']} is withdrawn and cannot change.", status=409)


def _claim(call: Call) -> Row:
    row = call.tables.get("claims", call.ids[0])
    if row is None:
        raise not_found("claim", call.ids[0])
    return row


def _open_claim(call: Call) -> tuple[Row, Doc]:
    row = _claim(call)
    call.check_version("Claim", row)
    if row["state"] != "open":
        raise refused("claim_closed", f"Claim {row['id']} is {row['state']}; reopen it first.", status=409)
    return row, _doc(row)


def _doc(row: Row) -> Doc:
    doc: Doc = json.loads(row["doc"])
    return doc


def _noted(doc: Doc, kind: str, reference: str) -> Doc | None:
    """The diary's entry of that kind under that reference: what is there already is not done again."""
    if not reference:
        return None
    return next((entry for entry in doc["diary"] if (entry["kind"], entry["reference"]) == (kind, reference)), None)


def _changed(call: Call, row: Row, doc: Doc, kind: str, reference: str, **entry: Any) -> Answered:
    blank: Doc = {"text": "", "amount": None, "evidence": [], "closed_at": None, "outcome": "", "void": False}
    doc["diary"] = [*doc["diary"], blank | entry | {"kind": kind, "reference": reference, "at": call.now}]
    return 200, _shown(call, _kept(call, row, doc))


def _kept(call: Call, row: Row, doc: Doc) -> Row:
    return call.tables.update("claims", row, **_columns(doc))


def _columns(doc: Doc) -> dict[str, Any]:
    names = ("coverage_id", "customer_id", "state", "reference")
    return {name: doc[name] for name in names} | {"doc": json.dumps(doc, ensure_ascii=False)}


def _shown(call: Call, row: Row) -> Doc:
    """With what lapsed of its settlements: of a voucher that nobody redeemed in time, all."""
    doc = _doc(row)
    payments = [payment | {"lapsed": _lapsed(call, payment)} for payment in doc["payments"]]
    return doc | {"payments": payments, "version": call.version(row)}


def _lapsed(call: Call, payment: Doc) -> Doc | None:
    voucher = call.tables.get("vouchers", payment["voucher_id"]) if payment["voucher_id"] else None
    return payment["amount"] if voucher and expired(voucher, call.today) else None
