"""No rule lets anything happen below the required assurance, above a limit, on another's record, twice, or without its
confirmation: generated policies, callers and records, and an auditor who reads what was allowed."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.properties.judged import JUDGED, Judged


def put(judge: Judged, *, cases: int, shrink: bool = True) -> None:
    """So many cases, the same each time. Raises what `judge` raises."""
    phases = [Phase.generate, *([Phase.shrink] if shrink else [])]

    @settings(
        max_examples=cases, deadline=None, database=None, derandomize=True, phases=phases, report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.data())
    def each(data: st.DataObject) -> None:
        judge(data.draw)

    each()


@pytest.mark.parametrize("process", list(JUDGED))
def test_what_the_rules_allow_breaks_no_promise(process: str) -> None:
    put(JUDGED[process], cases=30)


@pytest.mark.full
@pytest.mark.parametrize("process", list(JUDGED))
def test_nor_in_many_more_cases(process: str) -> None:
    put(JUDGED[process], cases=600)
