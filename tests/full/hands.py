"""Whose hands a run is in: an agent's alone, a person's alone, or an agent's until a person takes it over."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from domain.calls import Actor, ActorKind, Interaction, ToolCall
from domain.commands import COMMANDS
from tests.full.calls import Call, Fault
from tests.full.playing import Play
from tests.full.rig import Answer, Rig, until
from tests.full.seats import HTTP, NotDone, Seat
from workflows._catalog import tools

TEAM = "with its team"
_A_MOMENT_S = 0.2
WAITS = ("needs_confirmation", "needs_approval", "needs_verification")


class TooLate(Exception):
    """The run had ended before the person took it over: on a busy machine a call cannot be held for long enough."""


def waits_for(now: Answer) -> str:
    """Empty: it waits for nobody."""
    if now["status"] in WAITS:
        return str(now["status"])
    return TEAM if "resolve" in now["next"] and now["status"] == "accepted" else ""


@dataclass(frozen=True)
class Person(Play):
    """Somebody at a desk who does all that an agent does, with commands; others approve what he may not."""

    seat: Seat = HTTP
    asks: bool = True
    """He has asked for it himself; else an agent has, and he took it over."""

    def __str__(self) -> str:
        return f"by a person alone, over {self.seat}"

    @property
    def name(self) -> str:
        return f"person-{self.who.tag}"

    def token(self, rig: Rig) -> str:
        return rig.person(self.name)

    def reference(self, rig: Rig) -> str:
        if not self.asks or self.scenario.event:
            return super().reference(rig)
        actor = Actor(id=self.name, kind=ActorKind.HUMAN, tenant=rig.stack.settings.tenant)
        interaction = Interaction(call_id=self.who.call)
        call = ToolCall(tool=self.scenario.tool, actor=actor, interaction=interaction, request_id=self.who.tag)
        return tools()[self.scenario.tool].reference(call, "")

    async def prepare(self, rig: Rig) -> None:
        if self.scenario.caller:
            who, token = self.who, self.token(rig)
            await self.seat.ask(rig, token, who, "verify_caller", {"email": who.email}, f"verify-{who.tag}")
            await rig.verify(who, token=token)  # the same one: until it is done

    async def ask(self, rig: Rig, confirm: str = "") -> None:
        if self.scenario.event:
            return await super().ask(rig)
        ask, who = self.scenario, self.who
        await self.seat.ask(rig, self.token(rig), who, ask.tool, ask.arguments(who), who.tag)

    async def say(self, rig: Rig, command: str, **body: Any) -> None:
        await self.seat.say(rig, self.token(rig), self.reference(rig), command, **body)

    async def _answer(self, rig: Rig, reference: str, now: Answer, *, helped: bool | None) -> bool:
        match waits_for(now):
            case "needs_confirmation":
                await self.say(rig, "confirm", digest=now["digest"])
            case "needs_approval":
                await self._approve(rig, reference)
            case "needs_verification":
                await self._prove(rig, reference, now["result"] or {})
            case _:
                return await self._go_on(rig, now)
        return True

    async def _go_on(self, rig: Rig, now: Answer) -> bool:
        if "resolve" in now["next"] and (note := await self.to_note(rig, self.reference(rig))):
            await self.say(rig, "note", **note)
            return True
        if "resolve" in now["next"] and await self._resolve(rig):
            return True
        if now["status"] != "handed_off" or "retry" not in now["next"]:
            return False
        await self.say(rig, "retry", action="retry")
        return True

    async def _resolve(self, rig: Rig) -> bool:
        """Refused while it is being closed: by himself a moment ago, or as the team had said before he took it over."""
        try:
            await self.say(rig, "resolve", **self.scenario.resolve(self.who))
        except NotDone as no:
            closing = "is closing case" in no.text or (await rig.answer(self.reference(rig)))["terminal"]
            if not closing:
                raise
            return False
        return True

    async def _approve(self, rig: Rig, reference: str) -> None:
        gate = (await rig.packet(reference))["gate"]
        if gate:
            other = rig.stack.tokens[rig.everybody]
            await self.seat.say(rig, other, reference, "decide", outcome="approve", digest=gate["digest"])

    async def _bring(self, rig: Rig, reference: str, code: str) -> None:
        await self.say(rig, "verify", code=code)


@dataclass(frozen=True)
class Cut:
    """Where a person takes over: just before a step, or while somebody is waited for."""

    call: Call | None = None
    """The call that is under way then: the agent's last one. It fails, or (`done`) it is done."""
    done: bool = False
    wait: str = ""

    def __str__(self) -> str:
        if self.call is None:
            return f"while it {self.wait.replace('_', ' ')}" if self.wait != TEAM else f"while it is {TEAM}"
        return f"{'while' if self.done else 'before'} {self.call}{' is done' if self.done else ''}"

    def faults(self, play: Play, rig: Rig) -> list[Fault]:
        if self.call is None:
            return []
        kinds = ["hold"] if self.done else ["hold", "error_before"]
        return [self.call.fault(kind, play.who, play.reference(rig), None) for kind in kinds]


