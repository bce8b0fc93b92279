"""Faults and kills at the calls that each process makes: the systems end as after a run without trouble, or as they
were, and the record explains them.

Marked `full`: of each tool, each kind of fault once at each write of each step, going and coming back, and one of each
sort at each read; of each step also a fault that lasts, two in a row, and a kill.
Marked `matrix`: each fault at each call of each scenario.
"""

from collections.abc import Callable

import pytest

from tests.full import covering
from tests.full.covering import by_tool_and_step, everywhere, once_each
from tests.full.rig import Rig
from tests.full.scenarios import SCENARIOS, Scenario
from tests.full.tables import settle
from tests.full.trail import trail, trails
from tests.full.troubled import Troubles

pytestmark = pytest.mark.timeout(1_200)
Record = Callable[[str, object], None]
MIXED = [scenario for scenario in SCENARIOS if not scenario.settings and scenario.name != "refund_order"]
"""Those that can be played side by side; the refund has a matrix of its own."""
LATE = [scenario for scenario in SCENARIOS if scenario.settings]
"""The systems are set otherwise for them."""
PARTS = 8
each_part = pytest.mark.parametrize("part", range(PARTS), ids=[f"{n} of {PARTS}" for n in range(1, PARTS + 1)])
each_scenario = pytest.mark.parametrize("scenario", SCENARIOS, ids=str)


@pytest.mark.full
@each_part
async def test_any_passing_fault_at_anything_that_is_called_changes_nothing_about_the_end(
    rig: Rig, record_property: Record, part: int
) -> None:
    cases = once_each(await trails(rig, MIXED), covering.sorted_fault, by_tool_and_step)[part::PARTS]
    settle(record_property, f"processes: faults, 1x, part {part + 1}", await (await Troubles.set(rig, cases)).pass_by())


@pytest.mark.full
async def test_two_faults_in_a_row_at_any_write_change_nothing_about_the_end(rig: Rig, record_property: Record) -> None:
    cases = once_each(await trails(rig, MIXED), covering.two_faults, by_tool_and_step, most=2)
    settle(record_property, "processes: two faults", await (await Troubles.set(rig, cases)).pass_by())


@pytest.mark.full
@pytest.mark.parametrize("half", [0, 1], ids=("one half", "the other"))
async def test_a_lasting_fault_at_anything_that_is_called_parks_the_run_with_an_owner_and_it_ends_right(
    rig: Rig, record_property: Record, half: int
) -> None:
    cases = once_each(await trails(rig, MIXED), covering.lasting, by_tool_and_step, most=2)[half::2]
    name = f"processes: faults until cleared, part {half + 1}"
    settle(record_property, name, await (await Troubles.set(rig, cases)).last())


@pytest.mark.full
async def test_a_worker_killed_at_any_step_of_any_process_changes_nothing_about_the_end(
    rig: Rig, record_property: Record
) -> None:
    cases = once_each(await trails(rig, MIXED), covering.held, by_tool_and_step)
    settle(record_property, "processes: kill -9 worker", await (await Troubles.set(rig, cases)).survive("worker"))


@pytest.mark.full
async def test_money_that_settles_later_is_waited_for_whatever_fails_meanwhile(
    rig: Rig, record_property: Record
) -> None:
    cases = once_each(await trails(rig, LATE), covering.sorted_fault, by_tool_and_step)
    settle(record_property, "processes: settled later", await (await Troubles.set(rig, cases)).pass_by())


@pytest.mark.matrix
@each_scenario
async def test_a_passing_fault_at_any_call_changes_nothing_about_the_end(
    rig: Rig, record_property: Record, scenario: Scenario
) -> None:
    cases = everywhere([await trail(rig, scenario)], covering.sorted_fault)
    settle(record_property, f"{scenario}: faults, 1x", await (await Troubles.set(rig, cases)).pass_by())


@pytest.mark.matrix
@each_scenario
async def test_two_faults_in_a_row_at_each_write_change_nothing_about_the_end(
    rig: Rig, record_property: Record, scenario: Scenario
) -> None:
    cases = everywhere([await trail(rig, scenario)], covering.two_faults)
    settle(record_property, f"{scenario}: two faults", await (await Troubles.set(rig, cases)).pass_by())


@pytest.mark.matrix
@each_scenario
async def test_a_lasting_fault_at_any_call_parks_the_run_with_an_owner_and_it_ends_right(
    rig: Rig, record_property: Record, scenario: Scenario
) -> None:
    cases = everywhere([await trail(rig, scenario)], covering.lasting)
    settle(record_property, f"{scenario}: faults until cleared", await (await Troubles.set(rig, cases)).last())


@pytest.mark.matrix
@each_scenario
async def test_a_worker_killed_at_any_write_changes_nothing_about_the_end(
    rig: Rig, record_property: Record, scenario: Scenario
) -> None:
    cases = everywhere([await trail(rig, scenario)], covering.held_after)
    settle(record_property, f"{scenario}: kill -9 worker", await (await Troubles.set(rig, cases)).survive("worker"))
