"""Each process' rules, put to generated cases: what they allow is given to the auditor.

`draw -> None`, raising `Broken`. A case is put twice: first nobody has said yes, which tells what would happen; then
with yeses to that, to something else, or none.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from domain.case_intake import CaseFacts, CaseRequest, rule_case
from domain.case_policy import CasePolicy
from domain.cases import Case
from domain.claim_adjusting import ClaimFacts, RuledClaim, Settling, rule_notice, rule_reopening
from domain.claim_notices import NoticeOfLoss, ReopenRequest
from domain.claim_policy import ClaimPolicy
from domain.claims import Claim, ClaimPayment, Coverage
from domain.customers import NewAddress
from domain.messages import Channel
from domain.order_address import CustomerAddressRequest, DeliveryAddressRequest, plan_delivery_address
from domain.order_address import rule_customer_address as rule_address
from domain.order_cancel import CancelRequest, plan_cancel
from domain.order_change_policy import OrderChangePolicy
from domain.order_changes import ChangeFacts, ChangePlan, rule_order_change
from domain.order_payment import ChangePaymentRequest, plan_payment
from domain.order_return import ReturnRequest, plan_return
from domain.order_swap import ChangeItemsRequest, ExchangeRequest, plan_exchange, plan_items
from domain.orders import MadeGood
from domain.policies import RefundPolicy
from domain.refunds import RefundFacts, RefundPlan, RefundRequest, rule_refund
from domain.standing import Standing
from domain.step_up import Reach, StepUpPolicy, StepUpRequest, rule_step_up
from domain.verdicts import Allow, Ruled
from tests.properties import worlds
from tests.properties.auditor import (
    ASSURANCE,
    CONFIRMATION,
    LIMIT,
    MONEY,
    RECORD,
    TWICE,
    Agreed,
    Allowed,
    Broken,
    Ledger,
    audit,
    audit_refunds,
)
from tests.properties.worlds import CUSTOMER, ME, NOW, WALLETS, eur, mostly
from workflows.appointment import AppointmentPolicy, MovePlan, RescheduleRequest, rule_reschedule

Draw = Any
Judged = Callable[[Draw], None]
Rule = Callable[[Standing], Any]
STALE = "sha256:" + "0" * 32


def _yes(draw: Draw, standing: Standing, first: Any, *, approving: list[str]) -> tuple[Standing, Agreed]:
    """Yeses to this very effect and basis, or to others that differ in one thing."""
    effect = first.plan.effect
    other = effect.model_copy(update={"details": effect.details | {"more": 1}}).digest
    by_caller, by_people = draw(st.sampled_from([True, True, False])), draw(st.booleans())
    said = standing.model_copy(
        update={"confirmed": [effect.digest if by_caller else other], "approved": approving if by_people else [STALE]}
    )
    return said, Agreed(by_caller, by_people)


def refund(draw: Draw) -> None:
    a_day = draw(worlds.ceilings)
    in_a_day = {"name": "customer_day", "per": "customer", "within": "P1D", "amount": a_day}
    policy = draw(worlds.policies(RefundPolicy, limits=[in_a_day]))
    seen = RefundFacts(
        order=draw(worlds.orders("delivered")), payments=draw(worlds.payments()), instruments=WALLETS, customer=CUSTOMER
    )
    assert seen.order
    made_good = draw(st.sampled_from([0, 0, 50, 100]))
    if made_good:
        paid = MadeGood(claim_id="claim-0", amount=eur(made_good))
        seen = seen.model_copy(update={"order": seen.order.model_copy(update={"made_good": [paid]})})
    assert seen.order
    given: dict[str, Any] = {"order_id": "O", "reason": draw(mostly("damaged", "because"))}
    match draw(st.integers(0, 2)):
        case 0:
            given["amount"] = {"minor": draw(st.integers(1, 600)), "currency": draw(mostly("EUR", "USD"))}
        case 1:
            given["lines"] = [draw(st.sampled_from([line.id for line in seen.order.lines]))]
    if draw(st.integers(0, 3)) == 3:
        given |= {"to": "stored_value", "instrument_id": draw(st.sampled_from(["gift", "their-gift", ""]))}
    ask, standing = RefundRequest.model_validate(given), draw(worlds.callers())
    first = rule_refund(ask, seen, policy, standing, NOW)
    if not first.plan:
        return
    said, agreed = _yes(draw, standing, first, approving=[first.basis])
    ruled = rule_refund(ask, seen, policy, said, NOW)
    if not isinstance(ruled.verdict, Allow):
        return
    assert ruled.plan
    it = _of_order(ruled, "refund", seen)
    audit(it, policy, said, agreed, NOW)
    audit_refunds(it, seen.payments)
    ledger, out = Ledger(), 0
    while ledger.grant(ruled.plan.limits):  # the same once more, by another run that saw the same facts
        out += ruled.plan.amount.minor
        if ask.lines and out > ruled.plan.amount.minor:
            raise Broken(TWICE, f"lines {ask.lines} go back again")
        left = sum(
            p.captured.minor - sum(r.amount.minor for r in p.refunds if r.state != "failed") for p in seen.payments
        )
        if out > left:
            raise Broken(TWICE, f"{out} go back of {left}")
        worth = sum(line.price.minor for line in seen.order.lines)
        if out > max(0, left - min(made_good, worth)):
            raise Broken(TWICE, f"{out} go back of {left}, and a claim has paid {made_good} of it")
        if out > a_day:
            raise Broken(LIMIT, f"{out} go back to one customer in a day")
        if not ruled.plan.amount.minor:
            break


def _of_order(ruled: Ruled[RefundPlan] | Ruled[ChangePlan], process: str, seen: RefundFacts | ChangeFacts) -> Allowed:
    plan = ruled.plan
    assert plan
    assert seen.order
    known = {i.id: i for i in [*WALLETS, *(p.instrument for p in seen.payments)]}
    paid_by = {p.id: p.instrument.id for p in seen.payments}
    charge = getattr(plan, "charge", None)
    met = [move.target for move in plan.effect.moves] + ([charge.instrument_id] if charge else [])
    elsewhere = any(paid_by.get(move.payment) != move.target for move in plan.effect.moves)
    return Allowed(
        process, plan.effect, seen.order.customer_id if plan.order_id else plan.customer_id, plan.limits,
        [known[id] for id in met], elsewhere or plan.effect.action == "change_payment",
    )  # fmt: skip


ADDRESS = NewAddress(line1="Marktplatz 7", city="Hamburg", postal_code="20095", country="DE")


def _swaps(draw: Draw, seen: ChangeFacts) -> dict[str, Any]:
    assert seen.order
    swaps = [{"line_id": line.id, "variant_id": draw(st.sampled_from(["large", "red"]))} for line in seen.order.lines]
    return {"order_id": "O", "items": swaps[: draw(st.integers(1, 3))], "instrument_id": _some_instrument(draw)}


def _some_instrument(draw: Draw) -> str:
    return str(draw(st.sampled_from(["card", "wallet", "gift", "their-card", "their-gift"])))


def _lines(draw: Draw, seen: ChangeFacts) -> dict[str, Any]:
    assert seen.order
    lines = [line.id for line in seen.order.lines][: draw(st.integers(1, 3))]
    return {"order_id": "O", "lines": lines, "instrument_id": draw(mostly("", "gift", "their-gift", "wallet"))}


Asks = Callable[[Draw, ChangeFacts], dict[str, Any]]
_CHANGES: dict[str, tuple[type[Any], Any, str, Asks]] = {
    "cancel_order": (
        CancelRequest, plan_cancel, "open",
        lambda draw, seen: {"order_id": "O", "reason": draw(mostly("no_longer_needed", "whim"))},
    ),
    "return_items": (ReturnRequest, plan_return, "delivered", _lines),
    "exchange_items": (ExchangeRequest, plan_exchange, "delivered", _swaps),
    "change_items": (ChangeItemsRequest, plan_items, "open", _swaps),
    "change_delivery_address": (
        DeliveryAddressRequest, plan_delivery_address, "open",
        lambda draw, seen: {"order_id": "O", "address": ADDRESS},
    ),
    "change_payment": (
        ChangePaymentRequest, plan_payment, "open",
        lambda draw, seen: {"order_id": "O", "instrument_id": _some_instrument(draw)},
    ),
}  # fmt: skip


def change(tool: str) -> Judged:
    model, planner, usual, asks = _CHANGES[tool]

    def judge(draw: Draw) -> None:
        policy = draw(worlds.policies(OrderChangePolicy))
        seen = ChangeFacts(
            order=draw(worlds.orders(usual)), payments=draw(worlds.payments()), instruments=WALLETS, customer=CUSTOMER,
            products=draw(worlds.products()),
        )  # fmt: skip
        ask = model.model_validate(asks(draw, seen))
        rule = lambda who: rule_order_change(ask, planner, seen, policy, who, NOW)
        _change(draw, rule, policy, seen)

    return judge


def customer_address(draw: Draw) -> None:
    policy = draw(worlds.policies(OrderChangePolicy))
    seen = ChangeFacts(order=draw(worlds.orders("open")), customer=CUSTOMER)
    ask = CustomerAddressRequest(address=ADDRESS)
    _change(draw, lambda who: rule_address(ask, seen, policy, who, NOW), policy, seen)


def _change(draw: Draw, rule: Rule, policy: OrderChangePolicy, seen: ChangeFacts) -> None:
    standing = draw(worlds.callers())
    first = rule(standing)
    if not first.plan:
        return
    said, agreed = _yes(draw, standing, first, approving=[first.basis])
    ruled = rule(said)
    if not isinstance(ruled.verdict, Allow):
        return
    plan, order = ruled.plan, seen.order
    it = _of_order(ruled, "order_change", seen)
    audit(it, policy, said, agreed, NOW)
    audit_refunds(it, seen.payments)
    ledger = Ledger()
    if not ledger.grant([plan.lock]) or ledger.grant([plan.lock]):
        raise Broken(TWICE, "two runs change it at once")
    assert order
    if plan.change and (order.status != "open" or any(c.kind == "items" for c in order.changes)):
        raise Broken(TWICE, f"order {order.status} with {order.changes} is changed")
    if plan.request and any(r.status != "withdrawn" for r in order.requests):
        raise Broken(TWICE, "a second after-sales request is opened")
    if plan.charge and plan.charge.instrument_id == "gift" and plan.charge.amount.minor > 200:
        raise Broken(LIMIT, f"a gift card of 2.00 is charged {plan.charge.amount}")


@st.composite
def _claims(draw: Draw, first: st.SearchStrategy[str] | None = None) -> list[Claim]:
    """`first`: how the first one stands, of which there is one then."""
    states = st.sampled_from(["open", "closed", "withdrawn"])
    found = []
    for n in range(draw(st.integers(0 if first is None else 1, 2))):
        paid, state = draw(amounts_of_a_claim), draw(states if n or first is None else first)
        payment = [ClaimPayment(id="p", amount=eur(paid), deductible=eur(0), payout_id="o")] if paid else []
        found.append(
            Claim.model_validate(
                {"id": f"claim-{n}", "coverage_id": draw(mostly("W", "V")), "customer_id": ME, "kind": "defect",
                 "loss_on": "2026-11-15", "description": draw(st.sampled_from(["It is silent", "The lid broke"])),
                 "amount": eur(paid), "state": state, "reserve": eur(draw(worlds.amounts) if state == "open" else 0),
                 "payments": payment, "reported_at": NOW - timedelta(days=9),
                 "closed_at": NOW - timedelta(days=draw(mostly(1, 30, 31))) if state == "closed" else None,
                 "reference": f"other/{n}"}
            )
        )  # fmt: skip
    return found


amounts_of_a_claim = st.sampled_from([0, 50, 100, 300])


@st.composite
def _coverages(draw: Draw) -> list[Coverage]:
    def one(id: str, customer: str) -> Coverage:
        return Coverage.model_validate(
            {"id": id, "kind": "warranty", "customer_id": customer, "starts_on": "2026-01-01",
             "ends_on": draw(mostly("2026-12-31", "2026-11-14", "2026-11-15")),
             "covers": draw(mostly(["defect"], ["theft"])),
             "limit": eur(draw(st.sampled_from([50, 200, 400, 600, 2_000]))),
             "deductible": eur(draw(st.sampled_from([0, 0, 50]))),
             "instrument_id": draw(mostly("card", "wallet", "")), "state": draw(mostly("active", "cancelled"))}
        )  # fmt: skip

    return [one("W", draw(mostly(ME, worlds.OTHER)))]


def _claim_policy(draw: Draw) -> ClaimPolicy:
    shipped = worlds.shipped("claim")
    straight = shipped["straight_through"] | {"up_to": draw(worlds.ceilings)}
    return draw(worlds.policies(ClaimPolicy, straight_through=straight))  # type: ignore[no-any-return]


def notice(draw: Draw) -> None:
    policy, claims = _claim_policy(draw), draw(_claims())
    seen = ClaimFacts(coverages=draw(_coverages()), claims=claims, instruments=WALLETS, customer=CUSTOMER)
    proof = {"kind": "proof_of_purchase", "ref": "r", "sha256": "a" * 64}
    ask = NoticeOfLoss.model_validate(
        {"kind": "defect", "loss_on": "2026-11-15", "description": "It is silent", "coverage_id": "W",
         "amount": {"minor": draw(st.integers(1, 600)), "currency": "EUR"}, "facts": {"symptom": "silent"},
         "evidence": draw(mostly([proof], [])), "instrument_id": draw(mostly("", "gift", "their-card", "their-gift"))}
    )  # fmt: skip
    ruled = _claim(draw, lambda who, **more: rule_notice(ask, seen, policy, who, NOW, **more), policy, seen)
    _conserved(ruled, ask.amount.minor)
    if ruled and ruled.plan and not ruled.plan.joins:
        same = [
            c for c in claims if c.coverage_id == "W" and c.state != "withdrawn" and c.description == ask.description
        ]
        if same:
            raise Broken(TWICE, f"the same loss is {same[0].id} already")
        coverage = seen.coverages[0]
        if not coverage.starts_on <= ask.loss_on <= coverage.ends_on or coverage.state != "active":
            raise Broken(LIMIT, f"a loss of {ask.loss_on} under {coverage}")


def reopening(draw: Draw) -> None:
    policy, claims = _claim_policy(draw), draw(_claims(mostly("closed", "open", "withdrawn")))
    seen = ClaimFacts(coverages=draw(_coverages()), claims=claims, instruments=WALLETS, customer=CUSTOMER)
    ask = ReopenRequest.model_validate(
        {"claim_id": "claim-0", "reason": draw(mostly("additional_cost", "whim")),
         "amount": {"minor": draw(st.integers(1, 600)), "currency": "EUR"},
         "loss_on": draw(mostly(None, "2026-11-15", "2026-11-16")),
         "instrument_id": draw(mostly("", "gift", "their-card"))}
    )  # fmt: skip
    ruled = _claim(
        draw, lambda who, **more: rule_reopening(ask, seen, policy, who, NOW, **more), policy, seen, reopened=True
    )
    _conserved(ruled, ask.amount.minor)
    if not ruled:
        return
    own = next(claim for claim in claims if claim.id == "claim-0")
    if own.state != "closed" or own.closed_at is None or own.closed_at + timedelta(days=30) < NOW:
        raise Broken(TWICE, f"a claim that is {own.state} since {own.closed_at} is opened again")
    if ask.loss_on and ask.loss_on != date(2026, 11, 15):
        raise Broken(TWICE, "another event is paid under the old claim")


def _conserved(ruled: RuledClaim | None, loss: int) -> None:
    """The customer bears his deductible. No claim of these worlds has taken any of it before."""
    plan = ruled.plan if ruled else None
    if plan is None or plan.effect is None or plan.coverage is None:
        return
    owed = max(0, loss - plan.coverage.deductible.minor)
    if plan.effect.amount and plan.effect.amount.minor > owed:
        raise Broken(
            MONEY, f"{plan.effect.amount} for a loss of {loss} with a deductible of {plan.coverage.deductible}"
        )


def _claim(
    draw: Draw, rule: Callable[..., RuledClaim], policy: ClaimPolicy, seen: ClaimFacts, *, reopened: bool = False
) -> RuledClaim | None:
    """The ruling, when it is allowed and money would move: first of the notice, then, once it is open, of paying it."""
    standing = draw(worlds.callers())
    first = rule(standing)
    if not first.plan or not first.plan.effect:
        return None
    said, agreed = _yes(draw, standing, first, approving=[])
    if not isinstance(rule(said).verdict, Allow):
        return None
    settling = Settling(agreed=first.plan.effect)
    looked = [rule(said, settling=settling).basis]  # special investigation looks first, then an adjuster does
    looked.append(rule(said.model_copy(update={"approved": looked}), settling=settling).basis)
    said = said.model_copy(update={"approved": looked if agreed.by_people else [STALE]})
    ruled = first if reopened else rule(said, settling=settling)
    if not isinstance(ruled.verdict if not reopened else rule(said, settling=settling).verdict, Allow):
        return None
    plan, coverage = ruled.plan, seen.coverages[0]
    assert plan
    assert plan.effect
    assert plan.remedy
    payee = plan.remedy.instrument
    assert payee
    elsewhere = bool(coverage.instrument_id) and payee.id != coverage.instrument_id
    it = Allowed("claim", plan.effect, coverage.customer_id, plan.limits, [payee], elsewhere)
    audit(it, policy, said, agreed, NOW)
    if plan.share.paid.minor > policy.straight_through.up_to and not agreed.by_people:
        raise Broken(LIMIT, f"{plan.share.paid} is paid straight through")
    siblings = [c for c in seen.claims if c.coverage_id == coverage.id]
    gone = sum(p.amount.minor for c in siblings for p in c.payments)
    gone += sum(c.reserve.minor for c in siblings if c.state == "open")
    if gone + plan.share.paid.minor > coverage.limit.minor:
        raise Broken(LIMIT, f"{plan.share.paid} beside {gone} under a limit of {coverage.limit}")
    ledger, times = Ledger(), 0
    while ledger.grant([plan.limits[0].model_copy(update={"reference": ""})]):
        times += 1
        if gone + times * plan.share.paid.minor > coverage.limit.minor:
            raise Broken(TWICE, f"{times} runs pay {plan.share.paid} each beside {gone} of {coverage.limit}")
    return ruled


def case(draw: Draw) -> None:
    switched = {kind: draw(mostly("act", "off")) for kind in ("ai", "human")}
    policy = CasePolicy.model_validate(worlds.shipped("case") | {"autonomy": switched})
    standing = draw(worlds.callers())
    category = draw(st.sampled_from(["question", "late_delivery", "privacy_request"]))
    facts = {"late_delivery": {"promised_date": "x"}, "privacy_request": {"request": "access"}}.get(category, {})
    order = draw(worlds.orders("open")) if category == "late_delivery" or draw(st.booleans()) else None
    ask = CaseRequest.model_validate(
        {"category": category, "subject": "Something", "facts": facts, "order_id": "O" if order else ""}
    )
    rule = lambda who: rule_case(ask, CaseFacts(customer=CUSTOMER, order=order), policy, who, NOW)
    first = rule(standing)
    if not first.plan:
        return
    said, agreed = _yes(draw, standing, first, approving=[])
    ruled = rule(said)
    if not isinstance(ruled.verdict, Allow):
        return
    seen = said.assurance
    if seen is None or seen.level < 1 or not seen.customer_id or (seen.expires_at and seen.expires_at <= NOW):
        raise Broken(ASSURANCE, f"a case is opened for {seen}")
    if ruled.plan.customer_id != seen.customer_id or (order and order.customer_id != seen.customer_id):
        raise Broken(RECORD, f"{seen.customer_id} has a case about {order}")
    if policy.categories[category].confirm and not agreed.by_caller:
        raise Broken(CONFIRMATION, f"a {category} is opened")
    if switched[said.actor.kind] == "off":
        raise Broken(LIMIT, "it is switched off")
    if not (ledger := Ledger()).grant(ruled.plan.limits) or ledger.grant(ruled.plan.limits):
        raise Broken(TWICE, "two runs open the same case")


def step_up(draw: Draw) -> None:
    shipped = worlds.shipped("step_up")
    policy = StepUpPolicy.model_validate(
        shipped | {"channels": draw(mostly(["email", "sms"], ["sms"])), "codes_per_call": draw(st.integers(1, 3))}
    )
    standing = draw(worlds.callers())
    if standing.assurance and draw(st.integers(0, 4)) == 4:
        locked = standing.assurance.model_copy(update={"locked_until": NOW + timedelta(seconds=1)})
        standing = standing.model_copy(update={"assurance": locked})
    reach = draw(mostly([Reach(channel=Channel.EMAIL, to="a***@example.com")], []))
    ask = StepUpRequest(channel=draw(mostly(Channel.EMAIL, Channel.SMS)))
    ruled = rule_step_up(ask, reach, policy, standing, "call", NOW)
    if not isinstance(ruled.verdict, Allow):
        return
    plan, seen = ruled.plan, standing.assurance
    assert plan
    if seen is None or seen.level < 1 or (seen.expires_at and seen.expires_at <= NOW):
        raise Broken(ASSURANCE, f"a code goes out for {seen}")
    if seen.locked_until:
        raise Broken(LIMIT, "a code goes out while verification is locked")
    if plan.customer_id != seen.customer_id or not plan.customer_id:
        raise Broken(RECORD, f"{seen.customer_id} gets a code of {plan.customer_id}")
    if plan.order is None:
        if seen.level < policy.level:
            raise Broken(ASSURANCE, f"level {seen.level} counts as {policy.level}")
        return
    if plan.order.customer_id != seen.customer_id or plan.to not in [way.to for way in reach]:
        raise Broken(RECORD, f"a code goes to {plan.to}")
    sent, ledger = 0, Ledger()
    while ledger.grant(plan.limits):
        sent += 1
        if sent > policy.codes_per_call:
            raise Broken(LIMIT, f"{sent} codes in one call")


hours = st.sampled_from([-2, 1, *range(67, 75), *range(91, 99)]).map(lambda h: NOW + timedelta(hours=h))
"""Just over, soon, or on Monday or Tuesday: mostly within the technicians' hours."""


