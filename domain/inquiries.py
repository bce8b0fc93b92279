"""What people want to know before they decide a gate, and what they were told."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from domain.answers import Denial, Missing
from domain.calls import Actor
from domain.rejections import a_person
from domain.values import Value


class Inquiry(Value):
    """One question of an approver. The gate stays open meanwhile, and its clock goes on."""

    field: str
    """What the answer is given as: `info`, then `info_2`, ..."""
    text: str
    asked_by: Actor
    role: str = ""
    asked_at: datetime
    answer: str = ""
    answered_by: str = ""
    answered_at: datetime | None = None

    @property
    def open(self) -> bool:
        return self.answered_at is None

    @property
    def missing(self) -> Missing:
        return Missing(field=self.field, reason=self.text)

    @property
    def say(self) -> str:
        return f"{a_person(self.role)} needs to know before it is decided: {self.text}"


def inquire(known: list[Inquiry], actor: Actor, role: str, text: str, at: datetime) -> list[Inquiry]:
    """With one more question."""
    field = f"info_{len(known) + 1}" if known else "info"
    text = text or "More information is needed before this can be decided."
    return [*known, Inquiry(field=field, text=text, asked_by=actor, role=role, asked_at=at)]


def answer(
    known: list[Inquiry], facts: dict[str, Any], note: str, actor: Actor, at: datetime
) -> list[Inquiry] | Denial:
    """With what was told: by the field of each question; one open question takes whatever is told."""
    waiting = [inquiry for inquiry in known if inquiry.open]
    told = {name: str(value) for name, value in facts.items() if str(value).strip()}
    if not told and not note.strip():
        return Denial(rule="provide.empty", text="Nothing was told; say what was asked for.")
    if len(waiting) > 1 and told and not any(inquiry.field in told for inquiry in waiting):
        fields = ", ".join(inquiry.field for inquiry in waiting)
        return Denial(rule="provide.other_fields", text=f"Several things were asked for; name each: {fields}.")
    return [_told(inquiry, told, note, len(waiting), actor, at) if inquiry.open else inquiry for inquiry in known]


def still_open(known: Iterable[Inquiry]) -> list[Inquiry]:
    return [inquiry for inquiry in known if inquiry.open]


def _told(inquiry: Inquiry, told: dict[str, str], note: str, waiting: int, actor: Actor, at: datetime) -> Inquiry:
    if inquiry.field in told:
        text = told[inquiry.field]
    elif told and waiting > 1:
        return inquiry  # another question was answered
    else:
        text = "; ".join(f"{name}: {value}" for name, value in told.items()) or note
    update = {"answer": text.strip(), "answered_by": actor.label, "answered_at": at}
    return inquiry.model_copy(update=update)
