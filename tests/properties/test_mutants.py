"""The auditor is not asleep: with one rule taken out, he finds the promise that it kept. A mutant for each promise of
each process; one that he does not find fails the test."""

import importlib
from collections.abc import Callable
from typing import Any

import pytest

from domain.verdicts import AskConfirmation
from tests.properties import judged
from tests.properties.auditor import ASSURANCE, CONFIRMATION, LIMIT, MONEY, RECORD, TWICE, Broken
from tests.properties.judged import JUDGED
from tests.properties.test_rules import put
from tests.properties.worlds import eur

Cut = Callable[[pytest.MonkeyPatch], None]
MOST_CASES = 3_000
"""Within so many cases he must have found it."""


def without(*rules: str, instead: Any = None) -> Cut:
    """These rules say nothing: `refunds.assured` is the one that `domain.refunds` calls; of a process that has
    its rules in its own file, `workflows.<process>.assured`."""

    def cut(patch: pytest.MonkeyPatch) -> None:
        for rule in rules:
            where = rule if rule.startswith("workflows.") else f"domain.{rule}"
            patch.setattr(where, lambda *_, **__: instead)

    return cut


def taking_yes_for_granted(rule: str) -> Cut:
    """Whatever is to be confirmed counts as confirmed."""

    def cut(patch: pytest.MonkeyPatch) -> None:
        real = getattr(judged, rule)

        def lenient(*args: Any, **more: Any) -> Any:
            ruled = real(*args, **more)
            if not isinstance(ruled.verdict, AskConfirmation):
                return ruled
            place = next(n for n, arg in enumerate(args) if hasattr(arg, "confirmed"))
            said = args[place].model_copy(update={"confirmed": [*args[place].confirmed, ruled.plan.effect.digest]})
            return real(*args[:place], said, *args[place + 1 :], **more)

        patch.setattr(judged, rule, lenient)

    return cut


def whosever_order_it_is(rule: str) -> Cut:
    """The order is taken for the caller's own."""

    def cut(patch: pytest.MonkeyPatch) -> None:
        real = getattr(judged, rule)

        def blind(*args: Any, **more: Any) -> Any:
            who = next(arg for arg in args if hasattr(arg, "confirmed")).customer_id
            given = [_owned_by(arg, who) if getattr(arg, "order", None) else arg for arg in args]
            return real(*given, **more)

        patch.setattr(judged, rule, blind)

    return cut


def _owned_by(seen: Any, who: str) -> Any:
    return seen.model_copy(update={"order": seen.order.model_copy(update={"customer_id": who})})


def a_cent_more(rule: str) -> Cut:
    """Of all that goes back to the customer."""

    def cut(patch: pytest.MonkeyPatch) -> None:
        module, _, name = f"domain.{rule}".rpartition(".")
        real = getattr(importlib.import_module(module), name)

        def generous(*args: Any, **more: Any) -> Any:
            moves = real(*args, **more)
            return [move.model_copy(update={"amount": move.amount + eur(1)}) for move in moves]

        patch.setattr(f"domain.{rule}", generous)

    return cut


