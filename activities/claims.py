"""Steps at the claims system."""

from collections.abc import Awaitable
from datetime import UTC, datetime

from temporalio import activity

from activities._execution import age_of, attempt_of
from activities._receipts import read_back
from connectors.claims import KeepsClaims
from connectors.effects import Applied, Receipt, WriteRef
from domain.claims import (
    ActivitySetting,
    Assessment,
    Claim,
    ClaimDraft,
    ClaimState,
    Closure,
    Notice,
    PaymentRecord,
    Reopening,
    ReserveSetting,
)


class ClaimActivities:
    def __init__(self, claims: KeepsClaims) -> None:
        self._claims = claims

    @activity.defn
    async def open_claim(self, draft: ClaimDraft, ref: WriteRef) -> Receipt[Claim]:
        receipt = await self._claims.open_claim(draft, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        return await read_back(receipt, self._claims.get_claim(receipt.value.id), f"Claim {receipt.value.id}")

    @activity.defn
    async def withdraw_claim(self, draft: ClaimDraft, ref: WriteRef) -> Receipt[Claim | None]:
        """Undo open_claim."""
        receipt = await self._claims.withdraw_claim(draft, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        claim = receipt.value
        if claim is None:
            return receipt
        return await read_back(receipt, self._is(claim.id, ClaimState.WITHDRAWN), f"Withdrawal of claim {claim.id}")

    @activity.defn
    async def set_reserve(self, setting: ReserveSetting, ref: WriteRef) -> Receipt[Claim]:
        receipt = await self._claims.set_reserve(setting, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        return await read_back(receipt, self._reserved(setting, ref), f"Reserve of claim {setting.claim_id}")

    @activity.defn
    async def release_reserve(self, setting: ReserveSetting, ref: WriteRef) -> Receipt[Claim]:
        """Undo set_reserve. A claim that was withdrawn or closed meanwhile has none any more."""
        if gone := await self._no_longer_open(setting.claim_id, ref):
            return await _if_made(gone, self._claims.find_reserve(setting, ref.undo))
        receipt = await self._claims.release_reserve(setting, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        none = setting.amount.model_copy(update={"minor": 0})
        released = self._holds(setting.model_copy(update={"amount": none}))
        return await read_back(receipt, released, f"Release of the reserve of claim {setting.claim_id}")

    @activity.defn
    async def assess_claim(self, assessment: Assessment, ref: WriteRef) -> Receipt[Claim]:
        receipt = await self._claims.assess_claim(assessment, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        found = self._claims.find_assessment(assessment, ref)
        return await read_back(receipt, _without_reference(found), f"Assessment of claim {assessment.claim_id}")

    @activity.defn
    async def restore_assessment(self, assessment: Assessment, ref: WriteRef) -> Receipt[Claim | None]:
        """Undo assess_claim."""
        return await self._claims.restore_assessment(assessment, ref, attempt=attempt_of(ref), age_s=age_of(ref))

    @activity.defn
    async def set_activity(self, setting: ActivitySetting, ref: WriteRef) -> Receipt[Claim]:
        receipt = await self._claims.set_activity(setting, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        return await read_back(receipt, self._planned(setting, ref), self._of(setting))

    @activity.defn
    async def end_activity(self, setting: ActivitySetting, ref: WriteRef) -> Receipt[Claim]:
        """Undo set_activity. On a claim that was withdrawn or closed meanwhile nobody works any more."""
        if gone := await self._no_longer_open(setting.claim_id, ref):
            return await _if_made(gone, self._claims.find_activity(setting, ref.undo))
        receipt = await self._claims.end_activity(setting, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        return await read_back(receipt, self._has(setting, done=True), self._of(setting))

    @activity.defn
    async def record_payment(self, record: PaymentRecord, ref: WriteRef) -> Receipt[Claim]:
        receipt = await self._claims.record_payment(record, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        found = self._claims.find_payment(record, ref)
        return await read_back(receipt, _without_reference(found), f"Payment on claim {record.claim_id}")

    @activity.defn
    async def join_notice(self, notice: Notice, ref: WriteRef) -> Receipt[Claim]:
        receipt = await self._claims.join_notice(notice, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        found = self._claims.find_notice(notice, ref)
        return await read_back(receipt, _without_reference(found), f"Notice on claim {notice.claim_id}")

    @activity.defn
    async def close_claim(self, closure: Closure, ref: WriteRef) -> Receipt[Claim]:
        receipt = await self._claims.close_claim(closure, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        closed = self._is(closure.claim_id, ClaimState.CLOSED)
        return await read_back(receipt, closed, f"Closing of claim {closure.claim_id}")

    @activity.defn
    async def reopen_claim(self, reopening: Reopening, ref: WriteRef) -> Receipt[Claim]:
        receipt = await self._claims.reopen_claim(reopening, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        found = self._claims.find_reopening(reopening, ref)
        return await read_back(receipt, _without_reference(found), f"Reopening of claim {reopening.claim_id}")

    @activity.defn
    async def close_reopened(self, reopening: Reopening, ref: WriteRef) -> Receipt[Claim | None]:
        """Undo reopen_claim."""
        receipt = await self._claims.close_reopened(reopening, ref, attempt=attempt_of(ref), age_s=age_of(ref))
        if receipt.value is None:
            return receipt
        closed = self._is(reopening.claim_id, ClaimState.CLOSED)
        return await read_back(receipt, closed, f"Closing of claim {reopening.claim_id} again")

    async def _is(self, claim_id: str, state: ClaimState) -> bool:
        return (await self._claims.get_claim(claim_id)).state is state

    async def _no_longer_open(self, claim_id: str, ref: WriteRef) -> Receipt[Claim] | None:
        """Undos go on when one of them fails. Taken up again after that of the claim itself, it would be refused for
        ever: on a claim that is withdrawn, or closed again, nothing can be set, and nothing is left to take back."""
        claim = await self._claims.get_claim(claim_id)
        if claim.state not in (ClaimState.WITHDRAWN, ClaimState.CLOSED):
            return None
        return Receipt[Claim](value=claim, outcome=Applied.FOUND, ref=ref.undo.value, key=ref.undo.key)

    async def _reserved(self, setting: ReserveSetting, ref: WriteRef) -> bool:
        """A reserve that payments have used up is none already: that we have released it, only the file tells."""
        claim = await self._claims.find_reserve(setting, ref)
        return claim is not None and claim.reserve == setting.amount

    async def _planned(self, setting: ActivitySetting, ref: WriteRef) -> bool:
        claim = await self._claims.find_activity(setting, ref)
        return claim is not None and _shows(claim, setting.name, done=setting.done)

    async def _holds(self, setting: ReserveSetting) -> bool:
        return (await self._claims.get_claim(setting.claim_id)).reserve == setting.amount

    async def _has(self, setting: ActivitySetting, *, done: bool) -> bool:
        return _shows(await self._claims.get_claim(setting.claim_id), setting.name, done=done)

    def _of(self, setting: ActivitySetting) -> str:
        return f"Activity {setting.name} of claim {setting.claim_id}"


async def _if_made(receipt: Receipt[Claim], found: Awaitable[Claim | None]) -> Receipt[Claim]:
    """An undo whose answers were lost may be on the file all the same: then the record says that it was seen there."""
    seen_at = datetime.now(UTC) if await found else None
    return receipt.model_copy(update={"read_back_at": seen_at})


def _shows(claim: Claim, name: str, *, done: bool) -> bool:
    return any(activity.name == name and activity.done is done for activity in claim.activities)


async def _without_reference(finding: Awaitable[Claim | None]) -> bool:
    """The claim carries the reference of whoever opened it; found by ours is proof enough."""
    return await finding is not None
