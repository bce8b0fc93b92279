"""Approval with an edit: what whoever decides may change of what he approves. The rules judge the rest again."""

from typing import Any

from pydantic import ConfigDict

from domain.answers import Denial
from domain.money import Money
from domain.values import Value


class Editable(Value):
    """One thing that may be changed with an approval, as it is now, and within which bounds."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    name: str
    """The key under which `decide` brings it in `edits`."""
    now: Any = None
    more_than: Money | None = None
    """Of money: it must be above this."""
    at_most: Money | None = None
    options: list[str] = []
    """Of a choice: one of these. Empty: any text, or money."""
    note: str = ""
    """What a change of it brings about: `Above 500.00 EUR it is referred to a senior adjuster.`"""


def changes_of(edits: dict[str, Any], editable: list[Editable]) -> dict[str, Any] | Denial:
    """Those of the edits that change something, or why they cannot be had."""
    known = {one.name: one for one in editable}
    if foreign := sorted(set(edits) - set(known)):
        can = f"{', '.join(known)} can" if known else "approve it as it is, or reject it"
        return Denial(rule="gate.edit_field", text=f"{', '.join(foreign)} cannot be changed here; {can}.")
    changes = {name: value for name, value in edits.items() if value != known[name].now}
    if not changes:
        return Denial(rule="gate.edit_nothing", text="Nothing was changed; approve it without edits.")
    for name, value in changes.items():
        options = known[name].options
        if options and value not in options:
            text = f"{name} cannot be {value!r:.60} here; it is one of {', '.join(options)}."
            return Denial(rule="gate.edit_value", text=text)
    return changes
