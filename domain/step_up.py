"""The rules of step-up verification: a one-time code, sent to an address on record, proves who the caller is."""

import hmac
from datetime import datetime, timedelta
from typing import ClassVar, Self

from pydantic import Field, model_validator

from domain.limits import LimitEntry, counted
from domain.messages import Channel
from domain.policies import CustomerPolicy
from domain.segments import Segment
from domain.standing import Standing, needs_caller, switched_off
from domain.values import Value
from domain.velocity import spoken, velocity
from domain.verdicts import Allow, AskInput, Deny, Ruled, asking

METHOD = "one_time_code"
A_DAY_S = 86_400


class StepUpRequest(Value):
    channel: Channel = Field(description="Where the code goes: to the e-mail address, or the number, on record.")
    resend: int = Field(
        default=0, ge=0, le=9, description="0: the first code. To have another one sent: 1, then 2, and so on."
    )


class StepUpSegment(Segment):
    """What holds for some customers in place of the document's own word."""

    channels: list[Channel] = []
    valid_for: timedelta | None = None
    codes_per_call: int | None = Field(default=None, ge=1)
    codes_per_customer_day: int | None = Field(default=None, ge=1)
    cooling_off: timedelta | None = None


class StepUpPolicy(CustomerPolicy):
    name: ClassVar[str] = "step_up"
    opens_cases: ClassVar[bool] = False

    segments: tuple[StepUpSegment, ...] = ()
    channels: list[Channel] = Field(min_length=1)
    digits: int = Field(default=6, ge=6, le=10)
    text: str = Field(max_length=400)
    """What is sent; `{code}` and `{minutes}` are filled in."""
    code_expires_after: timedelta
    max_wrong: int = Field(ge=1, le=5)
    """At the last wrong code the interaction is locked for `lock_for`."""
    lock_for: timedelta
    level: int = Field(default=2, ge=2, le=3)
    valid_for: timedelta
    codes_per_call: int = Field(ge=1)
    codes_per_customer_day: int = Field(ge=1)
    """Over all interactions: who changes the call id gets no more guesses at a customer."""
    cooling_off: timedelta | None = None
    """No code goes to an address or number that was put on record since then: it proves nothing yet."""

    def limits_in_words(self) -> list[str]:
        minutes = int(self.code_expires_after.total_seconds() // 60)
        told = [f"a code goes by {' or '.join(self.channels)} to what is on record, and holds for {minutes} minutes"]
        young = f"no code to an address or number that was changed within {spoken(self.cooling_off or timedelta())}"
        return [*told, young] if self.cooling_off else told

    @model_validator(mode="after")
    def _sends_the_code(self) -> Self:
        if "{code}" not in self.text:
            raise ValueError("text: it must say {code}, or the customer learns nothing from it.")
        return self


class Reach(Value):
    """A channel by which the customer can be reached, and its address as it may be told."""

    channel: Channel
    to: str
    changed_at: datetime | None = None
    """When this address or number was put on record; None: long ago, or nobody tells."""


class CodeOrder(Value):
    """A code to be made and sent. The address is read from the customer's record when it is sent."""

    customer_id: str
    channel: Channel
    digits: int
    text: str


class CodeSent(Value):
    id: str
    to: str
    """Masked."""
    seal: str
    """The code under a key that no history, record or log holds: good for comparing, not for finding it."""


class CodePlan(Value):
    customer_id: str
    level: int
    order: CodeOrder | None = None
    """None: the caller is verified at this level already."""
    to: str = ""
    limits: list[LimitEntry] = []


def rule_step_up(
    ask: StepUpRequest, reach: list[Reach], policy: StepUpPolicy, standing: Standing, call_id: str, at: datetime
) -> Ruled[CodePlan]:
    seen = standing.assurance
    if seen and seen.locked(at):
        text = f"Too many failed attempts; verification is locked until {seen.locked_until:%H:%M} UTC."
        return Ruled(verdict=Deny(rule="step_up.locked", text=text))
    if first := switched_off(policy, standing, "step_up") or needs_caller(standing, at):
        return Ruled(verdict=first)
    customer = standing.customer_id
    if seen and seen.vouches_for(customer, policy.level, at):
        plan = CodePlan(customer_id=customer, level=policy.level)
        return Ruled(verdict=Allow(rules=["step_up.verified_already"]), plan=plan)
    ways = [way for way in reach if way.channel in policy.channels]
    able = {way.channel: way.to for way in ways if not _too_new(way, policy, at)}
    if ask.channel not in able:
        asked = next((way for way in ways if way.channel == ask.channel), None)
        return Ruled(verdict=_new_way(asked, sorted(able)) if asked else _other_way(ask.channel, sorted(able)))
    minutes = str(int(policy.code_expires_after.total_seconds() // 60))
    order = CodeOrder(
        customer_id=customer, channel=ask.channel, digits=policy.digits, text=policy.text.replace("{minutes}", minutes)
    )
    plan = CodePlan(
        customer_id=customer, level=policy.level, order=order, to=able[ask.channel],
        limits=[
            *code_limits(customer, call_id, policy),
            *velocity(policy.limits, "step_up", ask.channel, None, customer, standing.actor),
        ],
    )  # fmt: skip
    return Ruled(verdict=Allow(rules=["step_up.caller", "step_up.channel"]), plan=plan)


def code_limits(customer_id: str, call_id: str, policy: StepUpPolicy) -> list[LimitEntry]:
    """How many codes one conversation, and one customer in a day, may have sent."""
    in_call = "No more codes are sent in this conversation; a colleague can verify the caller."
    in_day = "No more codes are sent to this customer today; a colleague can verify the caller."
    return [
        counted(f"call:{call_id}:codes", "step_up.codes_per_call", in_call, policy.codes_per_call),
        counted(
            f"customer:{customer_id}:codes", "step_up.codes_per_customer_day", in_day, policy.codes_per_customer_day,
            window_s=A_DAY_S,
        ),
    ]  # fmt: skip


def opens(seal: str, given: str) -> bool:
    """Whether two seals are of the same code; takes the same time for every wrong one."""
    return hmac.compare_digest(seal.encode(), given.encode())


def plain_code(said: str) -> str:
    """The digits of a code as people say and type it: `123 456`, `123-456`."""
    return "".join(sign for sign in said if sign.isdigit())


def _too_new(way: Reach, policy: StepUpPolicy, at: datetime) -> bool:
    return bool(way.changed_at and policy.cooling_off and way.changed_at + policy.cooling_off > at)


def _new_way(asked: Reach, able: list[Channel]) -> AskInput | Deny:
    """Who took an account over has put his own address on record first."""
    what = "e-mail address" if asked.channel is Channel.EMAIL else "number"
    fact = f"The {what} on record was changed on {asked.changed_at:%-d %B at %H:%M} UTC, so no code goes there yet"
    if not able:
        return Deny(rule="step_up.cooling_off", text=f"{fact}; a colleague can verify the caller.")
    options = [str(way) for way in able]
    return asking("channel", "step_up.cooling_off", f"{fact}; offer another way.", options)


def _other_way(asked: Channel, able: list[Channel]) -> AskInput | Deny:
    if not able:
        text = "There is no address or number on record that a code could go to; a colleague can verify the caller."
        return Deny(rule="step_up.no_address", text=text)
    reason = f"There is nothing on record to send a code to by {asked}; offer another way."
    return asking("channel", "step_up.channel", reason, [str(channel) for channel in able])