@dataclass
class Taken:
    """What was seen when an agent's run was taken over."""

    problems: list[str]
    answer: Answer
    late: list[str]
    """Writes that the systems saw between the take-over and the person's first word: begun before, or a defect."""


@dataclass(frozen=True)
class TakeOver:
    agents: Play
    cut: Cut
    seat: Seat

    def __str__(self) -> str:
        return f"taken over {self.cut}, over {self.seat}"

    @property
    def person(self) -> Person:
        return Person(self.agents.scenario, self.agents.who, self.seat, asks=False)

    async def begin(self, rig: Rig) -> list[str]:
        """Until he holds it; the faults that hold the agent's last call."""
        await self.agents.prepare(rig)
        held = [(await rig.admin("POST", "faults", fault))["id"] for fault in self.cut.faults(self.agents, rig)]
        await self.agents.ask(rig)
        await until(lambda: self._reached(rig, held), f"the moment {self.cut} of {self.agents.who.tag}")
        await self._take(rig)
        await until(lambda: self._when(rig, lambda now: "hand_back" in now["next"]), f"{self.person.name} to hold it")
        return held

    async def _take(self, rig: Rig) -> None:
        try:
            await self.person.say(rig, "take_over", reason="I go on with this myself.")
        except NotDone as no:
            if (await rig.answer(self.agents.reference(rig)))["terminal"]:
                raise TooLate(f"{self}: {no}") from no
            raise

    async def play(self, rig: Rig) -> Taken:
        held = await self.begin(rig)
        before = await self._written(rig)
        for id in held:
            await rig.admin("DELETE", f"faults/{id}")
        stopped = await until(lambda: self._when(rig, lambda now: now["status"] == "handed_off"), "the run to stop")
        problems = [] if stopped["terminal"] else await self.tried(rig)
        late = (await self._written(rig))[len(before) :]
        problems += [f"{ref} was sent again after it was taken over" for ref in late if ref in before]
        return Taken(problems, await self.person.finish(rig), late)

    async def _reached(self, rig: Rig, held: list[str]) -> bool | None:
        if held and any(f["id"] == held[0] and f["fired"] for f in await rig.fired()):
            return True
        now = await rig.answer(self.agents.reference(rig))
        if now["terminal"]:
            raise TooLate(f"{self.agents.who.tag} ended before it was taken over {self.cut}: {now}")
        if self.cut.wait and waits_for(now) == self.cut.wait:
            return True
        await self.agents.go_on(rig)
        await rig.answer(self.agents.reference(rig), wait=_A_MOMENT_S)
        return None

    async def _when(self, rig: Rig, so: Callable[[Answer], bool]) -> Answer | None:
        """The run's answer once it is so, or the run has ended."""
        now = await rig.answer(self.agents.reference(rig))
        if now["terminal"] or so(now):
            return now
        await rig.answer(self.agents.reference(rig), wait=_A_MOMENT_S)
        return None

    async def _written(self, rig: Rig) -> list[str]:
        """The writes of this run that the systems saw so far, by their references."""
        run = self.agents.reference(rig)
        return [seen["reference"] for seen in await rig.log() if run in seen["reference"] and seen["key"]]

    async def tried(self, rig: Rig) -> list[str]:
        """What an agent tries now, and is not told why it cannot."""
        token, reference = rig.agent(f"ai-{self.agents.who.tag}"), self.agents.reference(rig)
        problems = []
        for command, body in TRIES.items():
            try:
                await HTTP.say(rig, token, reference, command, **body)
                problems.append(f"an agent could {command} it after it was taken over")
            except NotDone as no:
                if no.status not in (403, 409) or not no.text:
                    problems.append(f"an agent that tried to {command} it was told {no}")
        if self.agents.scenario.event:
            return problems
        ask, who = self.agents.scenario, self.agents.who

        async def answered() -> Answer | None:
            """On a slow machine the caller's second is over before the run has answered."""
            told = await rig.tool(who, ask.tool, ask.arguments(who), request_id=who.tag)
            return None if told["status"] == "accepted" and not told["next"] else told

        again = await until(answered, f"{reference} to answer its agent")
        over = again["terminal"]  # the call that was under way was its last one
        if again["reference"] != reference or not (over or again["status"] == "handed_off"):
            problems.append(f"an agent that asked again was told {json.dumps(again)}")
        return problems


_DIGEST = "sha256:" + "0" * 64
TRIES: dict[str, dict[str, Any]] = {
    "confirm": {"digest": _DIGEST}, "amend": {"arguments": {"order_id": "O-1"}}, "withdraw": {},
    "provide": {"facts": {"reason": "damaged"}}, "verify": {}, "hand_off": {}, "decide": {"outcome": "approve",
    "digest": _DIGEST}, "retry": {}, "take_over": {}, "hand_back": {}, "claim": {}, "release": {}, "resolve": {},
    "reassign": {"queue": "returns"}, "note": {"text": "I would go on."},
}  # fmt: skip
"""Of every command, one that an agent might give."""
assert TRIES.keys() == COMMANDS.keys()
