"""Real errors as RFC 9457 problem documents. A business no is never one of them."""

import json
import math
import re
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.exceptions import HTTPException

from handrail.gateway.scopes import ScopeMissing
from handrail.rail import BadArguments, RailError, Refused, Unavailable

MEDIA_TYPE = "application/problem+json"
TITLES = {404: "No such page", 405: "Method not allowed"}


class FieldError(BaseModel):
    field: str
    reason: str


class Problem(BaseModel):
    """The shape, for the OpenAPI document. `rule` and `answer` come with a refused command."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldError] = []


class ProblemError(Exception):
    """An error of the door itself. `kind` is the last part of the problem's `type`."""

    def __init__(
        self,
        status: int,
        kind: str,
        title: str,
        detail: str,
        *,
        errors: list[dict[str, str]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.kind, self.title, self.detail = status, kind, title, detail
        self.errors = errors or []
        self.headers = headers or {}


class Malformed(ProblemError):
    """422: the request's form is wrong. `errors` names the fields."""

    def __init__(self, detail: str, errors: list[dict[str, str]] | None = None) -> None:
        super().__init__(422, "malformed", "Malformed request", detail, errors=errors)


def malformed(field: str, reason: str) -> Malformed:
    return Malformed(f"{field}: {reason}" if field else reason, [{"field": field, "reason": reason}])


def field_errors(failure: ValidationError | RequestValidationError) -> list[dict[str, str]]:
    """Field and reason; never the value, which may be personal."""
    return [
        {"field": ".".join(str(part) for part in error["loc"]), "reason": error["msg"]} for error in failure.errors()
    ]


def wrong_fields(failure: ValidationError | RequestValidationError) -> Malformed:
    errors = field_errors(failure)
    return Malformed("; ".join(f"{e['field']}: {e['reason']}" for e in errors[:5]), errors)


def problem(
    path: str,
    status: int,
    kind: str,
    title: str,
    detail: str,
    *,
    errors: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
    more: dict[str, Any] | None = None,
) -> Response:
    body = {
        "type": f"urn:handrail:problem:{kind}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": path,
        "errors": errors or [],
        **(more or {}),
    }
    content = json.dumps(body, ensure_ascii=True).encode()
    return Response(content, status, headers=headers, media_type=MEDIA_TYPE)


def unexpected(path: str, trace: str) -> Response:
    """A bug: nothing of the inside goes out, only how an operator finds it."""
    found = f" The operator finds it under trace {trace}." if trace else ""
    detail = f"Something failed here that should not. Repeating with the same request id is safe.{found}"
    return problem(path, 500, "internal", "Internal error", detail)


def retry_after(seconds: float) -> dict[str, str]:
    return {"Retry-After": str(max(1, math.ceil(seconds)))}


def install(app: FastAPI) -> None:
    app.add_exception_handler(ProblemError, _own)
    app.add_exception_handler(RailError, _of_the_rail)
    app.add_exception_handler(RequestValidationError, _of_the_query)
    app.add_exception_handler(HTTPException, _of_the_router)


async def _own(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return problem(
        request.url.path,
        error.status,
        error.kind,
        error.title,
        error.detail,
        errors=error.errors,
        headers=error.headers,
    )


async def _of_the_rail(request: Request, error: Exception) -> Response:
    assert isinstance(error, RailError)
    if error.status >= 500 and not isinstance(error, Unavailable):
        raise error  # Not meant for callers: the outermost layer logs it and tells nothing.
    errors = error.errors if isinstance(error, BadArguments) else None
    headers: dict[str, str] = {}
    more: dict[str, Any] = {}
    if isinstance(error, Unavailable):
        headers = retry_after(error.retry_after_s)
    if isinstance(error, ScopeMissing):
        headers = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{error.scope}"'}
    if isinstance(error, Refused):
        more = {"rule": error.rule, "answer": error.answer.model_dump(mode="json")}
    return problem(
        request.url.path, error.status, _kind(error), error.title, str(error), errors=errors, headers=headers, more=more
    )


async def _of_the_query(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return await _own(request, wrong_fields(error))


async def _of_the_router(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    title = TITLES.get(error.status_code, str(error.detail))
    allowed = (error.headers or {}).get("Allow") or (error.headers or {}).get("allow")
    hint = f" allows {allowed}." if allowed else " is nothing here; see /v1/openapi.json."
    detail = f"{request.method} {request.url.path}: {request.url.path}{hint}"
    kind = re.sub(r"[^a-z]+", "-", title.lower()).strip("-")
    return problem(request.url.path, error.status_code, kind, title, detail, headers=dict(error.headers or {}))


def _kind(error: RailError) -> str:
    """`OtherArguments` -> `other-arguments`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", type(error).__name__).lower()
