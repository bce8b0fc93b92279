"""Steps at whatever issues repair vouchers: the claims system."""

from temporalio import activity

from activities._execution import age_of, attempt_of
from activities._receipts import read_back
from connectors.claims import IssuesVouchers
from connectors.effects import Receipt, WriteRef
from connectors.errors import Unsupported
from domain.vouchers import Voucher, VoucherDraft, VoucherState


class VoucherActivities:
    def __init__(self, claims: object) -> None:
        self._claims = claims

    @activity.defn
    async def issue_voucher(self, draft: VoucherDraft, ref: WriteRef) -> Receipt[Voucher]:
        system = self._system
        receipt = await system.issue_voucher(draft, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        what = f"Voucher {receipt.value.id} for claim {draft.claim_id}"
        return await read_back(receipt, system.get_voucher(receipt.value.id), what)

    @activity.defn
    async def void_voucher(self, draft: VoucherDraft, ref: WriteRef) -> Receipt[Voucher | None]:
        """Undo issue_voucher."""
        system = self._system
        receipt = await system.void_voucher(draft, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        voucher = receipt.value
        if voucher is None:
            return receipt
        return await read_back(receipt, self._is_void(voucher.id), f"Voiding of voucher {voucher.id}")

    async def _is_void(self, voucher_id: str) -> bool:
        return (await self._system.get_voucher(voucher_id)).state is VoucherState.VOID

    @property
    def _system(self) -> IssuesVouchers:
        if isinstance(self._claims, IssuesVouchers):
            return self._claims
        raise Unsupported("This claims system issues no vouchers; connect one that has `issue_voucher`.")
