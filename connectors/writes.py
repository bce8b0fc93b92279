"""The permit for one write. Only `@writes` makes it, and `Http.write` takes nothing else."""

from typing import Any
from uuid import UUID, uuid5

from connectors.effects import WriteRef, WriteSpec
from connectors.replies import Reply

ISSUED = object()
"""What the guard shows to make a Write."""


class UnguardedWrite(TypeError):
    """A request that changes something was made without a Write, or with one that is used up."""


class Write:
    """`ref` is this write's own reference, `target` that of the object: they differ when a write undoes another."""

    def __init__(self, issued: object, spec: WriteSpec, ref: WriteRef, target: WriteRef, key: str = "") -> None:
        if issued is not ISSUED:
            raise UnguardedWrite("A Write is made by @writes(WriteSpec(...)) only: put it on the method that writes.")
        self.spec, self.ref, self.target = spec, ref, target
        self.key = key or ref.key
        self.maybe_applied = False
        """Something was sent that may have been applied."""
        self.may_still_run = False
        """And the vendor may still be working on it."""
        self.reply: Reply | None = None
        self.parts: list[Write] = []
        self._open = True
        self._used = False

    def part(self, name: str) -> "Write":
        """For a vendor that needs several requests for one write: a permit and key for one more of them."""
        self._check_open()
        part = Write(ISSUED, self.spec, self.ref, self.target, str(uuid5(UUID(self.key), name)))
        self.parts.append(part)
        return part

    def use(self) -> None:
        """Http is about to send. Raises UnguardedWrite when this permit was used before."""
        self._check_open()
        if self._used:
            raise UnguardedWrite(
                f"The Write of {self.ref.value} was used already; take w.part('name') for a second one."
            )
        self._used = True

    def headers(self) -> dict[str, str]:
        return {self.spec.key_header: self.key} if self.spec.key_header else {}

    def body(self, json: Any) -> Any:
        if not self.spec.key_field:
            return json
        return {**(json or {}), self.spec.key_field: self.key}

    def close(self) -> None:
        self._open = False

    @property
    def sent(self) -> bool:
        return self.maybe_applied or any(part.sent for part in self.parts)

    @property
    def running(self) -> bool:
        return self.may_still_run or any(part.running for part in self.parts)

    @property
    def last_reply(self) -> Reply | None:
        replies = [part.reply for part in self.parts if part.reply]
        return replies[-1] if replies else self.reply

    @property
    def replayed(self) -> bool:
        """The vendor says that it answered from its memory of our key."""
        if not self.spec.replay_header or not self.last_reply:
            return False
        name, value = self.spec.replay_header
        return self.last_reply.headers.get(name.lower(), "").lower() == value.lower()

    def _check_open(self) -> None:
        if not self._open:
            raise UnguardedWrite(f"The Write of {self.ref.value} is over; a Write lives as long as its method runs.")
