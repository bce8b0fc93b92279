"""One row per thing that Handrail does: what the systems hold before, and what is asked for. Who answers on the way
(caller, approver, team) is the same for all of them: `tests.full.playing`. A new process needs one more row."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tests.full import goods
from tests.full.goods import ELSEWHERE, OTHER_VISIT, PHOTO, PROOF, Rows, card, gift
from tests.full.rig import money
from tests.full.world import Subject

Arguments = dict[str, Any]


@dataclass(frozen=True)
class Scenario:
    name: str
    tool: str
    rows: Callable[[Subject], Rows]
    arguments: Callable[[Subject], Arguments]
    caller: bool = True
    """A verified caller asks for it; else a system's event starts it, or it is what verifies."""
    event: str = ""
    """The type of the event that starts it."""
    settings: dict[str, Any] = field(default_factory=dict, hash=False)
    """Of the systems."""
    asked_within: frozenset[str] = frozenset()
    """Reads within a step, before anything is sent: a refusal of theirs is one of the step."""
    gives_up: frozenset[str] = frozenset()
    """Calls that nobody waits for: the run ends without what it was for when they do not work."""
    only_told: frozenset[str] = frozenset()
    """Writes that take nothing back when they are refused for good: people see it, and the run ends without them."""

    for_people: frozenset[str] = frozenset()
    """Calls for the case that is opened for people: the run does not wait for them, and tells later what they kept it
    from telling. Its case is resolved in the end, whatever is written on it."""

    resolve: Callable[[Subject], Arguments] = lambda who: {"comment": "Found and on its way."}
    """How its team closes a case."""
    note: Callable[[Subject], Arguments] | None = None
    """What its team says of a case before."""

    def __str__(self) -> str:
        return self.name


def _swap(who: Subject, line: int, difference: int) -> Arguments:
    items = [{"line_id": who.line(line), "variant_id": goods.variant(who, line, difference)}]
    return {"order_id": who.order, "items": items, "instrument_id": card(who)}


def _loss(who: Subject, **changes: Any) -> Arguments:
    return {
        "coverage_id": goods.coverage(who), "kind": "defect", "loss_on": f"{goods.day(5)}", "amount": money(10_000),
        "description": "The motor does not start any more", "facts": {"symptom": "It stays silent."},
        "evidence": [PROOF],
    } | changes  # fmt: skip


def _dropped(who: Subject) -> Arguments:
    return _loss(who, kind="accidental_damage", facts={"what_happened": "It fell."}, evidence=[PHOTO])


def _settled_by(who: Subject, kind: str) -> Arguments:
    return _loss(who, settle_by=kind, line_id=who.line(1), provider="FixIt", instrument_id=card(who))


def _same_loss(who: Subject) -> Arguments:
    return _loss(who, loss_on=f"{goods.day(20)}", description="The hinge of the lid broke off")


def _late(who: Subject) -> Arguments:
    facts = {"promised_date": "2026-11-20"}
    return {"category": "late_delivery", "subject": "Parcel is late", "order_id": who.order, "facts": facts}


def _late_with_photo(who: Subject) -> Arguments:
    return _late(who) | {"attachments": [{"reference": f"upload:{who.tag}", "sha256": "c3" * 32, "name": "door.jpg"}]}


_CASEWORK = frozenset({"find_cases", "open_case", "comment_case", "update_case", "get_case"})
_open = partial(goods.order, status="open")
_delivered = partial(goods.order, status="delivered")

SCENARIOS = (
    Scenario(
        "refund_order", "refund_order", partial(goods.order, status="delivered", tenders=(1_500, 4_500)),
        lambda who: {"order_id": who.order, "lines": [who.line(2)], "reason": "damaged"},
    ),
    Scenario(
        "cancel_order", "cancel_order", partial(goods.order, status="open", tenders=(1_500, 4_500)),
        lambda who: {"order_id": who.order, "reason": "no_longer_needed"},
    ),
    Scenario(
        "return_items", "return_items", _delivered, lambda who: {"order_id": who.order, "lines": [who.line(1)]}
    ),
    Scenario("exchange_items, dearer", "exchange_items", _delivered, lambda who: _swap(who, 1, 500)),
    Scenario("change_items, cheaper", "change_items", _open, lambda who: _swap(who, 1, -500)),
    Scenario(
        "change_delivery_address", "change_delivery_address", _open,
        lambda who: {"order_id": who.order, "address": ELSEWHERE},
    ),
    Scenario(
        "change_payment", "change_payment", _open, lambda who: {"order_id": who.order, "instrument_id": gift(who)}
    ),
    Scenario(
        "update_customer_address", "update_customer_address", _open, lambda who: {"address": ELSEWHERE}
    ),
    Scenario("open_claim", "open_claim", goods.covered, _loss),
    Scenario("open_claim, adjuster", "open_claim", goods.covered, _dropped, for_people=_CASEWORK),
    Scenario(
        "open_claim, replaced", "open_claim", partial(goods.covered, settles_by="replacement", deductible=1_000),
        partial(_settled_by, kind="replacement"),
    ),
    Scenario(
        "open_claim, repaired", "open_claim", partial(goods.covered, settles_by="repair_voucher", deductible=1_000),
        partial(_settled_by, kind="repair_voucher"),
    ),
    Scenario("open_claim, settled later", "open_claim", goods.covered, _loss, settings={"settle_after_s": 0.3}),
    Scenario("open_claim, joined", "open_claim", partial(goods.claimed, state="open"), _same_loss),
    Scenario(
        "reopen_claim", "reopen_claim", goods.claimed,
        lambda who: {"claim_id": goods.closed_claim(who), "reason": "additional_cost", "amount": money(4_000)},
        for_people=_CASEWORK,
    ),
    Scenario("create_case", "create_case", partial(goods.order, status="shipped"), _late),
    Scenario("create_case, joined", "create_case", partial(goods.complained, state="open"), _late),
    Scenario("create_case, reopened", "create_case", partial(goods.complained, state="resolved"), _late),
    Scenario(
        "create_case, merged", "create_case", partial(goods.complained, state="open", category="damaged_item"),
        _late_with_photo, resolve=lambda who: {"into": goods.known_case(who), "comment": "One parcel, one case."},
    ),
    Scenario(
        "create_case, linked", "create_case", partial(goods.complained, state="open", category="damaged_item"), _late,
        note=lambda who: {"text": "The same parcel.", "related": goods.known_case(who)},
        only_told=frozenset({"comment_case", "link_case"}),
    ),
    Scenario(
        "shipment_delayed", "shipment_delayed", goods.delayed, lambda who: {}, caller=False, event="shipment.delayed",
        only_told=frozenset({"add_note"}),
    ),
    Scenario(
        "reschedule_appointment", "reschedule_appointment", goods.visited,
        lambda who: {"appointment_id": goods.visit(who), "start": OTHER_VISIT.isoformat()},
        asked_within=frozenset({"get_customer"}), only_told=frozenset({"send_message"}),
    ),
    Scenario(
        "verify_caller", "verify_caller", _open, lambda who: {"email": who.email}, caller=False,
        gives_up=frozenset({"find_customers"}),
    ),
    Scenario(
        "step_up_caller", "step_up_caller", _open, lambda who: {"channel": "email"},
        asked_within=frozenset({"get_customer"}),
        gives_up=frozenset({"get_customer", "send_message", "find_messages"}),
    ),
)  # fmt: skip
