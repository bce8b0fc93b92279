"""Hand the whole conversation to a person: because the caller wants one, the agent is not sure, or it went on too long.

From here on an AI agent only looks, until a person hands the conversation back, has solved it, or the caller changes
his mind. Runs that were begun go on as they are; the packet names each one, and what it waits for.
"""

from datetime import timedelta
from typing import Any

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema
from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.conversations import ConversationActivities as conversations
    from activities.conversations import Turn
    from activities.sights import OrderSight, Question
    from activities.work import CallWork, WorkActivities
    from domain.answers import Denial, Missing, Status
    from domain.calls import Actor, ActorKind, ToolCall
    from domain.commands import Resolve, Withdraw
    from domain.evidence import PolicyTrace
    from domain.packet import PacketNote
    from domain.patience import PatiencePolicy, Repeated, may_take_back
    from domain.reasons import ReasonCode
    from domain.values import Value

from workflows._catalog import Tool
from workflows._hands import Handed, tell_held, to_be_taken_by
from workflows._phase import Phase
from workflows._process import Closed, Process
from workflows._seeing import quick, see_customer
from workflows._steps import Saga, house, settle_accounts


class HandOffRequest(Value):
    reason: ReasonCode = Field(
        default=ReasonCode.CUSTOMER_REQUEST,
        description="customer_request: the caller wants a person; low_confidence: you are not sure what he wants; "
        "judgment: it needs a person's judgment; risk: it looks like fraud, or somebody may come to harm.",
    )
    text: str = Field(default="", max_length=2_000, description="What a person should know that is not in the runs.")
    repeated: SkipJsonSchema[list[Repeated]] = []
    """What was said again and again: counted by the house, never told by an agent."""


@workflow.defn(name="hand_off")
class HandOff(Process[HandOffRequest]):
    request_model = HandOffRequest
    policy_model = PatiencePolicy
    takes_any_arguments = True
    personal_arguments = frozenset({"text", "repeated"})

    @workflow.init
    def __init__(self, call: ToolCall) -> None:
        super().__init__(call)
        self.resolved: Resolve | None = None

    @workflow.run
    async def run(self, call: ToolCall) -> Closed:
        return await self.conduct(self.hand_off)

    async def hand_off(self, saga: Saga) -> None:
        if not self.call.interaction.call_id:
            return self._ask_call_id()
        holder = await house(conversations.hand_off_conversation, self.turn(), step="hand_off_conversation")
        if holder != self.reference:
            return self._with(holder)
        await self.see()
        await self.wait_for_people()
        await settle_accounts(self, conversations.hand_back_conversation, self.turn(), step="hand_back_conversation")
        self.finish()

    async def see(self) -> None:
        """Whoever picks it up knows the caller, how surely, and all that was begun."""
        sight: OrderSight = await see_customer(self, self.question())
        policy = PatiencePolicy.model_validate(sight.policy)
        trace = PolicyTrace(policy=policy.policy, version=policy.version, digest=policy.digest)
        self.policy = self.record.policy = trace
        ask = CallWork(
            tenant=self.call.actor.tenant, call_id=self.call.interaction.call_id, besides=self.reference
        )  # fmt: skip
        items = await quick(self, WorkActivities.list_for_call, ask, step="list_for_call", limit=timedelta(seconds=2))
        self.begun_here = list(items)
        self.title = f"Take the conversation {self.call.interaction.call_id}"
        due = workflow.now() + policy.answer_within
        repeated = self.request.repeated if self.call.actor.kind is ActorKind.SYSTEM else []
        self.handed = Handed(self.request.reason, self.request.text, self.call.actor, due, repeated)
        self.record.add(
            "waiting", body={"reason": str(self.request.reason), "runs": [w.reference for w in self.begun_here]}
        )

    async def wait_for_people(self) -> None:
        while not self._over():
            seen = self.looked_again
            self._tell()
            over = lambda seen=seen: self._over() or self.looked_again != seen
            await self.park(over, queue="handoffs", due=to_be_taken_by(self))

    def _over(self) -> bool:
        return self.resolved is not None or self.returned is not None or self.withdrawn_by is not None

    def _tell(self) -> None:
        if self.held:
            return tell_held(self)
        say = "I am handing you to a colleague; all that was said and done so far is passed on."
        self.tell(Status.HANDED_OFF, say, phase=Phase.PARKED, retry_after_s=60)

    def finish(self) -> None:
        if self.resolved:
            return self.done("A colleague has taken care of it.", {"comment": self.resolved.comment})
        if self.withdrawn_by:
            return self.done("The conversation goes on without a colleague.", {})
        self.done("A colleague has handed the conversation back; it goes on here.", {})

    def own_commands(self) -> dict[str, Any]:
        if self.phase is not Phase.PARKED:
            return {}
        return {"resolve": self._resolve, "withdraw": self._caller_withdraws}

    def _resolve(self, actor: Actor, body: dict[str, Any]) -> Denial | None:
        if actor.kind is not ActorKind.HUMAN:
            return Denial(rule="hand_off.human_only", text="Only a person may close a conversation that people have.")
        self.resolved = Resolve.model_validate(body)
        if self.resolved.comment:
            self.notes.append(PacketNote(at=workflow.now(), author=actor.label, text=self.resolved.comment))
        return None

    def _caller_withdraws(self, actor: Actor, body: dict[str, Any]) -> Denial | None:
        """The caller would rather go on with the agent after all."""
        Withdraw.model_validate(body)
        if refused := may_take_back(self.request.reason, actor, held=self.held):
            return refused
        self.withdrawn_by = actor
        return None

    def _with(self, holder: str) -> None:
        say = "A colleague has this conversation already."
        self.tell(Status.HANDED_OFF, say, phase=Phase.CLOSED, result={"with": holder})

    def _ask_call_id(self) -> None:
        text = "Give the call id of the conversation (header X-Call-Id or interaction.call_id)."
        missing = [Missing(field="interaction.call_id", reason=text)]
        self.tell(Status.NEEDS_INPUT, text, phase=Phase.CLOSED, missing=missing)

    def turn(self) -> Turn:
        actor, call_id = self.call.actor, self.call.interaction.call_id
        return Turn(tenant=actor.tenant, call_id=call_id, reference=self.reference, at=workflow.now())

    def question(self) -> Question:
        actor, call_id = self.call.actor, self.call.interaction.call_id
        return Question(tenant=actor.tenant, call_id=call_id, policy=PatiencePolicy.name, at=workflow.now())


hand_off = Tool(
    process=HandOff,
    name="hand_off",
    description=(
        "Hand this conversation to a person: when the caller asks for one, when you are not sure what he wants, or "
        "when it needs a person's judgment. Everything known is passed on; you cannot act in this conversation until "
        "it is handed back. If the caller changes his mind, `withdraw` it. Repeat it freely: it is one handoff."
    ),
    per_conversation=True,
)
