"""Work as a contact centre has it on a Tuesday: parked approvals, a stuck step, a handoff, things under way."""

from datetime import UTC, datetime, timedelta
from typing import Any

from domain.answers import Effect, MoneyMove
from domain.calls import Intent
from domain.money import Money
from domain.packet import (
    Assurance,
    Caller,
    Channel,
    GateView,
    Integrity,
    Packet,
    PacketFact,
    PacketNote,
    PacketStep,
    PolicyView,
    Reason,
    Recommendation,
    RepairView,
    StepStatus,
    Summary,
    Trigger,
)
from domain.values import digest


def ago(**span: float) -> datetime:
    return datetime.now(UTC) - timedelta(**span)


def ahead(**span: float) -> datetime:
    return datetime.now(UTC) + timedelta(**span)


def eur(minor: int) -> Money:
    return Money(minor=minor, currency="EUR")


ORDER = {
    "id": "4821",
    "status": "delivered",
    "placed_at": "2026-11-02T08:15:30Z",
    "delivered_at": "2026-11-09T14:02:11Z",
    "address": {"line1": "Storgatan 5", "line2": "", "city": "Lund", "postal_code": "22350", "country": "SE"},
    "lines": [
        {"id": "l-1", "name": "Trail jacket, blue, M", "price": {"minor": 15_950, "currency": "EUR"}},
        {"id": "l-2", "name": "Trail jacket, green, L", "price": {"minor": 15_950, "currency": "EUR"}},
    ],
    "marks": [],
    "version": "7",
}
"""As the order system tells it."""


def refund_effect(order: str, *parts: tuple[int, str, str]) -> Effect:
    """`parts`: minor units, instrument id, label."""
    amount = eur(sum(minor for minor, _, _ in parts))
    return Effect(
        action="refund_order",
        subject=f"order {order}",
        amount=amount,
        moves=[
            MoneyMove(amount=eur(minor), target=target, label=label, payment=f"pay-{order}-{n}")
            for n, (minor, target, label) in enumerate(parts, 1)
        ],
        details={"reason": "damaged", "lines": ["Trail jacket, blue, M", "Trail jacket, green, L"]},
        irreversible="Once billing has sent the money to the card, only the customer can send it back.",
        summary=f"Refund {amount} of order {order} to the instruments that paid.",
    )


def refund_steps(order: str, amount: Money) -> list[PacketStep]:
    return [
        PacketStep(name="open_case", label="Open a case", undo="The case is withdrawn."),
        PacketStep(name="mark_order", label=f"Mark order {order} as refund pending", undo="The mark is cleared."),
        PacketStep(
            name="refund",
            label=f"Refund {amount}",
            undo="Cannot be undone: money has left.",
            irreversible=True,
        ),
        PacketStep(name="note", label="Note it in the CRM", undo="Nothing to undo: a note stays true."),
        PacketStep(name="resolve_case", label="Resolve the case", undo="The case is reopened."),
    ]


def approval(reference: str, order: str, *parts: tuple[int, str, str], **changes: Any) -> Packet:
    effect = refund_effect(order, *parts)
    amount = effect.amount or eur(0)
    facts = [
        PacketFact(name="order", value=ORDER, source="orders", read_at=ago(minutes=12), version="7"),
        PacketFact(name="order.status", value="delivered", source="orders", read_at=ago(minutes=12), version="7"),
        PacketFact(
            name="order.delivered_at", value="2026-11-09", source="orders", read_at=ago(minutes=12), version="7"
        ),
        PacketFact(name="payment.captured", value=eur(31_900), source="billing", read_at=ago(minutes=12), version="3"),
        PacketFact(
            name="payment.refundable", value=eur(31_900), source="billing", read_at=ago(minutes=12), version="3"
        ),
        PacketFact(name="customer.refunds_90_days", value=1, source="billing", read_at=ago(minutes=12)),
        PacketFact(name="open_cases", value=[], source="cases", read_at=ago(minutes=12)),
    ]
    return Packet(
        created_at=ago(),
        reference=reference,
        process="refund",
        status="needs_approval",
        title=f"Refund {amount} of order {order}",
        value=amount,
        reason=Reason(code="policy_boundary", text="An AI agent may refund up to 50.00 EUR by itself."),
        channel=Channel(type="voice", call_id="call-88213", still_connected=True),
        caller=Caller(customer_ref="cus-2041", name="Anna Bergström", locale="sv-SE"),
        assurance=Assurance(
            level=1, methods=["facts_on_record"], verified_at=ago(minutes=13), expires_at=ahead(minutes=9)
        ),
        intent=Intent(label="refund_damaged_item", confidence=0.93, utterance_ref="call-88213#t14"),
        summary=Summary(
            text="The caller says that both jackets arrived with torn seams. She sent photos and wants her money back.",
            author="ai voice-agent v12",
        ),
        transcript_ref="transcripts/call-88213",
        facts=facts,
        effect=effect,
        digest=effect.digest,
        gate=GateView(
            digest=digest([effect, [f.model_dump(mode="json", exclude={"read_at"}) for f in facts]]),
            roles=["supervisor"],
            requester="voice-agent",
            opened_at=ago(minutes=12),
            due_at=ahead(hours=3, minutes=48),
            expires_at=ahead(hours=47, minutes=48),
            rule="refund.auto_up_to",
            text="An AI agent may refund up to 50.00 EUR by itself. Above that a supervisor decides.",
        ),
        steps=refund_steps(order, amount),
        promises=["I have passed this on for approval; you will hear from us today."],
        policy=PolicyView(
            decision="approve",
            rule_ids=["refund.auto_up_to", "refund.window"],
            policy="refund",
            version="2026-11-21",
            digest="sha256:5c1e",
        ),
        recommended=[
            Recommendation(
                action="decide", label="Approve", why="Delivered 9 Nov, within 90 days; first refund of this order."
            )
        ],
        notes=[
            PacketNote(at=ago(minutes=5), author="human Ben Okafor", text="Photos are in the case; seams are torn.")
        ],
        next=["decide", "claim", "withdraw", "note"],
        integrity=Integrity(events=5, head_hash="9f2c"),
        trace_id="4bf92f3577b34da6a3ce929d0e0e4736",
    ).model_copy(update=changes)


