"""What a person sees when something is not there, not his, or not working."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from handrail.console.desk import COOKIE, SignedOut
from handrail.console.forms import ForeignForm, TooLarge
from handrail.console.pages import page
from handrail.rail import RailError, Unavailable


def handlers() -> Mapping[Any, Any]:
    return {
        SignedOut: _signed_out,
        RailError: _rail_error,
        ForeignForm: _foreign_form,
        TooLarge: _too_large,
        HTTPException: _http,
        Exception: _broken,
    }


async def _signed_out(request: Request, out: SignedOut) -> Response:
    onward = str(request.url.path) if request.method == "GET" else "/"
    onward += f"?{request.url.query}" if request.url.query and request.method == "GET" else ""
    if request.url.path.endswith("/live"):
        return Response(status_code=204)  # 204 tells an EventSource not to come again.
    if not out.why and request.method == "GET" and request.headers.get("sec-fetch-site") == "cross-site":
        # The cookie is SameSite=Strict, so a link on another site (mail, chat) arrives without it. Ask again from here.
        return page(request, "bounce.html", onward=onward)
    if not out.why:
        return RedirectResponse(f"/sign-in?next={quote(onward, safe='')}", status_code=303)
    response = page(request, "sign_in.html", status=401, onward=onward, why=out.why, token="", name="")
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response


async def _rail_error(request: Request, error: RailError) -> Response:
    response = _tell(request, error.status, error.title, str(error))
    if isinstance(error, Unavailable):
        response.headers["retry-after"] = str(max(1, round(error.retry_after_s)))
    return response


async def _foreign_form(request: Request, _: ForeignForm) -> Response:
    text = "This form did not come from a page of your session. Open the page again and repeat; nothing was changed."
    return _tell(request, 403, "Not from here", text)


async def _too_large(request: Request, _: TooLarge) -> Response:
    return _tell(request, 413, "Too much text", "Shorten the note and send it again; nothing was changed.")


async def _http(request: Request, error: HTTPException) -> Response:
    text = "There is no such page." if error.status_code == 404 else error.detail
    return _tell(request, error.status_code, "Not found" if error.status_code == 404 else "Refused", text)


async def _broken(request: Request, _: Exception) -> Response:
    text = "The console failed on this page. What was asked may or may not have been done: look at the item again."
    return _tell(request, 500, "Something broke here", text)


def _tell(request: Request, status: int, title: str, text: str) -> Response:
    return page(request, "trouble.html", status=status, title=title, text=text)
