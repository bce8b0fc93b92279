"""A rail in memory: the same words and refusals as the real one, with no Temporal behind it."""

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Any

from domain.answers import Answer, Denial, Missing, Status
from domain.calls import Actor, ToolCall
from domain.commands import COMMANDS, Decide, Reply
from domain.delegations import Delegate, Delegation, acting_for, delegated
from domain.packet import Approval, Packet, PacketNote, StepStatus
from domain.refunds import RefundRequest
from domain.values import digest
from handrail.rail import BadArguments, GateTag, InboxQuery, Rail, Refused, ToolCard, UnknownWork, WorkItem
from tests.console.scenes import ago, ahead, events, packets

SAY = {
    "needs_approval": "A colleague has to approve this; it is on its way to one.",
    "accepted": "Approved; the refund is being made now.",
    "done": "The refund is made and was read back from billing.",
    "denied": "A supervisor has declined this refund.",
}


@dataclass
class Run:
    packet: Packet
    events: list[dict[str, Any]]
    revision: int = 1
    queue: str = ""
    tasks: list[asyncio.TimerHandle] = field(default_factory=list)


class FakeRail(Rail):
    def __init__(self, *, finish_after_s: float = 0.3) -> None:
        self.runs = {p.reference: Run(p, events(p)) for p in packets()}
        self.finish_after_s = finish_after_s
        self.commands: list[tuple[str, str, str, dict[str, Any]]] = []
        """Every accepted command: actor, reference, name, body."""
        self.calls: list[ToolCall] = []
        """Every tool call that was taken."""
        self.missing: list[Missing] = []
        """What every run asks the caller for."""
        self.delegated: list[Delegation] = []
        self.problems: list[str] = []
        """What does not verify in the record."""
        self.trouble: Exception | None = None
        self._changed = asyncio.Condition()

    def tools(self) -> list[ToolCard]:
        schema = RefundRequest.model_json_schema()
        return [
            ToolCard(
                name="refund_order", process="refund", description="", arguments_schema=schema, scope="wf:refund:start"
            )
        ]

    async def call(self, call: ToolCall, *, wait_s: float = 1.0, until: str = "finished") -> Answer:
        if self.trouble:
            raise self.trouble
        self.calls.append(call)
        return Answer(status=Status.ACCEPTED, reference=next(iter(self.runs)), say="It is under way.")

    async def mandates(self, actor: Actor) -> list[Delegation]:
        return [one for one in self.delegated if one.delegate == actor.id]

    async def delegations(self, actor: Actor, *, everybodys: bool = False) -> list[Delegation]:
        return [one for one in self.delegated if everybodys or actor.id in (one.principal, one.delegate)]

    async def delegate(self, actor: Actor, ask: Delegate) -> Delegation:
        given = delegated(actor, ask, ago())
        if isinstance(given, Denial):
            raise BadArguments(given.text, [{"field": given.rule.rpartition(".")[2], "reason": given.text}])
        self.delegated.append(given)
        return given

    async def end_delegation(self, actor: Actor, id: str) -> Delegation:
        ended = next(one for one in self.delegated if one.id == id)
        self.delegated.remove(ended)
        return ended

    async def represent(self, actor: Actor, principal: str) -> Actor:
        held = [one for one in await self.mandates(actor) if one.principal == principal]
        return acting_for(actor, held[0]) if held else await super().represent(actor, principal)

    async def inbox(self, actor: Actor, query: InboxQuery) -> list[WorkItem]:
        if self.trouble:
            raise self.trouble
        rows = [self._row(run.packet, run.queue) for run in self.runs.values()]
        return [
            r
            for r in rows
            if (not query.queue or r.queue == query.queue)
            and (not query.customer_id or r.customer_id == query.customer_id)
            and (not query.owner or r.owner == query.owner)
            and (r.open or not query.open_only)
        ][: query.limit]

    async def packet(self, actor: Actor, reference: str) -> dict[str, Any]:
        return self._run(reference).packet.model_dump(mode="json")

    async def history(self, actor: Actor, reference: str) -> dict[str, Any]:
        if self.trouble:
            raise self.trouble
        run = self._run(reference)
        verified = {"ok": not self.problems, "problems": self.problems}
        return {"reference": reference, "events": run.events, "verified": verified}

    async def answer(self, actor: Actor, reference: str, *, wait_s: float = 0, after_revision: int = -1) -> Answer:
        run = self._run(reference)
        if wait_s:
            async with self._changed:
                newer = self._changed.wait_for(lambda: run.revision > after_revision or self._answer(run).terminal)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(newer, wait_s)
        return self._answer(run)

    async def command(self, actor: Actor, reference: str, name: str, body: dict[str, Any]) -> Reply:
        run = self._run(reference)
        try:
            command = COMMANDS[name].model_validate(body)
        except ValueError as bad:
            raise BadArguments("Wrong.", [{"field": "body", "reason": str(bad)}]) from None
        if isinstance(command, Decide):
            self._judge(run, actor, command)
        elif name not in run.packet.next:
            raise Refused(f"Nothing to {name} now.", f"refund.{name}", self._answer(run))
        self.commands.append((actor.id, reference, name, body))
        await getattr(self, f"_{name}", self._only_recorded)(run, actor, body)
        return Reply(answer=self._answer(run))

    async def _only_recorded(self, run: Run, actor: Actor, body: dict[str, Any]) -> None:
        """Nothing of it shows."""

    def add(self, packet: Packet, queue: str = "") -> None:
        """One more run; `queue`: of a team."""
        self.runs[packet.reference] = Run(packet, events(packet), queue=queue)

    async def change(self, reference: str, **changes: Any) -> None:
        """The run moves on by itself."""
        run = self._run(reference)
        run.packet = run.packet.model_copy(update=changes)
        run.revision += 1
        async with self._changed:
            self._changed.notify_all()

    def _judge(self, run: Run, actor: Actor, decision: Decide) -> None:
        gate = run.packet.gate
        if gate is None:
            text = f"Nothing to decide: {run.packet.reference} is {run.packet.status}."
            raise Refused(text, "gate.decided", self._answer(run))
        if decision.digest != gate.digest:
            raise Refused("The effect has changed since you saw it.", "gate.stale", self._answer(run))
        if actor.id == gate.requester:
            raise Refused("The requester does not decide.", "gate.four_eyes", self._answer(run))
        if decision.in_bulk and run.packet.value and run.packet.value.minor > gate.bulk_up_to:
            raise Refused("Too much for several.", "gate.bulk_limit", self._answer(run))

    async def _decide(self, run: Run, actor: Actor, body: dict[str, Any]) -> None:
        packet, gate = run.packet, run.packet.gate
        assert gate is not None
        if body["outcome"] == "request_info":
            note = PacketNote(at=ago(), author=actor.label, text=body["note"])
            return await self.change(packet.reference, notes=[*packet.notes, note])
        approve = body["outcome"] == "approve"
        self._record(
            run, actor, "commanded", {"command": "decide", "outcome": body["outcome"], "note": body.get("note", "")}
        )
        if approve and gate.approvals_needed > len(gate.approvals) + 1:
            approval = Approval(actor_id=actor.id, name=actor.name, outcome="approve", at=ago())
            more = gate.model_copy(update={"approvals": [*gate.approvals, approval]})
            return await self.change(packet.reference, gate=more)
        status = "accepted" if approve else "denied"
        await self.change(packet.reference, gate=None, status=status, next=["note"], recommended=[])
        if approve:
            loop = asyncio.get_running_loop()
            handle = loop.call_later(self.finish_after_s, lambda: loop.create_task(self._finish(packet.reference)))
            run.tasks.append(handle)

    async def _finish(self, reference: str) -> None:
        run = self._run(reference)
        made = {"status": StepStatus.DONE, "at": ago()}
        done = [
            s.model_copy(update={**made, "external_id": f"ext-{n}", "receipt_ref": f"{reference}/{s.name}"})
            for n, s in enumerate(run.packet.steps, 1)
        ]
        self._record(run, None, "closed", {"status": "done"})
        await self.change(reference, steps=done, status="done")

    async def _claim(self, run: Run, actor: Actor, body: dict[str, Any]) -> None:
        legal = [*(c for c in run.packet.next if c != "claim"), "release"]
        await self.change(run.packet.reference, owner=actor.id, owner_until=ahead(minutes=15), next=legal)

    async def _release(self, run: Run, actor: Actor, body: dict[str, Any]) -> None:
        legal = [*(c for c in run.packet.next if c != "release"), "claim"]
        await self.change(run.packet.reference, owner="", owner_until=None, next=legal)

    async def _note(self, run: Run, actor: Actor, body: dict[str, Any]) -> None:
        note = PacketNote(at=ago(), author=actor.label, text=body["text"])
        await self.change(run.packet.reference, notes=[*run.packet.notes, note])

    async def _retry(self, run: Run, actor: Actor, body: dict[str, Any]) -> None:
        await self.change(run.packet.reference, repair=None, status="accepted", next=["note"])

    async def _withdraw(self, run: Run, actor: Actor, body: dict[str, Any]) -> None:
        await self.change(run.packet.reference, gate=None, status="denied", next=["note"])

    def _record(self, run: Run, actor: Actor | None, kind: str, body: dict[str, Any]) -> None:
        who = {"kind": "human", "id": actor.id, "name": actor.name} if actor else {"kind": "system", "id": "handrail"}
        seq = len(run.events) + 1
        run.events.append(
            {"seq": seq, "at": ago().isoformat(), "type": kind, "step": "", "attempt": 0, "actor": who, "body": body,
             "policy": None, "hash": digest([run.packet.reference, seq])}
        )  # fmt: skip

    def _run(self, reference: str) -> Run:
        if reference not in self.runs:
            raise UnknownWork(f"There is no work {reference}.")
        return self.runs[reference]

    def _answer(self, run: Run) -> Answer:
        p = run.packet
        return Answer(
            status=Status(p.status),
            reference=p.reference,
            say=SAY.get(p.status, ""),
            terminal=p.status in {"done", "denied", "undone"},
            effect=p.effect,
            digest=p.digest,
            missing=self.missing,
            next=p.next,
            revision=run.revision,
        )

    def _row(self, p: Packet, queue: str) -> WorkItem:
        waits = "approvals" if p.gate else "repairs" if p.repair else "handoffs" if p.status == "handed_off" else ""
        late = p.reference == "refund-late4790"
        return WorkItem(
            reference=p.reference,
            process=p.process,
            status=p.status,
            queue=queue or waits,
            customer_id=p.caller.customer_ref,
            call_id=p.channel.call_id,
            owner=p.owner,
            due_at=ago(minutes=20) if late else p.gate.due_at if p.gate else None,
            opened_at=ago(hours=5) if late else p.gate.opened_at or ago() if p.gate else ago(minutes=40),
            value_minor=p.value.minor if p.value else 0,
            currency=p.value.currency if p.value else "",
            title=p.title,
            open=p.status not in {"done", "denied", "undone"},
            gate=GateTag(
                digest=p.gate.digest, rule=p.gate.rule, roles=p.gate.roles, requesters=[p.gate.requester],
                bulk_up_to=p.gate.bulk_up_to,
            ) if p.gate else None,
        )  # fmt: skip
