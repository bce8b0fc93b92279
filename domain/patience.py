"""How long a conversation goes on with an AI before a person has to take it: loops, and overstay.

What is counted, per interaction: the same call (tool, arguments, confirmation), the same question that gets no useful
answer, failed confirmations and verifications, all calls, and the time since the first one. Looking (`GET`) counts
nothing; nor does a message with the request id of an earlier one: that is a transport's retry.
"""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from pydantic import Field

from domain.answers import Answer, Denial, Status
from domain.calls import Actor, ActorKind
from domain.policies import PolicyBase, Section
from domain.reasons import ReasonCode
from domain.values import Value, digest

ON_THE_LINE = frozenset({"voice", "phone"})
FOR_THE_CALLER = frozenset({Status.NEEDS_INPUT, Status.NEEDS_CONFIRMATION, Status.NEEDS_VERIFICATION})
"""Answers that ask the caller for something."""
_PROVING = ("verify.", "step_up.")


class ToolPatience(Section):
    """What is different for one tool."""

    same_call: int | None = Field(default=None, ge=2)
    same_question: int | None = Field(default=None, ge=2)


class PatiencePolicy(PolicyBase):
    """Each number is the time at which a person takes over: with `same_call: 5` the fifth one is handed off."""

    name: ClassVar[str] = "patience"

    same_call: int = Field(ge=2)
    """The same call, answered with a question or a no."""
    same_look: int = Field(ge=2)
    """The same call while its work is under way, and the same lookup."""
    same_question: int = Field(ge=2)
    """The same question, whatever was said in between."""
    failures: int = Field(ge=1)
    """Confirmations of something else, and failed verifications: after so many the next call is handed off."""
    calls: int = Field(ge=2)
    """Calls of one interaction, all tools together."""
    on_the_line: timedelta
    """Since the first call of a spoken conversation (channel `voice` or `phone`)."""
    in_writing: timedelta
    """... of any other."""
    answer_within: timedelta
    """By when somebody takes a conversation that was handed off: its due time in the inbox."""
    tools: dict[str, ToolPatience] = {}

    def of_call(self, tool: str) -> int:
        own = self.tools.get(tool)
        return own.same_call if own and own.same_call else self.same_call

    def of_question(self, tool: str) -> int:
        own = self.tools.get(tool)
        return own.same_question if own and own.same_question else self.same_question


class Heard(Value):
    """What is known of an interaction when something is said in it, that included."""

    call_id: str
    began_at: datetime
    calls: int = 0
    same: int = 0
    """How often this very thing was said."""
    since: datetime | None = None
    """When it was said first."""
    failures: int = 0
    handed_off: str = ""
    """The work item that has the conversation; empty: the agent has it."""
    handoffs: int = 0
    """Work items that had it before."""


class Repeated(Value):
    """What was said again and again: for the packet."""

    what: str
    """`call`, `question`, `failure`, `calls` or `time`"""
    times: int = 0
    since: datetime | None = None
    tool: str = ""
    arguments: dict[str, Any] = {}
    question: str = ""
    """What was asked."""


class TooMuch(Value):
    """The agent has had its chances."""

    code: ReasonCode
    text: str
    repeated: Repeated


def may_take_back(code: ReasonCode, actor: Actor, *, held: bool) -> Denial | None:
    """Who may end a handoff before a person has taken it? Not the agent that it protects the caller from."""
    if actor.kind is ActorKind.HUMAN:
        return None
    if held:
        return Denial(rule="hand_off.taken", text="A colleague talks to the caller already.")
    if code in (ReasonCode.LOOP, ReasonCode.TIMEOUT, ReasonCode.RISK):
        text = f"This conversation was handed off because of {code}; only a person gives it back."
        return Denial(rule="hand_off.not_yours", text=text)
    return None


def call_key(tool: str, arguments: dict[str, Any], confirm: str) -> str:
    """What makes two calls the same one."""
    return f"{tool}:{digest([arguments, confirm])}"


def question_key(tool: str, answer: Answer) -> str:
    """What makes two questions the same one: of an open run its state, of an ended one the fields that it asked for.
    Empty: nothing is asked."""
    if answer.status not in FOR_THE_CALLER:
        return ""
    fields = ",".join(sorted(item.field for item in answer.missing))
    asker = tool if answer.terminal or not answer.reference else answer.reference
    return f"{asker}:{answer.status}:{fields}:{answer.digest}"


def failed(answer: Answer, confirmed: str) -> bool:
    """A confirmation of something else, or a verification that did not work."""
    if answer.denied and answer.denied.rule.startswith(_PROVING):
        return True
    return bool(confirmed) and answer.status is Status.NEEDS_CONFIRMATION


def overstayed(heard: Heard, policy: PatiencePolicy, channel: str, now: datetime) -> TooMuch | None:
    """Does the conversation as a whole take too long?"""
    spoken = channel in ON_THE_LINE
    longest = policy.on_the_line if spoken else policy.in_writing
    minutes = int((now - heard.began_at).total_seconds() // 60)
    if heard.failures >= policy.failures:
        text = f"Confirmations or verifications have failed {heard.failures} times in this conversation."
        repeated = Repeated(what="failure", times=heard.failures, since=heard.began_at)
    elif heard.calls >= policy.calls:
        text = f"The agent has made {heard.calls} calls in this conversation; {policy.calls} are the limit."
        repeated = Repeated(what="calls", times=heard.calls, since=heard.began_at)
    elif now - heard.began_at >= longest:
        text = f"The conversation has lasted {minutes} minutes; {int(longest.total_seconds() // 60)} are the limit."
        repeated = Repeated(what="time", since=heard.began_at)
    else:
        return None
    return TooMuch(code=ReasonCode.TIMEOUT, text=text, repeated=repeated)


def same_call(heard: Heard, tool: str, arguments: dict[str, Any], limit: int) -> TooMuch | None:
    """The very same call, `limit` times."""
    if heard.same < limit:
        return None
    text = f"{tool} was called {heard.same} times with the same arguments, to no avail."
    repeated = Repeated(what="call", times=heard.same, since=heard.since, tool=tool, arguments=arguments)
    return TooMuch(code=ReasonCode.LOOP, text=text, repeated=repeated)


def same_question(heard: Heard, policy: PatiencePolicy, tool: str, answer: Answer) -> TooMuch | None:
    """The same question, without an answer that helps."""
    if heard.same < policy.of_question(tool):
        return None
    text = f"The same question was asked {heard.same} times: {answer.say}"
    repeated = Repeated(what="question", times=heard.same, since=heard.since, tool=tool, question=answer.say)
    return TooMuch(code=ReasonCode.LOOP, text=text, repeated=repeated)
