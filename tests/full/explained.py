"""What the record says that a run changed in the systems: from its events alone, on the systems as they were before.

Each write has an intent (`what` it says) and a receipt (`external_id`: the object that it made or changed). A write
without a receipt changed nothing; what no receipt tells of is as it was.
"""

import copy
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from activities._words import BESIDE
from domain.evidence import Event
from tests.full.exports import LATER, Holdings, Row

Told = dict[str, Any]


@dataclass(frozen=True)
class Written:
    """One write, as the record tells it."""

    step: str
    ref: str
    id: str
    what: Told
    seen: bool = True
    """Afterwards, in the system; an undo that was not needed any more is not."""

    @property
    def undoes(self) -> str:
        """The reference of the write that this one takes back."""
        step, _, n = self.ref.rpartition("/")
        return f"{step.rpartition('.undo')[0]}/{n}"


def writes(events: Iterable[Event], *, perhaps: bool = False) -> list[Written]:
    """In the order of their receipts. `perhaps`: also those of which the record says that they may have been done, for
    no receipt came."""
    events = list(events)
    sure = {event.body.get("ref") for event in events if event.type == "receipt"}
    intents: dict[str, Told] = {}
    found = []
    for event in events:
        if event.type == "intent":
            ref = event.body["ref"]
            if perhaps and ref not in {*sure, *intents}:
                found.append(Written(event.step, ref, _said(event).get("case_id", "message-0"), _said(event)))
            intents[ref] = _said(event)
        elif event.type == "receipt" and "ref" in event.body:
            body = event.body
            assert body["key"], f"{body['ref']} has a receipt without a key."
            found.append(
                Written(event.step, body["ref"], body["external_id"], intents[body["ref"]], bool(body["read_back_at"]))
            )
    return found


def _said(intent: Event) -> Told:
    told: Told = intent.body["what"] | json.loads(intent.personal.get(BESIDE, "{}"))
    return told


def explained(before: Holdings, events: Iterable[Event], *, perhaps: bool = False) -> Holdings:
    """The systems after it. `perhaps`: with what may have been done. Raises KeyError for a step whose effect nobody
    has said in `EFFECTS`."""
    systems = Systems(copy.deepcopy({part: list(rows) for part, rows in before.items()}))
    for write in writes(events, perhaps=perhaps):
        if write.id:
            EFFECTS[write.step](systems, write)
    return systems.held


@dataclass(frozen=True)
class Systems:
    held: Holdings

    def add(self, part: str, row: Row) -> None:
        self.held.setdefault(part, []).append(row)

    def row(self, part: str, id: str) -> Row:
        return next(row for row in self.held[part] if row["id"] == id)

    def said(self, case: Row, text: str, ref: str) -> None:
        case["comments"].append({"text": text, "reference": ref, "created_at": LATER})

    def noted(self, claim: Row, kind: str, ref: str, **entry: Any) -> None:
        blank: Row = {"text": "", "amount": None, "evidence": [], "closed_at": None, "outcome": "", "void": False}
        claim["diary"].append(blank | {"kind": kind, "reference": ref, "at": LATER} | entry)

    def give(self, instrument_id: str, minor: int) -> None:
        balance = self.row("instruments", instrument_id)["balance"]
        if balance:
            balance["minor"] += minor

    def variant(self, line: Row, id: str) -> Row:
        """As a line holds it."""
        variants = self.row("products", line["product_id"])["variants"]
        return {"variant_id": id, "price": next(v["price"] for v in variants if v["id"] == id)}


def _open_case(systems: Systems, told: Written) -> None:
    blank: Row = {
        "customer_id": "", "order_id": "", "body": "", "category": "", "priority": "", "owner": "", "links": [],
        "records": [], "merged_into": "", "attachments": [], "first_response_due": None, "resolution_due": None,
        "first_response_at": None, "resolved_at": None, "comments": [],
    }  # fmt: skip
    own = {"id": told.id, "state": "open", "reference": told.ref, "created_at": LATER}
    systems.add("cases", blank | told.what | own)


def _withdraw_case(systems: Systems, told: Written) -> None:
    systems.row("cases", told.id).update(state="withdrawn", resolved_at=None)


def _resolve_case(systems: Systems, told: Written) -> None:
    case = systems.row("cases", told.id)
    case.update(state=told.what["state"], resolved_at=LATER)
    systems.said(case, told.what["comment"], told.ref)


def _comment_case(systems: Systems, told: Written) -> None:
    case = systems.row("cases", told.id)
    systems.said(case, told.what["text"], told.ref)
    case["attachments"] += told.what.get("attachments", [])


