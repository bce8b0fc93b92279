"""Several gates of one kind decided in one go, each bound to the digest that was seen, each with its own result."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from domain.commands import Note
from domain.values import Value

AT_MOST = 50


class BulkOutcome(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"


class BulkItem(Value):
    reference: str = Field(min_length=1, max_length=300, pattern=r"^[\x21-\x7e]+$")
    digest: str = Field(min_length=1, max_length=80)
    """The gate's digest as it was seen, from the inbox (`gate.digest`) or the packet."""


class BulkDecision(Value):
    """One decision about up to 50 gates: the same tool and rule, each within the amount that the policy allows."""

    outcome: BulkOutcome
    items: Annotated[list[BulkItem], Field(min_length=1, max_length=AT_MOST)]
    reason: str = Field(default="", max_length=80)
    note: Note = ""
    on_behalf_of: str = Field(default="", max_length=200)
    decision_id: str = Field(default="", max_length=160, pattern=r"^[\x21-\x7e]*$")
    """The same one again decides nothing twice."""

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({item.reference for item in self.items}) < len(self.items):
            raise ValueError("items: a reference comes twice.")
        return self


class ItemOutcome(StrEnum):
    DECIDED = "decided"
    """This decision counts. Where more people are needed, the gate waits for them."""
    ALREADY_DECIDED = "already_decided"
    CHANGED = "changed"
    """Effect or facts are no longer those that were seen: look again."""
    REFUSED = "refused"
    """The gate says no: above the amount, own request, another role, ..."""
    NOT_FOUND = "not_found"
    NOT_REACHED = "not_reached"
    """It is not known whether it was decided; send the same again."""


class ItemResult(Value):
    reference: str
    result: ItemOutcome
    status: str = ""
    """Of the run's answer now."""
    rule: str = ""
    text: str = ""
    """Why not."""
