"""The record explains what a run changed in the systems: by a row for each step that writes."""

import inspect
from collections.abc import Iterator

import worker
from connectors.effects import WriteRef
from tests.full.explained import EFFECTS


def test_each_step_that_writes_says_what_it_changes_in_the_systems() -> None:
    assert EFFECTS.keys() == set(_writing_steps())


def _writing_steps() -> Iterator[str]:
    """Activities that take the reference of a write."""
    homes = [home for home in vars(worker).values() if inspect.isclass(home) and home.__name__.endswith("Activities")]
    for step in (step for home in homes for step in vars(home).values()):
        definition = getattr(step, "__temporal_activity_definition", None)
        if definition and WriteRef in definition.arg_types:
            yield definition.name
