"""Steps at the case system."""

from temporalio import activity

from activities._execution import age_of, attempt_of
from activities._receipts import read_back
from connectors.cases import KeepsCases
from connectors.effects import Receipt, WriteRef
from domain.cases import Case, CaseDraft, CaseResolution, CaseState


class CaseActivities:
    def __init__(self, cases: KeepsCases) -> None:
        self._cases = cases

    @activity.defn
    async def open_case(self, draft: CaseDraft, ref: WriteRef) -> Receipt[Case]:
        receipt = await self._cases.open_case(draft, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        return await read_back(receipt, self._cases.get_case(receipt.value.id), f"Case {receipt.value.id}")

    @activity.defn
    async def withdraw_case(self, draft: CaseDraft, ref: WriteRef) -> Receipt[Case | None]:
        """Undo open_case."""
        receipt = await self._cases.withdraw_case(draft, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        case = receipt.value
        if case is None:
            return receipt
        return await read_back(receipt, self._stands(case.id, CaseState.WITHDRAWN), f"Withdrawal of case {case.id}")

    @activity.defn
    async def resolve_case(self, resolution: CaseResolution, ref: WriteRef) -> Receipt[Case]:
        receipt = await self._cases.resolve_case(resolution, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        stands = self._stands(resolution.case_id, resolution.state)
        return await read_back(receipt, stands, f"Resolution of case {resolution.case_id}")

    async def _stands(self, case_id: str, state: CaseState) -> bool:
        return (await self._cases.get_case(case_id)).state is state
