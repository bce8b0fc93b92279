"""Decoding a reply into the shape that was agreed."""

from enum import StrEnum
from functools import cache
from typing import Any

from pydantic import BeforeValidator, TypeAdapter, ValidationError

from connectors.errors import ConnectorError
from connectors.failures import describe
from connectors.replies import Reply


def or_unknown(kind: type[StrEnum]) -> BeforeValidator:
    """`Annotated[RefundState, or_unknown(RefundState)]`: a word that the vendor has added since becomes UNKNOWN."""
    known = {member.value for member in kind}
    return BeforeValidator(lambda given: given if given in known else "unknown")


def decoded(reply: Reply, into: Any, otherwise: type[ConnectorError], system: str) -> Any:
    """The body as `into`, or plain JSON when that is None. Raises `otherwise`, without any value of the body."""
    try:
        return reply.json() if into is None else _adapter(into).validate_json(reply.body)
    except ValidationError as other:
        first = other.errors(include_input=False, include_url=False)[0]
        words = f"{'.'.join(map(str, first['loc'])) or 'the body'} is not as agreed ({first['type']})"
    except ValueError:
        words = "the body is no JSON"
    raise describe(otherwise, reply, system=system, words=words) from None


@cache
def _adapter(into: Any) -> TypeAdapter[Any]:
    return TypeAdapter(into)
