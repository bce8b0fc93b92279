"""Cases that have to do with a run: what was read of the customer's cases with the facts."""

from typing import TYPE_CHECKING, Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.cases import Case

if TYPE_CHECKING:
    from workflows._process import Process


def cases_of(process: "Process[Any]", order_id: str = "") -> list[Case]:
    """Open ones of the customer but the run's own; of one order, when it is named."""
    seen = [case for fact in process.facts for case in _cases(fact.value)]
    mine = f"{process.run_key}/"
    found = {case.id: case for case in seen if not case.closed and not case.reference.startswith(mine)}
    return [case for case in found.values() if not order_id or case.order_id == order_id]


def run_of(case: Case, tenant: str) -> str:
    """The reference of the run that opened it; empty: none of Handrail's."""
    of, _, rest = case.reference.partition(":")
    reference, step, _ = rest.partition("/")
    return reference if of == tenant and step else ""


def _cases(value: Any) -> list[Case]:
    return [item for item in value if isinstance(item, Case)] if isinstance(value, list) else []
