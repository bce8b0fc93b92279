"""The port to billing and payments."""

from typing import Protocol, runtime_checkable

from connectors.effects import Receipt, WriteRef
from domain.customers import Instrument
from domain.payments import ChargeOrder, Payment, Refunded, RefundOrder


class ReadsPayments(Protocol):
    async def get_payments(self, order_id: str) -> list[Payment]:
        """Every capture of the order with its refunds, read fresh. Empty when nothing was captured."""
        ...

    async def get_instruments(self, customer_id: str) -> list[Instrument]: ...


class RefundsPayments(Protocol):
    async def refund_payment(
        self, order: RefundOrder, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Refunded]:
        """Raises Rejected with the vendor's code when billing refuses."""
        ...

    async def find_refund(self, order: RefundOrder, ref: WriteRef) -> Refunded | None:
        """The refund that carries our reference, if billing has it."""
        ...

    async def get_refund(self, refund_id: str) -> Refunded:
        """For reading back and for settlement. Raises NotFound."""
        ...


@runtime_checkable
class ChargesInstruments(Protocol):
    async def charge(
        self, order: ChargeOrder, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Payment]:
        """Raises Rejected with the vendor's code when the instrument does not bear it."""
        ...

    async def void_charge(
        self, order: ChargeOrder, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Payment | None]:
        """Undo `charge`: find it by `ref` and give it back whole. Nothing to void: the receipt's value is None."""
        ...

    async def find_charge(self, order: ChargeOrder, ref: WriteRef) -> Payment | None:
        """The charge that carries our reference, also one that was voided."""
        ...
