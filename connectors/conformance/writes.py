"""W: what every write must withstand."""

import asyncio
import contextlib

from connectors.conformance.stage import Stage
from connectors.conformance.world import AFTER, Fault
from connectors.effects import Applied, Safety
from connectors.errors import ConnectorError, OutcomeUnknown, Transient


class WriteChecks:
    async def test_w1_a_write_is_applied_once_and_has_a_receipt(self, stage: Stage) -> None:
        receipt = await stage.attempt()

        assert receipt.outcome is Applied.APPLIED, f"the receipt says {receipt.outcome}"
        assert (receipt.ref, bool(receipt.key)) == (stage.ref().value, True)
        assert await stage.applied() == 1

    async def test_w2_an_answer_lost_after_applying_ends_in_one_effect_and_a_receipt(self, stage: Stage) -> None:
        for n, fault in enumerate(stage.playable(*AFTER), start=1):
            stage.needs(stage.repeatable, "its outcome cannot be found out")
            ref = stage.ref(n)
            await stage.play(fault)
            receipt = await stage.settle(ref=ref)

            assert await stage.applied(ref) == 1, f"{fault}: {await stage.applied(ref)} effects instead of one"
            assert receipt.ref == ref.value

    async def test_w3_after_a_restart_with_an_expired_key_it_looks_before_it_sends(self, stage: Stage) -> None:
        await stage.attempt()
        await stage.world.forget_keys()
        before, old = len(await stage.sent()), 1.01 * stage.world.key_ttl_s
        for attempt, age in ((1, old), (4, old), (2, 0.0)):
            if not age and not stage.spec.finder:
                continue  # a young key is sent again
            stage.restart()
            case = f"attempt {attempt}, {age:.0f} s old"
            if stage.spec.finder:
                assert (await stage.attempt(attempt, age_s=age)).outcome is Applied.FOUND, case
            else:
                assert isinstance(await stage.failure(attempt, age_s=age), OutcomeUnknown), case
            assert len(await stage.sent()) == before, f"{case}: it was sent again"
            assert await stage.applied() == 1, case

    async def test_w4_a_refused_connection_is_tried_again(self, stage: Stage) -> None:
        stage.needs(stage.repeatable, "another process cannot know that nothing was sent")
        nobody = stage.connect(base_url="http://127.0.0.1:9")
        failure = await stage.failure(on=nobody)

        assert isinstance(failure, Transient), f"nothing was sent, but it says {failure.wire_name()}"
        await stage.settle(first=2)
        assert await stage.applied() == 1

    async def test_w5_each_attempt_sends_the_same_key_and_the_same_bytes(self, stage: Stage) -> None:
        stage.needs(stage.repeatable, "it is never sent again")
        await stage.play(Fault.ERROR, times=2)
        await stage.settle(attempts=4)
        sent = await stage.sent()

        assert len(sent) >= 2, "a 503 that applied nothing must be followed by another attempt"
        assert len({s.key for s in sent}) == 1, f"keys differ between attempts: {sorted({s.key for s in sent})}"
        assert len({(s.path, s.body) for s in sent}) == 1, "path or body differ between attempts"
        if stage.spec.key_header or stage.spec.key_field:
            assert sent[0].key == stage.ref().key, f"the key {sent[0].key!r} is not the reference's"

    async def test_w6_two_references_are_two_effects(self, stage: Stage) -> None:
        for n in (1, 2):
            await stage.attempt(ref=stage.ref(n))

        assert [await stage.applied(stage.ref(n)) for n in (1, 2)] == [1, 1]

    async def test_w7_the_finder_knows_strangers_and_walks_pages(self, stage: Stage) -> None:
        stage.needs(stage.spec.finder, "it has no finder")
        await stage.draft()
        await stage.world.crowd(stage.operation)
        assert await stage.find() is None, "the finder took a stranger's object for ours"
        await stage.attempt()
        await stage.world.crowd(stage.operation)
        assert await stage.find() is not None, "the finder does not see ours among many"
        assert await stage.find(stage.ref(7)) is None, "the finder took another reference for ours"

    async def test_w8_a_lagging_finder_never_proves_absence_early(self, stage: Stage) -> None:
        lag = stage.world.finder_lag_s.get(stage.operation, 0)
        stage.needs(lag, "its finder does not lag")
        assert stage.spec.finder_lag.total_seconds() >= lag, (
            f"finder_lag is {stage.spec.finder_lag}, but it lags {lag} s"
        )
        await stage.world.lag(lag)
        await stage.attempt()
        await stage.world.forget_keys()
        stage.restart()
        old = 2 * stage.world.key_ttl_s
        failure = await stage.failure(2, age_s=old)

        assert isinstance(failure, OutcomeUnknown), f"it must wait, but says {failure.wire_name()}"
        assert (failure.retry_after_s or 0) >= lag, f"it must say how long: {failure.retry_after_s}"
        assert await stage.applied() == 1, "it was sent again although the finder could not know"
        await stage.world.lag(0)
        stage.clock.now += failure.retry_after_s or 0
        assert (await stage.attempt(3, age_s=old)).outcome is Applied.FOUND

    async def test_w9_already_done_on_a_resend_is_our_own_success(self, stage: Stage) -> None:
        stage.needs(stage.spec.finder, "it has no finder")
        await stage.attempt()
        await stage.play(Fault.BLIND, on=stage.spec.finder)
        await stage.play(Fault.REFUSED)
        stage.restart()
        receipt = await stage.settle(first=2, attempts=4)

        assert receipt.ref == stage.ref().value
        assert await stage.applied() == 1

    async def test_w10_a_worker_killed_in_the_middle_ends_in_one_effect(self, stage: Stage) -> None:
        stage.needs(stage.repeatable, "its outcome cannot be found out")
        await stage.play(Fault.SLOW, seconds=0.4)
        with contextlib.suppress(TimeoutError, ConnectorError):
            await asyncio.wait_for(stage.attempt(), 0.15)
        stage.restart()
        await stage.settle(first=2, attempts=12)

        assert await stage.applied() == 1

    async def test_w11_two_attempts_at_once_are_one_effect(self, stage: Stage) -> None:
        stage.needs(stage.spec.safety not in (Safety.LOOK_UP, Safety.NONE), "the vendor cannot tell two at once apart")
        await stage.draft()
        other = stage.connect()
        ends = await asyncio.gather(stage.attempt(), stage.attempt(on=other), return_exceptions=True)
        for end in ends:
            assert not isinstance(end, BaseException) or (isinstance(end, ConnectorError) and end.retryable), repr(end)
        await stage.settle(first=2)

        assert await stage.applied() == 1

    async def test_w12_a_definite_failure_is_not_sent_again_and_another_one_has_another_key(self, stage: Stage) -> None:
        await stage.play(Fault.REFUSED)
        failure = await stage.failure()

        assert not failure.retryable, f"a refusal is definite, but it says {failure.wire_name()}"
        assert len(await stage.sent()) == 1, "a refusal was sent again"
        assert await stage.applied() == 0
        await stage.attempt(ref=stage.ref(2))
        assert await stage.applied(stage.ref(2)) == 1, (
            "another decision got the old refusal: does the key change with n?"
        )

    async def test_w14_an_answer_from_the_vendors_memory_is_called_a_replay(self, stage: Stage) -> None:
        stage.needs(stage.world.says_replayed and stage.spec.safety is Safety.NATIVE_KEY, "it is not marked as such")
        await stage.attempt()
        if stage.spec.finder:
            await stage.play(Fault.BLIND, on=stage.spec.finder)
        stage.restart()
        receipt = await stage.attempt(2)

        assert receipt.outcome in (Applied.REPLAYED, Applied.FOUND), f"the receipt claims {receipt.outcome}"
        assert await stage.applied() == 1

    async def test_w13_a_refused_part_of_a_taken_batch_surfaces(self, stage: Stage) -> None:
        await stage.play(Fault.PARTIAL)
        failure = await stage.failure()

        assert not failure.retryable, f"the item was refused, but it says {failure.wire_name()}"
        assert await stage.applied() == 0
