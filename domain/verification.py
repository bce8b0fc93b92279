"""The rules of verifying a caller by facts on record."""

from datetime import datetime

from pydantic import Field, model_validator

from domain.answers import Missing
from domain.assurance import Assurance
from domain.customers import Customer
from domain.policies import VerificationPolicy
from domain.standing import Standing, switched_off
from domain.values import Value
from domain.verdicts import AskInput, Deny, asking


class CallerFacts(Value):
    """What the caller says: the e-mail on record, or first name, last name and postal code."""

    email: str = Field(default="", max_length=254, description="The e-mail address on record.")
    first_name: str = Field(default="", max_length=100)
    last_name: str = Field(default="", max_length=100)
    postal_code: str = Field(default="", max_length=20)

    @model_validator(mode="before")
    @classmethod
    def _trimmed(cls, data: object) -> object:
        if isinstance(data, dict):
            return {k: v.strip() if isinstance(v, str) else v for k, v in data.items()}
        return data

    @property
    def method(self) -> str:
        return "email" if self.email else "name_and_postal_code"


def may_verify(policy: VerificationPolicy, standing: Standing, at: datetime) -> Deny | None:
    """Whether this kind of actor verifies anybody now, and in this conversation: what was proved opens all the rest, so
    a kill switch stops it too."""
    if off := switched_off(policy, standing, policy.name):
        return off
    seen = standing.assurance
    return locked(seen) if seen and seen.locked(at) else None


def locked(seen: Assurance) -> Deny:
    text = f"Too many failed attempts; verification is locked until {seen.locked_until:%H:%M} UTC."
    return Deny(rule="verify.locked", text=text)


def enough(said: CallerFacts) -> AskInput | None:
    """E-mail, or names with postal code; else what is missing."""
    if said.email:
        return None
    named = {"first_name": said.first_name, "last_name": said.last_name, "postal_code": said.postal_code}
    lacking = [name for name, value in named.items() if not value]
    if not lacking:
        return None
    if len(lacking) == len(named):
        text = "Ask for the e-mail address on record; or for first name, last name and postal code."
        return asking("email", "verify.facts", text)
    missing = [Missing(field=name, reason="Needed together with the other name facts.") for name in lacking]
    return AskInput(rule="verify.facts", missing=missing, final=True)


def match_caller(said: CallerFacts, found: list[Customer]) -> Customer | AskInput | Deny:
    """Exactly one customer must match every given fact. The comparison is ours: a search filter is only a hint."""
    hits = [customer for customer in found if _fits(said, customer)]
    if len(hits) == 1:
        return hits[0]
    if hits:
        text = "More than one customer matches; ask for the e-mail address on record."
        return asking("email", "verify.ambiguous", text)
    return Deny(rule="verify.no_match", text="These facts do not match our records.")


def _fits(said: CallerFacts, customer: Customer) -> bool:
    postal = customer.address.postal_code if customer.address else ""
    pairs = [
        (said.email, customer.email),
        (said.first_name, customer.first_name),
        (said.last_name, customer.last_name),
        (said.postal_code, postal),
    ]
    return all(_same(given, known) for given, known in pairs if given)


def _same(given: str, known: str) -> bool:
    return "".join(given.split()).casefold() == "".join(known.split()).casefold()
