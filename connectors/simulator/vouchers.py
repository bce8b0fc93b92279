"""Repair vouchers, issued by the claims system."""

from typing import Annotated

from connectors.effects import Safety, Undo, WriteRef, WriteSpec
from connectors.guard import writes
from connectors.paths import seg
from connectors.shapes import or_unknown
from connectors.simulator.account import KEY_HEADER, KEY_TTL, REPLAYED, Listed, SimulatedSystem
from connectors.writes import Write
from domain.vouchers import Voucher, VoucherDraft, VoucherState


class VoucherReply(Voucher):
    state: Annotated[VoucherState, or_unknown(VoucherState)]

    def voucher(self) -> Voucher:
        return Voucher.model_validate(dict(self))


class SimulatedVouchers(SimulatedSystem):
    @writes(
        WriteSpec(
            safety=Safety.NATIVE_KEY,
            key_header=KEY_HEADER,
            key_ttl=KEY_TTL,
            replay_header=REPLAYED,
            finder="find_voucher",
            undo=Undo.EXACT,
            undo_by="void_voucher",
            facts="docs/simulators.md#claims",
        )
    )
    async def issue_voucher(self, draft: VoucherDraft, w: Write) -> Voucher:
        body = draft.model_dump(mode="json") | {"reference": w.ref.value}
        return (await self.http.write("POST", "/claims/vouchers", w, json=body, into=VoucherReply)).voucher()

    @writes(
        WriteSpec(
            safety=Safety.NATURAL, key_header=KEY_HEADER, undo_of="issue_voucher", facts="docs/simulators.md#claims"
        )
    )
    async def void_voucher(self, draft: VoucherDraft, w: Write) -> Voucher | None:
        issued = await self.find_voucher(draft, w.target)
        if issued is None or issued.state is VoucherState.VOID:
            return issued
        path, body = f"/claims/vouchers/{seg(issued.id)}/void", {"reference": w.ref.value}
        return (await self.http.write("POST", path, w, json=body, into=VoucherReply)).voucher()

    async def find_voucher(self, draft: VoucherDraft, ref: WriteRef) -> Voucher | None:
        params = {"claim_id": draft.claim_id, "reference": ref.value}
        found = await self.http.read("GET", "/claims/vouchers", params=params, into=Listed[VoucherReply])
        return next((voucher.voucher() for voucher in found.data if voucher.reference == ref.value), None)

    async def get_voucher(self, voucher_id: str) -> Voucher:
        return (await self.http.read("GET", f"/claims/vouchers/{seg(voucher_id)}", into=VoucherReply)).voucher()
