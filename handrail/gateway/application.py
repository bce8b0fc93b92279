"""Puts the HTTP face together."""

from collections.abc import Callable

from fastapi import FastAPI
from opentelemetry.trace import TracerProvider

from handrail.gateway import (
    decision_routes,
    delegation_routes,
    event_routes,
    openapi,
    problems,
    tool_routes,
    work_routes,
)
from handrail.gateway.auth import TokenVerifier
from handrail.gateway.door import Door
from handrail.gateway.frontage import LastResort, LoopbackHosts, SecurityHeaders
from handrail.gateway.health_routes import health_routes
from handrail.gateway.processes import Processes, ProcessOf
from handrail.gateway.rates import Rates
from handrail.gateway.tracing import ServerSpans
from handrail.rail import Rail
from handrail.settings import Settings

EMBEDDED_ISSUER = str(Settings.model_fields["issuer"].default)


def app(
    rail: Rail,
    settings: Settings,
    tokens: TokenVerifier,
    *,
    process_of: ProcessOf | None = None,
    tracer_provider: TracerProvider | None = None,
    now: Callable[[], float] | None = None,
) -> FastAPI:
    """The ASGI app.

    `process_of` finds a reference's process cheaper than by its packet; `now` is the rate limit's clock.
    """
    face = FastAPI(
        title="Handrail",
        version="1",
        summary="Tools, commands and work items of the execution layer under an AI contact center.",
        openapi_url="/v1/openapi.json",
        docs_url=None,  # They load scripts from elsewhere.
        redoc_url=None,
        redirect_slashes=False,
    )
    rates = Rates(settings.requests_per_minute, now) if now else Rates(settings.requests_per_minute)
    cards = {card.name: card for card in rail.tools()}
    face.state.door = Door(rail, settings, tokens, rates, Processes(rail, process_of), cards)
    for part in (tool_routes, work_routes, decision_routes, delegation_routes, event_routes):
        face.include_router(part.routes)
    face.include_router(health_routes())
    problems.install(face)
    openapi.describe(face)
    # The last one added is the outermost.
    if settings.issuer == EMBEDDED_ISSUER and not settings.jwks:
        face.add_middleware(LoopbackHosts)
    face.add_middleware(LastResort)
    face.add_middleware(ServerSpans, provider=tracer_provider)
    face.add_middleware(SecurityHeaders)
    return face
