"""Events of the record, told in plain words.

Bodies differ between event types and versions, so nothing in them is taken for granted: what is not known is shown
under its own name, never left out.
"""

from datetime import datetime
from typing import Any

from domain.evidence import EventType, PolicyTrace, Who
from domain.values import Value
from handrail.console import words


class Recorded(Value):
    """An event as `Rail.history` gives it: a part of `domain.evidence.Event`."""

    seq: int
    at: datetime
    type: str
    step: str = ""
    """`open_case`, or with the number of the write: `open_case/1`."""
    attempt: int = 0
    actor: Who = Who(kind="system", id="")
    policy: PolicyTrace | None = None
    body: dict[str, Any] = {}
    hash: str = ""

    def same_write(self, other: "Recorded") -> bool:
        """Whether both tell of one write: by its reference, or by the step where one of them has none."""
        mine, other_ref = self.body.get("ref"), other.body.get("ref")
        if mine and other_ref:
            return bool(mine == other_ref)
        return self.step.partition("/")[0] == other.step.partition("/")[0]

    @property
    def reminds(self) -> bool:
        return bool(self.body.get("reminded") or self.body.get("escalated_to"))

    @property
    def ends_waiting(self) -> bool:
        decided = self.body.get("outcome") in {"approve", "reject"} and not self.body.get("refused")
        return self.type == EventType.CLOSED or (self.type == EventType.COMMANDED and decided)


def told(event: Recorded) -> tuple[str, str]:
    """A headline and one line below it."""
    step, body = _step(event), event.body
    text = _first(body, "text", "say", "error", "note", "summary", "reason")
    match event.type:
        case EventType.CALLED:
            return f"Called {_first(body, 'tool', 'name') or step}".strip(), text
        case EventType.SEEN:
            return _seen(body), _from(body) or text
        case EventType.DECIDED:
            return words.decision(event.policy.decision if event.policy else ""), text or _first(body, "rule")
        case EventType.SAID:
            return "Told the caller", text
        case EventType.INTENT:
            return f"Start: {step}", f"key {_first(body, 'key', 'ref')}" if _first(body, "key", "ref") else text
        case EventType.RECEIPT:
            return f"Done: {step}", _receipt(body) or text
        case EventType.FAILED:
            return f"Failed: {step}", text
        case EventType.UNDONE:
            return f"Undone: {step}", text
        case EventType.WAITING:
            return _waits(body), text or _first(body, "for", "roles")
        case EventType.COMMANDED:
            return _commanded(body) or step, text
        case EventType.CLOSED:
            return f"Closed: {words.status(_first(body, 'status', 'outcome'))}", text
        case EventType.VERIFIED:
            how = words.plain(_first(body, "method", "by")).lower()
            return f"Verified to level {_first(body, 'level')}", f"by {how}" if how else text
        case _:
            return f"{words.plain(event.type)} {step}".strip(), text


def _step(event: Recorded) -> str:
    """`Send refund`, `Send refund 2`."""
    name, _, number = event.step.partition("/")
    return words.plain(name) if number in {"", "1"} else f"{words.plain(name)} {number}"


def _seen(body: dict[str, Any]) -> str:
    facts = body.get("facts")
    names = [f.get("name", "") if isinstance(f, dict) else str(f) for f in facts] if isinstance(facts, list) else []
    what = _first(body, "fact", "name") or ", ".join(names)
    return f"Read {what}" if what else "Read the facts"


def _from(body: dict[str, Any]) -> str:
    if not body.get("source"):
        return ""
    version = _first(body, "version")
    return f"from {_first(body, 'source')}{f', version {version}' if version else ''}"


def _receipt(body: dict[str, Any]) -> str:
    outcome = _first(body, "outcome")
    parts = [
        _first(body, "external_id", "id", "receipt"),
        words.plain(outcome).lower() if outcome not in {"", "applied"} else "",
        "read back" if body.get("read_back_at") else "",
    ]
    return ", ".join(part for part in parts if part)


def _waits(body: dict[str, Any]) -> str:
    if body.get("escalated_to"):
        return f"Escalated to {words.shown(body['escalated_to'])}"
    if body.get("reminded"):
        return f"Reminded {words.shown(body['reminded'])}"
    return "Waits for a decision" if body.get("gate") else "Waits"


def _commanded(body: dict[str, Any]) -> str:
    """`Approved`; `Refused: claim` for a command that was not legal."""
    done = words.status(_first(body, "outcome")) or words.plain(_first(body, "action", "command", "name"))
    return f"Refused: {done.lower()}" if body.get("refused") else done


def _first(body: dict[str, Any], *names: str) -> str:
    return next((words.shown(body[name]) for name in names if body.get(name)), "")
