"""The auditor notices when a rule is broken: each of these mutants is one line of a rule gone wrong."""

from collections.abc import Callable
from typing import Any

import pytest

from domain.claim_settlement import Share
from domain.order_money import Settled
from tests.properties.auditor import ASSURANCE, CONFIRMATION, LIMIT, RECORD, TWICE, Broken
from tests.properties.judged import JUDGED
from tests.properties.test_rules import put

CHANGES = [name for name in JUDGED if name not in ("refund", "open_claim", "reopen_claim", "create_case", "step_up_caller")]
MONEY = [name for name in CHANGES if "address" not in name]


def nothing(*_: Any, **__: Any) -> None:
    """A rule that never speaks."""


def any_yes(of: str) -> Callable[..., Any]:
    """The rule is content with a yes to whatever it was."""

    def mutant(amount: Any, *rest: Any, **more: Any) -> Any:
        standing = next(value for value in rest if hasattr(value, "actor"))
        return None if getattr(standing, of) else RULES[of](amount, *rest, **more)

    return mutant


def one_level_less(*given: Any, **more: Any) -> Any:
    found = RULES["assured"](*given, **more)
    standing = next(value for value in given if hasattr(value, "actor"))
    return None if found and standing.assurance and standing.assurance.level == found.level - 1 else found


def all_of_it(amount: Any, payments: Any, tenders: Any, payee: Any) -> Any:
    """Takes from each capture what it took, whatever went back before."""
    whole = [payment.model_copy(update={"refunds": []}) for payment in payments]
    return RULES["allocate"](amount, whole, tenders, payee)


def no_deductible(loss: Any, coverage: Any, own: Any, others: Any) -> Any:
    """Pays the whole loss, whatever the limit leaves."""
    return Share(paid=loss, deductible=loss - loss, reserve=loss)


def watched_by_nobody(*_: Any, **__: Any) -> list[Any]:
    return []


def anybodys(customer: str) -> Callable[..., Any]:
    """Takes the first instrument that has the name, whosever it is."""

    def mutant(difference: Any, instrument_id: str, order: Any, seen: Any, policy: Any) -> Any:
        mine = [i.model_copy(update={"customer_id": order.customer_id}) for i in seen.instruments]
        return RULES["settle"](
            difference, instrument_id, order, seen.model_copy(update={"instruments": mine}), policy
        )

    return mutant


import domain.order_money  # noqa: E402
import domain.standing  # noqa: E402
import domain.tenders  # noqa: E402

RULES: dict[str, Callable[..., Any]] = {
    "assured": domain.standing.assured, "confirmed": domain.standing.confirmed, "approved": domain.standing.approved,
    "allocate": domain.tenders.allocate, "settle": domain.order_money.settle,
}  # fmt: skip
_ = Settled

MUTANTS: list[tuple[str, str, dict[str, Callable[..., Any]], str]] = [
    *(
        (process, where, {rule: mutant}, promise)
        for where, processes in (
            ("domain.refunds", ["refund"]), ("domain.order_changes", ["cancel_order", "return_items", "exchange_items"]),
            ("domain.claim_adjusting", ["open_claim"]),
        )
        for process in processes
        for rule, mutant, promise in (
            ("assured", nothing, ASSURANCE), ("assured", one_level_less, ASSURANCE), ("within_cap", nothing, LIMIT),
            ("approved", nothing, LIMIT), ("approved", any_yes("approved"), LIMIT), ("autonomous", nothing, LIMIT),
            ("confirmed", nothing, CONFIRMATION), ("confirmed", any_yes("confirmed"), CONFIRMATION),
        )
    ),
    ("refund", "domain.refunds", {"_owned": nothing, "assured": nothing}, RECORD),
    ("refund", "domain.refunds", {"allocate": all_of_it}, TWICE),
    ("refund", "domain.refunds", {"capture_limit": lambda payment, move, n: None}, TWICE),
    ("cancel_order", "domain.order_cancel", {"still_open": nothing}, TWICE),
    ("change_items", "domain.order_swap", {"still_open": nothing}, TWICE),
    ("change_items", "domain.order_swap", {"settle": anybodys("C-2")}, RECORD),
    ("return_items", "domain.order_return", {"may_come_back": nothing}, TWICE),
    ("change_payment", "domain.order_payment", {"covers": lambda *_: True}, LIMIT),
    ("update_customer_address", "domain.order_changes", {"confirmed": nothing}, CONFIRMATION),
    ("change_delivery_address", "domain.order_changes", {"assured": nothing}, ASSURANCE),
    ("open_claim", "domain.claim_adjusting", {"share_of": no_deductible}, LIMIT),
    ("open_claim", "domain.claim_adjusting", {"same_loss": nothing}, TWICE),
    ("open_claim", "domain.claim_adjusting", {"_covered": nothing}, LIMIT),
    ("reopen_claim", "domain.claim_adjusting", {"_reopenable": nothing}, TWICE),
    ("reopen_claim", "domain.claim_adjusting", {"_same_event": nothing}, TWICE),
    ("create_case", "domain.case_intake", {"needs_caller": nothing}, ASSURANCE),
    ("create_case", "domain.case_intake", {"_order_lacks": watched_by_nobody}, RECORD),
    ("create_case", "domain.case_intake", {"switched_off": nothing}, LIMIT),
    ("create_case", "domain.case_intake", {"_limits": watched_by_nobody}, TWICE),
    ("step_up_caller", "domain.step_up", {"needs_caller": nothing}, ASSURANCE),
]  # fmt: skip


@pytest.mark.parametrize(
    ("process", "where", "mutants", "promise"), MUTANTS,
    ids=[f"{m[0]}-{'+'.join(m[2])}-{n}" for n, m in enumerate(MUTANTS)],
)  # fmt: skip
def test_a_broken_rule_is_noticed(
    process: str, where: str, mutants: dict[str, Callable[..., Any]], promise: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for rule, mutant in mutants.items():
        monkeypatch.setattr(f"{where}.{rule}", mutant)

    with pytest.raises(Broken) as noticed:
        put(JUDGED[process], cases=500, shrink=False)

    assert noticed.value.promise == promise
