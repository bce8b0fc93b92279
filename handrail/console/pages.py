"""Templates to HTML. Autoescape is on for every template and an unknown name is an error."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from handrail.console import times, words

_jinja = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_jinja.filters.update(
    status=words.status,
    tone=words.tone,
    plain=words.plain,
    shown=words.shown,
    said=words.said,
    outline=words.outline,
    channel=words.channel,
    said_again=words.said_again,
    clock=times.clock,
    iso=times.iso,
    age=times.age,
    span=times.span,
)
_jinja.globals.update(now=times.now, REJECTIONS=words.REJECTIONS)


def render(template: str, **context: Any) -> str:
    return _jinja.get_template(template).render(**context)


def page(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A whole page. `signed_in` (the Session) is in the context of every page behind the sign-in."""
    context.setdefault("signed_in", None)
    return HTMLResponse(render(template, path=request.url.path, **context), status_code=status)
