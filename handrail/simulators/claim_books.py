"""What must be true of claims, read from the documents and not from the code that keeps them."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

Doc = dict[str, Any]


def problems(db: sqlite3.Connection) -> Iterator[str]:
    coverages = {row["id"]: json.loads(row["doc"]) for row in db.execute("SELECT id, doc FROM coverages")}
    claims = [json.loads(row["doc"]) for row in db.execute("SELECT doc FROM claims ORDER BY n")]
    payouts = {row["id"]: row for row in db.execute("SELECT * FROM payouts")}
    for claim in claims:
        yield from _of_claim(claim, coverages[claim["coverage_id"]])
        yield from _payments(claim, payouts)
    yield from _limits(claims, coverages)
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
    if paid + taken > claim["amount"]["minor"]:
        yield f"Claim {id}: {paid} paid and {taken} deducted of a loss of {claim['amount']['minor']}."
    if paid and coverage["deductible_per"] == "claim" and not taken and coverage["deductible"]["minor"]:
        yield f"Claim {id} was paid without the deductible of {coverage['deductible']['minor']}."


def _payments(claim: Doc, payouts: dict[str, Doc]) -> Iterator[str]:
    for payment in claim["payments"]:
        payout = payouts.get(payment["payout_id"])
        if payout is None or payout["minor"] != payment["amount"]["minor"] or payout["subject"] != claim["id"]:
            yield f"Claim {claim['id']}: payment {payment['id']} is not what payout {payment['payout_id']} was."
    known = {payment["payout_id"] for payment in claim["payments"]}
    for id, payout in payouts.items():
        if payout["subject"] == claim["id"] and payout["state"] != "failed" and id not in known:
            yield f"Payout {id} of {payout['minor']} is not on the file of claim {claim['id']}."


def _limits(claims: list[Doc], coverages: dict[str, Doc]) -> Iterator[str]:
    for id, coverage in coverages.items():
        mine = [claim for claim in claims if claim["coverage_id"] == id]
        paid, taken = sum(map(_paid, mine)), sum(map(_taken, mine))
        if paid > coverage["limit"]["minor"]:
            yield f"Coverage {id}: {paid} was paid; its limit is {coverage['limit']['minor']}."
        if coverage["deductible_per"] == "period" and taken > coverage["deductible"]["minor"]:
            yield f"Coverage {id}: deductibles of {taken} in the period; it is {coverage['deductible']['minor']}."


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
