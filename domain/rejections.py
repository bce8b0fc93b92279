"""A person's no: final for exactly that effect, whoever asks again, until its time is over."""

from collections.abc import Iterable
from datetime import datetime

from domain.approvals import Gate, Vote
from domain.values import Value
from domain.verdicts import Deny

REJECTED_BEFORE = "gate.rejected_before"


class Rejection(Value):
    """What was declined, by whom and why, and how long that stands. `until` is exclusive."""

    tenant: str
    customer_id: str
    effect: str
    """The effect's digest: its action, subject, amounts and targets."""
    rule: str
    """Of the gate."""
    role: str = ""
    """In which the person decided: what the caller may hear of him."""
    reason: str = ""
    by: str
    """The person's id; for the record."""
    on_behalf_of: str = ""
    reference: str
    """The run in which it was declined."""
    at: datetime
    until: datetime

    def stands(self, effect: str, at: datetime) -> bool:
        return self.effect == effect and at < self.until

    @property
    def denial(self) -> Deny:
        why = f": {plain(self.reason)}" if self.reason else ""
        text = (
            f"{a_person(self.role)} declined exactly this on {self.at:%Y-%m-%d}{why}. "
            f"It is not asked again before {self.until:%Y-%m-%d}."
        )
        return Deny(rule=REJECTED_BEFORE, text=text)


def standing_no(rejections: Iterable[Rejection], effect: str, at: datetime) -> Rejection | None:
    """The newest no that stands against this effect."""
    standing = [rejection for rejection in rejections if rejection.stands(effect, at)]
    return max(standing, key=lambda rejection: rejection.at, default=None)


def role_of(gate: Gate, vote: Vote) -> str:
    """The role by which a person could vote; of several the first that the gate names."""
    return next((role for role in gate.roles if role in vote.actor.roles), "")


def a_person(role: str) -> str:
    """`A supervisor`; without a role `A person`."""
    word = plain(role) or "person"
    return f"{'An' if word[0] in 'aeiou' else 'A'} {word}"


def plain(code: str) -> str:
    """A reason code or role in words: `not_eligible` -> `not eligible`."""
    return code.replace("_", " ")
