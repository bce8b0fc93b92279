"""What is switched off is off in every process that acts, and is told before the caller is asked anything."""

from collections.abc import Callable
from typing import Any

import pytest

from domain.case_intake import CaseFacts, CaseRequest, rule_case
from domain.case_policy import CasePolicy
from domain.claim_adjusting import ClaimFacts, rule_reopening
from domain.claim_notices import ReopenRequest
from domain.claim_policy import ClaimPolicy
from domain.messages import Channel
from domain.order_cancel import CancelRequest, plan_cancel
from domain.order_change_policy import OrderChangePolicy
from domain.order_changes import ChangeFacts, rule_order_change
from domain.policies import PolicyBase, VerificationPolicy
from domain.refunds import RefundFacts, rule_refund
from domain.standing import Standing
from domain.step_up import StepUpPolicy, StepUpRequest, rule_step_up
from domain.verification import may_verify
from handrail.policies import load
from tests.brought import brought
from tests.domain.refund_facts import NOW, SHIPPED, ask, eur, standing
from tests.policies.documents import SHIPPED as FOLDER
from workflows._catalog import policies

CANCEL = CancelRequest(order_id="1", reason="no_longer_needed")
REOPEN = ReopenRequest(claim_id="CL-1", reason="new_evidence", amount=eur(100))
CASE = CaseRequest(category="question", subject="A question")
Judge = Callable[[Any, Standing], Any]

PROCESSES: dict[str, tuple[type[PolicyBase], Judge]] = {
    "refund": (type(SHIPPED), lambda policy, who: rule_refund(ask(1), RefundFacts(), policy, who, NOW)),
    "order_change": (
        OrderChangePolicy,
        lambda policy, who: rule_order_change(CANCEL, plan_cancel, ChangeFacts(), policy, who, NOW),
    ),
    "claim": (ClaimPolicy, lambda policy, who: rule_reopening(REOPEN, ClaimFacts(), policy, who, NOW)),
    "step_up": (
        StepUpPolicy,
        lambda policy, who: rule_step_up(StepUpRequest(channel=Channel.EMAIL), [], policy, who, "call", NOW),
    ),
    "case": (CasePolicy, lambda policy, who: rule_case(CASE, CaseFacts(), policy, who, NOW)),
    **{name: (policies()[name], judge) for name, judge in brought("FIRST_RULED").items()},
}


def test_no_process_is_forgotten_here() -> None:
    no_caller = {"verify_caller", "patience"}  # who verifies a caller needs none; patience limits agents
    assert set(policies()) - set(PROCESSES) == no_caller


def spoken(name: str, who: Standing, **words: Any) -> str:
    shape, judge = PROCESSES[name]
    document = shape.model_validate({**load(FOLDER / f"{name}.yaml", shape), **words})
    return str(getattr(judge(document, who).verdict, "rule", "allow"))


@pytest.mark.parametrize("name", PROCESSES)
@pytest.mark.parametrize("words", [{"switched": {"ai": "off"}}, {"autonomy": {"ai": "off"}}], ids=["switch", "policy"])
def test_an_ai_agent_that_is_switched_off_is_told_so_first(name: str, words: dict[str, Any]) -> None:
    assert spoken(name, standing(level=0), **words) == f"{name}.switched_off"
    assert spoken(name, standing("human", level=0), **words) == "caller.unknown"


@pytest.mark.parametrize("words", [{"switched": {"ai": "off"}}, {"autonomy": {"ai": "off"}}], ids=["switch", "policy"])
def test_nor_does_it_verify_anybody(words: dict[str, Any]) -> None:
    policy = VerificationPolicy.model_validate({**load(FOLDER / "verify_caller.yaml", VerificationPolicy), **words})

    ruled = [may_verify(policy, standing(kind, level=0), NOW) for kind in ("ai", "human")]

    assert [getattr(no, "rule", "allow") for no in ruled] == ["verify_caller.switched_off", "allow"]


@pytest.mark.parametrize("name", PROCESSES)
def test_otherwise_the_caller_is_asked_who_he_is(name: str) -> None:
    assert spoken(name, standing(level=0)) == "caller.unknown"
