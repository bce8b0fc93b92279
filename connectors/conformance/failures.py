"""E, S, T: failures have the right name, tell no secret, and come in time."""

import time

from connectors.conformance.stage import Stage
from connectors.conformance.world import Fault
from connectors.errors import AuthFailed, InvalidRequest, OutcomeUnknown, RateLimited, Transient


class FailureChecks:
    async def test_e1_a_long_retry_after_is_told_and_not_waited_for(self, stage: Stage) -> None:
        await stage.play(Fault.LIMITED, seconds=30)
        began = time.monotonic()
        failure = await stage.failure()

        assert isinstance(failure, RateLimited), failure.wire_name()
        assert failure.retry_after_s == 30
        assert time.monotonic() - began < 1
        assert await stage.applied() == 0

    async def test_e3_a_server_error_on_a_write_is_an_unknown_outcome(self, stage: Stage) -> None:
        await stage.play(Fault.ERROR)
        failure = await stage.failure()

        assert isinstance(failure, OutcomeUnknown), f"a 503 proves nothing, but it says {failure.wire_name()}"

    async def test_e4_a_cut_connection_on_a_write_is_an_unknown_outcome(self, stage: Stage) -> None:
        await stage.play(Fault.CUT)
        failure = await stage.failure()

        assert isinstance(failure, OutcomeUnknown), f"no answer proves nothing, but it says {failure.wire_name()}"

    async def test_e9_retry_after_as_a_date_is_understood(self, stage: Stage) -> None:
        await stage.play(Fault.LIMITED, seconds=30, as_date=True)
        failure = await stage.failure()

        assert isinstance(failure, RateLimited), failure.wire_name()
        assert 28 <= (failure.retry_after_s or 0) <= 31, failure.retry_after_s

    async def test_e10_a_refusal_within_a_200_is_a_refusal(self, stage: Stage) -> None:
        await stage.play(Fault.REFUSED_200)
        failure = await stage.failure()

        assert not failure.retryable, f"it was refused, but it says {failure.wire_name()}"
        assert await stage.applied() == 0

    async def test_e11_redirects_are_not_followed(self, stage: Stage) -> None:
        await stage.play(Fault.MOVED)
        failure = await stage.failure()

        assert isinstance(failure, OutcomeUnknown), failure.wire_name()
        assert await stage.world.moved_to() == 0, "the request went to where the vendor pointed"

    async def test_a4_a_refused_credential_is_auth_failed(self, stage: Stage) -> None:
        await stage.play(Fault.UNAUTHORIZED, times=5)
        failure = await stage.failure()

        assert isinstance(failure, AuthFailed), failure.wire_name()
        assert len(await stage.sent()) <= 2, "at most one renewal"

    async def test_s1_no_secret_is_told(self, stage: Stage) -> None:
        await stage.play(Fault.ECHO)
        failure = await stage.failure()
        told = f"{failure!r} {failure} {failure.__cause__!r} {stage.connector.config!r}"

        assert isinstance(failure, InvalidRequest), failure.wire_name()
        assert stage.world.secret not in told, "the credential is in the error or in the configuration's text"

    async def test_t1_a_call_ends_within_its_budget(self, stage: Stage) -> None:
        await stage.play(Fault.SLOW, seconds=1.0)
        hasty = stage.connect(total_timeout_s=0.2)
        began = time.monotonic()
        failure = await stage.failure(on=hasty)

        assert time.monotonic() - began < 0.6
        assert isinstance(failure, (OutcomeUnknown, Transient)), failure.wire_name()
