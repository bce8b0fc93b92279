"""Live pages: Server-Sent Events that carry a fragment of HTML whenever what it shows has changed."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.responses import Response, StreamingResponse

from handrail.console.desk import SignedOut
from handrail.rail import RailError


@dataclass(frozen=True)
class Fragment:
    html: str
    version: str
    """Of the data behind it: two fragments of one version differ in nothing but the age of things."""
    last: bool = False
    """Nothing will change any more."""


def stream(fragments: AsyncIterator[Fragment], *, seen: str) -> Response:
    """`seen`: the version that the page shows already.

    Events: `fragment` {version, html}, `end` (nothing more will come), `trouble` (text; the browser comes again by
    itself), `signed_out`. A comment goes out in every round, so that a closed tab is noticed.
    """
    return StreamingResponse(
        _events(fragments, seen),
        media_type="text/event-stream",
        headers={"x-accel-buffering": "no"},
    )


async def _events(fragments: AsyncIterator[Fragment], seen: str) -> AsyncIterator[str]:
    try:
        yield "retry: 2000\n\n"
        async for fragment in fragments:
            if fragment.version == seen:
                yield ": same\n\n"
            else:
                seen = fragment.version
                yield _event("fragment", {"version": seen, "html": fragment.html})
            if fragment.last:
                yield _event("end", {})
                return
    except SignedOut as out:
        yield _event("signed_out", {"text": out.why})
    except RailError as error:
        yield _event("trouble", {"text": str(error)})


def _event(name: str, data: dict[str, str]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"
