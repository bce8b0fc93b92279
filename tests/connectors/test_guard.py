"""The judgement of the write guard, case by case, over a scripted vendor."""

import asyncio
from datetime import timedelta
from typing import Any, ClassVar

import httpx
import pytest
import respx

from connectors.conformance import Clock
from connectors.connector import Config, Connector, Manifest
from connectors.effects import Applied, Safety, Undo, WriteClass, WriteRef, WriteSpec
from connectors.errors import AuthFailed, ConnectorError, Duplicate, OutcomeUnknown, Rejected, Transient
from connectors.guard import IncoherentSpec, writes
from connectors.http import Http
from connectors.writes import Write
from tests.connectors.acme import Thing
from tests.connectors.lending import BASE, REF

LAMP = Thing(what="lamp")
KEYED = WriteSpec(safety=Safety.NATIVE_KEY, key_header="Key", key_ttl=timedelta(hours=1), finder="find", facts="here")
MANIFEST = Manifest(id="acme", version="1.0.0", api_version="1")


class Scripted(Connector[Config]):
    """`found` is what the finder answers next, in order; the last one stays."""

    spec: ClassVar[WriteSpec]

    def __init__(self, router: respx.Router, clock: Clock, found: list[Any]) -> None:
        super().__init__(Config(base_url=BASE), clock=clock)
        self.found, self.looks = found, 0
        self.http = Http(
            BASE, system="acme", transport=httpx.MockTransport(router.async_handler), classify=self.classify
        )

    def classify(self, reply: Any) -> ConnectorError | None:
        kinds = {"refused": Rejected, "exists": Duplicate}
        code = reply.field("code")
        return kinds[code](f"acme: {code}") if code in kinds else None

    async def look(self) -> Any:
        self.looks += 1
        answer = self.found.pop(0) if len(self.found) > 1 else self.found[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def scripted(spec: WriteSpec) -> type[Scripted]:
    class Made(Scripted):
        manifest = MANIFEST

        @writes(spec)
        async def make(self, thing: Thing, w: Write) -> Any:
            return await self.http.write("POST", "/things", w, json={})

        async def find(self, thing: Thing, ref: WriteRef) -> Any:
            return await self.look()

    return Made


@pytest.fixture
def router() -> respx.Router:
    return respx.Router(base_url=BASE, assert_all_called=False)


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def fails(connector: Any, attempt: int = 1, age_s: float = 0) -> ConnectorError:
    with pytest.raises(ConnectorError) as raised:
        await connector.make(LAMP, REF, attempt=attempt, age_s=age_s)
    return raised.value


async def test_a_first_send_does_not_look(router: respx.Router, clock: Clock) -> None:
    router.post("/things").respond(201, json={"id": 1}, headers={"X-Request-Id": "r-1"})
    connector: Any = scripted(KEYED)(router, clock, [None])
    receipt = await connector.make(LAMP, REF)

    assert (receipt.outcome, receipt.key, receipt.request_id) == (Applied.APPLIED, REF.key, "r-1")
    assert connector.looks == 0


@pytest.mark.parametrize(("attempt", "age_s"), [(2, 0), (1, 301)])
async def test_a_resend_looks_first(router: respx.Router, clock: Clock, attempt: int, age_s: float) -> None:
    route = router.post("/things").respond(201)
    connector: Any = scripted(KEYED)(router, clock, ["there"])
    receipt = await connector.make(LAMP, REF, attempt=attempt, age_s=age_s)

    assert (receipt.outcome, receipt.value) == (Applied.FOUND, "there")
    assert not route.called


async def test_a_second_attempt_beside_one_that_still_runs_sends_nothing_without_a_key(
    router: respx.Router, clock: Clock
) -> None:
    """Late heartbeats make Temporal start the next attempt though the first still waits for its answer."""
    sent, answered = asyncio.Event(), asyncio.Event()

    async def slowly(request: httpx.Request) -> httpx.Response:
        sent.set()
        await answered.wait()
        return httpx.Response(201, json={"id": 1})

    route = router.post("/things").mock(side_effect=slowly)
    connector: Any = scripted(WriteSpec(safety=Safety.LOOK_UP, finder="find", facts="here"))(router, clock, [None])
    first = asyncio.ensure_future(connector.make(LAMP, REF))
    await sent.wait()
    assert isinstance(await fails(connector, attempt=2), OutcomeUnknown)
    answered.set()

    assert (await first).outcome is Applied.APPLIED
    assert route.call_count == 1


async def test_an_unreadable_answer_is_looked_up_in_the_same_attempt(router: respx.Router, clock: Clock) -> None:
    router.post("/things").respond(200, text="<html>")
    connector: Any = scripted(KEYED)(router, clock, ["there"])

    assert (await connector.make(LAMP, REF)).outcome is Applied.FOUND


async def test_a_key_is_sent_again_only_within_its_time(router: respx.Router, clock: Clock) -> None:
    route = router.post("/things").respond(201, json={"id": 1})
    young: Any = scripted(KEYED)(router, clock, [None])
    assert (await young.make(LAMP, REF, attempt=2, age_s=2_879)).outcome is Applied.APPLIED
    old: Any = scripted(KEYED)(router, clock, [None])
    unknown = await fails(old, attempt=2, age_s=2_880)

    assert isinstance(unknown, OutcomeUnknown)
    assert unknown.retry_after_s == pytest.approx(old.budget_s), "another process may be sending right now"
    assert route.call_count == 1
    clock.now += unknown.retry_after_s or 0
    assert (await old.make(LAMP, REF, attempt=3, age_s=2_888)).outcome is Applied.APPLIED


async def test_without_key_it_waits_until_the_lost_request_cannot_land(router: respx.Router, clock: Clock) -> None:
    route = router.post("/things").mock(side_effect=[httpx.ReadError, httpx.Response(201, json={"id": 1})])
    connector: Any = scripted(KEYED.model_copy(update={"safety": Safety.LOOK_UP, "finder_lag": timedelta(seconds=60)}))(
        router, clock, [None]
    )
    lost = await fails(connector)
    assert lost.retry_after_s == pytest.approx(connector.budget_s + 60)
    clock.now += 60
    assert isinstance(await fails(connector, attempt=2), OutcomeUnknown)
    assert route.call_count == 1
    clock.now += connector.budget_s
    assert (await connector.make(LAMP, REF, attempt=3)).outcome is Applied.APPLIED


async def test_what_was_refused_before_sending_needs_no_waiting(router: respx.Router, clock: Clock) -> None:
    router.post("/things").mock(
        side_effect=[httpx.ConnectError, httpx.ConnectError, httpx.Response(429), httpx.Response(201, json={})]
    )
    connector: Any = scripted(WriteSpec(safety=Safety.NONE, facts="here"))(router, clock, [None])
    assert isinstance(await fails(connector), Transient)
    await fails(connector, attempt=2)

    assert (await connector.make(LAMP, REF, attempt=3)).outcome is Applied.APPLIED


async def test_without_key_and_finder_a_lost_answer_waits_for_a_person(router: respx.Router, clock: Clock) -> None:
    route = router.post("/things").mock(side_effect=httpx.ReadError)
    connector: Any = scripted(WriteSpec(safety=Safety.NONE, facts="here"))(router, clock, [None])
    await fails(connector)
    clock.now += 10_000

    assert "a person must look" in str(await fails(connector, attempt=2))
    assert route.call_count == 1


async def test_already_done_on_a_resend_is_found(router: respx.Router, clock: Clock) -> None:
    router.post("/things").respond(422, json={"code": "refused"})
    connector: Any = scripted(KEYED)(router, clock, [None, "there"])

    assert (await connector.make(LAMP, REF, attempt=2)).outcome is Applied.FOUND


async def test_a_refusal_on_the_first_send_is_a_refusal_at_once(router: respx.Router, clock: Clock) -> None:
    router.post("/things").respond(422, json={"code": "refused"})
    connector: Any = scripted(KEYED)(router, clock, [None])

    assert isinstance(await fails(connector), Rejected)
    assert connector.looks == 0


async def test_a_duplicate_is_found_also_on_the_first_send(router: respx.Router, clock: Clock) -> None:
    router.post("/things").respond(409, json={"code": "exists"})
    connector: Any = scripted(KEYED)(router, clock, ["there"])

    assert (await connector.make(LAMP, REF)).outcome is Applied.FOUND


async def test_a_refusal_means_nothing_while_the_finder_lags(router: respx.Router, clock: Clock) -> None:
    router.post("/things").respond(422, json={"code": "refused"})
    connector: Any = scripted(KEYED.model_copy(update={"finder_lag": timedelta(seconds=60)}))(router, clock, [None])

    assert isinstance(await fails(connector, attempt=2), OutcomeUnknown)
    clock.now += 69
    assert isinstance(await fails(connector, attempt=3), Rejected)


async def test_a_lost_right_after_a_lost_answer_does_not_turn_it_into_a_failure(
    router: respx.Router, clock: Clock
) -> None:
    """Else the saga would undo while the money has moved."""
    router.post("/things").mock(side_effect=httpx.ReadError)
    connector: Any = scripted(KEYED)(router, clock, [AuthFailed("acme: 401")])

    assert isinstance(await fails(connector), OutcomeUnknown)
    assert isinstance(await fails(connector, attempt=2), OutcomeUnknown)


async def test_a_bug_before_sending_stays_a_bug(router: respx.Router, clock: Clock) -> None:
    class Buggy(Scripted):
        manifest = MANIFEST

        @writes(WriteSpec(safety=Safety.NONE, facts="here"))
        async def make(self, thing: Thing, w: Write) -> Any:
            raise KeyError("config")

    with pytest.raises(KeyError):
        await Buggy(router, clock, [None]).make(LAMP, REF)


async def test_a_bug_after_sending_is_an_unknown_outcome(router: respx.Router, clock: Clock) -> None:
    class Buggy(Scripted):
        manifest = MANIFEST

        @writes(WriteSpec(safety=Safety.NONE, facts="here"))
        async def make(self, thing: Thing, w: Write) -> Any:
            return (await self.http.write("POST", "/things", w))["no such field"]

    router.post("/things").respond(201, json={})
    assert isinstance(await fails(Buggy(router, clock, [None])), OutcomeUnknown)


async def test_one_write_in_several_requests_has_a_key_for_each(router: respx.Router, clock: Clock) -> None:
    class Parts(Scripted):
        manifest = MANIFEST

        @writes(KEYED)
        async def make(self, thing: Thing, w: Write) -> Any:
            await self.http.write("POST", "/draft", w.part("begin"))
            return await self.http.write("POST", "/draft", w.part("confirm"))

        async def find(self, thing: Thing, ref: WriteRef) -> Any:
            return None

    route = router.post("/draft").respond(200, json={})
    for attempt in (1, 2):
        await Parts(router, clock, [None]).make(LAMP, REF, attempt=attempt)
    keys = [call.request.headers["Key"] for call in route.calls]

    assert (keys[0], keys[1]) == (keys[2], keys[3])
    assert len({*keys, REF.key}) == 3


@pytest.mark.parametrize(
    ("spec", "fault"),
    [
        (WriteSpec(safety=Safety.NATIVE_KEY, key_ttl=timedelta(1)), "key_header or key_field"),
        (WriteSpec(safety=Safety.NATIVE_KEY, key_header="K"), "key_ttl"),
        (WriteSpec(safety=Safety.LOOK_UP), "needs a finder"),
        (WriteSpec(safety=Safety.LOOK_UP, finder="fnid"), "finder = 'fnid' is no method"),
        (WriteSpec(safety=Safety.NATURAL, undo=Undo.EXACT), "undo_by"),
        (WriteSpec(safety=Safety.NATURAL, undo_by="find"), "contradict"),
        (WriteSpec(safety=Safety.NONE, undo_of="find"), "may outlive its key"),
    ],
)
def test_promises_that_cannot_be_kept_are_refused_at_import(spec: WriteSpec, fault: str) -> None:
    with pytest.raises(IncoherentSpec, match=fault):
        scripted(spec)


def test_the_class_of_a_write_is_computed() -> None:
    lagging = {"finder_lag": timedelta(seconds=1)}
    assert KEYED.write_class is WriteClass.A
    assert WriteSpec(safety=Safety.LOOK_UP, finder="find").write_class is WriteClass.B
    assert WriteSpec(safety=Safety.LOOK_UP, finder="find", **lagging).write_class is WriteClass.C
    assert WriteSpec(safety=Safety.NONE).write_class is WriteClass.D
