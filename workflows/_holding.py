"""Limits and locks that a run holds, and a plan that is agreed on under its locks."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.house import Hold, Lock
    from domain.limits import LimitEntry
    from domain.verdicts import Allow, Deny

from workflows._asking import HasEffect, Ruling, decide
from workflows._steps import Saga, StepRefused

if TYPE_CHECKING:
    from workflows._process import Process

P = TypeVar("P", bound=HasEffect)


def hold(process: "Process[Any]", limits: list[LimitEntry], holder: str = "") -> Hold:
    """`holder`: where a run holds more than once; else the run itself."""
    tenant = process.call.actor.tenant
    return Hold(tenant=tenant, holder=holder or process.run_key, entries=limits, at=workflow.now())


def lock(process: "Process[Any]", entries: list[LimitEntry]) -> Lock:
    tenant = process.call.actor.tenant
    return Lock(tenant=tenant, holder=f"{process.run_key}/lock", entries=entries, at=workflow.now())


async def judge_again(rule: Callable[[], Awaitable[Ruling[P]]], plan: P) -> None:
    """Now that it is reserved, and others see that it is: what they did before they saw it must not speak against it.

    Raises StepRefused.
    """
    again = await rule()
    if isinstance(again.verdict, Deny):
        raise StepRefused(again.verdict.rule, again.verdict.text)
    if not isinstance(again.verdict, Allow) or again.effect != plan.effect:
        raise StepRefused("facts.changed", "What it is about has changed just now. Ask for it again.")


async def agree(
    process: "Process[Any]", saga: Saga, rule: Callable[[], Awaitable[Ruling[P]]],
    locks: Callable[[P], list[LimitEntry]],
) -> P | None:  # fmt: skip
    """As `decide`, and judged once more under the plan's locks: whoever had them before may have changed the facts."""
    while plan := await decide(process, rule):
        await saga.reserve(lock(process, locks(plan)))
        again = await rule()
        if isinstance(again.verdict, Allow) and again.effect == plan.effect:
            return again.plan
        await saga.unlock()
    return None
