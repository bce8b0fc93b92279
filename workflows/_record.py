"""Evidence from inside a run: interceptors write it, so that no workflow can forget.

Workflow code may not do I/O, so events are gathered here and travel with the next write (in a header, written in
the same transaction as that write's intent), or with `record_evidence` when the run parks or closes. Keys are
counted, so a replay or a retry brings the same events again and the store ignores them.
"""

from collections.abc import Callable, Mapping
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import SpanContext
from temporalio import workflow
from temporalio.api.common.v1 import Payload
from temporalio.worker import (
    ExecuteWorkflowInput,
    HandleUpdateInput,
    Interceptor,
    StartActivityInput,
    StartLocalActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

with workflow.unsafe.imports_passed_through():
    from activities._execution import HEADER, Carried
    from connectors.effects import Receipt, WriteRef
    from domain.calls import Actor, ToolCall
    from domain.commands import Command, Reply
    from domain.evidence import SYSTEM, Authority, Event, PolicyTrace, Who
    from domain.facts import Fact
    from domain.limits import ReserveOutcome
    from domain.personal import set_aside, words_of
    from domain.values import Value, digest


_TOLD = ("say", "result")
_Handle = workflow.ActivityHandle[Any]


class Kept(Value):
    """What a record takes along when its run goes on as a new one; all its events are written by then."""

    count: int
    customer_id: str
    assurance: int
    trace_id: str
    policy: PolicyTrace | None
    words: dict[str, str] = {}
    """Personal ones, and what stands for them in the chain: also those that are no longer on record."""


class Record:
    """The events of one run that are not yet written, and what each of them shares."""

    def __init__(self, call: ToolCall, run: str, acting: Callable[[], Actor]) -> None:
        """`acting`: whose authority counts now."""
        self.pending: list[Event] = []
        self.assurance = 0
        self.customer_id = ""
        self.policy: PolicyTrace | None = None
        self.trace_id = ""
        self.acting = acting
        self.tells_records = False
        """A lookup: what it tells is of the customer, verified here or in another run of the conversation."""
        self._words: dict[str, str] = {}
        self._call = call
        self._run = run
        self._count = 0

    def add(self, kind: str, **fields: Any) -> None:
        self._count += 1
        self.pending.append(self._event(f"run:{self._count}", kind, fields))

    def know(self, *values: Any) -> None:
        """What was read or given: where a customer lives and what he is called is masked in all that is recorded from
        now on, and kept beside the chain, where it can be erased."""
        self._words |= words_of(values)

    def drain(self) -> list[Event]:
        events, self.pending = self.pending, []
        return events

    @property
    def begun(self) -> bool:
        """Something was recorded of this run before."""
        return self._count > 0

    def kept(self) -> Kept:
        return Kept(
            count=self._count, customer_id=self.customer_id, assurance=self.assurance, trace_id=self.trace_id,
            policy=self.policy, words=self._words,
        )  # fmt: skip

    def go_on(self, kept: Kept) -> None:
        self._count, self.customer_id, self.assurance = kept.count, kept.customer_id, kept.assurance
        self.trace_id, self.policy = kept.trace_id, kept.policy
        self._words |= kept.words

    def frame(self, step: str) -> Event:
        """What events about this step share; the activity completes it."""
        return self._event(f"frame:{step}", "frame", {"step": step, "policy": self.policy})

    def _event(self, key: str, kind: str, fields: dict[str, Any]) -> Event:
        call, actor = self._call, fields.pop("by", None) or self.acting()
        whole = _TOLD if self.tells_records else ()
        body, beside = set_aside(fields.get("body", {}), self._words, whole)
        if beside:
            fields |= {"body": body, "personal": beside | fields.get("personal", {})}
        common: dict[str, Any] = {
            "tenant": call.actor.tenant,
            "run": self._run,
            "key": key,
            "type": kind,
            "at": workflow.now(),
            "actor": Who.of(actor),
            "authority": Authority.of(actor),
            "assurance": self.assurance,
            "channel": call.interaction.channel,
            "call_id": call.interaction.call_id,
            "subject": self.customer_id or (f"call:{call.interaction.call_id or self._run}" if beside else ""),
            "on_behalf_of": self.customer_id,
            "trace_id": self.trace_id,
        }
        return Event(**(common | fields))


class RecordedWorkflows(Interceptor):
    def workflow_interceptor_class(self, input: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:
        return _Inbound


def _record() -> Record | None:
    return getattr(workflow.instance(), "record", None)


class _Inbound(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        self.next.init(_Outbound(outbound))

    _origin: SpanContext | None = None

    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:
        instance = workflow.instance()
        self._origin = trace.get_current_span().get_span_context()
        if (record := _record()) and not record.begun:
            record.trace_id = format(self._origin.trace_id, "032x") if self._origin.is_valid else ""
            call: ToolCall = instance.call
            personal, plain = instance.split_arguments(call.arguments)
            body = {
                "tool": call.tool,
                "arguments": plain,
                "arguments_digest": digest(call.arguments),
                "request_id": call.request_id,
                "intent": call.interaction.intent.model_dump(mode="json") if call.interaction.intent else None,
                "transcript_ref": call.interaction.transcript_ref,
            }
            if call.known:
                body["known"] = {field: known.said_in for field, known in call.known.items()}
            subject = f"call:{call.interaction.call_id}" if personal else ""
            record.add("called", body=body, personal=personal, subject=subject)
        return await super().execute_workflow(input)

    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:
        if input.update == "command":
            self._link(input.args[0])
        reply = await super().handle_update_handler(input)
        record = _record()
        if record and isinstance(reply, Reply) and input.update != "next":
            to = input.args[0].actor if input.update == "command" else input.args[0].call.actor
            record.add("said", actor=SYSTEM, body=_said(reply) | {"to": to.id})
            workflow.instance().flush_if_idle()
        return reply

    def _link(self, command: Command) -> None:
        """A person acts in a trace of his own: it and the run's trace point at each other."""
        here = trace.get_current_span()
        seen = here.get_span_context()
        if not (self._origin and self._origin.is_valid and seen.is_valid) or seen.trace_id == self._origin.trace_id:
            return
        here.add_link(self._origin)
        origin = trace.set_span_in_context(trace.NonRecordingSpan(self._origin))
        tracer = trace.get_tracer("handrail.run")
        tracer.start_span(f"handrail.{command.name}", context=origin, links=[trace.Link(seen)]).end()


class _Outbound(WorkflowOutboundInterceptor):
    def start_activity(self, input: StartActivityInput) -> workflow.ActivityHandle[Any]:
        record = _record()
        ref = next((arg for arg in input.args if isinstance(arg, WriteRef)), None)
        if record is None or ref is None:
            return self._watched(record, input, super().start_activity(input))
        acting = str(workflow.instance().acting.kind)
        carried = Carried(events=record.drain(), frame=record.frame(input.activity), acting=acting)
        input.headers = _with(input.headers, workflow.payload_converter().to_payload(carried))
        return self._watched(record, input, super().start_activity(input))

    def start_local_activity(self, input: StartLocalActivityInput) -> workflow.ActivityHandle[Any]:
        return self._watched(_record(), input, super().start_local_activity(input))

    @staticmethod
    def _watched(
        record: Record | None, input: Any, handle: workflow.ActivityHandle[Any]
    ) -> workflow.ActivityHandle[Any]:
        """Registered before anybody awaits the handle, so the event is there when the workflow goes on."""
        if record is not None:
            step = (isinstance(input, StartLocalActivityInput) and input.activity_id) or input.activity
            by = record.acting()  # who began it, whoever holds the run when it ends
            handle.add_done_callback(lambda done: _note_result(record, step, done, by))
        return handle


def _with(headers: Mapping[str, Payload], payload: Payload) -> Mapping[str, Payload]:
    return {**headers, HEADER: payload}


def _note_result(record: Record, step: str, done: Any, by: Actor) -> None:
    if done.cancelled() or done.exception():
        return
    result = done.result()
    if isinstance(result, Receipt):
        record.add("receipt", step=step, body=_receipt(result), policy=record.policy, by=by)
    elif isinstance(result, ReserveOutcome):
        record.add("receipt" if result.granted else "decided", step=step, body=result.model_dump(mode="json"), by=by)
    elif isinstance(result, Value):
        for name in type(result).model_fields:
            fact = getattr(result, name)
            if isinstance(fact, Fact):
                record.add("seen", step=step, body=_seen(fact), by=by)


def _receipt(receipt: Receipt[Any]) -> dict[str, Any]:
    value = receipt.value
    return {
        "ref": receipt.ref,
        "key": receipt.key,
        "outcome": str(receipt.outcome),
        "external_id": str(getattr(value, "id", value or "")),
        "request_id": receipt.request_id,
        "read_back_at": receipt.read_back_at.isoformat() if receipt.read_back_at else None,
        "output": digest(value),
    }


def _seen(fact: Fact[Any]) -> dict[str, Any]:
    return {
        "fact": fact.name,
        "source": fact.source,
        "version": fact.version,
        "read_at": fact.read_at.isoformat(),
        "digest": fact.digest,
    }


def _said(reply: Reply) -> dict[str, Any]:
    answer = reply.answer
    body: dict[str, Any] = {"status": str(answer.status), "say": answer.say, "effect": answer.digest}
    if reply.refused:
        body["refused"] = reply.refused.model_dump(mode="json")
    return body
