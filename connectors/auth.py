"""How a connector shows who it is.

Strategies know nothing of HTTP: `Http` asks them for headers and lends them a call to the token endpoint.
"""

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from pydantic import SecretStr

from connectors.errors import AuthFailed, Transient
from connectors.replies import Reply

FetchToken = Callable[[str, Mapping[str, str], Mapping[str, str]], Awaitable[Reply]]
"""`(url, form, headers)`: a POST to the token endpoint. Raises Transient when it cannot be reached."""
_SKEW_S = 60.0


class Auth(Protocol):
    async def headers(self, fetch: FetchToken) -> dict[str, str]:
        """Raises AuthFailed, Transient."""
        ...

    async def renew(self, refused: Mapping[str, str], fetch: FetchToken) -> bool:
        """A request with the headers `refused` got a 401. True: ask for headers again, they are new."""
        ...

    def secrets(self) -> list[str]:
        """What must never be seen in an error."""
        ...


class NoAuth:
    async def headers(self, fetch: FetchToken) -> dict[str, str]:
        return {}

    async def renew(self, refused: Mapping[str, str], fetch: FetchToken) -> bool:
        return False

    def secrets(self) -> list[str]:
        return []


class ApiKey(NoAuth):
    """A fixed header: `ApiKey(key)` is a bearer token, `ApiKey(key, header="X-Api-Key", prefix="")` another."""

    def __init__(self, key: SecretStr, *, header: str = "Authorization", prefix: str = "Bearer ") -> None:
        self._key, self._header, self._prefix = key, header, prefix

    async def headers(self, fetch: FetchToken) -> dict[str, str]:
        return {self._header: f"{self._prefix}{self._key.get_secret_value()}"}

    def secrets(self) -> list[str]:
        return [self._key.get_secret_value()]


Bearer = ApiKey


class Basic(NoAuth):
    def __init__(self, user: str, password: SecretStr) -> None:
        self._user, self._password = user, password

    async def headers(self, fetch: FetchToken) -> dict[str, str]:
        return {"Authorization": f"Basic {self._encoded}"}

    def secrets(self) -> list[str]:
        return [self._password.get_secret_value(), self._encoded]

    @property
    def _encoded(self) -> str:
        return base64.b64encode(f"{self._user}:{self._password.get_secret_value()}".encode()).decode()


class ClientCredentials:
    """OAuth 2 client credentials. One refresh at a time, 60 s before expiry; one more when a token is refused."""

    def __init__(
        self,
        token_url: str,
        client_id: str,
        client_secret: SecretStr,
        *,
        scope: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url, self._id, self._secret, self._scope, self._clock = token_url, client_id, client_secret, scope, clock
        self._token, self._expires = "", 0.0
        self._lock = asyncio.Lock()

    async def headers(self, fetch: FetchToken) -> dict[str, str]:
        if self._clock() >= self._expires - _SKEW_S:
            async with self._lock:
                if self._clock() >= self._expires - _SKEW_S:
                    await self._refresh(fetch)
        return {"Authorization": f"Bearer {self._token}"}

    async def renew(self, refused: Mapping[str, str], fetch: FetchToken) -> bool:
        async with self._lock:
            if refused.get("Authorization") == f"Bearer {self._token}":  # else another call has renewed it already
                await self._refresh(fetch)
        return True

    def secrets(self) -> list[str]:
        return [secret for secret in (self._secret.get_secret_value(), self._token) if secret]

    async def _refresh(self, fetch: FetchToken) -> None:
        form = {"grant_type": "client_credentials", "client_id": self._id}
        form |= {"client_secret": self._secret.get_secret_value()}
        form |= {"scope": self._scope} if self._scope else {}
        reply = await fetch(self._url, form, {"Accept": "application/json"})
        if reply.status == 429 or reply.status >= 500:
            text = f"The token endpoint was answered {reply.status}"
            raise Transient(text, status=reply.status, retry_after_s=reply.retry_after_s)
        token, lives = reply.field("access_token"), reply.field("expires_in")
        if reply.status != 200 or not isinstance(token, str) or not token:
            code = reply.field("error")
            text = f"The token endpoint refused client {self._id} ({reply.status} {code or 'without a token'})"
            raise AuthFailed(f"{text}; check the client's secret and rights.", status=reply.status)
        self._token = token
        self._expires = self._clock() + (float(lives) if isinstance(lives, (int, float)) else 300.0)
