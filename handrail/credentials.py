"""The embedded issuer: a key of its own and bearer tokens for use on loopback.

`home/issuer-key.pem` (0600) signs, `home/jwks.json` verifies, `home/credentials.json` (0600) holds ready-made tokens.
A real deployment sets `HANDRAIL_ISSUER` and `HANDRAIL_JWKS` and never uses this.
"""

import base64
import json
import os
import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.calls import ActorKind
from handrail.settings import Settings

KEY_FILE = "issuer-key.pem"
JWKS_FILE = "jwks.json"
CREDENTIALS_FILE = "credentials.json"

A_DAY = timedelta(days=1)
A_MONTH = timedelta(days=30)
"""Ready-made tokens outlive restarts; they open nothing but this machine's loopback."""

ASK = ("wf:*:start", "wf:*:read")
DESK = (*ASK, "work:own", "evidence:read", "assurance:attest")
DECIDE = ("gate:*:decide",)
DELEGATE = ("delegation:own",)


class Credentials:
    """Makes the key on first use and finds it again afterwards."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._home = settings.home
        self._home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._key = _key(self._home / KEY_FILE)
        self._kid = _kid(self._key)
        _replace(self._home / JWKS_FILE, json.dumps({"keys": [_jwk(self._key, self._kid)]}), mode=0o644)

    def issue(
        self,
        sub: str,
        kind: ActorKind | str,
        scopes: Iterable[str] = (),
        roles: Iterable[str] = (),
        ttl: timedelta = A_DAY,
        *,
        name: str = "",
        tenant: str = "",
        agent_version: str = "",
        model: str = "",
    ) -> str:
        """A signed token. `tenant` defaults to the settings' own."""
        now = int(time.time())
        claims = {
            "iss": self._settings.issuer,
            "aud": self._settings.audience,
            "iat": now,
            "exp": now + int(ttl.total_seconds()),
            "sub": sub,
            "kind": ActorKind(kind).value,
            "tenant": tenant or self._settings.tenant,
            "scope": " ".join(scopes),
            "roles": list(roles),
            "name": name,
            "agent_version": agent_version,
            "model": model,
        }
        held = {key: value for key, value in claims.items() if value != ""}
        return jwt.encode(held, self._key, algorithm="EdDSA", headers={"kid": self._kid})

    def ready_made(self) -> dict[str, str]:
        """Tokens by name for everybody a demonstration needs; also written to `home/credentials.json`."""
        tokens = {
            "ai-voice-1": self.issue(
                "ai-voice-1", "ai", ASK, (), A_MONTH, name="voice agent", agent_version="v1", model="demo"
            ),
            "ana": self.issue("ana", "human", DESK, ["agent"], A_MONTH, name="Ana"),
            "sam": self.issue("sam", "human", (*DESK, *DECIDE, *DELEGATE), ["supervisor"], A_MONTH, name="Sam"),
            "sofia": self.issue("sofia", "human", (*DESK, *DECIDE, *DELEGATE), ["supervisor"], A_MONTH, name="Sofia"),
            "finn": self.issue("finn", "human", (*DESK, *DECIDE, *DELEGATE), ["finance"], A_MONTH, name="Finn"),
        }
        _replace(self._home / CREDENTIALS_FILE, json.dumps(tokens, indent=2) + "\n", mode=0o600)
        return tokens


def _key(path: Path) -> Ed25519PrivateKey:
    if not path.exists():
        _keep_first(path, _pem(Ed25519PrivateKey.generate()))
    loaded = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(loaded, Ed25519PrivateKey):
        raise ValueError(
            f"{path} holds a {type(loaded).__name__}; move it away and an Ed25519 key is made in its place."
        )
    return loaded


def _pem(key: Ed25519PrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def _kid(key: Ed25519PrivateKey) -> str:
    hashed = hashes.Hash(hashes.SHA256())
    hashed.update(_public(key))
    return hashed.finalize().hex()[:16]


def _jwk(key: Ed25519PrivateKey, kid: str) -> dict[str, str]:
    x = base64.urlsafe_b64encode(_public(key)).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kid, "x": x}


def _written(path: Path, text: str, mode: int) -> Path:
    """A file beside `path` with `text`, never readable by others even for a moment when `mode` says so."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.{time.time_ns()}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "w") as file:
        file.write(text)
    return beside


def _replace(path: Path, text: str, mode: int) -> None:
    os.replace(_written(path, text, mode), path)


def _keep_first(path: Path, text: str) -> None:
    """When two processes start at once, both go on with the file of the first."""
    beside = _written(path, text, mode=0o600)
    try:
        os.link(beside, path)
    except FileExistsError:
        pass
    finally:
        beside.unlink()
