"""Who gets in: tokens that are right, and every way in which they can be wrong."""

import base64
import json
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from handrail.credentials import JWKS_FILE, KEY_FILE, Credentials
from handrail.gateway import KeysUnavailable, TokenRefused, TokenVerifier
from handrail.settings import Settings
from tests.gateway.conftest import Served, served

OTHER_KEY = {**OKPAlgorithm.to_jwk(Ed25519PrivateKey.generate().public_key(), True), "kid": "other"}


def claims(**changes: Any) -> dict[str, Any]:
    base = {"iss": "handrail-embedded", "aud": "handrail", "sub": "bot", "kind": "ai", "exp": int(time.time()) + 60}
    return {key: value for key, value in {**base, **changes}.items() if value is not None}


def forged(gate: Served, payload: dict[str, Any], **header: Any) -> str:
    """Signed with the issuer's real key, saying what we like."""
    key = (gate.settings.home / KEY_FILE).read_bytes()
    kid = json.loads((gate.settings.home / JWKS_FILE).read_text())["keys"][0]["kid"]
    return jwt.encode(payload, key, algorithm="EdDSA", headers={"kid": kid, **header})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"exp": 1_700_000_000}, "expired"),
        ({"exp": None}, "no claim `exp`"),
        ({"aud": "someone-else"}, "another audience"),
        ({"aud": None}, "no claim `aud`"),
        ({"iss": "evil"}, "another issuer"),
        ({"nbf": 4_000_000_000}, "not valid yet"),
        ({"kind": "robot"}, "must be ai, human or system"),
        ({"kind": None}, "kind"),
        ({"sub": ""}, "sub"),
        ({"tenant": "../other"}, "tenant"),
        ({"scope": ["wf:*:start"]}, "scope"),
        ({"roles": "supervisor"}, "roles"),
        ({"name": "a\nb"}, "name"),
    ],
)
async def test_a_token_that_says_the_wrong_thing_is_a_401(gate: Served, changes: dict[str, Any], reason: str) -> None:
    reply = await gate.refund(headers={"Authorization": f"Bearer {forged(gate, claims(**changes))}"})

    assert reply.status_code == 401
    assert reason in reply.json()["detail"]
    assert 'error="invalid_token"' in reply.headers["WWW-Authenticate"]
    assert gate.rail.calls == []


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


async def test_a_token_with_a_wrong_signature_or_algorithm_is_a_401(gate: Served) -> None:
    good = gate.token()
    head, body, signature = good.split(".")
    kid = jwt.get_unverified_header(good)["kid"]
    public = json.loads((gate.settings.home / JWKS_FILE).read_text())["keys"][0]["x"]
    wrong = [
        f"{part({'alg': 'none', 'kid': kid})}.{body}.",
        f"{head}.{part(claims(sub='boss'))}.{signature}",
        f"{head}.{body}.",
        jwt.encode(claims(), public.ljust(43, "="), algorithm="HS256", headers={"kid": kid}),
        jwt.encode(claims(), Ed25519PrivateKey.generate(), algorithm="EdDSA", headers={"kid": kid}),
        jwt.encode(claims(), Ed25519PrivateKey.generate(), algorithm="EdDSA", headers={"kid": "mine"}),
        jwt.encode(claims(), Ed25519PrivateKey.generate(), algorithm="EdDSA"),
        forged(gate, claims(), crit=["x"], x=1),
        "x",
        "a.b.c",
        "." * 100,
        base64.urlsafe_b64encode(b"[" * 5_000).decode() + ".e30.x",
        "x" * 9_000,
    ]

    statuses = [(await gate.refund(headers={"Authorization": f"Bearer {token}"})).status_code for token in wrong]

    assert statuses == [401] * len(wrong)
    assert gate.rail.calls == []


@pytest.mark.parametrize("authorization", [None, "", "Basic YTpi", "Bearer", "\xe9"])
async def test_no_bearer_token_is_a_401_with_a_challenge(gate: Served, authorization: str | None) -> None:
    headers = [] if authorization is None else [(b"Authorization", authorization.encode("latin-1"))]

    reply = await gate.http.get("/v1/tools", headers=headers)

    assert reply.status_code == 401
    assert reply.headers["WWW-Authenticate"].startswith('Bearer realm="handrail"')


async def test_every_route_but_health_and_events_asks_for_a_token(gate: Served) -> None:
    document = (await gate.http.get("/v1/openapi.json")).json()
    open_to_all = []
    for path, operations in document["paths"].items():
        for method in operations:
            reply = await gate.http.request(method, path.replace("{", "").replace("}", ""))
            if reply.status_code != 401:
                open_to_all.append(path)

    assert sorted(open_to_all) == ["/v1/events/{connector}", "/v1/healthz", "/v1/readyz"]


