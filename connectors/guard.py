"""The write guard: what makes a write safe to repeat, once for all vendors.

`@writes(WriteSpec(...))` turns `async def refund_payment(self, order, w: Write) -> Refunded` into the port's method
`(order, ref, *, attempt=1, age_s=0) -> Receipt[Refunded]`. `Http.write` takes only a Write: no way leads past it.
The judgement about one attempt is in `connectors.sending`.
"""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Generic, Protocol, TypeVar, overload

from connectors.attempts import Attempts
from connectors.effects import Receipt, Safety, Undo, WriteRef, WriteSpec
from connectors.sending import Sending
from connectors.writes import Write

D = TypeVar("D")
D_contra = TypeVar("D_contra", contravariant=True)
T = TypeVar("T")


class IncoherentSpec(TypeError):
    """A WriteSpec that cannot be kept: raised when the connector's class is made."""


class Guards(Protocol):
    """What the guard needs of a connector."""

    @property
    def name(self) -> str: ...
    @property
    def attempts(self) -> Attempts: ...
    @property
    def budget_s(self) -> float: ...


class Sends(Protocol[D_contra, T]):
    """A guarded write as its caller sees it. `age_s`: seconds since `ref` was minted."""

    async def __call__(
        self, draft: D_contra, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[T]: ...


class Guarded(Generic[D, T]):
    """The descriptor that `@writes` leaves in the class; `spec` is what the conformance kit reads."""

    def __init__(self, spec: WriteSpec, method: Callable[[Any, D, Write], Awaitable[T]]) -> None:
        self.spec = spec
        self.method = method
        self.name = getattr(method, "__name__", "")
        self.__doc__ = method.__doc__

    @overload
    def __get__(self, connector: None, owner: type) -> "Guarded[D, T]": ...
    @overload
    def __get__(self, connector: Guards, owner: type) -> Sends[D, T]: ...
    def __get__(self, connector: Guards | None, owner: type) -> "Guarded[D, T] | Sends[D, T]":
        if connector is None:
            return self
        return self._bound(connector)

    def _bound(self, connector: Guards) -> Sends[D, T]:
        async def send(draft: D, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0) -> Receipt[T]:
            return await Sending(connector, self, draft, ref, attempt, age_s).run()

        send.__name__ = self.name
        return send

    def check(self, owner: type) -> None:
        """Raises IncoherentSpec, naming class and method."""
        for fault in faults_of(self.spec, owner):
            raise IncoherentSpec(f"{owner.__name__}.{self.name}: {fault}")


def writes(
    spec: WriteSpec,
) -> Callable[[Callable[[Any, D, Write], Coroutine[Any, Any, T]]], Guarded[D, T]]:
    return lambda method: Guarded(spec, method)


def faults_of(spec: WriteSpec, owner: type) -> list[str]:
    """What is wrong with a spec, in sentences."""
    keyed = bool(spec.key_header or spec.key_field)
    wrong = {
        "NATIVE_KEY needs key_header or key_field.": spec.safety is Safety.NATIVE_KEY and not keyed,
        "NATIVE_KEY needs key_ttl: how long does the vendor remember it?": spec.safety is Safety.NATIVE_KEY
        and spec.key_ttl is None,
        "LOOK_UP needs a finder; without one the write is NONE.": spec.safety is Safety.LOOK_UP and not spec.finder,
        f"undo is {spec.undo}: name the method in undo_by.": spec.undo is not Undo.NEVER and not spec.undo_by,
        "Undo.NEVER and undo_by contradict each other.": spec.undo is Undo.NEVER and bool(spec.undo_by),
        "an undo may outlive its key: make it NATURAL, UPSERT or CONDITIONAL, or give it a finder.": (
            bool(spec.undo_of)
            and not spec.finder
            and spec.safety not in (Safety.NATURAL, Safety.UPSERT, Safety.CONDITIONAL)
        ),
    }
    faults = [fault for fault, is_so in wrong.items() if is_so]
    for role in ("finder", "undo_by", "undo_of"):
        name = getattr(spec, role)
        if name and not hasattr(owner, name):
            faults.append(f"{role} = '{name}' is no method of {owner.__name__}.")
    return faults


def guarded(owner: type) -> dict[str, Guarded[Any, Any]]:
    """Every guarded write of a class, by name."""
    found = {name: getattr(owner, name, None) for name in dir(owner) if not name.startswith("_")}
    return {name: write for name, write in found.items() if isinstance(write, Guarded)}
