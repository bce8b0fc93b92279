"""What happens around every activity: evidence before the effect, heartbeats, one vocabulary of failures.

An interceptor, so that no activity can forget it.
"""

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from temporalio import activity
from temporalio.converter import PayloadConverter
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities._turn import ask_again
from activities._words import in_words
from connectors.effects import WriteRef
from connectors.errors import ConnectorError, OutcomeUnknown, Transient
from domain.evidence import Event
from domain.switches import SWITCHED_OFF, Switch
from domain.values import Value, digest

HEADER = "handrail-evidence"
_UNDO = "undo/"
"""How the id of an activity begins that undoes a step."""


class Carried(Value):
    """What a workflow sends along with a write: events not yet written, and the frame for this step's own."""

    events: list[Event] = []
    frame: Event
    acting: str = ""
    """The kind of actor whose authority counts now: a person's after a take-over."""


class EvidenceSink(Protocol):
    async def append(self, events: list[Event]) -> None:
        """Returns when they are durable; raises when they are not."""
        ...


class Switches(Protocol):
    async def stopped(self, tenant: str, names: list[str], kind: str) -> Switch | None:
        """The kill switch that stops this kind of actor in a process with these names; at most a second old."""
        ...


class Turns(Protocol):
    async def stop_if_held(self, workflow_id: str) -> None:
        """Raises a ConnectorError while a person holds this run and has not let it go on."""
        ...


class RecordedActivities(Interceptor):
    """Writes intent before each write; turns connector errors into Temporal's; keeps long steps beating; lets no
    write go out that a kill switch stops."""

    def __init__(self, sink: EvidenceSink, converter: PayloadConverter, switches: Switches, turns: Turns) -> None:
        self._sink = sink
        self._converter = converter
        self._switches = switches
        self._turns = turns

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Inbound(next, self._sink, self._converter, self._switches, self._turns)


class _Inbound(ActivityInboundInterceptor):
    def __init__(
        self, next: ActivityInboundInterceptor, sink: EvidenceSink, converter: PayloadConverter, switches: Switches,
        turns: Turns,
    ) -> None:  # fmt: skip
        super().__init__(next)
        self._sink = sink
        self._converter = converter
        self._switches = switches
        self._turns = turns

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        carried = self._carried(input)
        ref = next((arg for arg in input.args if isinstance(arg, WriteRef)), None)
        stopped = await self._stopped(carried)
        if stopped and carried and ref:
            await self._sink.append([*carried.events, _stopped(carried.frame, ref, stopped)])
            raise switched_off(stopped)
        if carried:
            intent = [_intent(carried.frame, ref, input.args)] if ref else []
            # If evidence cannot be written, the effect does not happen: this raises, and Temporal tries again.
            await self._sink.append([*carried.events, *intent])
            ask_again.set(functools.partial(self._still_its_turn, carried, ref))
        try:
            async with _heartbeats():
                return await _to_its_end(self.next.execute_activity(input))
        except ConnectorError as error:
            failure = _told_of(ref, error)
            if carried and ref:
                await self._sink.append([_failure(carried.frame, ref, failure)])
            raise to_application_error(failure) from error

    async def _still_its_turn(self, carried: Carried, ref: WriteRef | None) -> None:
        """Raises, and says on record that nothing was sent, when a switch was thrown; raises when the run is held."""
        if ref and (stopped := await self._stopped(carried)):
            await self._sink.append([_stopped(carried.frame, ref, stopped)])
            raise switched_off(stopped)
        try:
            await self._turns.stop_if_held(activity.info().workflow_id or "")
        except Transient as not_now:
            if ref and attempt_of(ref) > 1:
                raise OutcomeUnknown(f"{not_now} An earlier attempt may have gone through.") from not_now
            raise

    async def _stopped(self, carried: Carried | None) -> Switch | None:
        """Asked for each step, so that reads of the policy find the switches fresh. An undo is never stopped: it makes
        good what was begun."""
        info = activity.info()
        if carried is None or info.activity_id.startswith(_UNDO):
            await self._switches.stopped("", [], "")
            return None
        frame = carried.frame
        names = [info.workflow_type or "", frame.policy.policy if frame.policy else ""]
        return await self._switches.stopped(frame.tenant, names, carried.acting or frame.actor.kind)

    def _carried(self, input: ExecuteActivityInput) -> Carried | None:
        payload = input.headers.get(HEADER)
        return self._converter.from_payload(payload, Carried) if payload else None


def attempt_of(ref: WriteRef) -> int:
    """1 for the first send ever of this reference; more when it may have been sent before."""
    return activity.info().attempt + ref.resent


def age_of(ref: WriteRef) -> float:
    """Seconds since the reference was minted."""
    return (datetime.now(UTC) - ref.minted_at).total_seconds() if ref.minted_at else 0.0


