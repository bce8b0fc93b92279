"""Every process has its steps with undo or the reason for none, its rules, its policy and its tests."""

import json
import re

import pytest
from typer.testing import CliRunner

from activities.cases import CaseActivities as cases
from domain.values import Value
from handrail.cli.commands import app
from handrail.coverage import Covered, coverage
from handrail.policies import Shelf
from handrail.runbooks import functions, rules, steps
from tests.house.repository import ROOT
from workflows._process import Process
from workflows._steps import TELLS, Saga

FOUND = {covered.process: covered for covered in coverage(Shelf(), ROOT / "tests")}
WRITING = [covered for covered in FOUND.values() if not covered.reads_only]


@pytest.mark.parametrize("covered", WRITING, ids=lambda covered: covered.process)
def test_every_step_has_an_undo_or_the_reason_for_none(covered: Covered) -> None:
    untold = [step.name for step in covered.steps if not step.undo]

    assert untold == [], f"{covered.process}: name `undo=` beside the step: an activity, or a text that says why not."
    assert covered.steps or covered.own_books, f"{covered.process} writes nothing: say `reads_only = True`."


@pytest.mark.parametrize("covered", WRITING, ids=lambda covered: covered.process)
def test_every_process_that_writes_has_rules_and_a_policy(covered: Covered) -> None:
    own = [rule for rule in covered.rules if not rule.startswith("caller.")]

    assert own, f"{covered.process}: no rule of its own was found in its code or in the functions of `domain` it uses."
    assert covered.policy, f"{covered.process}: set `policy_model`, and write policies/<name>.yaml."
    assert covered.version


@pytest.mark.parametrize("covered", FOUND.values(), ids=lambda covered: covered.process)
def test_every_process_is_tested(covered: Covered) -> None:
    assert covered.tests, f"{covered.process}: no file under tests/ names {', '.join(covered.tools)}."


def test_only_reading_takes_no_step() -> None:
    assert {name for name, covered in FOUND.items() if covered.reads_only and covered.steps} == set()


def test_the_refund_as_it_is_known() -> None:
    refund = FOUND["refund"]

    assert [(step.name, step.undo) for step in refund.steps] == [
        ("open_case", "undone by withdraw_case"),
        ("mark_order", "undone by clear_mark"),
        ("send_refund", "Money that has left cannot be called back."),
        ("note_customer", TELLS),
        ("resolve_case", TELLS),
    ]
    assert {"refund.window", "refund.per_action", "refund.switched_off", "caller.unknown"} <= set(refund.rules)
    assert refund.asks == ["verification", "step-up", "the caller's yes"]
    assert (refund.tools, refund.policy, refund.gates) == (["refund_order"], "refund", ["supervisor", "finance"])


def test_rules_that_a_process_does_not_use_are_not_its_own() -> None:
    """`cancel_order` and `return_items` share a policy and a runbook, and differ in their planner."""
    assert "order_change.changed_once" in FOUND["cancel_order"].rules
    assert "order_change.changed_once" not in FOUND["return_items"].rules


def test_a_step_that_no_plan_of_the_process_has_is_none_of_its_steps() -> None:
    """One runbook serves all order changes: what is only done `if plan.charge` is no step where nothing is charged."""
    taken = {name: {step.name for step in FOUND[name].steps} for name in ("cancel_order", "exchange_items")}

    assert taken["exchange_items"] - taken["cancel_order"] == {"charge", "open_request"}
    assert taken["cancel_order"] - taken["exchange_items"] == {"change_order"}
    assert {step.name for step in FOUND["update_customer_address"].steps} == {
        "open_case", "update_address", "note_customer", "resolve_case"
    }  # fmt: skip


@pytest.mark.parametrize("covered", WRITING, ids=lambda covered: covered.process)
def test_who_is_asked_is_told(covered: Covered) -> None:
    """Those that change something of a customer know his assurance; those that only prove it do not need it."""
    proves = {"verify_caller", "hand_off"}

    assert ("verification" in covered.asks) == (covered.process not in proves), covered.process


class Careless(Process[Value]):
    """Forgets to say how its step is undone."""

    request_model = Value

    async def book(self, saga: Saga) -> None:
        await saga.step(cases.open_case, {}, undo=self.someday(), label="Open a case")

    def someday(self) -> str:
        return "later"


def test_a_step_whose_undo_cannot_be_told_is_found() -> None:
    reached = list(functions(Careless, "tests."))

    assert [(step.name, step.undo) for step in steps(reached)[0]] == [("open_case", "")]
    assert rules(Careless, reached, {"careless"}, "careless") == []


def test_the_command_tells_all_of_it() -> None:
    shown = CliRunner().invoke(app, ["tools", "--coverage"])
    rows = json.loads(CliRunner().invoke(app, ["tools", "--coverage", "--json"]).stdout)

    assert shown.exit_code == 0
    assert "mark_order: undone by clear_mark" in shown.stdout
    assert {row["process"] for row in rows} == set(FOUND)
    assert len(re.findall(r"^ \d+ tests in \d+ files ", shown.stdout, re.MULTILINE)) == len(FOUND)
