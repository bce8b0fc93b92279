"""How much a kind of actor may do by itself: act, have each action approved, only suggest, or nothing."""

from typing import Any

import pytest

from domain.autonomy import Autonomy
from domain.calls import ActorKind
from domain.policies import RefundPolicy
from domain.refunds import RefundPlan, rule_refund
from domain.standing import Standing
from domain.verdicts import AskApproval, Ruled
from tests.domain.refund_facts import NOW, SHIPPED, ask, payment, seen, standing


def policy(**changes: Any) -> RefundPolicy:
    return RefundPolicy.model_validate(SHIPPED.model_dump() | changes)


def ruled(
    levels: dict[str, str], who: Standing, amount: int = 100, *, reason: str = "damaged", **changes: Any
) -> Ruled[RefundPlan]:
    facts = seen(payment("card-1", 400_000))
    return rule_refund(ask(amount, reason=reason), facts, policy(autonomy=levels, **changes), who, NOW)


@pytest.mark.parametrize(
    ("levels", "kind", "rule"),
    [
        ({}, "ai", "allow"),
        ({"ai": "act"}, "ai", "allow"),
        ({"ai": "approve_each"}, "ai", "refund.approve_each"),
        ({"ai": "suggest"}, "ai", "refund.suggest"),
        ({"ai": "off"}, "ai", "refund.switched_off"),
        ({"ai": "off"}, "human", "allow"),
        ({"human": "approve_each"}, "human", "refund.approve_each"),
    ],
)
def test_each_level_for_each_kind(levels: dict[str, str], kind: str, rule: str) -> None:
    assert getattr(ruled(levels, standing(kind)).verdict, "rule", "allow") == rule


def test_what_is_switched_off_is_told_before_the_caller_is_asked_anything() -> None:
    verdict = ruled({"ai": "off"}, standing(level=0)).verdict

    assert getattr(verdict, "rule", "") == "refund.switched_off"
    assert "Hand the caller over to a person" in getattr(verdict, "text", "")


def test_a_suggestion_tells_its_exact_effect() -> None:
    plan = ruled({"ai": "suggest"}, standing()).plan

    assert plan
    assert "1.00 EUR" in plan.effect.summary


@pytest.mark.parametrize("level", ["approve_each", "suggest"])
def test_an_approval_lets_it_go_on(level: str) -> None:
    basis = ruled({"ai": level}, standing()).basis

    assert not hasattr(ruled({"ai": level}, standing(approved=[basis])).verdict, "rule")


def test_one_gate_asks_for_everybody_whom_the_amount_needs() -> None:
    """Otherwise the supervisor's yes to each action would count as the yes of two for a large one."""
    facts, wide = seen(payment("card-1", 400_000)), {**SHIPPED.per_action, ActorKind.AI: 300_000}
    document = policy(autonomy={"ai": "approve_each"}, per_action=wide, limits=[])
    first = rule_refund(ask(200_000), facts, document, standing(level=2), NOW)
    assert first.plan
    sure = standing(level=2, confirmed=[first.plan.effect.digest])

    verdict = rule_refund(ask(200_000), facts, document, sure, NOW).verdict

    assert isinstance(verdict, AskApproval)
    assert (verdict.roles, verdict.approvers) == (["supervisor", "finance"], 2)


def test_a_segment_is_narrower_than_its_process() -> None:
    segments = {"goodwill": {"ai": "suggest"}}

    assert getattr(ruled({}, standing(), reason="goodwill", autonomy_in=segments).verdict, "rule", "") == (
        "refund.suggest"
    )
    assert not hasattr(ruled({}, standing(), autonomy_in=segments).verdict, "rule")


def test_the_stricter_of_document_segment_and_switch_counts() -> None:
    document = policy(autonomy={"ai": "approve_each"}, autonomy_in={"goodwill": {"ai": "act"}}, switched={"ai": "off"})

    assert document.autonomy_of(ActorKind.AI, "goodwill") is Autonomy.OFF
    assert document.model_copy(update={"switched": {}}).autonomy_of(ActorKind.AI, "goodwill") is Autonomy.APPROVE_EACH
    assert document.autonomy_of(ActorKind.SYSTEM) is Autonomy.ACT


def test_the_digest_tells_autonomy_but_no_switch() -> None:
    """A document that says nothing of autonomy keeps the digest that waiting gates are bound to."""
    assert policy(autonomy={"ai": "act", "human": "act"}).digest == SHIPPED.digest
    assert policy(autonomy={"ai": "suggest"}).digest != SHIPPED.digest
    assert policy(switched={"ai": "off"}).digest == SHIPPED.digest
    gate = SHIPPED.gate.model_dump() | {"bulk_up_to": 0}  # that word is newer too: unsaid, it does not count either
    assert policy(gate=gate).digest == policy(gate=SHIPPED.gate.model_dump(exclude={"bulk_up_to"})).digest
    assert policy(gate=gate | {"bulk_up_to": 1}).digest not in (policy(gate=gate).digest, SHIPPED.digest)
