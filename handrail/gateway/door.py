"""What every route stands on: the rail behind the door, and the check of who knocks."""

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import Response
from fastapi.security import HTTPBearer
from pydantic import BaseModel

from domain.calls import Actor
from handrail.gateway.auth import TokenRefused, TokenVerifier
from handrail.gateway.keys import KeysUnavailable
from handrail.gateway.problems import ProblemError, malformed, retry_after
from handrail.gateway.processes import Processes
from handrail.gateway.rates import Rates
from handrail.gateway.scopes import ScopeMissing, demand, holds_for_some_process
from handrail.gateway.tracing import note_actor
from handrail.rail import Rail, ToolCard
from handrail.settings import Settings

_REFERENCE = re.compile(r"[\x21-\x7e]{1,300}")


@dataclass(frozen=True)
class Door:
    rail: Rail
    settings: Settings
    tokens: TokenVerifier
    rates: Rates
    processes: Processes
    cards: dict[str, ToolCard]

    async def admit(self, request: Request) -> Actor:
        """The actor behind the bearer token, within his rate."""
        address = ("address", request.client.host if request.client else "")
        try:
            actor = await self.tokens.verify(_bearer(request))
        except TokenRefused as refused:
            self.within_rate(address)  # Guessing tokens is limited too, by address; good tokens are not counted there.
            raise _unauthorized(request, str(refused)) from refused
        except KeysUnavailable as failure:
            detail = "The issuer's keys cannot be read now, so no token can be checked."
            raise ProblemError(503, "issuer-keys", "Not available now", detail, headers=retry_after(2)) from failure
        self.within_rate((actor.tenant, actor.id))
        note_actor(actor)
        return actor

    def within_rate(self, principal: object) -> None:
        """Raises a 429."""
        wait_s = self.rates.take(principal)
        if wait_s:
            detail = (
                f"At most {self.settings.requests_per_minute} requests a minute are taken; go on after {wait_s:.1f} s."
            )
            raise ProblemError(429, "rate", "Too many requests", detail, headers=retry_after(wait_s))

    async def process_of(self, actor: Actor, reference: str, template: str, what: str) -> str:
        """The process of the work, when `actor` holds the scope that `template` makes of it."""
        if not _REFERENCE.fullmatch(reference):
            raise malformed("reference", "A reference is 1 to 300 printable characters; take it from an answer.")
        if not holds_for_some_process(actor, template):
            raise ScopeMissing(actor, template.format(process="*"), what)
        process = ""
        if "{process}" in template:
            process = await self.processes.of(actor, reference)
            demand(actor, template.format(process=process), what)
        return process


class Bearer(HTTPBearer):
    """FastAPI's class tells OpenAPI about the scheme; the check is the door's."""

    def __init__(self) -> None:
        super().__init__(scheme_name="bearer", bearerFormat="JWT", description="OAuth 2.1 access token.")

    async def __call__(self, request: Request) -> Actor:  # type: ignore[override]
        return await door_of(request).admit(request)


def door_of(request: Request) -> Door:
    door: Door = request.app.state.door
    return door


Caller = Annotated[Actor, Depends(Bearer())]
TheDoor = Annotated[Door, Depends(door_of)]


def reply(value: BaseModel, headers: dict[str, str] | None = None) -> Response:
    """One line of JSON. Made here, so that FastAPI does not validate what a domain value already is."""
    return Response(value.model_dump_json(), headers=headers, media_type="application/json")


def _bearer(request: Request) -> str:
    given = request.headers.getlist("authorization")
    scheme, _, token = (given[0] if len(given) == 1 else "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise TokenRefused("Send one header Authorization: Bearer <token>.")
    return token.strip()


def _unauthorized(request: Request, detail: str) -> ProblemError:
    challenge = 'Bearer realm="handrail"'
    if request.headers.get("authorization"):
        challenge += ', error="invalid_token"'
    return ProblemError(401, "token", "Not authenticated", detail, headers={"WWW-Authenticate": challenge})
