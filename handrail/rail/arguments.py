"""Checking what a caller sends, with the same models that the run will use: strictly here, tolerantly there."""

import json
from typing import Any

from pydantic import ValidationError

from domain.answers import Answer, Missing, Status
from domain.values import Value
from handrail.rail.face import BadArguments


def check_arguments(model: type[Value], arguments: dict[str, Any], what: str) -> dict[str, Any] | Answer:
    """The arguments in canonical form; an Answer when only something is missing.

    Raises BadArguments naming every wrong field.
    """
    try:
        # As strict JSON: in Python's terms `true` would be 1 cent, and "1000" ten euros.
        checked = model.model_validate_json(json.dumps(arguments), strict=True, extra="forbid")
    except ValidationError as wrong:
        errors = wrong.errors(include_url=False, include_input=False, include_context=False)
    else:
        return checked.model_dump(mode="json", exclude_defaults=True)
    missing = [_field(e["loc"]) for e in errors if e["type"] == "missing"]
    if len(missing) == len(errors):
        return _needs_input(model, missing)
    reasons = [{"field": _field(e["loc"]) or what, "reason": _sentence(e["msg"])} for e in errors]
    text = "; ".join(f"{reason['field']}: {reason['reason']}" for reason in reasons)
    raise BadArguments(f"{what} cannot take these arguments: {text}", reasons)


def _needs_input(model: type[Value], fields: list[str]) -> Answer:
    missing = [Missing(field=field, reason=f"{field} is needed. {_about(model, field)}".strip()) for field in fields]
    say = " ".join(item.reason for item in missing)
    return Answer(status=Status.NEEDS_INPUT, say=say, terminal=True, missing=missing)


def _about(model: type[Value], field: str) -> str:
    info = model.model_fields.get(field)
    return info.description or "" if info else ""


def _field(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in loc)


def _sentence(message: str) -> str:
    return message.removeprefix("Value error, ").rstrip(".") + "."