def _link_case(systems: Systems, told: Written) -> None:
    """Both ways; it is said on the one."""
    case, other = systems.row("cases", told.id), systems.row("cases", told.what["related_id"])
    for one, to in ((case, other), (other, case)):
        one["links"] = list(dict.fromkeys([*one["links"], to["id"]]))
    systems.said(case, f"Related: {other['id']}, {other['subject']}", told.ref)


def _merge_case(systems: Systems, told: Written) -> None:
    """The other one gets what was attached, and is told of it in a comment without a reference."""
    case, into = systems.row("cases", told.id), systems.row("cases", told.what["into_id"])
    systems.said(into, f"{case['id']} was merged into this: {case['subject']}", "")
    into["attachments"] += [one for one in case["attachments"] if one not in into["attachments"]]
    case.update(state="resolved", merged_into=into["id"], resolved_at=LATER)
    systems.said(case, told.what.get("comment", f"Merged into {into['id']}."), told.ref)


def _reopen_case(systems: Systems, told: Written) -> None:
    case = systems.row("cases", told.id)
    dues = {name: told.what[name] for name in ("first_response_due", "resolution_due") if name in told.what}
    case.update(state="open", resolved_at=None, **dues)
    systems.said(case, told.what["comment"], told.ref)


def _close_again(systems: Systems, told: Written) -> None:
    systems.row("cases", told.id).update(state="resolved", resolved_at=LATER)


def _change_case(systems: Systems, told: Written) -> None:
    case, what = systems.row("cases", told.id), told.what
    case.update({name: what[name] for name in ("subject", "category", "queue", "priority", "owner") if name in what})
    case["attachments"] += [one for one in what.get("attachments", []) if one not in case["attachments"]]
    case.update({name: _utc(what[name]) for name in ("first_response_due", "resolution_due") if name in what})
    case["records"] += [record for record in what.get("records", []) if record not in case["records"]]
    systems.said(case, what["comment"], told.ref)


def _utc(time: str) -> str:
    return datetime.fromisoformat(time).astimezone(UTC).isoformat()


def _change_back(systems: Systems, told: Written) -> None:
    """Each field that was changed, as it was."""
    back = {name: value for name, value in told.what["before"].items() if name in told.what and value}
    comment = f"Taken back: {told.what['comment']}"
    _change_case(systems, replace(told, what=back | {"comment": comment}))


def _note_customer(systems: Systems, told: Written) -> None:
    systems.add("notes", told.what | {"id": told.id, "reference": told.ref, "created_at": LATER})


def _update_address(systems: Systems, told: Written) -> None:
    systems.row("customers", told.id)["address"] = told.what["address"]


def _restore_address(systems: Systems, told: Written) -> None:
    systems.row("customers", told.id)["address"] = told.what.get("before")


def _mark_order(systems: Systems, told: Written) -> None:
    mark = {"kind": told.what["kind"], "note": told.what.get("note", ""), "reference": told.ref, "set_at": LATER}
    systems.row("orders", told.id)["marks"].append(mark)


def _clear_mark(systems: Systems, told: Written) -> None:
    order = systems.row("orders", told.id)
    order["marks"] = [mark for mark in order["marks"] if mark["reference"] != told.undoes]


def _change_order(systems: Systems, told: Written) -> None:
    order, what = systems.row("orders", told.id), told.what
    items = what.get("items", {})
    lines = [
        line | systems.variant(line, items[line["id"]]) if line["id"] in items else line for line in order["lines"]
    ]
    after = {
        "cancel": {"status": "cancelled"},
        "items": {"lines": lines},
        "address": {"address": what.get("address")},
        "payment": {},
    }[what["kind"]]
    change = {
        "reference": told.ref, "kind": what["kind"], "status": "applied", "reason": what.get("reason", ""),
        "instrument_id": what.get("instrument_id", ""), "before": {name: order[name] for name in after}, "at": LATER,
    }  # fmt: skip
    order["changes"].append(change)
    order.update(after)


def _revert_change(systems: Systems, told: Written) -> None:
    order = systems.row("orders", told.id)
    for change in order["changes"]:  # one that was never made is not there
        if change["reference"] == told.undoes:
            change["status"] = "reverted"
            order.update(change["before"])


def _open_request(systems: Systems, told: Written) -> None:
    order, what = systems.row("orders", told.id), told.what
    lines = {line["id"]: line for line in order["lines"]}
    items = what.get("items", {})
    request = {
        "id": f"RMA-{order['id']}-{len(order['requests']) + 1}", "kind": what["kind"], "status": "open",
        "line_ids": what["line_ids"], "instrument_id": what.get("instrument_id", ""), "reference": told.ref,
        "replacements": [{"line_id": id} | systems.variant(lines[id], variant) for id, variant in items.items()],
        "created_at": LATER,
    }  # fmt: skip
    order["requests"].append(request)


