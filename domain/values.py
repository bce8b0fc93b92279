"""The base of every value in `domain`, and the digest that binds approvals and evidence to exact values."""

import hashlib
import json
from typing import Any

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable value.

    Unknown fields are ignored, so that histories written by a newer or older version still decode;
    doors validate with `extra="forbid"` instead (see `handrail.rail`). New fields need defaults.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no spaces: the same value is always the same bytes."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain).encode()


def digest(value: Any) -> str:
    """`sha256:` and 32 hex digits of the canonical form."""
    return "sha256:" + hashlib.sha256(canonical(value)).hexdigest()[:32]


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, (set, frozenset, tuple)):
        return sorted(value) if not isinstance(value, tuple) else list(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
