"""`Prefer` (RFC 7240): how long a caller wants to wait. What is not understood is ignored, as the RFC says."""

import re
from dataclasses import dataclass

LONGEST_WAIT_S = 4.0
"""Voice clients give up after five seconds (openai-agents 0.24 and livekit-agents 1.8.9 defaults, November 2026)."""
USUAL_WAIT_S = 1.0

_SECONDS = re.compile(r"\d{1,6}(\.\d{1,3})?")


@dataclass(frozen=True)
class Preferences:
    respond_async: bool = False
    wait_s: float = USUAL_WAIT_S
    applied: str = ""
    """The value of `Preference-Applied`."""


def preferences(headers: list[str]) -> Preferences:
    """All `Prefer` headers of a request, in order; of two equal ones the first counts."""
    if not headers:
        return Preferences()
    asked: dict[str, str] = {}
    for preference in ",".join(headers).split(","):
        name, _, value = preference.partition(";")[0].partition("=")
        asked.setdefault(name.strip().lower(), value.strip().strip('"'))
    wait = asked.get("wait", "")
    understood = _SECONDS.fullmatch(wait) is not None
    wait_s = min(float(wait), LONGEST_WAIT_S) if understood else USUAL_WAIT_S
    applied = ["respond-async"] if "respond-async" in asked else []
    applied += [f"wait={wait_s:g}"] if understood else []
    return Preferences(respond_async="respond-async" in asked, wait_s=wait_s, applied=", ".join(applied))
