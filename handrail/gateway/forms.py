"""What callers may send, strictly: unknown fields are errors here, though `domain` ignores them.

The actor is never among them: it comes from the credential.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from domain.answers import Status
from domain.bulk import AT_MOST, BulkDecision, BulkItem
from domain.calls import Intent, Interaction
from domain.commands import COMMANDS
from domain.delegations import Delegate
from domain.values import Value
from handrail.rail import InboxQuery

REQUEST_ID = r"^[\x21-\x7e]{0,200}$"
CALL_ID = r"^[\x20-\x7e]{0,200}$"
CONFIRM = r"^(sha256:[0-9a-f]{32,64})?$"

_Plain = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
_Moment = Annotated[AwareDatetime | None, BeforeValidator(lambda text: None if text == "" else text)]


class IntentForm(Intent):
    model_config = ConfigDict(extra="forbid")

    label: str = Field(max_length=200)
    utterance_ref: str = Field(default="", max_length=500)


class InteractionForm(Interaction):
    model_config = ConfigDict(extra="forbid")

    call_id: str = Field(default="", pattern=CALL_ID)
    intent: IntentForm | None = None


class CallForm(BaseModel):
    """The body of `POST /v1/tools/{tool}`."""

    model_config = ConfigDict(extra="forbid")

    arguments: dict[str, Any] = {}
    """The tool's own arguments: see `GET /v1/tools` for their schema."""
    interaction: InteractionForm = InteractionForm()
    request_id: str = Field(default="", pattern=REQUEST_ID)
    confirm: str = Field(default="", pattern=CONFIRM)


class ToolsQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    format: Literal["", "openai", "openai-realtime"] = ""


class AnswerQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    wait: float = Field(default=0, ge=0, le=10, allow_inf_nan=False, description="Seconds.")
    after: int = Field(default=-1, ge=-1, le=2**31, description="Wait for a revision newer than this one.")


class WorkQuery(BaseModel):
    """The inbox's filters; an unknown one is an error, not everything."""

    model_config = ConfigDict(extra="forbid")

    queue: _Plain = ""
    status: Status | Literal[""] = ""
    customer: _Plain = ""
    call: _Plain = ""
    owner: _Plain = ""
    due_before: _Moment = Field(default=None, description="RFC 3339 with time zone; write + as %2B.")
    open_only: bool = True
    offered: bool = Field(default=False, description="Only what you may decide for somebody who is away.")
    limit: int = Field(default=100, ge=1, le=500)

    def query(self) -> InboxQuery:
        due: datetime | None = self.due_before
        return InboxQuery(
            queue=self.queue,
            status=self.status,
            customer_id=self.customer,
            call_id=self.call,
            owner=self.owner,
            due_before=due,
            open_only=self.open_only,
            offered=self.offered,
            limit=self.limit,
        )


class DelegateForm(Delegate):
    """The body of `POST /v1/delegations`."""

    model_config = ConfigDict(extra="forbid")


class BulkItemForm(BulkItem):
    model_config = ConfigDict(extra="forbid")


class BulkForm(BulkDecision):
    """The body of `POST /v1/decisions`."""

    model_config = ConfigDict(extra="forbid")

    items: list[BulkItemForm] = Field(min_length=1, max_length=AT_MOST)  # type: ignore[assignment]


class DelegationsQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    everybodys: bool = False


class NoQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")


def _strict(form: type[Value]) -> type[Value]:
    return type(f"{form.__name__}Form", (form,), {"model_config": ConfigDict(extra="forbid"), "__doc__": form.__doc__})


COMMAND_FORMS: dict[str, type[Value]] = {name: _strict(form) for name, form in COMMANDS.items()}