async def test_a_remembered_token_still_expires(gate: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    verifier = TokenVerifier(gate.settings)
    token = gate.token(ttl=timedelta(seconds=30))
    assert (await verifier.verify(token)).id == "bot-1"

    later = time.time() + 40
    monkeypatch.setattr("handrail.gateway.auth.time.time", lambda: later)
    # PyJWT has a clock of its own, so the issuer's keys are taken away: only the memory could still let the token in.
    (gate.settings.home / JWKS_FILE).write_text(json.dumps({"keys": [OTHER_KEY]}))

    with pytest.raises(TokenRefused):
        await verifier.verify(token)


async def test_rs256_and_es256_keys_of_a_real_issuer_are_taken_and_rotate_without_a_restart(tmp_path: Path) -> None:
    rsa_key, ec_key = rsa.generate_private_key(65_537, 2_048), ec.generate_private_key(ec.SECP256R1())
    jwks = tmp_path / "issuer.json"
    settings = Settings(home=tmp_path, issuer="https://idp.example", jwks=str(jwks))
    verifier = TokenVerifier(settings)
    said = claims(iss="https://idp.example", tenant="acme", scope="wf:*:read work:own", roles=["agent"], kind="human")

    jwks.write_text(json.dumps({"keys": [{**RSAAlgorithm.to_jwk(rsa_key.public_key(), True), "kid": "r"}]}))
    actor = await verifier.verify(jwt.encode(said, rsa_key, algorithm="RS256", headers={"kid": "r"}))
    jwks.write_text(json.dumps({"keys": [{**ECAlgorithm.to_jwk(ec_key.public_key(), True), "kid": "e"}]}))
    rotated = await verifier.verify(jwt.encode(said, ec_key, algorithm="ES256", headers={"kid": "e"}))

    assert (actor.tenant, sorted(actor.scopes), sorted(actor.roles)) == ("acme", ["wf:*:read", "work:own"], ["agent"])
    assert rotated == actor


async def test_keys_come_from_a_url_too(tmp_path: Path, jwks_url: str, signing_key: Ed25519PrivateKey) -> None:
    verifier = TokenVerifier(Settings(home=tmp_path, jwks=jwks_url))

    actor = await verifier.verify(jwt.encode(claims(), signing_key, algorithm="EdDSA", headers={"kid": "u"}))

    assert actor.id == "bot"
    with pytest.raises(TokenRefused, match="none of the issuer's keys"):
        await verifier.verify(jwt.encode(claims(), signing_key, algorithm="EdDSA", headers={"kid": "other"}))


@pytest.mark.parametrize("source", ["http://idp.example/jwks", "ftp://127.0.0.1/jwks", "file:///etc/jwks"])
def test_keys_over_an_open_line_are_refused_at_start(tmp_path: Path, source: str) -> None:
    with pytest.raises(ValueError, match="https"):
        TokenVerifier(Settings(home=tmp_path, jwks=source))


@pytest.mark.parametrize("empty", ["issuer", "audience"])
def test_an_empty_issuer_or_audience_is_refused_at_start(tmp_path: Path, empty: str) -> None:
    with pytest.raises(ValueError, match=f"HANDRAIL_{empty.upper()}"):
        TokenVerifier(Settings(home=tmp_path).model_copy(update={empty: ""}))


@pytest.mark.parametrize("content", [None, "{", "[]", '{"keys": []}', '{"keys": 1}'])
async def test_without_readable_keys_nobody_gets_in_and_it_is_a_503(tmp_path: Path, content: str | None) -> None:
    source = tmp_path / "elsewhere.json"
    if content is not None:
        source.write_text(content)
    async with served(tmp_path, more={"jwks": str(source)}) as gate:
        reply = await gate.refund()

        assert (reply.status_code, reply.headers["Retry-After"]) == (503, "2")
        with pytest.raises(KeysUnavailable):
            await TokenVerifier(gate.settings).check()


def test_the_key_survives_a_restart_and_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    first = Credentials(settings).ready_made()
    jwks = (settings.home / JWKS_FILE).read_text()

    Credentials(settings)

    assert (settings.home / JWKS_FILE).read_text() == jwks
    modes = {name: (settings.home / name).stat().st_mode & 0o777 for name in (KEY_FILE, "credentials.json", JWKS_FILE)}
    assert modes == {KEY_FILE: 0o600, "credentials.json": 0o600, JWKS_FILE: 0o644}
    assert json.loads((settings.home / "credentials.json").read_text()) == first
    assert sorted(p.name for p in settings.home.iterdir()) == ["credentials.json", KEY_FILE, JWKS_FILE]


async def test_the_ready_made_tokens_are_the_people_of_the_demonstration(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    tokens = Credentials(settings).ready_made()
    verifier = TokenVerifier(settings)

    actors = {name: await verifier.verify(token) for name, token in tokens.items()}

    assert {name: (actor.kind.value, sorted(actor.roles)) for name, actor in actors.items()} == {
        "ai-voice-1": ("ai", []),
        "ana": ("human", ["agent"]),
        "sam": ("human", ["supervisor"]),
        "sofia": ("human", ["supervisor"]),
        "finn": ("human", ["finance"]),
    }
    assert {name for name, actor in actors.items() if "gate:*:decide" in actor.scopes} == {"sam", "sofia", "finn"}


@pytest.fixture
def signing_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
def jwk_set(signing_key: Ed25519PrivateKey) -> bytes:
    return json.dumps({"keys": [{**OKPAlgorithm.to_jwk(signing_key.public_key(), True), "kid": "u"}]}).encode()
