"""The published schemas, and packets against them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

FOLDER = Path(__file__).parents[2] / "docs" / "schemas"
HANDOFF, RETURN = "handoff-packet.v1.json", "return-packet.v1.json"


@cache
def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(
        json.loads((FOLDER / name).read_text()), format_checker=Draft202012Validator.FORMAT_CHECKER
    )


def valid_packet(packet: dict[str, Any]) -> dict[str, Any]:
    """The handoff packet; raises when the published schema does not allow it."""
    validator(HANDOFF).validate(packet)
    return packet


def valid_answer(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer; raises when the return packet in it is none."""
    if returned := (answer.get("result") or {}).get("returned"):
        validator(RETURN).validate(returned)
    return answer
