"""What every page needs: the rail, the settings and who is sitting here."""

import hashlib
import hmac
import inspect
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from domain.calls import Actor, ActorKind
from handrail.gateway.keys import KeysUnavailable
from handrail.rail import Rail, Unavailable
from handrail.settings import Settings

COOKIE = "handrail_console"
LONGEST_TOKEN = 3_800
"""Browsers drop a cookie above 4,096 bytes without a word."""

Verify = Callable[[str], Actor | Awaitable[Actor]]
"""A bearer token to its Actor; raises on a bad one, and Unavailable when it cannot tell now."""

log = logging.getLogger(__name__)


class SignedOut(Exception):
    """Nobody is signed in, or the token is no longer good. `why` is for the sign-in page; empty on a first visit."""

    def __init__(self, why: str = "") -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Desk:
    rail: Rail
    settings: Settings
    verify: Verify
    inbox_every_s: float

    async def person(self, token: str) -> Actor:
        """The person whom a token stands for. Raises SignedOut for a bad one, and for one of an AI or a system."""
        if len(token) > LONGEST_TOKEN:
            raise SignedOut(
                f"This token has {len(token)} characters; a browser keeps {LONGEST_TOKEN}. Ask for less in it."
            )
        try:
            actor = await self._actor(token)
        except Unavailable:
            raise
        except KeysUnavailable as down:
            raise Unavailable(f"Who you are cannot be checked now: {down}") from down
        except Exception as bad:
            log.warning("console: token refused (%s)", type(bad).__name__)
            raise SignedOut("This token is not valid, or no longer. Get a new one and sign in again.") from None
        if actor.kind is not ActorKind.HUMAN:
            raise SignedOut(f"This token belongs to {actor.label}. The console is for people; use a person's token.")
        return actor

    async def _actor(self, token: str) -> Actor:
        """A plain function runs in a thread: it may read keys over the network."""
        if inspect.iscoroutinefunction(self.verify):
            return cast(Actor, await self.verify(token))
        found = await run_in_threadpool(self.verify, token)
        return await found if inspect.isawaitable(found) else found


@dataclass(frozen=True)
class Session:
    """One signed-in browser. Nothing is kept on the server: the cookie is the token, the form key derives from it."""

    actor: Actor
    token: str

    @property
    def form_key(self) -> str:
        """The secret that every form of this session carries, so that no other site can post for this person."""
        return hmac.new(self.token.encode(), b"handrail console form", hashlib.sha256).hexdigest()[:32]

    def owns_form(self, key: str) -> bool:
        return hmac.compare_digest(self.form_key.encode(), key.encode())


def desk(request: Request) -> Desk:
    return cast(Desk, request.app.state.desk)


async def session(request: Request) -> Session:
    """Raises SignedOut."""
    token = request.cookies.get(COOKIE, "")
    if not token:
        raise SignedOut
    return Session(await desk(request).person(token), token)
