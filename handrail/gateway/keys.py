"""The issuer's public keys, from a file or a URL."""

import asyncio
import json
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from jwt import PyJWK, PyJWKClient, PyJWKClientConnectionError, PyJWKClientError, PyJWKSet, PyJWTError

FETCH_TIMEOUT_S = 3
"""A caller waits while keys are fetched: only on the first token, on expiry and on an unknown key id."""

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class KeysUnavailable(Exception):
    """The issuer's keys cannot be read now; no token can be checked."""


class UnknownKey(Exception):
    """The issuer has no key of this id."""


class Keys(Protocol):
    async def key(self, kid: str) -> PyJWK:
        """Raises UnknownKey, KeysUnavailable."""
        ...

    async def check(self) -> None:
        """Raises KeysUnavailable when no key can be had."""
        ...


def keys_from(source: str) -> Keys:
    """`source` is a path, or a URL: https, or http on loopback. Raises ValueError on any other."""
    if "://" not in source:
        return FileKeys(Path(source))
    url = urlsplit(source)
    if url.scheme == "https" or (url.scheme == "http" and url.hostname in LOOPBACK):
        return UrlKeys(source)
    raise ValueError(
        f"HANDRAIL_JWKS = {source!r}: keys come over https, or from a path; plain http is for loopback only."
    )


class FileKeys:
    """Read again when the file changes, so that a new key needs no restart."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = -1
        self._keys: dict[str, PyJWK] = {}

    async def key(self, kid: str) -> PyJWK:
        self._refresh()
        if kid not in self._keys:
            raise UnknownKey(kid)
        return self._keys[kid]

    async def check(self) -> None:
        self._refresh()

    def _refresh(self) -> None:
        try:
            changed = self._path.stat().st_mtime_ns
            if changed != self._seen:
                loaded = PyJWKSet.from_dict(json.loads(self._path.read_bytes()))
                self._keys = {key.key_id: key for key in loaded.keys if key.key_id}
                self._seen = changed
        except (OSError, ValueError, AttributeError, PyJWTError) as failure:
            raise KeysUnavailable(f"{self._path.name}: {type(failure).__name__}") from failure


class UrlKeys:
    """Cached for five minutes; an unknown key id asks again, at most every 30 s (PyJWT 2.15 `cooldown_duration`)."""

    def __init__(self, url: str) -> None:
        self._client = PyJWKClient(url, timeout=FETCH_TIMEOUT_S)

    async def key(self, kid: str) -> PyJWK:
        try:
            return await asyncio.to_thread(self._client.get_signing_key, kid)
        except PyJWKClientConnectionError as failure:
            raise KeysUnavailable("The issuer's JWKS cannot be fetched.") from failure
        except PyJWKClientError as failure:
            # PyJWT says "no such key" and "the document is no JWKS" with one class; the words differ.
            if str(failure).startswith("Unable to find a signing key"):
                raise UnknownKey(kid) from failure
            raise KeysUnavailable("The issuer's JWKS holds no usable key.") from failure
        except (PyJWTError, ValueError, OSError) as failure:
            raise KeysUnavailable("The issuer's JWKS cannot be read.") from failure

    async def check(self) -> None:
        try:
            await asyncio.to_thread(self._client.get_signing_keys)
        except (PyJWTError, ValueError, OSError) as failure:
            raise KeysUnavailable("The issuer's JWKS cannot be fetched.") from failure
