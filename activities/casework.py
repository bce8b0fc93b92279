"""Steps on cases that are there: comment, change, link, merge, reopen. Any process may take them."""

from temporalio import activity

from activities._execution import age_of, attempt_of
from activities._receipts import read_back
from connectors.cases import KeepsCases, WorksCases
from connectors.effects import Applied, Receipt, WriteRef
from connectors.errors import Unsupported
from domain.cases import Case, CaseChange, CaseComment, CaseLink, CaseMerge, CaseQuery, CaseReopening

Said = CaseComment | CaseChange | CaseLink | CaseMerge | CaseReopening


class CaseworkActivities:
    def __init__(self, cases: KeepsCases) -> None:
        self._cases = cases

    @activity.defn
    async def read_case(self, case_id: str) -> Case:
        return await self._cases.get_case(case_id)

    @activity.defn
    async def find_cases_of(self, customer_id: str) -> list[Case]:
        """The customer's; closed ones too, where the case system can search them."""
        if isinstance(self._cases, WorksCases):
            return await self._cases.find_cases(CaseQuery(customer_id=customer_id))
        return await self._cases.find_open_cases(customer_id)

    @activity.defn
    async def comment_case(self, comment: CaseComment, ref: WriteRef) -> Receipt[Case]:
        receipt = await self._work.comment_case(comment, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        return await self._seen(receipt, comment, ref, "Comment on case")

    @activity.defn
    async def change_case(self, change: CaseChange, ref: WriteRef) -> Receipt[Case]:
        receipt = await self._work.change_case(change, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        return await self._seen(receipt, change, ref, "Change of case")

    @activity.defn
    async def change_back(self, change: CaseChange, ref: WriteRef) -> Receipt[Case | None]:
        """Undo change_case, by another change: each field as it was before."""
        case = await self._work.find_said(change, ref)
        back = change.back(case) if case else None
        if back is None:
            return Receipt[Case | None](value=case, outcome=Applied.FOUND, ref=ref.undo.value, key=ref.undo.key)
        receipt = await self._work.change_case(back, ref.undo, attempt=attempt_of(ref), age_s=age_of(ref))
        return Receipt[Case | None].model_validate(dict(await self._seen(receipt, back, ref.undo, "Change of case")))

    @activity.defn
    async def link_case(self, link: CaseLink, ref: WriteRef) -> Receipt[Case]:
        receipt = await self._work.link_case(link, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        return await self._seen(receipt, link, ref, "Link of case")

    @activity.defn
    async def merge_case(self, merge: CaseMerge, ref: WriteRef) -> Receipt[Case]:
        receipt = await self._work.merge_case(merge, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        return await self._seen(receipt, merge, ref, "Merge of case")

    @activity.defn
    async def reopen_case(self, reopening: CaseReopening, ref: WriteRef) -> Receipt[Case]:
        receipt = await self._work.reopen_case(reopening, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        return await self._seen(receipt, reopening, ref, "Reopening of case")

    @activity.defn
    async def close_again(self, reopening: CaseReopening, ref: WriteRef) -> Receipt[Case | None]:
        """Undo reopen_case."""
        receipt = await self._work.close_again(reopening, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        if receipt.value is None:
            return receipt
        return await read_back(receipt, self._closed(reopening.case_id), f"Closing of case {reopening.case_id}")

    async def _seen(self, receipt: Receipt[Case], said: Said, ref: WriteRef, what: str) -> Receipt[Case]:
        found = self._carries(said, ref)
        return await read_back(receipt, found, f"{what} {said.case_id}")

    async def _carries(self, said: Said, ref: WriteRef) -> bool:
        return await self._work.find_said(said, ref) is not None

    async def _closed(self, case_id: str) -> bool:
        return (await self._cases.get_case(case_id)).closed

    @property
    def _work(self) -> WorksCases:
        if not isinstance(self._cases, WorksCases):
            raise Unsupported("This case system only keeps cases; connect one that has the methods of WorksCases.")
        return self._cases