@st.composite
def _visits(draw: Draw, ids: list[str]) -> list[Case]:
    return [
        Case.model_validate(
            {"id": id, "subject": "Repair", "category": "appointment", "owner": "Ben", "version": "1",
             "customer_id": ME, "state": draw(mostly("open", "resolved")), "resolution_due": draw(hours)}
        )
        for id in ids
    ]  # fmt: skip


def visit(draw: Draw) -> None:
    words = st.sampled_from(["act", "act", "approve_each", "suggest", "off"])
    shipped = worlds.shipped("appointment") | {"autonomy": {kind: draw(words) for kind in ("ai", "human")}}
    policy = AppointmentPolicy.model_validate(shipped | {"most_moves": draw(st.integers(1, 3))})
    [mine] = draw(_visits(["V-1"]))
    seen = CaseFacts(customer=CUSTOMER, cases=[mine], diaries=[mine, *draw(_visits(["V-2", "V-3"]))])
    ask, standing = RescheduleRequest(start=draw(hours)), draw(worlds.callers())
    rule = lambda who: rule_reschedule(ask, seen, policy, who, NOW)
    first = rule(standing)
    if not first.plan:
        return
    said, agreed = _yes(draw, standing, first, approving=[first.basis])
    ruled = rule(said)
    if not isinstance(ruled.verdict, Allow):
        return
    _moved(ruled.plan, policy, said, agreed, seen)


