"""One attempt at one write: look first, send, and say truly what became of it."""

import asyncio
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from opentelemetry import trace

from connectors.attempts import FRESH_S
from connectors.effects import Applied, Receipt, Safety, WriteRef, WriteSpec
from connectors.errors import (
    Conflict,
    ConnectorError,
    Duplicate,
    InvalidRequest,
    KeyInFlight,
    KeyReused,
    NotFound,
    OutcomeUnknown,
    Rejected,
    Transient,
    Unsupported,
)
from connectors.failures import request_id_of
from connectors.writes import ISSUED, Write

if TYPE_CHECKING:
    from connectors.guard import Guarded, Guards

D = TypeVar("D")
T = TypeVar("T")

_tracer = trace.get_tracer("handrail.connectors")
_MAY_BE_OUR_SUCCESS = (Rejected, Conflict, Duplicate)
"""`Already refunded` is usually our own earlier attempt."""
_JUDGED_AFTER_THE_KEY = (Rejected, Conflict, Duplicate, InvalidRequest, KeyReused, NotFound, Unsupported)
"""A vendor with keys looks at the key first: had an earlier attempt been applied, it would not refuse like this."""


class Sending(Generic[D, T]):
    def __init__(
        self, connector: "Guards", write: "Guarded[D, T]", draft: D, ref: WriteRef, attempt: int, age_s: float
    ) -> None:
        self.connector, self.write, self.spec, self.draft, self.target = connector, write, write.spec, draft, ref
        self.ref = ref.undo if write.spec.undo_of else ref
        self.w = Write(ISSUED, write.spec, self.ref, ref)
        self.attempts = connector.attempts
        self.seen = self.attempts.begin(self.ref, attempt, age_s, connector.budget_s)
        self.again = attempt > 1 or age_s > FRESH_S or self.seen.quiet_from is not None

    async def run(self) -> Receipt[T]:
        """Raises ConnectorError subclasses; OutcomeUnknown when this or an earlier attempt may have been applied."""
        name = f"{self.connector.name} {self.write.name}"
        traits = {"handrail.operation": self.write.name, "handrail.write.key": self.w.key}
        with _tracer.start_as_current_span(
            name, attributes=traits, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                receipt = await self._within_budget()
            except ConnectorError as failure:
                failure.of_write = True
                span.set_status(trace.StatusCode.ERROR, failure.wire_name())
                span.set_attribute("error.type", failure.wire_name())
                raise
            span.set_attribute("handrail.write.outcome", receipt.outcome.value)
            return receipt

    async def _within_budget(self) -> Receipt[T]:
        try:
            async with asyncio.timeout(self.connector.budget_s):
                return await self._look_and_send()
        except TimeoutError:
            late = f"{self._what}: no answer within {self.connector.budget_s:g} s"
            raise (OutcomeUnknown(late) if self._may_be_applied else Transient(late)) from None
        finally:
            self.w.close()
            self._remember()
            self.seen.over = True

    async def _look_and_send(self) -> Receipt[T]:
        if self.again:
            if (found := await self._find()) is not None:
                return self._receipt(found, Applied.FOUND)
            self._refuse_blind_resend()
        self._let_the_forward_write_land()
        try:
            value = await self.write.method(self.connector, self.draft, self.w)
        except ConnectorError as failure:
            return await self._after(failure)
        except Exception as bug:
            if not self.w.sent:
                raise
            text = f"{self._what}: it was sent, and then reading the answer failed ({type(bug).__name__})"
            return await self._after(OutcomeUnknown(text))
        if not self.w.sent:
            self._refuse_early_absence(value)
            return self._receipt(value, Applied.FOUND)
        return self._receipt(value, Applied.REPLAYED if self.w.replayed else Applied.APPLIED)

    async def _after(self, failure: ConnectorError) -> Receipt[T]:
        """A failed send: found after all, or the failure as it must be told."""
        unclear = self.w.sent and not isinstance(failure, KeyInFlight)
        perhaps_ours = isinstance(failure, _MAY_BE_OUR_SUCCESS) and self._may_be_applied
        another_won = isinstance(failure, Conflict) and self.spec.safety is Safety.CONDITIONAL
        worth_a_look = unclear or perhaps_ours or another_won or isinstance(failure, Duplicate)
        if worth_a_look and (found := await self._find()) is not None:
            return self._receipt(found, Applied.FOUND)
        if unclear:
            raise self._unknown(str(failure), failure)
        if not failure.retryable and self._earlier_may_be_applied(failure):
            raise self._unknown(f"{failure}; an earlier attempt may have been applied", failure)
        raise failure

    async def _find(self) -> T | None:
        """What the vendor has under our reference. Raises OutcomeUnknown when it cannot be asked and may be there."""
        if not self.spec.finder:
            return None
        try:
            found: T | None = await getattr(self.connector, self.spec.finder)(self.draft, self.target)
        except ConnectorError as failure:
            if not self._may_be_applied:
                raise
            raise self._unknown(f"{self._what}: it cannot be looked up ({failure})", failure) from failure
        return found

    def _refuse_blind_resend(self) -> None:
        """Nothing was found. May it be sent again?"""
        if self.seen.quiet_from is None or self.spec.safety in (Safety.UPSERT, Safety.CONDITIONAL, Safety.NATURAL):
            return
        if self._key_is_fresh:
            return
        if not self.spec.finder or self.spec.safety is Safety.NONE:
            raise self._unknown(f"{self._what}: it may have been applied and cannot be looked up; a person must look")
        if self._wait_s > 0:
            raise self._unknown(f"{self._what}: not to be found yet, which is not absence before {self._wait_s:.1f} s")

    def _let_the_forward_write_land(self) -> None:
        """An undo that overtakes its write undoes nothing: the write lands afterwards."""
        if not self.spec.undo_of or self._forward.safety in (Safety.NATIVE_KEY, Safety.LOOK_UP):
            return
        seen = self.attempts.get(self.target)
        wait = (seen.quiet_from or 0.0) - self.attempts.clock() if seen else 0.0
        if wait > 0:
            raise Transient(f"{self._what}: what it undoes may still land for {wait:.1f} s", retry_after_s=wait)

    @property
    def _forward(self) -> WriteSpec:
        spec: WriteSpec = getattr(type(self.connector), self.spec.undo_of).spec
        return spec

    def _refuse_early_absence(self, value: T) -> None:
        """`Nothing to undo` is true only when what it would undo cannot appear any more."""
        if not self.spec.undo_of or value is not None:
            return
        lag, seen = self._forward.finder_lag.total_seconds(), self.attempts.get(self.target)
        if seen and seen.quiet_from is None:
            return
        since = seen.quiet_from if seen and seen.quiet_from is not None else self.seen.first
        wait = since + lag - self.attempts.clock()
        if wait > 0:
            text = f"{self._what}: nothing to undo is there yet, but it may still appear for {wait:.1f} s"
            raise Transient(text, retry_after_s=wait)

    def _earlier_may_be_applied(self, failure: ConnectorError) -> bool:
        if self.seen.quiet_from is None or self.w.replayed:
            return False
        if self.spec.finder and self._wait_s <= 0:
            return False  # Looked up just now, and the finder is to be believed.
        if not self.spec.finder and self.spec.safety in (Safety.UPSERT, Safety.NATURAL):
            return not isinstance(failure, _JUDGED_AFTER_THE_KEY)  # It tells of the state that is there now.
        if self._key_is_fresh and isinstance(failure, _JUDGED_AFTER_THE_KEY):
            return isinstance(failure, _MAY_BE_OUR_SUCCESS) and bool(self.spec.replay_header or self.spec.finder)
        return True

    @property
    def _key_is_fresh(self) -> bool:
        if self.spec.safety is not Safety.NATIVE_KEY or self.spec.key_ttl is None:
            return False
        age = self.attempts.clock() - self.seen.first
        return age < 0.8 * self.spec.key_ttl.total_seconds()

    @property
    def _wait_s(self) -> float:
        """How long until the finder's empty answer means absence."""
        if self.seen.quiet_from is None:
            return 0.0
        now, lag = self.attempts.clock(), self.spec.finder_lag.total_seconds()
        # With a fresh key a straggler cannot do harm any more: the key was judged already.
        quiet_from = min(self.seen.quiet_from, now) if self._key_is_fresh else self.seen.quiet_from
        return max(0.0, quiet_from + lag - now)

    @property
    def _may_be_applied(self) -> bool:
        return self.w.sent or self.seen.quiet_from is not None

    @property
    def _what(self) -> str:
        return f"{self.connector.name} {self.write.name} {self.ref.value}"

    def _unknown(self, text: str, cause: ConnectorError | None = None) -> OutcomeUnknown:
        if isinstance(cause, OutcomeUnknown) and text == str(cause):
            self._hurry(cause)
            return cause
        unknown = OutcomeUnknown(
            text,
            status=cause.status if cause else None,
            vendor_code=cause.vendor_code if cause else "",
            retry_after_s=cause.retry_after_s if cause else None,
        )
        self._hurry(unknown)
        return unknown

    def _hurry(self, unknown: OutcomeUnknown) -> None:
        """Where only waiting helps, say for how long."""
        if self.spec.safety is Safety.LOOK_UP or (self.spec.safety is Safety.NATIVE_KEY and not self._key_is_fresh):
            self._remember()
            unknown.retry_after_s = max(unknown.retry_after_s or 0.0, self._wait_s) or None

    def _remember(self) -> None:
        if self.w.sent:
            self.seen.quiet_from = self.attempts.clock() + (self.connector.budget_s if self.w.running else 0.0)

    def _receipt(self, value: T, outcome: Applied) -> Receipt[T]:
        self.w.maybe_applied = False
        self.attempts.forget(self.ref)
        reply = self.w.last_reply
        return Receipt[Any](
            value=value,
            outcome=outcome,
            ref=self.ref.value,
            key=self.w.key,
            settles=self.spec.settles,
            request_id=request_id_of(reply) if reply else "",
        )
