"""Plays one case of a scenario to its end: a caller who says yes, an approver who approves, a team that resolves, the
reader of a one-time code, and a person at the repair queue."""

import json
import re
import time
from dataclasses import dataclass
from typing import Any

from domain.calls import Actor, ActorKind, Interaction, ToolCall
from handrail.simulators.webhooks import signature
from tests.full.rig import Answer, Rig, bearer, until
from tests.full.scenarios import Scenario
from tests.full.world import Subject
from workflows._catalog import tools

PATIENCE_S = 240.0
_LONG_PAUSE_AFTER = 3
"""Pauses double from 5 s on: after the third failure they are 20 s and more."""


@dataclass(frozen=True)
class Play:
    scenario: Scenario
    who: Subject

    def reference(self, rig: Rig) -> str:
        """Known before anything is asked for."""
        tenant = rig.stack.settings.tenant
        actor = Actor(id=f"ai-{self.who.tag}", kind=ActorKind.AI, tenant=tenant)
        if self.scenario.event:
            actor = Actor(id="event:simulator", kind=ActorKind.SYSTEM, tenant=tenant)
        interaction = Interaction(call_id=self.who.call)
        call = ToolCall(tool=self.scenario.tool, actor=actor, interaction=interaction, request_id=self.who.tag)
        return tools()[self.scenario.tool].reference(call, "")

    async def prepare(self, rig: Rig) -> None:
        if self.scenario.caller:
            await rig.verify(self.who)

    async def ask(self, rig: Rig, confirm: str = "") -> None:
        if self.scenario.event:
            return await self._tell(rig)
        ask = self.scenario
        await rig.tool(self.who, ask.tool, ask.arguments(self.who), request_id=self.who.tag, confirm=confirm)

    async def _tell(self, rig: Rig) -> None:
        event = {"id": self.who.tag, "type": self.scenario.event, "data": {"id": self.who.order}}
        body = json.dumps(event).encode()
        signed = {"Simulator-Signature": signature("sim-secret", int(time.time()), body)}
        url = f"{rig.stack.gateway_url}/v1/events/simulator"

        async def post() -> bool | None:
            reply = await rig.http.post(url, content=body, headers=signed | {"Content-Type": "application/json"})
            return reply.status_code == 200 or None

        await until(post, f"the event {self.who.tag} to be taken")

    async def finish(self, rig: Rig, *, helped: bool = True) -> Answer:
        """Its last answer, or that of now when it does not end. `helped`: whatever is parked is tried again at once;
        else only what nobody but a person can go on with, or what pauses long by now."""
        reference = self.reference(rig)

        async def look() -> Answer | None:
            now = await rig.answer(reference)
            if now["terminal"]:
                return now
            if not await self._answer(rig, reference, now, helped=helped):
                await rig.answer(reference, wait=2)
            return None

        try:
            return await until(look, f"{reference} to end", patience_s=PATIENCE_S)
        except TimeoutError:
            return await rig.answer(reference)

    async def go_on(self, rig: Rig) -> Answer:
        """Whoever is asked now answers, but nobody repairs; the answer before."""
        reference = self.reference(rig)
        now = await rig.answer(reference)
        if not now["terminal"]:
            await self._answer(rig, reference, now, helped=None)
        return now

    async def _answer(self, rig: Rig, reference: str, now: Answer, *, helped: bool | None) -> bool:
        """Whether there was something to answer."""
        legal = now["next"]
        if now["status"] == "needs_confirmation":
            await self.ask(rig, confirm=now["digest"])
        elif now["status"] == "needs_approval":
            await self._approve(rig, reference)
        elif now["status"] == "needs_verification":
            await self._prove(rig, reference, now["result"] or {})
        elif "retry" in legal:
            if helped is None or not (helped or now["status"] == "handed_off" or await _pauses(rig, reference)):
                return False
            await rig.work(f"/{reference}/retry", {"action": "retry"}, who="ana")
        elif "resolve" in legal:
            if note := await self.to_note(rig, reference):
                await rig.work(f"/{reference}/note", note, who="ana")
                return True
            reply = await rig.work(f"/{reference}/resolve", self.scenario.resolve(self.who), who="ana")
            return reply.status_code == 200 and not reply.json().get("denied")
        else:
            return False
        return True

    async def to_note(self, rig: Rig, reference: str) -> dict[str, Any]:
        """What the team has to say and has not said yet."""
        note = self.scenario.note(self.who) if self.scenario.note else {}
        said = [told["text"] for told in (await rig.packet(reference))["notes"]] if note else []
        return {} if any(note["text"] in text for text in said) else note

    async def _approve(self, rig: Rig, reference: str) -> None:
        gate = (await rig.packet(reference))["gate"]
        if gate:
            body = {"outcome": "approve", "digest": gate["digest"]}
            await rig.work(f"/{reference}/decide", body, who=rig.everybody)

    async def _prove(self, rig: Rig, reference: str, result: dict[str, Any]) -> None:
        """The caller reads out what was sent to him."""
        outbox = (await rig.admin("GET", "outbox"))["data"]
        sent = [found[0] for m in outbox if m["to"] == self.who.email and (found := re.match(r"\d{6}", m["text"]))]
        if not result.get("sent_to") or not sent:
            return
        await self._bring(rig, reference, sent[-1])

    async def _bring(self, rig: Rig, reference: str, code: str) -> None:
        url = f"{rig.stack.gateway_url}/v1/work/{reference}/verify"
        await rig.http.post(url, json={"code": code}, headers=bearer(rig.agent(f"ai-{self.who.tag}")))


async def _pauses(rig: Rig, reference: str) -> bool:
    repair = (await rig.packet(reference))["repair"]
    return repair is not None and repair["attempts"] > _LONG_PAUSE_AFTER
