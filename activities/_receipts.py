"""Reading back: a write is believed when the system of record shows it."""

from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import TypeVar

from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from connectors.effects import Receipt
from connectors.errors import ConnectorError, NotFound

T = TypeVar("T")
READ_BACK_FAILED = "read_back_failed"


async def read_back(receipt: Receipt[T], reading: Awaitable[object], what: str) -> Receipt[T]:
    """The receipt with the time at which `reading` saw the effect.

    Raises ApplicationError `read_back_failed` (retryable: the next attempt looks it up first) when it is not there,
    for some systems answer a write with success and do nothing; and when what is there is another's, for a system that
    rolled back may give the same id to the next.

    Hazard: whatever goes wrong while reading says nothing about the write, which was done. A refusal to be read taken
    for a refusal of the refund undoes everything around money that has left, or sends it again under a new key.
    """
    try:
        seen = await reading
    except NotFound:
        seen = None
    except ConnectorError as failure:
        raise _unseen(f"{what} was answered as done, but reading it back failed: {failure}") from failure
    if not seen or getattr(seen, "reference", "") not in ("", receipt.ref):
        raise _unseen(f"{what} was answered as done, but cannot be read back (reference {receipt.ref}).")
    return receipt.model_copy(update={"read_back_at": datetime.now(UTC)})


def _unseen(text: str) -> ApplicationError:
    return ApplicationError(text, type=READ_BACK_FAILED, category=ApplicationErrorCategory.BENIGN)
