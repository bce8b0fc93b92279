"""What a caller may want, in each process: how it is asked for, how it may be changed, what may be asked back."""

from collections.abc import Callable
from typing import Any

from tests.brought import brought
from tests.case.caseload import PHOTO as BOX
from tests.claim.claimant import PHOTO, PROOF
from tests.claim.covered import Files, days_ago, eur
from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.matter import Lay as Lay
from tests.desk.matter import Matter as Matter
from tests.order_change.store import ELSEWHERE, alike, cheaper, dearer, sell


def refund_of(*prices: int, amount: int | None = None, **how: Any) -> Lay:
    async def lay(desk: Desk) -> Matter:
        sold = await desk.shop.sell(*prices, **how)
        asked: dict[str, Any] = {"order_id": sold.id, "reason": "damaged"}
        whole = asked | ({"amount": eur(amount)} if amount else {})
        amendments = [{"amount": eur(minor)} for minor in (700, 2_600, 9_000)] + [{"reason": "goodwill"}]
        rivals = [("refund_order", asked | {"amount": eur(prices[0])}), ("refund_order", asked | {"lines": sold.lines})]
        return Matter("refund_order", whole, sold, "refund", amendments, rivals=rivals)

    return lay


async def refund_to_a_gift_card(desk: Desk) -> Matter:
    sold = await desk.shop.sell(1_200)
    asked = {"order_id": sold.id, "reason": "goodwill", "to": "stored_value"}
    amendments: list[dict[str, Any]] = [{"to": "original"}, {"amount": eur(500)}]
    return Matter("refund_order", asked, sold, "refund", amendments)


def change(tool: str, *prices: int, amendments: Any = None, gift: int = 500, **how: Any) -> Lay:
    """`amendments` and the arguments are made from what was sold."""

    async def lay(desk: Desk) -> Matter:
        sold = await sell(desk.shop, *prices, gift=gift, **how)
        asked, others = _ARGUMENTS[tool](sold)
        rivals = [] if tool == "update_customer_address" else [_rival(tool, sold)]
        return Matter(tool, asked, sold, "order_change", others, rivals=rivals)

    return lay


def _rival(tool: str, sold: Sold) -> tuple[str, dict[str, Any]]:
    after = tool in ("return_items", "exchange_items")
    other = "return_items" if after else "cancel_order"
    return other, _ARGUMENTS[other](sold)[0]


_ARGUMENTS: dict[str, Callable[[Sold], tuple[dict[str, Any], list[dict[str, Any]]]]] = {
    "cancel_order": lambda sold: (
        {"order_id": sold.id, "reason": "no_longer_needed"}, [{"reason": "ordered_by_mistake"}],
    ),
    "return_items": lambda sold: (
        {"order_id": sold.id, "lines": sold.lines[:1]},
        [{"lines": sold.lines}, {"instrument_id": sold.gift_card}],
    ),
    "exchange_items": lambda sold: (
        {"order_id": sold.id, "items": [_swap(sold, dearer)], "instrument_id": sold.instruments[0]},
        [{"items": [_swap(sold, alike)]}, {"items": [_swap(sold, cheaper)]}],
    ),
    "change_items": lambda sold: (
        {"order_id": sold.id, "items": [_swap(sold, cheaper)], "instrument_id": sold.gift_card},
        [{"items": [_swap(sold, dearer)]}, {"items": [_swap(sold, alike)]}],
    ),
    "change_delivery_address": lambda sold: (
        {"order_id": sold.id, "address": ELSEWHERE}, [{"address": ELSEWHERE | {"line1": "Marktplatz 8"}}],
    ),
    "change_payment": lambda sold: (
        {"order_id": sold.id, "instrument_id": sold.gift_card}, [{"instrument_id": sold.instruments[0]}],
    ),
    "update_customer_address": lambda sold: (
        {"address": ELSEWHERE}, [{"address": ELSEWHERE | {"line1": "Marktplatz 8"}}],
    ),
}  # fmt: skip


def _swap(sold: Sold, variant: Callable[[str], str]) -> dict[str, str]:
    return {"line_id": sold.lines[0], "variant_id": variant(sold.lines[0])}


