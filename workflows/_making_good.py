"""Making a loss good: each kind of settlement, as steps with their undo, up to the point of no return.

Each answers what goes on the claim's file; None: nothing was done, by a person's decision.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.billing import BillingActivities as billing
    from activities.payouts import PayoutActivities as payouts
    from activities.replacements import ReplacementActivities as replacements
    from activities.vouchers import VoucherActivities as vouchers
    from connectors.effects import Receipt
    from domain.answers import Effect
    from domain.claim_adjusting import ClaimPlan
    from domain.claim_effects import NO_WAY_BACK
    from domain.claims import PaymentRecord, SettlementKind
    from domain.packet import PacketStep
    from domain.payments import ChargeOrder, Payment, RefundState
    from domain.payouts import Payout, PayoutOrder
    from domain.replacements import Replacement, ReplacementDraft
    from domain.vouchers import Voucher, VoucherDraft

from workflows._phase import Phase
from workflows._seeing import until_read
from workflows._settling import FIRST_LOOK, LONGEST_PAUSE
from workflows._steps import Saga

if TYPE_CHECKING:
    from workflows._process import Process


@dataclass(frozen=True)
class MadeGood:
    record: PaymentRecord
    outcome: str
    """How the claim is closed for it."""
    shown: dict[str, Any]
    """For the answer."""


async def make_good(process: "Process[Any]", saga: Saga, plan: ClaimPlan, claim_id: str) -> MadeGood | None:
    assert plan.remedy
    match plan.remedy.kind:
        case SettlementKind.REPLACEMENT:
            return await replace(process, saga, plan, claim_id)
        case SettlementKind.REPAIR_VOUCHER:
            return await issue(saga, plan, claim_id)
        case _:
            return await pay(process, saga, plan, claim_id)


async def pay(process: "Process[Any]", saga: Saga, plan: ClaimPlan, claim_id: str) -> MadeGood | None:
    """One instruction, watched until it is settled; sent anew when it failed and a person says so."""
    assert plan.remedy and plan.remedy.instrument  # noqa: PT018
    payee, share = plan.remedy.instrument, plan.share
    order = PayoutOrder(
        customer_id=plan.customer_id, instrument_id=payee.id, amount=share.paid, subject=claim_id,
        reason=f"Claim {claim_id}",
    )  # fmt: skip
    label = f"Pay {share.paid} to {payee.label or payee.id}"
    saga.money_moves(f"{share.paid} for claim {claim_id} is on its way")
    n = 1
    while True:
        sent = await saga.step(payouts.send_payout, order, undo=NO_WAY_BACK, label=label, n=n)
        if sent is None:
            return None
        payout = await _settled(process, sent.value)
        if payout.state is not RefundState.FAILED:
            break
        error = f"Payout {payout.id} was accepted by billing and failed at settlement."
        if await saga.came_back(payouts.send_payout, n, error) is None:
            return None
        n += 100
    record = PaymentRecord(claim_id=claim_id, amount=payout.amount, deductible=share.deductible, payout_id=payout.id)
    return MadeGood(record, "paid", {"payout": payout.model_dump(mode="json")})


async def replace(process: "Process[Any]", saga: Saga, plan: ClaimPlan, claim_id: str) -> MadeGood | None:
    """The order first, since it can be cancelled; then what the customer bears of it."""
    assert plan.remedy and plan.remedy.item and plan.remedy.address  # noqa: PT018
    item, share = plan.remedy.item, plan.share
    draft = ReplacementDraft(
        customer_id=plan.customer_id, claim_id=claim_id, product_id=item.product_id, variant_id=item.variant_id,
        address=plan.remedy.address, covered=share.paid, deductible=share.deductible, order_id=item.order_id,
        line_id=item.line_id,
    )  # fmt: skip
    placed: Receipt[Replacement] | None = await saga.step(
        replacements.order_replacement, draft, undo=replacements.cancel_replacement, label=f"Order {item.name} again"
    )
    if placed is None:
        return None
    charged = await _charge(saga, plan, placed.value.id, process.mint("order_replacement").value)
    saga.money_moves(f"order {placed.value.id} is placed for claim {claim_id}")
    nothing = share.deductible.model_copy(update={"minor": 0})
    record = PaymentRecord(
        claim_id=claim_id, kind=SettlementKind.REPLACEMENT, amount=placed.value.covered, order_id=placed.value.id,
        deductible=charged.captured if charged else nothing,
    )  # fmt: skip
    shown = {"replacement": placed.value.model_dump(mode="json", include={"id", "variant_id", "status"})}
    return MadeGood(record, "replaced", shown | {"charge": charged.id if charged else ""})


async def _charge(saga: Saga, plan: ClaimPlan, order_id: str, made_as: str) -> Payment | None:
    """The deductible of a replacement. None: none is due, or two people let it go."""
    assert plan.remedy
    due, payer = plan.remedy.charge, plan.remedy.instrument
    if due is None or payer is None:
        return None
    charge = ChargeOrder(order_id=order_id, instrument_id=payer.id, amount=due, change=made_as)
    label = f"Charge the deductible of {due} to {payer.label or payer.id}"
    charged: Receipt[Payment] | None = await saga.step(billing.charge, charge, undo=billing.void_charge, label=label)
    return charged.value if charged else None


async def issue(saga: Saga, plan: ClaimPlan, claim_id: str) -> MadeGood | None:
    assert plan.remedy
    remedy, share = plan.remedy, plan.share
    expires_on = (workflow.now() + timedelta(days=remedy.valid_days)).date()
    draft = VoucherDraft(claim_id=claim_id, amount=share.paid, provider=remedy.provider, expires_on=expires_on)
    label = f"Issue a repair voucher for up to {share.paid} at {remedy.provider}"
    issued: Receipt[Voucher] | None = await saga.step(
        vouchers.issue_voucher, draft, undo=vouchers.void_voucher, label=label
    )
    if issued is None:
        return None
    saga.money_moves(f"repair voucher {issued.value.number} is issued for claim {claim_id}")
    voucher = issued.value
    record = PaymentRecord(
        claim_id=claim_id, kind=SettlementKind.REPAIR_VOUCHER, amount=voucher.amount, deductible=share.deductible,
        voucher_id=voucher.id,
    )  # fmt: skip
    shown = voucher.model_dump(mode="json", include={"id", "number", "amount", "provider", "expires_on"})
    return MadeGood(record, "repair_voucher", {"voucher": shown})


def planned_settlement(effect: Effect | None) -> list[PacketStep]:
    """For whoever decides: the steps that would make it good."""
    if effect is None:
        return []
    steps = [
        PacketStep(name="send_payout", label=f"Pay {move.amount} to {move.label}", undo=NO_WAY_BACK, irreversible=True)
        for move in effect.moves
    ]
    kind = effect.details.get("settle_by")
    if kind == SettlementKind.REPLACEMENT:
        undo = "Undone by cancel replacement."
        steps.append(PacketStep(name="order_replacement", label="Order it again", undo=undo))
    if effect.details.get("charge"):
        steps.append(PacketStep(name="charge", label="Charge the deductible", undo="Undone by void charge."))
    if kind == SettlementKind.REPAIR_VOUCHER:
        undo = "Undone by void voucher."
        steps.append(PacketStep(name="issue_voucher", label="Issue the repair voucher", undo=undo))
    return steps


async def _settled(process: "Process[Any]", payout: Payout) -> Payout:
    """The payout once billing says that it is settled or failed."""
    pause: timedelta = FIRST_LOOK
    while payout.state is RefundState.PENDING:
        if process.phase is not Phase.PARKED:
            say = "The payment was accepted and is being settled; it stays watched until it is."
            process.tell(process.answer.status, say, phase=Phase.PARKED, retry_after_s=60)
        heard = len(process.events)
        await process.park(lambda heard=heard: len(process.events) > heard, queue="", patience=pause)  # type: ignore[misc]
        pause = min(pause * 2, LONGEST_PAUSE)
        process.looks += 1
        payout = await until_read(
            process, payouts.read_payout, payout.id, step=f"read_payout/{process.looks}",
            label="Finding out whether the payment is settled", may_undo=False,
        )  # fmt: skip
    if process.phase is Phase.PARKED:
        process.working("The payment is settled; I am finishing up.")
    return payout
