"""The console's routes, put together."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from handrail.console.begin import begin, begin_page, tool_page
from handrail.console.bulk import decide_together
from handrail.console.commands import give_command
from handrail.console.delegations import delegate, delegations_page, end_delegation
from handrail.console.desk import Desk, Verify
from handrail.console.inbox import inbox_live, inbox_page
from handrail.console.item_page import item_live, item_page
from handrail.console.safety import SafetyHeaders
from handrail.console.sign_in import sign_in_form, sign_in_link, sign_out
from handrail.console.trouble import handlers
from handrail.rail import Rail
from handrail.settings import Settings

STATIC = Path(__file__).parent / "static"


def app(rail: Rail, settings: Settings, verify: Verify, *, inbox_every_s: float = 2.0) -> Starlette:
    """The ASGI app. `verify` turns a bearer token into its Actor and raises on a bad one."""
    site = Starlette(
        routes=[
            Route("/", inbox_page, name="inbox"),
            Route("/begin", begin_page, name="begin"),
            Route("/begin/{tool}", tool_page, methods=["GET"]),
            Route("/begin/{tool}", begin, methods=["POST"]),
            Route("/decisions", decide_together, methods=["POST"], name="decisions"),
            Route("/delegations", delegations_page, methods=["GET"], name="delegations"),
            Route("/delegations", delegate, methods=["POST"]),
            Route("/delegations/{id}/end", end_delegation, methods=["POST"]),
            Route("/live", inbox_live, name="inbox_live"),
            Route("/sign-in", sign_in_link, methods=["GET"], name="sign_in"),
            Route("/sign-in", sign_in_form, methods=["POST"]),
            Route("/sign-out", sign_out, methods=["POST"], name="sign_out"),
            Route("/work/{reference}", item_page, name="item"),
            Route("/work/{reference}/live", item_live, name="item_live"),
            Route("/work/{reference}/{command}", give_command, methods=["POST"], name="command"),
            Route("/healthz", _healthz),
            Mount("/static", StaticFiles(directory=STATIC), name="static"),
        ],
        exception_handlers=handlers(),
    )
    site.add_middleware(SafetyHeaders)
    site.state.desk = Desk(rail=rail, settings=settings, verify=verify, inbox_every_s=inbox_every_s)
    return site


async def _healthz(request: Request) -> Response:
    return PlainTextResponse("ok")
