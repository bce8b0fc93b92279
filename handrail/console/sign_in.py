"""Sign-in: a pasted token or a link that carries one. The token goes into the cookie and out of the address bar."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from handrail.console.desk import COOKIE, SignedOut, desk, session
from handrail.console.forms import Form, read_form
from handrail.console.pages import page


async def sign_in_link(request: Request) -> Response:
    token, onward = request.query_params.get("token", "").strip(), _local(request.query_params.get("next", ""))
    if not token:
        return page(request, "sign_in.html", onward=onward, why="", token="", name="")
    try:
        actor = await desk(request).person(token)
    except SignedOut as out:
        return page(request, "sign_in.html", status=401, onward=onward, why=out.why, token="", name="")
    if request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
        # Another site led here: it must not be able to sign a person in as somebody else unasked.
        return page(request, "sign_in.html", onward=onward, why="", token=token, name=actor.name or actor.id)
    return _enter(request, token, onward)


async def sign_in_form(request: Request) -> Response:
    form = await read_form(request)
    token, onward = form.get("token"), _local(form.get("next"))
    try:
        if not token:
            raise SignedOut("Paste a token.")
        await desk(request).person(token)
    except SignedOut as out:
        return page(request, "sign_in.html", status=401, onward=onward, why=out.why, token="", name="")
    return _enter(request, token, onward)


async def sign_out(request: Request) -> Response:
    form: Form = await read_form(request)
    form.must_belong_to(await session(request))
    response = RedirectResponse("/sign-in", status_code=303)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response


def _enter(request: Request, token: str, onward: str) -> Response:
    response = RedirectResponse(onward, status_code=303)
    response.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=request.url.scheme == "https", path="/")
    return response


def _local(path: str) -> str:
    """A path of this site, or the inbox: `//elsewhere` and `/\\elsewhere` are other hosts to a browser."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if plain and not path.startswith("/sign-in") else "/"