def _moved(plan: MovePlan, policy: AppointmentPolicy, said: Standing, agreed: Agreed, seen: CaseFacts) -> None:
    proof, word = said.assurance, policy.autonomy[said.actor.kind]
    if proof is None or proof.level < 1 or (proof.expires_at and proof.expires_at <= NOW):
        raise Broken(ASSURANCE, f"a visit is moved for {proof}")
    if plan.customer_id != proof.customer_id or not plan.customer_id:
        raise Broken(RECORD, f"{proof.customer_id} moves a visit of {plan.customer_id}")
    if not agreed.by_caller:
        raise Broken(CONFIRMATION, f"{plan.effect.summary}")
    soon = min(plan.starts, plan.visit.starts) < NOW + timedelta(days=1)
    if word == "off" or ((soon or word != "act") and not agreed.by_people):
        raise Broken(LIMIT, f"{said.actor.kind} ({word}) moves {plan.visit.starts} to {plan.starts}")
    busy = [c for c in seen.diaries if c.id != "V-1" and c.state == "open" and c.resolution_due]
    if any(abs(c.resolution_due - plan.starts) < timedelta(hours=2) for c in busy if c.resolution_due):
        raise Broken(TWICE, f"Ben is at two places on {plan.starts}")
    if plan.visit.case.state == "resolved":
        raise Broken(TWICE, "a visit that was is moved")
    held, ledger, times = Ledger(), Ledger(), 0
    if not held.grant(plan.locks) or held.grant(plan.locks):
        raise Broken(TWICE, "two runs move it at once")
    while ledger.grant(plan.limits):
        times += 1
        if times > policy.most_moves:
            raise Broken(LIMIT, f"it is moved {times} times")


JUDGED: dict[str, Judged] = {
    "refund": refund,
    **{tool: change(tool) for tool in _CHANGES},
    "update_customer_address": customer_address,
    "open_claim": notice,
    "reopen_claim": reopening,
    "create_case": case,
    "step_up_caller": step_up,
    "reschedule_appointment": visit,
}
