"""Which failure was it? Replies and broken calls in the words of `connectors.errors`.

On a read / on a write: never sent: Transient / Transient. Sent, no answer: Transient / OutcomeUnknown.
429: RateLimited. 5xx, 408, 425: Transient / OutcomeUnknown. 3xx: ContractDrift / OutcomeUnknown. Other 4xx: refused.
"""

from collections.abc import Iterable
from typing import Any

from connectors.errors import (
    AuthFailed,
    Conflict,
    ConnectorError,
    ContractDrift,
    Forbidden,
    InvalidRequest,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Transient,
)
from connectors.replies import Reply

_REFUSALS: dict[int, type[ConnectorError]] = {
    401: AuthFailed,
    403: Forbidden,
    404: NotFound,
    410: NotFound,
    409: Conflict,
    412: Conflict,
}
_MAY_STILL_RUN = frozenset({408, 502, 504})
"""A gateway gave up; the vendor behind it may still be working on the request."""
_LONGEST = 300


def judge(reply: Reply, *, system: str, writing: bool) -> ConnectorError | None:
    """None for a 2xx. What no vendor's `classify` has judged is judged by its status alone."""
    if 200 <= reply.status < 300:
        return None
    return describe(kind_of(reply.status, writing=writing), reply, system=system)


def kind_of(status: int, *, writing: bool) -> type[ConnectorError]:
    if status == 429:
        return RateLimited
    if status >= 500 or status in (408, 425) or status < 200:
        return OutcomeUnknown if writing else Transient
    if status < 400:
        return OutcomeUnknown if writing else ContractDrift
    return _REFUSALS.get(status, InvalidRequest)


def describe(
    kind: type[ConnectorError], reply: Reply, *, system: str, words: str = "", code: str = ""
) -> ConnectorError:
    """An error of that kind with the vendor's words, code, request id and Retry-After."""
    code = code or code_of(reply)
    said = words or words_of(reply)
    text = f"{system}: {reply.method} {reply.path} was answered {reply.status}"
    text += f" {code}" if code else ""
    text += f": {said}" if said else ""
    return kind(
        text,
        status=reply.status,
        vendor_code=code,
        request_id=request_id_of(reply),
        retry_after_s=reply.retry_after_s,
    )


def may_still_run(status: int) -> bool:
    return status in _MAY_STILL_RUN


def request_id_of(reply: Reply) -> str:
    for name in ("x-request-id", "request-id", "x-correlation-id", "paypal-debug-id"):
        if name in reply.headers:
            return reply.headers[name]
    return ""


def code_of(reply: Reply) -> str:
    return _first(reply.json_or_none(), ("code", "type", "name"))


def words_of(reply: Reply) -> str:
    return _first(reply.json_or_none(), ("message", "detail", "description", "title"))


def masked(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets: a vendor may echo what it was sent."""
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, "[secret]")
    return text


def _first(body: Any, names: tuple[str, ...]) -> str:
    inner = body.get("error") if isinstance(body, dict) else None
    for place in (inner, body):
        if isinstance(place, dict):
            for name in names:
                if isinstance(place.get(name), (str, int)) and not isinstance(place[name], bool):
                    return str(place[name])[:_LONGEST]
    return inner[:_LONGEST] if isinstance(inner, str) else ""
