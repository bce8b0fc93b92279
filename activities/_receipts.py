"""Reading back: a write is believed when the system of record shows it."""

from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import TypeVar

from temporalio.exceptions import ApplicationError

from connectors.effects import Receipt
from connectors.errors import NotFound

T = TypeVar("T")
READ_BACK_FAILED = "read_back_failed"


async def read_back(receipt: Receipt[T], reading: Awaitable[object], what: str) -> Receipt[T]:
    """The receipt with the time at which `reading` saw the effect.

    Raises ApplicationError `read_back_failed` (retryable: the next attempt looks it up first) when it is not there:
    some systems answer a write with success and do nothing.
    """
    try:
        seen = await reading
    except NotFound:
        seen = None
    if not seen:
        text = f"{what} was answered as done, but cannot be read back (reference {receipt.ref})."
        raise ApplicationError(text, type=READ_BACK_FAILED)
    return receipt.model_copy(update={"read_back_at": datetime.now(UTC)})
