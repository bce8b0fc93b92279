"""What must be true of claims, read from the documents and not from the code that keeps them."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

Doc = dict[str, Any]


def problems(db: sqlite3.Connection, today: date) -> Iterator[str]:
    coverages = {row["id"]: json.loads(row["doc"]) for row in db.execute("SELECT id, doc FROM coverages")}
    claims = [json.loads(row["doc"]) for row in db.execute("SELECT doc FROM claims ORDER BY n")]
    behind = _made_good(db)
    for claim in claims:
        yield from _of_claim(claim, coverages[claim["coverage_id"]])
        yield from _payments(claim, behind)
    yield from _limits(claims, coverages, _lapsed(db, today))
    yield from _paid_twice(claims)


def _of_claim(claim: Doc, coverage: Doc) -> Iterator[str]:
    id, paid, taken = claim["id"], _paid(claim), _taken(claim)
    for payment in claim["payments"]:
        if payment["amount"]["minor"] > payment["reserved"]["minor"]:
            yield f"Claim {id}: {payment['amount']['minor']} paid while {payment['reserved']['minor']} was in reserve."
    if paid and not coverage["starts_on"] <= claim["loss_on"] <= coverage["ends_on"]:
        yield f"Claim {id}: paid for a loss on {claim['loss_on']}, outside the period of {coverage['id']}."
    if claim["state"] != "open" and claim["reserve"]["minor"]:
        yield f"Claim {id} is {claim['state']} with {claim['reserve']['minor']} in reserve."
    if taken > coverage["deductible"]["minor"]:
        yield f"Claim {id}: a deductible of {taken} was taken; it is {coverage['deductible']['minor']}."
    loss = (claim["assessed"] or claim["amount"])["minor"]
    if paid + taken > loss:
        yield f"Claim {id}: {paid} paid and {taken} deducted of a loss of {loss}."
    if paid and coverage["deductible_per"] == "claim" and not taken and coverage["deductible"]["minor"]:
        yield f"Claim {id} was paid without the deductible of {coverage['deductible']['minor']}."


Behind = dict[tuple[str, str], tuple[str, int, bool]]
"""By kind and id, what was paid, sent or issued: for which claim, how much, and whether it stands."""
_ID = {"payment": "payout_id", "replacement": "order_id", "repair_voucher": "voucher_id"}


def _made_good(db: sqlite3.Connection) -> Behind:
    found: Behind = {}
    for row in db.execute("SELECT id, subject, minor, state FROM payouts"):
        found["payment", row["id"]] = (row["subject"], row["minor"], row["state"] != "failed")
    for row in db.execute("SELECT id, claim_id, minor, state FROM vouchers"):
        found["repair_voucher", row["id"]] = (row["claim_id"], row["minor"], row["state"] != "void")
    for row in db.execute("""SELECT doc FROM orders WHERE doc LIKE '%"covered":%{"claim_id"%'"""):
        order = json.loads(row["doc"])
        if cover := order["covered"]:
            stands = order["status"] != "cancelled"
            found["replacement", order["id"]] = (cover["claim_id"], cover["amount"]["minor"], stands)
    return found


def _payments(claim: Doc, behind: Behind) -> Iterator[str]:
    known = {(p["kind"], p[_ID[p["kind"]]]): p for p in claim["payments"]}
    for (kind, id), payment in known.items():
        if behind.get((kind, id)) != (claim["id"], payment["amount"]["minor"], True):
            what = "payout" if kind == "payment" else kind.replace("_", " ")
            yield f"Claim {claim['id']}: payment {payment['id']} is not what {what} {id} was."
    for (kind, id), (subject, minor, stands) in behind.items():
        if subject == claim["id"] and stands and (kind, id) not in known:
            what = "payout" if kind == "payment" else kind.replace("_", " ")
            yield f"{what.capitalize()} {id} of {minor} is not on the file of claim {claim['id']}."


def _lapsed(db: sqlite3.Connection, today: date) -> set[str]:
    """The vouchers that nobody redeemed in time: what they were good for was never spent."""
    rows = db.execute("SELECT id, expires_on FROM vouchers WHERE state = 'issued'")
    return {row["id"] for row in rows if date.fromisoformat(row["expires_on"]) < today}


def _limits(claims: list[Doc], coverages: dict[str, Doc], lapsed: set[str]) -> Iterator[str]:
    for id, coverage in coverages.items():
        mine = [_without(claim, lapsed) for claim in claims if claim["coverage_id"] == id]
        paid, taken = sum(map(_paid, mine)), sum(map(_taken, mine))
        if paid > coverage["limit"]["minor"]:
            yield f"Coverage {id}: {paid} was paid; its limit is {coverage['limit']['minor']}."
        if coverage["deductible_per"] == "period" and taken > coverage["deductible"]["minor"]:
            yield f"Coverage {id}: deductibles of {taken} in the period; it is {coverage['deductible']['minor']}."


def _without(claim: Doc, lapsed: set[str]) -> Doc:
    return claim | {"payments": [payment for payment in claim["payments"] if payment["voucher_id"] not in lapsed]}


def _paid_twice(claims: list[Doc]) -> Iterator[str]:
    same: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    for claim in claims:
        if _paid(claim):
            loss = (claim["coverage_id"], claim["kind"], claim["loss_on"], claim["amount"]["minor"])
            same[loss].append(claim["id"])
    for ids in same.values():
        if len(ids) > 1:
            yield f"Claims {', '.join(ids)} are one loss, and each was paid."


def _paid(claim: Doc) -> int:
    return sum(payment["amount"]["minor"] for payment in claim["payments"])


def _taken(claim: Doc) -> int:
    return sum(payment["deductible"]["minor"] for payment in claim["payments"])