def repair() -> Packet:
    packet = approval("refund-stuck4477", "4477", (8_900, "card-77", "card ending 1881"))
    steps = [
        packet.steps[0].model_copy(
            update={
                "status": StepStatus.DONE,
                "external_id": "CASE-5120",
                "receipt_ref": "refund-stuck4477/open",
                "at": ago(hours=2),
            }
        ),
        packet.steps[1].model_copy(
            update={
                "status": StepStatus.DONE,
                "external_id": "mark-88",
                "receipt_ref": "refund-stuck4477/mark",
                "at": ago(hours=2),
            }
        ),
        packet.steps[2].model_copy(
            update={
                "status": StepStatus.UNKNOWN,
                "error": "billing: no answer after 10 s (request req_9f2)",
                "at": ago(hours=2),
            }
        ),
        *packet.steps[3:],
    ]
    return packet.model_copy(
        update={
            "status": "reconciling",
            "title": "Refund 89.00 EUR of order 4477: billing does not answer",
            "gate": None,
            "reason": Reason(
                code="missing_dependency", text="Billing has not answered six times.", trigger=Trigger.FAILURE
            ),
            "repair": RepairView(
                step="refund",
                error="billing: no answer after 10 s (request req_9f2)",
                attempts=6,
                since=ago(hours=2),
                actions=["retry", "skip", "undo_all"],
                unknown_outcome=True,
            ),
            "steps": steps,
            "recommended": [],
            "next": ["retry", "claim", "note"],
        }
    )


def packets() -> list[Packet]:
    """Every scene; references are stable."""
    mine = approval("refund-mine6001", "6001", (7_500, "card-60", "card ending 6001"))
    assert mine.gate is not None
    return [
        approval("refund-big4821", "4821", (25_000, "card-42", "card ending 4242"), (6_900, "gift-9", "gift card 9")),
        approval(
            "refund-late4790",
            "4790",
            (11_900, "card-11", "card ending 1117"),
            caller=Caller(customer_ref="cus-1177", name="Jamal Weiss"),
        ),
        mine.model_copy(update={"gate": mine.gate.model_copy(update={"requester": "supervisor-kim"})}),
        repair(),
        approval(
            "refund-hand5002",
            "5002",
            (4_200, "wallet-5", "PayPal wallet"),
            status="handed_off",
            gate=None,
            recommended=[],
            owner="agent-ben",
            reason=Reason(code="customer_request", text="The caller asked for a person.", trigger=Trigger.CALLER),
            next=["release", "note"],
        ),
    ]


def events(packet: Packet) -> list[dict[str, Any]]:
    """The record of a run up to its gate."""
    ai = {"kind": "ai", "id": "voice-agent", "name": "voice-agent v12"}
    system = {"kind": "system", "id": "handrail", "name": ""}
    policy = {"rules": packet.policy.rule_ids, "policy": "refund", "version": "2026-11-21", "decision": "approve"}
    rows: list[tuple[float, str, str, dict[str, str], dict[str, Any], dict[str, Any] | None]] = [
        (720, "called", "", ai, {"tool": "refund_order", "arguments_digest": "sha256:11aa"}, None),
        (719.86, "seen", "", system, {"facts": [f.model_dump(mode="json") for f in packet.facts]}, None),
        (719.85, "decided", "", system, {"text": packet.reason.text}, policy),
        (719.84, "waiting", "", system, {"gate": 1, "digest": "sha256:ad26", "roles": ["supervisor"]}, None),
        (719.8, "said", "", system, {"say": packet.promises[0]}, None),
    ]
    return [
        {"seq": n, "at": ago(seconds=s).isoformat(), "type": kind, "step": step, "attempt": 0, "actor": actor,
         "body": body, "policy": rule, "hash": digest([packet.reference, n])}
        for n, (s, kind, step, actor, body, rule) in enumerate(rows, 1)
    ]  # fmt: skip
