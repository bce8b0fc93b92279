"""Who gets in, and what an address bar, a cookie or another site can and cannot do."""

import pytest

from domain.calls import Actor
from handrail.console.desk import LONGEST_TOKEN
from tests.console.conftest import PEOPLE, Stand, served


async def test_a_sign_in_link_sets_a_strict_cookie_and_takes_the_token_out_of_the_address(stand: Stand) -> None:
    async with stand.client() as http:
        answer = await http.get("/sign-in", params={"token": "token-kim"})
    cookie = answer.headers["set-cookie"].lower()
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "token=" not in answer.headers["location"]


async def test_a_deep_link_comes_back_to_its_page_after_the_sign_in(stand: Stand) -> None:
    async with stand.client() as http:
        first = await http.get("/work/refund-big4821")
        assert first.headers["location"] == "/sign-in?next=%2Fwork%2Frefund-big4821"
        form = {"token": "token-kim", "next": "/work/refund-big4821"}
        assert (await http.post("/sign-in", data=form)).headers["location"] == "/work/refund-big4821"


@pytest.mark.parametrize("onward", ["//elsewhere.test/", "/\\elsewhere.test", "https://elsewhere.test", "/sign-in", ""])
async def test_a_link_cannot_lead_to_another_site_after_the_sign_in(stand: Stand, onward: str) -> None:
    async with stand.client() as http:
        answer = await http.post("/sign-in", data={"token": "token-kim", "next": onward})
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize(
    ("token", "why"),
    [
        ("wrong", "not valid, or no longer"),
        ("token-bot", "The console is for people"),
        ("x" * (LONGEST_TOKEN + 1), "a browser keeps"),
        ("  ", "Paste a token"),
    ],
)
async def test_a_token_that_will_not_do_is_refused_with_the_reason(stand: Stand, token: str, why: str) -> None:
    async with stand.client() as http:
        answer = await http.post("/sign-in", data={"token": token})
    assert answer.status_code == 401
    assert why in answer.text
    assert "set-cookie" not in answer.headers


async def test_another_site_cannot_sign_a_person_in_unasked(stand: Stand) -> None:
    async with stand.client(**{"sec-fetch-site": "cross-site"}) as http:
        answer = await http.get("/sign-in", params={"token": "token-kim"})
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert "Sign in as Kim Novak" in answer.text


async def test_a_link_from_another_site_is_followed_again_from_here_so_that_the_cookie_comes_along(
    stand: Stand,
) -> None:
    async with stand.client(**{"sec-fetch-site": "cross-site"}) as http:
        answer = await http.get("/work/refund-big4821?a=1&b=2")
    assert 'content="0; url=/work/refund-big4821?a=1&amp;b=2"' in answer.text


async def test_a_session_whose_token_ends_is_over_and_its_cookie_is_dropped(stand: Stand) -> None:
    async with stand.client("token-kim") as http:
        assert (await http.get("/")).status_code == 200
        stand.revoked.add("token-kim")
        answer = await http.get("/")
    assert answer.status_code == 401
    assert 'handrail_console=""' in answer.headers["set-cookie"]


async def test_signing_out_drops_the_cookie_and_needs_the_sessions_own_form(stand: Stand) -> None:
    async with stand.client("token-kim") as http:
        assert (await http.post("/sign-out", data={"form_key": "guess"})).status_code == 403
        answer = await http.post("/sign-out", data={"form_key": await stand.form_key(http)})
    assert 'handrail_console=""' in answer.headers["set-cookie"]


async def test_a_verifier_may_be_a_coroutine_function() -> None:
    async def verify(token: str) -> Actor:
        return PEOPLE[token]

    async with served(verify=verify) as stand, stand.client("token-kim") as http:
        assert "Kim Novak" in (await http.get("/")).text


async def test_every_page_forbids_foreign_scripts_frames_and_caches(stand: Stand) -> None:
    async with stand.client("token-kim") as http:
        for path in ("/", "/sign-in", "/work/refund-big4821", "/work/none"):
            headers = (await http.get(path)).headers
            assert "default-src 'none'" in headers["content-security-policy"]
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert headers["cache-control"] == "no-store"
