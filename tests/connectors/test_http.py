"""The only door to HTTP: what it sends, what it refuses, and what it calls each failure."""

import asyncio
from collections.abc import Callable

import httpx
import pytest
import respx
from pydantic import BaseModel, SecretStr

from connectors.auth import ApiKey
from connectors.errors import (
    AuthFailed,
    Conflict,
    ConnectorError,
    ContractDrift,
    Forbidden,
    InvalidRequest,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Transient,
)
from connectors.http import Http
from connectors.paths import seg
from connectors.writes import UnguardedWrite, Write
from tests.connectors.acme import Thing
from tests.connectors.lending import BASE, REF, Lent, connector, http

LAMP = Thing(what="lamp")
STATUSES: list[tuple[int, type[ConnectorError], type[ConnectorError]]] = [
    (307, ContractDrift, OutcomeUnknown),
    (400, InvalidRequest, InvalidRequest),
    (401, AuthFailed, AuthFailed),
    (403, Forbidden, Forbidden),
    (404, NotFound, NotFound),
    (408, Transient, OutcomeUnknown),
    (409, Conflict, Conflict),
    (410, NotFound, NotFound),
    (412, Conflict, Conflict),
    (422, InvalidRequest, InvalidRequest),
    (429, RateLimited, RateLimited),
    (500, Transient, OutcomeUnknown),
    (502, Transient, OutcomeUnknown),
    (503, Transient, OutcomeUnknown),
]
BROKEN: list[tuple[type[httpx.TransportError], type[ConnectorError], type[ConnectorError]]] = [
    (httpx.ConnectError, Transient, Transient),
    (httpx.ConnectTimeout, Transient, Transient),
    (httpx.PoolTimeout, Transient, Transient),
    (httpx.ProxyError, Transient, Transient),
    (httpx.ReadTimeout, Transient, OutcomeUnknown),
    (httpx.WriteTimeout, Transient, OutcomeUnknown),
    (httpx.ReadError, Transient, OutcomeUnknown),
    (httpx.WriteError, Transient, OutcomeUnknown),
    (httpx.CloseError, Transient, OutcomeUnknown),
    (httpx.RemoteProtocolError, Transient, OutcomeUnknown),
]


@pytest.fixture
def router() -> respx.Router:
    return respx.Router(base_url=BASE, assert_all_called=False)


async def failure(asking: Callable[[], object]) -> ConnectorError:
    with pytest.raises(ConnectorError) as raised:
        await asking()  # type: ignore[misc]
    return raised.value


@pytest.mark.parametrize(("status", "reading", "writing"), STATUSES)
async def test_each_status_has_its_name(
    router: respx.Router, status: int, reading: type[ConnectorError], writing: type[ConnectorError]
) -> None:
    router.route(path="/things").respond(status, json={"error": {"code": "why", "message": "because"}})

    read = await failure(lambda: http(router).read("GET", "/things"))
    wrote = await failure(lambda: connector(router).make(LAMP, REF))

    assert (type(read), type(wrote)) == (reading, writing)
    assert (read.status, read.vendor_code) == (status, "why")
    assert f"acme: GET /things was answered {status} why: because" in str(read)


@pytest.mark.parametrize(("broken", "reading", "writing"), BROKEN)
async def test_each_broken_call_has_its_name(
    router: respx.Router,
    broken: type[httpx.TransportError],
    reading: type[ConnectorError],
    writing: type[ConnectorError],
) -> None:
    router.route(path="/things").mock(side_effect=broken)

    assert type(await failure(lambda: http(router).read("GET", "/things"))) is reading
    assert type(await failure(lambda: connector(router).make(LAMP, REF))) is writing


async def test_a_refused_connection_is_tried_twice_and_no_more(router: respx.Router) -> None:
    route = router.post("/things").mock(side_effect=[httpx.ConnectError, httpx.Response(201, json={"id": "1"})])
    assert (await connector(router).make(LAMP, REF)).value == {"id": "1"}
    assert route.call_count == 2

    route = router.get("/never").mock(side_effect=httpx.ConnectError)
    await failure(lambda: http(router).read("GET", "/never"))
    assert route.call_count == 2


async def test_what_was_perhaps_sent_is_never_repeated_here(router: respx.Router) -> None:
    route = router.post("/things").mock(side_effect=httpx.ReadError)
    await failure(lambda: connector(router).make(LAMP, REF))

    assert route.call_count == 1