def _withdraw_request(systems: Systems, told: Written) -> None:
    for request in systems.row("orders", told.id)["requests"]:
        if request["reference"] == told.undoes:
            request["status"] = "withdrawn"


def _send_refund(systems: Systems, told: Written) -> None:
    what = told.what
    names = ("payment_id", "amount", "instrument_id", "reason")
    systems.add(
        "refunds",
        {name: what[name] for name in names}
        | {"id": told.id, "state": "settled", "reference": told.ref, "change": what.get("change", "")}
        | {"created_at": LATER, "settled_at": LATER, "settles_at": None},
    )
    systems.give(what["instrument_id"], what["amount"]["minor"])


def _charge(systems: Systems, told: Written) -> None:
    what = told.what
    systems.add(
        "captures", what | {"id": told.id, "reference": told.ref, "change": what["change"], "captured_at": LATER}
    )
    systems.give(what["instrument_id"], -what["amount"]["minor"])


def _void_charge(systems: Systems, told: Written) -> None:
    """Billing books it as a refund, and does not tell its number."""
    what = told.what
    back = {
        "id": "refund-0", "payment_id": told.id, "amount": what["amount"], "instrument_id": what["instrument_id"],
        "reason": "void", "state": "settled", "reference": told.ref, "change": what["change"], "created_at": LATER,
        "settled_at": LATER, "settles_at": None,
    }  # fmt: skip
    systems.add("refunds", back)
    systems.give(what["instrument_id"], what["amount"]["minor"])


def _order_replacement(systems: Systems, told: Written) -> None:
    what = told.what
    product = systems.row("products", what["product_id"])
    line = {"id": f"{told.id}-1", "product_id": product["id"], "name": product["name"]}
    cover = {"claim_id": what["claim_id"], "amount": what["covered"], "deductible": what["deductible"]}
    order = {
        "id": told.id, "customer_id": what["customer_id"], "status": "open", "currency": what["covered"]["currency"],
        "placed_at": LATER, "address": what["address"], "lines": [line | systems.variant(line, what["variant_id"])],
        "covered": cover, "replaces": {"order_id": what["order_id"], "line_id": what["line_id"]},
        "marks": [], "requests": [], "changes": [], "reference": told.ref,
    }  # fmt: skip
    systems.add("orders", order)


def _cancel_replacement(systems: Systems, told: Written) -> None:
    order = systems.row("orders", told.id)
    change = {
        "reference": told.ref, "kind": "cancel", "status": "applied", "reason": "replacement_taken_back",
        "before": {"status": order["status"]}, "at": LATER,
    }  # fmt: skip
    order["changes"].append(change)
    order["status"] = "cancelled"


def _issue_voucher(systems: Systems, told: Written) -> None:
    number = f"RV-{int(told.id.partition('-')[2]):06}"
    own = {"id": told.id, "number": number, "state": "issued", "reference": told.ref, "issued_at": LATER}
    systems.add("vouchers", told.what | own)


def _void_voucher(systems: Systems, told: Written) -> None:
    systems.row("vouchers", told.id)["state"] = "void"


def _open_claim(systems: Systems, told: Written) -> None:
    blank: Row = {"outcome": "", "payments": [], "activities": [], "diary": [], "evidence": [], "closed_at": None}
    blank["assessed"] = None
    own = {"id": told.id, "state": "open", "reference": told.ref, "reported_at": LATER}
    systems.add("claims", blank | told.what | own | {"reserve": told.what["amount"] | {"minor": 0}})


def _withdraw_claim(systems: Systems, told: Written) -> None:
    claim = systems.row("claims", told.id)
    ended = [activity | {"done": True} for activity in claim["activities"]]
    claim.update(state="withdrawn", reserve=claim["reserve"] | {"minor": 0}, activities=ended, closed_at=LATER)
    systems.noted(claim, "withdrawn", told.ref)


def _set_reserve(systems: Systems, told: Written) -> None:
    claim = systems.row("claims", told.id)
    claim["reserve"] = told.what["amount"]
    systems.noted(claim, "reserve", told.ref, amount=told.what["amount"])


def _release_reserve(systems: Systems, told: Written) -> None:
    claim = systems.row("claims", told.id)
    if not told.seen:
        return
    claim["reserve"] = told.what["amount"] | {"minor": 0}
    systems.noted(claim, "reserve", told.ref, amount=claim["reserve"])


def _assess_claim(systems: Systems, told: Written) -> None:
    claim = systems.row("claims", told.id)
    claim["assessed"] = told.what["amount"]
    systems.noted(claim, "assessed", told.ref, amount=told.what["amount"], text=told.what.get("text", ""))


