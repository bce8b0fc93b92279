"""U: what can be undone is, twice does no harm, and nothing is undone that never was."""

from connectors.conformance.stage import Stage
from connectors.conformance.world import Fault
from connectors.effects import Undo
from connectors.guard import guarded


class UndoChecks:
    async def test_u1_an_exact_undo_restores_and_may_come_twice(self, stage: Stage) -> None:
        stage.needs(stage.spec.undo is Undo.EXACT, "its undo is not exact")
        await stage.attempt()
        for attempt in (1, 2):
            await stage.attempt(attempt, undo=True)
            assert await stage.applied() == 0, f"still there after undo number {attempt}"

    async def test_u2_undoing_what_never_happened_does_nothing(self, stage: Stage) -> None:
        stage.needs(stage.spec.undo_by, "it has no undo")
        await stage.draft()
        await stage.settle(undo=True)

        assert await stage.applied() == 0

    async def test_u3_what_cannot_be_undone_has_no_undo(self, stage: Stage) -> None:
        undoing = [n for n, w in guarded(stage.world.connector_type).items() if w.spec.undo_of == stage.operation]

        assert undoing == ([stage.spec.undo_by] if stage.spec.undo is not Undo.NEVER else [])

    async def test_u4_a_write_of_unknown_outcome_is_undone(self, stage: Stage) -> None:
        stage.needs(stage.spec.undo is Undo.EXACT, "its undo is not exact")
        stage.needs(not stage.world.finder_lag_s.get(stage.operation), "its finder lags: w8 covers the waiting")
        stage.run_in_real_time(total_timeout_s=0.3)
        await stage.play(Fault.SLOW, seconds=0.45)
        failure = await stage.failure()
        assert failure.retryable, f"no answer came, but it says {failure.wire_name()}"
        await stage.settle(undo=True, attempts=6)
        await stage.pass_time(0.3)

        assert await stage.applied() == 0, "the write landed after its undo"

    async def test_u5_an_undo_has_a_key_of_its_own(self, stage: Stage) -> None:
        stage.needs(stage.spec.undo_by, "it has no undo")
        forward = await stage.attempt()
        back = await stage.attempt(undo=True)

        assert forward.key != back.key
