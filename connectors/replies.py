"""What a vendor answered, free of the HTTP library: the shape that `classify` of a vendor judges."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Reply:
    """`headers` have lower-case names. `method` and `path` name the request, without the query: it may hold e-mails."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    method: str = ""
    path: str = ""

    def json(self) -> Any:
        """The decoded body; None when it is empty. Raises ValueError when it is no JSON."""
        return json.loads(self.body) if self.body.strip() else None

    def json_or_none(self) -> Any:
        """For `classify`: the decoded body, None when it is no JSON."""
        try:
            return self.json()
        except ValueError:
            return None

    def field(self, *path: str) -> Any:
        """`field("error", "code")`: a value deep in a JSON body, None when there is none."""
        value = self.json_or_none()
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return value

    @property
    def retry_after_s(self) -> float | None:
        """`Retry-After` in both its forms: seconds, or an HTTP date against the vendor's own clock."""
        given = self.headers.get("retry-after", "").strip()
        if not given:
            return None
        try:
            return max(0.0, float(given))
        except ValueError:
            pass
        until = _date(given)
        if until is None:
            return None
        now = _date(self.headers.get("date", "")) or datetime.now(UTC)
        return max(0.0, (until - now).total_seconds())


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
