"""Cooling-off: for some time after what is on record to reach or pay a customer was changed, money and goods that go
elsewhere need more than usual. Who took an account over changes these first, and then asks for the money.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import Field

from domain.limits import LimitEntry, counted
from domain.sections import Section
from domain.values import Value, digest
from domain.velocity import spoken
from domain.verdicts import AskApproval, AskVerification, Verdict


class Contact(StrEnum):
    EMAIL = "email"
    PHONE = "phone"
    ADDRESS = "address"
    INSTRUMENT = "instrument"
    """The instrument that money goes to, added to the customer."""

    @property
    def words(self) -> str:
        return {"email": "e-mail address", "phone": "telephone number"}.get(self, self.value)


class CoolingOff(Section):
    lasts: timedelta = Field(gt=timedelta(0))
    """Counted from the change."""
    after: list[Contact] = Field(default=list(Contact), min_length=1)
    """Changes of these."""
    level: int = Field(default=3, ge=2, le=4)
    """A caller who is verified as surely as this is not held up."""
    roles: list[str] = []
    """Who may approve it for any other; empty: nobody may, the caller must be verified."""
    approvers: int = Field(default=1, ge=1, le=5)

    def told(self) -> str:
        changed = ", ".join(contact.words for contact in self.after)
        people = f"{self.approvers} approval{'s' * (self.approvers > 1)} by {' or '.join(self.roles)}, or "
        need = f"{people if self.roles else ''}a caller verified at level {self.level}"
        return f"for {spoken(self.lasts)} after a change of {changed}: to another payee or place only with {need}"


class Change(Value):
    """The youngest of those that count."""

    of: Contact
    at: datetime
    until: datetime

    def __str__(self) -> str:
        return f"The {self.of.words} on record was changed on {self.at:%-d %B at %H:%M} UTC"


def recent(changed: Mapping[str, datetime], policy: CoolingOff, at: datetime) -> Change | None:
    """`changed`: when each contact was changed last. None: nothing is so young that it counts."""
    young = [
        Change(of=contact, at=changed[contact], until=changed[contact] + policy.lasts)
        for contact in policy.after
        if contact in changed and changed[contact] + policy.lasts > at
    ]
    return max(young, key=lambda change: change.at, default=None)


def held_up(change: Change, policy: CoolingOff, process: str, what: str, methods: list[str], bound: str) -> Verdict:
    """`what` is held up: `money to another instrument`. An approval is `bound` to this."""
    rule, until = f"{process}.cooling_off", f"{change.until:%-d %B at %H:%M} UTC"
    if not policy.roles:
        text = f"{change}, so until {until} {what} needs a caller who is verified at level {policy.level}."
        return AskVerification(rule=rule, text=text, level=policy.level, methods=methods)
    roles = " or ".join(policy.roles)
    number = "1 approval" if policy.approvers == 1 else f"{policy.approvers} approvals"
    text = f"{change}, so until {until} {what} needs {number} by {roles}."
    return AskApproval(rule=rule, text=text, roles=policy.roles, approvers=policy.approvers, basis=bound)


def contact_entry(customer_id: str, contact: Contact) -> LimitEntry:
    """A change that is made through us is a use that limits nothing: when it was made is read from the same book, for
    a CRM that does not tell. Reserved before the step, it counts at once; taken back with the step, it does not."""
    return counted(contact_bucket(customer_id, contact), "contact_changed", "", times=None)


def contact_bucket(customer_id: str, contact: Contact) -> str:
    return f"contact:{customer_id}:{contact}"


def cooled(basis: str, change: Change) -> str:
    """What such an approval is bound to: this effect after this change. It approves no amount."""
    return digest([basis, "cooling_off", change.of, change.at])
