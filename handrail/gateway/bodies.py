"""Request bodies: read with a limit and a deadline, parsed strictly, checked once."""

import asyncio
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from handrail.gateway.problems import Malformed, ProblemError, malformed, wrong_fields
from handrail.gateway.strict_json import NotStrictJson, loads

PATIENCE_S = 10
"""How long a body may take to arrive."""

DISCARDED = 1024 * 1024
"""Of a body that is too large, so much is still read and thrown away: a client whose connection is closed while it
sends gets a reset and never sees the 413."""

Form = TypeVar("Form", bound=BaseModel)


async def raw_body(request: Request, limit: int) -> bytes:
    """Raises a 413 without holding more than `limit` bytes, a 408 when they trickle."""
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(PATIENCE_S):
            async for chunk in request.stream():
                size += len(chunk)
                if size <= limit:
                    chunks.append(chunk)
                elif size > limit + DISCARDED:
                    break
    except TimeoutError as failure:
        raise ProblemError(
            408, "slow-body", "Body too slow", f"The body did not arrive within {PATIENCE_S} s; send it again."
        ) from failure
    if size > limit:
        raise _too_large(limit)
    return b"".join(chunks)


async def json_object(request: Request, limit: int) -> dict[str, Any]:
    """The body as an object; an empty body is an empty object."""
    raw = await raw_body(request, limit)
    if not raw:
        return {}
    _demand_json(request)
    try:
        value = loads(raw)
    except NotStrictJson as failure:
        raise malformed(failure.field, failure.reason) from failure
    if not isinstance(value, dict):
        raise Malformed("The body must be a JSON object.")
    return value


def checked(form: type[Form], value: dict[str, Any]) -> Form:
    try:
        return form.model_validate(value)
    except ValidationError as failure:
        raise wrong_fields(failure) from failure


def _demand_json(request: Request) -> None:
    encoding = request.headers.get("content-encoding", "identity").lower()
    media_type, _, parameters = request.headers.get("content-type", "").lower().partition(";")
    charset = parameters.partition("charset=")[2].strip().strip('"')
    if encoding != "identity":
        raise _unsupported(f"The body is encoded as {encoding!r:.40}; send it plain.")
    if media_type.strip() != "application/json" or charset not in ("", "utf-8"):
        raise _unsupported("Send the body as Content-Type: application/json (UTF-8).")


def _unsupported(detail: str) -> ProblemError:
    headers = {"Accept-Post": "application/json"}
    return ProblemError(415, "media-type", "Unsupported media type", detail, headers=headers)


def _too_large(limit: int) -> ProblemError:
    # Of a very large body the rest is never read: the connection cannot be used again.
    headers = {"Connection": "close"}
    return ProblemError(413, "too-large", "Request too large", f"At most {limit} bytes are taken.", headers=headers)