async def test_a_connection_lost_after_sending_is_not_taken_for_a_failed_connect() -> None:
    """httpx-aiohttp alone says ConnectTimeout here, which would mean `never sent`."""
    taken = asyncio.Event()

    async def take_and_hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        taken.set()
        writer.close()

    server = await asyncio.start_server(take_and_hang_up, "127.0.0.1", 0)
    client = Lent(Lent.config_type()(base_url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"))
    lost = await failure(lambda: client.make(LAMP, REF))
    await client.aclose()
    server.close()

    assert taken.is_set()
    assert isinstance(lost, OutcomeUnknown)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", b"no http at all\r\n\r\n"])
async def test_half_an_answer_to_a_write_is_an_unknown_outcome(answer: bytes) -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(half, "127.0.0.1", 0)
    client = Lent(Lent.config_type()(base_url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"))
    assert isinstance(await failure(lambda: client.make(LAMP, REF)), OutcomeUnknown)
    assert isinstance(await failure(lambda: client.http.read("GET", "/things")), Transient)
    await client.aclose()
    server.close()


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("Sat, 21 Nov 2026 10:01:30 GMT", 90.0),
        ("Sat, 21 Nov 2026 09:00:00 GMT", 0.0),
        ("?", None),
    ],
)
async def test_retry_after_is_understood_in_both_forms(router: respx.Router, given: str, seconds: float | None) -> None:
    headers = {"Retry-After": given, "Date": "Sat, 21 Nov 2026 10:00:00 GMT"}
    router.get("/things").respond(429, headers=headers)

    assert (await failure(lambda: http(router).read("GET", "/things"))).retry_after_s == seconds


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_read_refuses_what_changes_something(router: respx.Router, method: str) -> None:
    with pytest.raises(UnguardedWrite, match="changes something"):
        await http(router).read(method, "/things")


async def test_a_declared_query_may_be_posted(router: respx.Router) -> None:
    route = router.post("/search/things").respond(json=[1])
    searching = http(router, queries=["/search/*"])

    assert await searching.read("POST", "/search/things", json={"q": "x"}) == [1]
    assert route.called
    with pytest.raises(UnguardedWrite):
        await searching.read("POST", "/things")


async def test_no_write_without_a_permit(router: respx.Router) -> None:
    route = router.route().respond(201)
    for pretended in (None, object(), "w"):
        with pytest.raises(UnguardedWrite, match=r"needs the Write that @writes"):
            await http(router).write("POST", "/things", pretended)  # type: ignore[call-overload]
    with pytest.raises(UnguardedWrite, match="made by @writes"):
        Write(object(), Lent.make.spec, REF, REF)
    assert not route.called


async def test_a_permit_serves_once_and_only_while_its_method_runs(router: respx.Router) -> None:
    router.post("/things").respond(201, json={"id": "1"})
    lent = connector(router)
    await lent.make(LAMP, REF)
    with pytest.raises(UnguardedWrite, match="is over"):
        await lent.http.write("POST", "/things", Lent.kept[0])
    # The second request never leaves, but the first has: the outcome is not known to be complete.
    assert isinstance(await failure(lambda: lent.make_in_two(LAMP, REF)), OutcomeUnknown)


@pytest.mark.parametrize(
    "path", ["//evil.example/x", "https://evil.example/x", "/a/../b", "/a/..", "/a?b", "/a#b", "a", ""]
)
async def test_no_path_leads_elsewhere(router: respx.Router, path: str) -> None:
    route = router.route().respond(200)
    assert isinstance(await failure(lambda: http(router).read("GET", path)), InvalidRequest)
    assert not route.called


def test_a_segment_is_quoted_and_never_empty() -> None:
    assert seg("a/b?c=ü#d%2e") == "a%2Fb%3Fc%3D%C3%BC%23d%252e"
    for dangerous in ("", ".", ".."):
        with pytest.raises(InvalidRequest, match="is no id"):
            seg(dangerous)


@pytest.mark.parametrize("url", ["ftp://x", "https://", "https://user:pass@x", "https://x?a=b", "x"])
def test_a_base_url_is_a_host_and_nothing_else(url: str) -> None:
    with pytest.raises(ValueError, match="must be http"):
        Http(url, system="acme")


async def test_redirects_are_not_followed(router: respx.Router) -> None:
    router.get("/things").respond(302, headers={"Location": f"{BASE}/elsewhere"})
    elsewhere = router.get("/elsewhere").respond(json={})

    assert isinstance(await failure(lambda: http(router).read("GET", "/things")), ContractDrift)
    assert not elsewhere.called


class Shape(BaseModel):
    id: int


async def test_another_shape_is_told_by_its_place_and_without_its_values(router: respx.Router) -> None:
    router.get("/things").respond(json={"id": "mia@example.com"})
    drift = await failure(lambda: http(router).read("GET", "/things", into=Shape))

    assert isinstance(drift, ContractDrift)
    assert "id is not as agreed" in str(drift)
    assert "mia" not in str(drift)


async def test_a_secret_that_the_vendor_repeats_is_masked(router: respx.Router) -> None:
    router.get("/things").respond(400, json={"message": "bad header Bearer s3cr3t-value"})
    told = await failure(lambda: http(router, auth=ApiKey(SecretStr("s3cr3t-value"))).read("GET", "/things"))

    assert "s3cr3t" not in f"{told} {told!r} {told.message}"
    assert "[secret]" in str(told)


async def test_a_judge_that_fails_proves_nothing_about_a_write(router: respx.Router) -> None:
    def careless(reply: object) -> ConnectorError | None:
        raise KeyError("code")

    router.route(path="/things").respond(201, json={})
    assert isinstance(await failure(lambda: connector(router, classify=careless).make(LAMP, REF)), OutcomeUnknown)
    assert isinstance(await failure(lambda: http(router, classify=careless).read("GET", "/things")), ContractDrift)


async def test_a_judge_cannot_call_a_written_5xx_safe_to_repeat(router: respx.Router) -> None:
    router.route(path="/things").respond(500)
    naive = connector(router, classify=lambda reply: Transient("down"))

    assert isinstance(await failure(lambda: naive.make(LAMP, REF)), OutcomeUnknown)
