"""The port to the claims system: coverages, and claims with reserve, activities and payments."""

from typing import Protocol, runtime_checkable

from connectors.effects import Receipt, WriteRef
from domain.claims import (
    ActivitySetting,
    Assessment,
    Claim,
    ClaimDraft,
    Closure,
    Coverage,
    Notice,
    PaymentRecord,
    Reopening,
    ReserveSetting,
)
from domain.vouchers import Voucher, VoucherDraft


class ReadsClaims(Protocol):
    async def find_coverages(self, customer_id: str) -> list[Coverage]: ...

    async def find_claims(self, customer_id: str) -> list[Claim]:
        """All of the customer's, oldest first, withdrawn ones included."""
        ...

    async def get_claim(self, claim_id: str) -> Claim:
        """Raises NotFound."""
        ...


class KeepsClaims(ReadsClaims, Protocol):
    async def open_claim(
        self, draft: ClaimDraft, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Claim]: ...

    async def withdraw_claim(
        self, draft: ClaimDraft, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Claim | None]:
        """Undo `open_claim`: find it by `ref` and withdraw it. None: there is none."""
        ...

    async def set_reserve(
        self, setting: ReserveSetting, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Claim]: ...

    async def release_reserve(
        self, setting: ReserveSetting, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Claim]:
        """Undo `set_reserve`."""
        ...

    async def assess_claim(
        self, assessment: Assessment, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Claim]: ...

    async def restore_assessment(
        self, assessment: Assessment, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Claim | None]:
        """Undo `assess_claim`: what was held before holds again. None: it was not assessed under this reference."""
        ...

    async def set_activity(
        self, setting: ActivitySetting, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Claim]: ...

    async def end_activity(
        self, setting: ActivitySetting, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Claim]:
        """Undo `set_activity`: it is done, and blocks the closure no more."""
        ...

    async def record_payment(
        self, record: PaymentRecord, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Claim]:
        """The reserve shrinks by the amount."""
        ...

    async def join_notice(
        self, notice: Notice, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Claim]: ...

    async def close_claim(
        self, closure: Closure, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Claim]:
        """Raises Conflict while a reserve or an activity is open."""
        ...

    async def reopen_claim(
        self, reopening: Reopening, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Claim]: ...

    async def close_reopened(
        self, reopening: Reopening, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Claim | None]:
        """Undo `reopen_claim`. None: it was not reopened under this reference."""
        ...

    async def find_claim(self, draft: ClaimDraft, ref: WriteRef) -> Claim | None: ...

    async def find_reserve(self, setting: ReserveSetting, ref: WriteRef) -> Claim | None:
        """The claim, when its file lists the setting under `ref`."""
        ...

    async def find_activity(self, setting: ActivitySetting, ref: WriteRef) -> Claim | None: ...

    async def find_assessment(self, assessment: Assessment, ref: WriteRef) -> Claim | None:
        """The claim, when its file lists the assessment under `ref`."""
        ...

    async def find_payment(self, record: PaymentRecord, ref: WriteRef) -> Claim | None:
        """The claim, when its file lists the payment under `ref`."""
        ...

    async def find_notice(self, notice: Notice, ref: WriteRef) -> Claim | None: ...

    async def find_reopening(self, reopening: Reopening, ref: WriteRef) -> Claim | None: ...


@runtime_checkable
class IssuesVouchers(Protocol):
    """Vouchers for repairers, issued on a claim."""

    async def issue_voucher(
        self, draft: VoucherDraft, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Voucher]: ...

    async def void_voucher(
        self, draft: VoucherDraft, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Voucher | None]:
        """Undo `issue_voucher`: find it by `ref` and void it. None: there is none. One that was redeemed raises
        Rejected."""
        ...

    async def find_voucher(self, draft: VoucherDraft, ref: WriteRef) -> Voucher | None:
        """Void ones too."""
        ...

    async def get_voucher(self, voucher_id: str) -> Voucher:
        """Raises NotFound."""
        ...
