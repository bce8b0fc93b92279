"""What a vendor's test provides: the vendor or a stand-in that speaks HTTP, and a hand on its misbehaviour."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from connectors.connector import Connector
from connectors.effects import WriteRef


class Fault(StrEnum):
    """`AFTER`: the vendor applies the write first. The others change nothing at the vendor."""

    LOST_AFTER = "lost_after"
    """The connection is cut instead of an answer."""
    ERROR_AFTER = "error_after"
    """502."""
    GARBAGE_AFTER = "garbage_after"
    """200 with a body that is no JSON."""
    HTML_AFTER = "html_after"
    SHAPE_AFTER = "shape_after"
    """200 with JSON of another shape."""
    CUT = "cut"
    """The connection is cut before the work."""
    ERROR = "error"
    """503."""
    SLOW = "slow"
    """`seconds` pass before the work."""
    LIMITED = "limited"
    """429 with Retry-After: `seconds`; `as_date`: as an HTTP date."""
    REFUSED = "refused"
    """A business refusal with its own status, kept under the key where the vendor keeps them."""
    REFUSED_200 = "refused_200"
    """A business refusal inside a 200."""
    PARTIAL = "partial"
    """207 or the like: the batch was taken, our item in it was refused."""
    BLIND = "blind"
    """On a finder: an empty answer."""
    MOVED = "moved"
    """307 to another address that counts who comes."""
    UNAUTHORIZED = "unauthorized"
    ECHO = "echo"
    """400 whose message repeats the credential that was sent."""
    NEW_WORD = "new_word"
    """On a read: a state that we do not know."""
    SHAPE = "shape"
    """On a read: JSON of another shape."""


AFTER = (Fault.LOST_AFTER, Fault.ERROR_AFTER, Fault.GARBAGE_AFTER, Fault.HTML_AFTER, Fault.SHAPE_AFTER)


@dataclass(frozen=True)
class Sent:
    """One request as the vendor saw it. `key`: the idempotency key, from header or body."""

    operation: str
    key: str
    path: str
    body: str


class World(Protocol):
    """`operation` is always the connector's method: `refund_payment`, or a finder: `find_refund`."""

    connector_type: type[Connector[Any]]
    faults: frozenset[Fault]
    """Those that it can play."""
    finder_lag_s: dict[str, float]
    """Per writing operation: for how long the vendor's finder may not see it. Missing: it does not lag."""

    secret: str
    """The credential that `connect` uses."""
    key_ttl_s: float
    """How long the vendor really remembers a key."""
    says_replayed: bool
    """The vendor marks answers that it gives from memory."""

    def connect(self, clock: Callable[[], float], **config: Any) -> Connector[Any]:
        """A new connector, as in a new process. `config` replaces fields of the configuration."""
        ...

    async def draft(self, operation: str) -> Any:
        """Something valid to write."""
        ...

    async def play(
        self, operation: str, fault: Fault, *, times: int = 1, seconds: float = 0, as_date: bool = False
    ) -> None: ...

    async def applied(self, operation: str, ref: WriteRef) -> int:
        """How many effects the vendor has under our reference, undone ones not counted. The truth: no lag, no fault."""
        ...

    async def sent(self, operation: str) -> list[Sent]:
        """What came in for a write, also what failed."""
        ...

    async def forget_keys(self) -> None:
        """As after the time to live of the keys."""
        ...

    async def lag(self, seconds: float) -> None:
        """From now on finders do not see what is younger."""
        ...

    async def crowd(self, operation: str) -> None:
        """Objects of strangers, more than fit on one page of the finder."""
        ...

    async def moved_to(self) -> int:
        """How many requests followed Fault.MOVED."""
        ...

    async def event(self, now_s: float) -> tuple[bytes, dict[str, str]]:
        """A genuine webhook, signed at `now_s`: body and headers. Worlds without webhooks raise NotImplementedError."""
        ...
