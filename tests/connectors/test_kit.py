"""The kit catches what it is for: each seeded defect by a named check, while the sound connector passes that check."""

from typing import Any

import pytest

from connectors.conformance import Conformance, Verdict, verdicts
from connectors.conformance.verdicts import End
from connectors.connector import Connector
from tests.connectors import acme, defects
from tests.connectors.vendor import Traits, open_vendor

NO_KEYS = Traits(remembers_keys=False)
ROWS: list[tuple[type[Connector[Any]], type[Connector[Any]], Traits, str]] = [
    (defects.RandomKeyPerAttempt, acme.KeyedAcme, Traits(), "w5"),
    (defects.NewKeyOnUnknownOutcome, acme.KeyedAcme, Traits(), "w5"),
    (defects.SameKeyOnDefiniteFailure, acme.KeyedAcme, Traits(), "w12"),
    (defects.IgnoresReplay, acme.KeyedAcme, Traits(), "w14"),
    (defects.RetriesBlindly, acme.LookUpAcme, NO_KEYS, "w2"),
    (defects.RetriesRefusals, acme.KeyedAcme, Traits(), "w12"),
    (defects.GarbageIsFailure, acme.LookUpAcme, NO_KEYS, "w2"),
    (defects.ServerErrorIsRefusal, acme.KeyedAcme, Traits(), "e3"),
    (defects.Believes200, acme.KeyedAcme, Traits(), "e10"),
    (defects.IgnoresPartialFailure, acme.KeyedAcme, Traits(), "w13"),
    (defects.SwallowsLostAnswers, acme.KeyedAcme, Traits(), "e4"),
    (defects.FinderMatchesStrangers, acme.LookUpAcme, Traits(remembers_keys=False, ignores_filters=True), "w7"),
    (defects.FinderDoesNotPage, acme.LookUpAcme, Traits(remembers_keys=False, ignores_filters=True), "w7"),
    (defects.ConcludesAbsenceEarly, acme.LaggingAcme, Traits(remembers_keys=False, finder_lag_s=60), "w8"),
    (defects.BelievesItsKeyForEver, acme.UnfoundAcme, Traits(), "w3"),
    (defects.FollowsRedirects, acme.KeyedAcme, Traits(), "e11"),
    (defects.LeaksItsSecret, acme.KeyedAcme, Traits(), "s1"),
    (defects.HasOpenConfig, acme.KeyedAcme, Traits(), "c1"),
    (defects.HasOpenConfig, acme.KeyedAcme, Traits(), "c2"),
    (defects.HasOpenConfig, acme.KeyedAcme, Traits(), "c4"),
    (defects.HasOpenConfig, acme.KeyedAcme, Traits(), "m1"),
    (defects.HasOpenConfig, acme.KeyedAcme, Traits(), "m4"),
    (defects.UndoOfNothingRaises, acme.KeyedAcme, Traits(), "u2"),
    (defects.UndoDoesNothing, acme.KeyedAcme, Traits(), "u1"),
    (defects.UndoIsAWriteLikeAnyOther, acme.KeyedAcme, Traits(), "u3"),
    (defects.TakesItsTime, acme.KeyedAcme, Traits(), "t1"),
    (defects.WritesUnguarded, acme.KeyedAcme, Traits(), "m2"),
    (defects.WritesUnguarded, acme.KeyedAcme, Traits(), "m7"),
    (defects.MisreadsThePort, acme.KeyedAcme, Traits(), "m5"),
]


def suite_of(kind: type[Connector[Any]]) -> type[Conformance]:
    return type("Suite", (Conformance,), {"connector_type": kind, "__module__": __name__})


async def judged(kind: type[Connector[Any]], traits: Traits, check: str) -> list[Verdict]:
    return [
        verdict
        async for verdict in verdicts(suite_of(kind), lambda: open_vendor(kind, traits), frozenset({check}))
        if verdict.operation in ("", "make_thing")
    ]


@pytest.mark.parametrize(
    ("defect", "sound", "traits", "check"), ROWS, ids=[f"{row[0].__name__}-{row[3]}" for row in ROWS]
)
async def test_a_defect_is_caught_by_its_check(
    defect: type[Connector[Any]], sound: type[Connector[Any]], traits: Traits, check: str
) -> None:
    caught = await judged(defect, traits, check)
    passed = await judged(sound, traits, check)

    assert [verdict.end for verdict in caught] == [End.FAILED], caught
    assert [verdict.end for verdict in passed] == [End.PASSED], passed


def test_a_vendor_cannot_change_a_standard_check() -> None:
    async def gone(self: Any, stage: Any) -> None: ...

    for change in ({"test_w2_an_answer_lost_after_applying_ends_in_one_effect_and_a_receipt": None}, {"stage": gone}):
        with pytest.raises(TypeError, match="neither changed nor deleted"):
            type("Suite", (Conformance,), {"connector_type": acme.KeyedAcme, "__module__": __name__, **change})


def test_an_exemption_needs_a_reason() -> None:
    with pytest.raises(TypeError, match="exempts w11 without a reason"):
        type("Suite", (Conformance,), {"__module__": __name__, "exempt": {"w11": " "}})


async def test_an_exemption_that_is_not_needed_any_more_fails() -> None:
    suite = type("Suite", (suite_of(acme.KeyedAcme),), {"__module__": __name__, "exempt": {"w1": "a reason"}})
    told = [v async for v in verdicts(suite, lambda: open_vendor(acme.KeyedAcme, Traits()), frozenset({"w1"}))]

    assert [v.end for v in told] == [End.FAILED]
    assert "take away its exemption" in told[0].text


async def test_a_needed_exemption_is_told_with_its_reason() -> None:
    kind, exempt = defects.RandomKeyPerAttempt, {"w5/make_thing": "Acme wants a new key each time."}
    suite = type("Suite", (suite_of(kind),), {"__module__": __name__, "exempt": exempt})
    told = [v async for v in verdicts(suite, lambda: open_vendor(kind, Traits()), frozenset({"w5"}))]

    assert [(v.end, exempt["w5/make_thing"] in v.text) for v in told] == [(End.EXEMPT, True)]