def loss(minor: int, **changes: Any) -> Lay:
    async def lay(desk: Desk) -> Matter:
        sold = await desk.shop.sell(30_000)
        covered = await Files(desk.shop).cover(sold, deductible=1_000)
        asked: dict[str, Any] = {
            "coverage_id": covered.id, "kind": "defect", "loss_on": f"{days_ago(5)}", "amount": eur(minor),
            "description": "The motor does not start any more", "facts": {"symptom": "It stays silent."},
            "evidence": [PROOF],
        }  # fmt: skip
        amendments = [{"amount": eur(6_000)}, {"amount": eur(40_000)}, {"description": "It smells of smoke."}]
        told = {"facts.symptom": "Silent.", "evidence.proof_of_purchase": {"ref": "u:9", "sha256": "d4" * 32}}
        rivals = [("open_claim", asked | changes | {"description": "The motor never starts"})]
        return Matter("open_claim", asked | changes, sold, "claim", amendments, facts=told, rivals=rivals)

    return lay


async def loss_once_more(desk: Desk) -> Matter:
    files, sold = Files(desk.shop), await desk.shop.sell(30_000)
    covered = await files.cover(sold)
    claim = await files.claimed(covered, paid=5_000)
    asked = {"claim_id": claim, "reason": "additional_cost", "amount": eur(4_000)}
    return Matter("reopen_claim", asked, sold, "claim", [{"amount": eur(3_000)}, {"reason": "repair_failed"}])


def case_of(category: str, **changes: Any) -> Lay:
    async def lay(desk: Desk) -> Matter:
        sold = await desk.shop.sell(2_000)
        facts = {
            "late_delivery": {"promised_date": "2026-11-20"}, "damaged_item": {"item": "lamp", "damage": "item"},
            "privacy_request": {"request": "access"},
        }.get(category, {})  # fmt: skip
        asked: dict[str, Any] = {"category": category, "subject": "Something to look after", "facts": facts} | changes
        if category in ("late_delivery", "damaged_item"):
            asked["order_id"] = sold.id
        if category == "damaged_item":
            asked["attachments"] = [BOX]
        rivals = [("create_case", asked | {"subject": "Something to look after, please"})]
        amendments = [{"subject": "Something else"}, {"description": "It is urgent."}]
        return Matter("create_case", asked, sold, amendments=amendments, rivals=rivals)

    return lay


async def a_code(desk: Desk) -> Matter:
    sold = await desk.shop.sell(1_200)
    return Matter("step_up_caller", {"channel": "email"}, sold, amendments=[{"resend": 1}], codes=True)


async def a_conversation(desk: Desk) -> Matter:
    sold = await desk.shop.sell(1_200)
    return Matter("hand_off", {"reason": "customer_request"}, sold, amendments=[{"text": "He is in a hurry."}])


BROUGHT: dict[str, Lay] = {lay.__name__.replace("_", " "): lay for lay in brought("MATTER").values()}
MATTERS: dict[str, Lay] = {
    "a small refund": refund_of(1_200),
    "a refund to be confirmed": refund_of(4_000),
    "a refund of two tenders": refund_of(2_000, 1_000, tenders=[("card", 1_800), ("stored_value", 1_200)]),
    "a refund to be approved": refund_of(12_000),
    "a refund that needs a code": refund_of(60_000),
    "a refund to a gift card": refund_to_a_gift_card,
    "a cancellation": change("cancel_order"),
    "a return": change("return_items", status="delivered"),
    "an exchange for something dearer": change("exchange_items", status="delivered"),
    "other items": change("change_items"),
    "another delivery address": change("change_delivery_address"),
    "another payment": change("change_payment", gift=9_000),
    "another address": change("update_customer_address"),
    "a small loss": loss(10_000),
    "a loss for an adjuster": loss(
        60_000, kind="accidental_damage", facts={"what_happened": "It fell."}, evidence=[PHOTO]
    ),
    "a loss told in part": loss(10_000, facts={}, evidence=[]),
    "a claim reopened": loss_once_more,
    "a question": case_of("question"),
    "a late parcel": case_of("late_delivery"),
    "a privacy request": case_of("privacy_request"),
    "a one-time code": a_code,
    "a conversation": a_conversation,
    **BROUGHT,
}