CHANGES = "order_changes"
VISITS = "workflows.appointment"
_OF_A_CHANGE: dict[str, Cut] = {
    ASSURANCE: without(f"{CHANGES}.assured", f"{CHANGES}.needs_caller"),
    LIMIT: without(f"{CHANGES}.within_cap", f"{CHANGES}.approved", f"{CHANGES}.autonomous"),
    CONFIRMATION: without(f"{CHANGES}.confirmed"),
    RECORD: whosever_order_it_is("rule_order_change"),
}
_OF_A_CLAIM: dict[str, Cut] = {
    ASSURANCE: without("claim_adjusting.assured", "claim_adjusting.needs_caller"),
    LIMIT: without("claim_adjusting.within_cap", "claim_adjusting._looked_at"),
    CONFIRMATION: without("claim_adjusting._agreed_to"),
    MONEY: without("claim_settlement.deductible_due", instead=eur(0)),
}
MUTANTS: dict[str, dict[str, Cut]] = {
    "refund": {
        ASSURANCE: without("refunds.assured", "refunds.needs_caller"),
        LIMIT: without("refunds.within_cap", "refunds.approved", "refunds.autonomous"),
        CONFIRMATION: without("refunds.confirmed"),
        RECORD: whosever_order_it_is("rule_refund"),
        TWICE: without("refunds._limits", instead=[]),
        MONEY: a_cent_more("refunds.allocate"),
    },
    "cancel_order": _OF_A_CHANGE
    | {TWICE: without("order_cancel.still_open"), MONEY: a_cent_more("order_cancel.allocate")},
    "return_items": _OF_A_CHANGE
    | {TWICE: without("order_return.may_come_back"), MONEY: a_cent_more("order_money.allocate")},
    "exchange_items": _OF_A_CHANGE | {TWICE: without("order_swap.may_come_back")},
    "change_items": _OF_A_CHANGE | {TWICE: without("order_swap.still_open")},
    "change_delivery_address": {
        **{promise: _OF_A_CHANGE[promise] for promise in (ASSURANCE, CONFIRMATION, RECORD)},
        TWICE: without("order_address.still_open"),
    },
    "change_payment": _OF_A_CHANGE | {TWICE: without("order_payment.still_open")},
    "update_customer_address": {
        ASSURANCE: without("order_changes.assured", "order_address.needs_caller"),
        CONFIRMATION: without("order_changes.confirmed"),
    },
    "open_claim": _OF_A_CLAIM | {TWICE: without("claim_adjusting.same_loss")},
    "reopen_claim": _OF_A_CLAIM | {TWICE: without("claim_adjusting._reopenable")},
    "create_case": {
        ASSURANCE: without("case_intake.needs_caller"),
        LIMIT: without("case_intake.switched_off", "case_intake.entrusted"),
        CONFIRMATION: taking_yes_for_granted("rule_case"),
        RECORD: without("case_intake._order_lacks", instead=[]),
        TWICE: without("case_intake._limits", instead=[]),
    },
    "step_up_caller": {
        ASSURANCE: without("step_up.needs_caller"),
        LIMIT: without("step_up.code_limits", instead=[]),
    },
    "reschedule_appointment": {
        ASSURANCE: without(f"{VISITS}.needs_caller"),
        LIMIT: without(f"{VISITS}.entrusted", f"{VISITS}._in_time"),
        CONFIRMATION: without(f"{VISITS}.said_yes"),
        TWICE: without("diaries.Diary.is_taken", instead=False),
    },
}


@pytest.mark.parametrize("promise", [promise for promise in MUTANTS["refund"] if promise != RECORD])
def test_with_the_rule_taken_out_its_promise_is_seen_to_break(promise: str, monkeypatch: pytest.MonkeyPatch) -> None:
    breaks("refund", promise, monkeypatch)


@pytest.mark.full
@pytest.mark.parametrize("judged_too", [True, False])
def test_with_what_a_claim_has_paid_forgotten_it_is_seen_to_go_back(
    judged_too: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the limits, which two runs at once meet, and where it is not, by the rule before them too."""
    without("refunds.kept_limits", instead=[])(monkeypatch)
    if not judged_too:
        without("refunds.kept_for_claims", instead=eur(0))(monkeypatch)

    with pytest.raises(Broken) as found:
        put(JUDGED["refund"], cases=MOST_CASES, shrink=False)
    assert "a claim has paid" in str(found.value)


@pytest.mark.full
@pytest.mark.parametrize(
    ("process", "promise"), [(process, promise) for process, mutants in MUTANTS.items() for promise in mutants]
)
def test_so_it_is_in_every_process(process: str, promise: str, monkeypatch: pytest.MonkeyPatch) -> None:
    breaks(process, promise, monkeypatch)


def breaks(process: str, promise: str, patch: pytest.MonkeyPatch) -> None:
    MUTANTS[process][promise](patch)
    known = JUDGED[process]

    def judge(draw: Any) -> None:
        try:
            known(draw)
        except Broken as broken:
            if broken.promise == promise:
                raise

    with pytest.raises(Broken) as found:
        put(judge, cases=MOST_CASES, shrink=False)
    assert found.value.promise == promise


def test_every_process_of_the_rules_has_its_mutants() -> None:
    assert MUTANTS.keys() == JUDGED.keys()
