"""What a write says, as the record keeps it: ids, amounts and kinds in the chain, people's words and addresses beside
it, where they can be erased."""

import json
from typing import Any

from pydantic import BaseModel

PERSONAL = frozenset({"address", "before", "body", "comment", "description", "facts", "note", "subject", "text"})
"""Names of fields in which a write carries what somebody said or where somebody lives."""
_NOTHING: tuple[Any, ...] = (None, "", [], {})
BESIDE = "what"
"""The name under which they are kept beside the chain, as one JSON object."""


def in_words(inputs: list[Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The fields that say something: those for the chain, and those to be kept beside it."""
    told: dict[str, Any] = {}
    for written in inputs:
        if isinstance(written, BaseModel):
            told |= {name: value for name, value in written.model_dump(mode="json").items() if value not in _NOTHING}
    personal = {name: value for name, value in told.items() if name in PERSONAL}
    plain = {name: value for name, value in told.items() if name not in PERSONAL}
    return plain, {BESIDE: json.dumps(personal, ensure_ascii=False)} if personal else {}