def to_application_error(failure: ConnectorError) -> ApplicationError:
    """The connector's failure in Temporal's words: type = wire name, retry after what the vendor asked for."""
    return ApplicationError(
        str(failure),
        {"status": failure.status, "vendor_code": failure.vendor_code, "request_id": failure.request_id},
        type=failure.wire_name(),
        non_retryable=not failure.retryable,
        next_retry_delay=timedelta(seconds=failure.retry_after_s) if failure.retry_after_s else None,
        category=ApplicationErrorCategory.BENIGN,
    )


def _told_of(ref: WriteRef | None, failure: ConnectorError) -> ConnectorError:
    """As it is to be told of the write.

    Hazard: a step may have to read before it writes. What goes wrong in that says nothing of an earlier attempt, which
    may have been applied: taken for a refusal of the write, it would be sent again under a new key.
    """
    if ref is None or failure.of_write or failure.retryable or attempt_of(ref) == 1:
        return failure
    return OutcomeUnknown(
        f"{failure.message} An earlier attempt may have gone through.", status=failure.status,
        vendor_code=failure.vendor_code, request_id=failure.request_id,
    )  # fmt: skip


def switched_off(switch: Switch) -> ApplicationError:
    """Not tried again by Temporal: the run parks at once, and goes on when it is switched on.

    Hazard: from the second attempt on an earlier one may have been applied, so it counts as an unknown outcome.
    """
    first = activity.info().attempt == 1
    text = f"{switch.process} is switched off for {switch.kind} agents since {switch.at:%Y-%m-%d %H:%M} UTC."
    return ApplicationError(
        text if first else f"{text} An earlier attempt may have gone through.",
        {"switched_off": True},
        type=SWITCHED_OFF if first else "outcome_unknown",
        non_retryable=True,
        category=ApplicationErrorCategory.BENIGN,
    )


async def _to_its_end(work: Coroutine[Any, Any, Any]) -> Any:
    """A run that is taken over cancels its write so that it is not tried again; an attempt under way ends by itself,
    because a request that is broken off may have been applied. A worker that shuts down does break it off."""
    attempt = asyncio.ensure_future(work)
    while not attempt.done():
        try:
            await asyncio.wait([attempt])
        except asyncio.CancelledError:
            details = activity.cancellation_details()
            if details is None or not details.cancel_requested or activity.is_worker_shutdown():
                attempt.cancel()
                raise
    return attempt.result()


@contextlib.asynccontextmanager
async def _heartbeats() -> AsyncIterator[None]:
    """Beat while the step runs, so that a killed worker is noticed within the heartbeat time-out."""
    limit = activity.info().heartbeat_timeout
    if not limit or activity.info().is_local:
        yield
        return
    beat = asyncio.get_running_loop().create_task(_beat(limit.total_seconds() / 3))
    try:
        yield
    finally:
        beat.cancel()


async def _beat(every_s: float) -> None:
    while True:
        await asyncio.sleep(every_s)
        activity.heartbeat()


def _intent(frame: Event, ref: WriteRef, args: Any) -> Event:
    inputs = [arg for arg in args if not isinstance(arg, WriteRef)]
    plain, personal = in_words(inputs)
    sent = _as_sent(ref)
    begun = {"begun_at": frame.at.isoformat()}  # by the run's own clock: what was commanded later came too late for it
    body = {"ref": sent.value, "key": sent.key, "input": digest(inputs), "what": plain} | begun
    subject = frame.subject or (f"call:{frame.call_id}" if frame.call_id else "")
    intent = _stamped(frame, "intent", ref, body)
    return intent.model_copy(update={"subject": subject, "personal": personal}) if personal and subject else intent


def _as_sent(ref: WriteRef) -> WriteRef:
    """An undo carries its step's reference, and is sent under one of its own: so says its receipt."""
    return ref.undo if activity.info().activity_id.startswith(_UNDO) else ref


def _failure(frame: Event, ref: WriteRef, failure: ConnectorError) -> Event:
    body = {
        "ref": _as_sent(ref).value,
        "error": failure.wire_name(),
        "text": str(failure),
        "request_id": failure.request_id,
    }
    return _stamped(frame, "failed", ref, body)


def _stopped(frame: Event, ref: WriteRef, switch: Switch) -> Event:
    text = f"Not sent: {switch.process} is switched off for {switch.kind} agents."
    body = {"ref": ref.value, "error": SWITCHED_OFF, "text": text, "by": switch.by, "since": switch.at.isoformat()}
    return _stamped(frame, "failed", ref, body)


def _stamped(frame: Event, kind: str, ref: WriteRef, body: dict[str, Any]) -> Event:
    attempt = attempt_of(ref)
    changes = {
        "key": f"{kind}:{activity.info().activity_id}:{activity.info().attempt}",
        "type": kind,
        "at": datetime.now(UTC),
        "attempt": attempt,
        "body": body,
    }
    return frame.model_copy(update=changes)
