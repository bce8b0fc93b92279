"""Credentials: one refresh for all, in time, and one more when a token is refused."""

import asyncio
import base64

import httpx
import pytest
import respx
from pydantic import SecretStr

from connectors.auth import ApiKey, Basic, ClientCredentials
from connectors.conformance import Clock
from connectors.errors import AuthFailed, Transient
from tests.connectors.acme import Thing
from tests.connectors.lending import BASE, REF, connector, http

TOKEN_URL = "https://login.acme.example/token"


def oauth(clock: Clock) -> ClientCredentials:
    return ClientCredentials(TOKEN_URL, "handrail", SecretStr("s3cr3t-client"), clock=clock)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def router() -> respx.Router:
    router = respx.Router(assert_all_called=False)
    tokens = iter(range(1, 100))
    router.post(TOKEN_URL).mock(
        side_effect=lambda request: httpx.Response(
            200, json={"access_token": f"token-{next(tokens)}", "expires_in": 600}
        )
    )
    router.get(f"{BASE}/me").respond(json={})
    return router


def sent(router: respx.Router, url: str) -> list[httpx.Request]:
    return [call.request for call in router.calls if str(call.request.url) == url]


async def test_twenty_calls_at_once_share_one_refresh(router: respx.Router, clock: Clock) -> None:
    shared = http(router, auth=oauth(clock))
    await asyncio.gather(*(shared.read("GET", "/me") for _ in range(20)))

    assert len(sent(router, TOKEN_URL)) == 1
    assert {r.headers["Authorization"] for r in sent(router, f"{BASE}/me")} == {"Bearer token-1"}


async def test_a_token_is_renewed_a_minute_before_it_ends(router: respx.Router, clock: Clock) -> None:
    shared = http(router, auth=oauth(clock))
    for passed, refreshes in ((0, 1), (539, 1), (1, 2)):
        clock.now += passed
        await shared.read("GET", "/me")
        assert len(sent(router, TOKEN_URL)) == refreshes


async def test_a_refused_token_is_renewed_once_and_the_same_write_goes_through(
    router: respx.Router, clock: Clock
) -> None:
    route = router.post(f"{BASE}/things").mock(side_effect=[httpx.Response(401), httpx.Response(201, json={"id": 1})])
    receipt = await connector(router, auth=oauth(clock)).make(Thing(what="lamp"), REF)

    assert receipt.value == {"id": 1}
    assert [call.request.headers["Authorization"] for call in route.calls] == ["Bearer token-1", "Bearer token-2"]


async def test_a_token_that_is_refused_twice_is_auth_failed(router: respx.Router, clock: Clock) -> None:
    route = router.get(f"{BASE}/closed").respond(401)
    with pytest.raises(AuthFailed):
        await http(router, auth=oauth(clock)).read("GET", "/closed")

    assert route.call_count == 2


@pytest.mark.parametrize("status", [400, 401, 200])
async def test_a_refused_client_is_auth_failed_and_its_secret_untold(clock: Clock, status: int) -> None:
    router = respx.Router()
    router.post(TOKEN_URL).respond(status, json={"error": "invalid_client", "error_description": "s3cr3t-client"})
    with pytest.raises(AuthFailed, match="refused client handrail") as raised:
        await http(router, auth=oauth(clock)).read("GET", "/me")

    assert "s3cr3t" not in str(raised.value)


@pytest.mark.parametrize("broken", [httpx.Response(503), httpx.ReadError("lost")])
async def test_a_token_endpoint_that_is_down_leaves_a_write_unsent(
    clock: Clock, broken: httpx.Response | Exception
) -> None:
    router = respx.Router(assert_all_called=False)
    router.post(TOKEN_URL).mock(side_effect=[broken])
    things = router.post(f"{BASE}/things").respond(201)
    with pytest.raises(Transient):
        await connector(router, auth=oauth(clock)).make(Thing(what="lamp"), REF)

    assert not things.called


async def test_keys_and_passwords_go_into_their_header(router: respx.Router) -> None:
    await http(router, auth=ApiKey(SecretStr("k"), header="X-Api-Key", prefix="")).read("GET", "/me")
    await http(router, auth=Basic("mia", SecretStr("pass"))).read("GET", "/me")
    first, second = sent(router, f"{BASE}/me")

    assert first.headers["X-Api-Key"] == "k"
    assert second.headers["Authorization"] == f"Basic {base64.b64encode(b'mia:pass').decode()}"