def _restore_assessment(systems: Systems, told: Written) -> None:
    claim = systems.row("claims", told.id)
    next(entry for entry in claim["diary"] if entry["reference"] == told.undoes)["void"] = True
    standing = [e["amount"] for e in claim["diary"] if e["kind"] == "assessed" and not e["void"]]
    claim["assessed"] = standing[-1] if standing else None


def _set_activity(systems: Systems, told: Written, *, end: bool = False) -> None:
    claim, what = systems.row("claims", told.id), told.what
    done = end or what.get("done", False)
    activity = {"name": what["name"], "text": what.get("text", ""), "done": done}
    claim["activities"] = [*(a for a in claim["activities"] if a["name"] != what["name"]), activity]
    systems.noted(claim, "activity", told.ref, text=f"{what['name']}: {'done' if done else 'open'}")


def _end_activity(systems: Systems, told: Written) -> None:
    if not told.seen:
        return
    _set_activity(systems, told, end=True)


def _send_payout(systems: Systems, told: Written) -> None:
    own = {"id": told.id, "state": "settled", "reference": told.ref, "created_at": LATER, "settled_at": LATER}
    settles = {"settles_at": None}
    systems.add("payouts", {"reason": ""} | told.what | own | settles)
    systems.give(told.what["instrument_id"], told.what["amount"]["minor"])


def _record_payment(systems: Systems, told: Written) -> None:
    claim, what = systems.row("claims", told.id), told.what
    reserved = claim["reserve"]
    names = ("kind", "amount", "deductible", "payout_id", "order_id", "voucher_id")
    own = {"id": f"{told.id}-payment-{len(claim['payments']) + 1}", "reference": told.ref}
    payment = {name: what.get(name) for name in names} | own | {"reserved": reserved, "at": LATER}
    claim["payments"].append(payment)
    claim["reserve"] = reserved | {"minor": max(0, reserved["minor"] - what["amount"]["minor"])}


def _join_notice(systems: Systems, told: Written) -> None:
    entry = {"text": told.what["text"], "evidence": told.what.get("evidence", [])}
    systems.noted(systems.row("claims", told.id), "notice", told.ref, **entry)


def _close_claim(systems: Systems, told: Written) -> None:
    claim, what = systems.row("claims", told.id), told.what
    claim.update(state="closed", outcome=what["outcome"], closed_at=LATER)
    systems.noted(claim, "closed", told.ref, text=what.get("text", ""), outcome=what["outcome"])


def _reopen_claim(systems: Systems, told: Written) -> None:
    claim, what = systems.row("claims", told.id), told.what
    before = {"closed_at": claim["closed_at"], "outcome": claim["outcome"]}
    claim["amount"] = claim["amount"] | {"minor": claim["amount"]["minor"] + what["amount"]["minor"]}
    claim.update(state="open", outcome="", closed_at=None)
    systems.noted(claim, "reopened", told.ref, text=what["reason"], amount=what["amount"], **before)


def _close_reopened(systems: Systems, told: Written) -> None:
    claim = systems.row("claims", told.id)
    entry = next(entry for entry in claim["diary"] if entry["reference"] == told.undoes)
    entry["void"] = True
    claim["amount"] = claim["amount"] | {"minor": claim["amount"]["minor"] - entry["amount"]["minor"]}
    claim.update(state="closed", outcome=entry["outcome"], closed_at=entry["closed_at"])


def _send_code(systems: Systems, told: Written) -> None:
    customer, channel = systems.row("customers", told.what["customer_id"]), told.what.get("channel", "email")
    row = {"id": told.id, "channel": channel, "to": customer["email" if channel == "email" else "phone"]}
    text = told.what["text"].replace("{code}", "CODE")
    systems.add("messages", row | {"text": text, "reference": told.ref, "created_at": LATER})


def _tell_customer(systems: Systems, told: Written) -> None:
    """By the first channel that there is: e-mail."""
    _send_code(systems, told)


EFFECTS: dict[str, Callable[[Systems, Written], None]] = {
    effect.__name__.removeprefix("_"): effect
    for effect in (
        _open_case, _withdraw_case, _resolve_case, _comment_case, _reopen_case, _close_again, _note_customer,
        _update_address, _restore_address, _mark_order, _clear_mark, _change_order, _revert_change, _open_request,
        _withdraw_request, _send_refund, _charge, _void_charge, _open_claim, _withdraw_claim, _set_reserve,
        _release_reserve, _assess_claim, _restore_assessment, _set_activity, _end_activity, _send_payout,
        _record_payment, _join_notice, _close_claim, _reopen_claim, _close_reopened, _send_code, _tell_customer,
        _change_case, _change_back, _link_case, _merge_case, _order_replacement, _cancel_replacement, _issue_voucher,
        _void_voucher,
    )
}  # fmt: skip
"""By step: what a write of it changes in the systems."""
