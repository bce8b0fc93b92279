"""Coverages and claims."""

from typing import Annotated, Any

from pydantic import BaseModel

from connectors.effects import Safety, Undo, WriteRef, WriteSpec
from connectors.guard import writes
from connectors.paths import seg
from connectors.shapes import or_unknown
from connectors.simulator.account import KEY_HEADER, KEY_TTL, REPLAYED, Listed, SimulatedSystem
from connectors.writes import Write
from domain.claims import (
    ActivitySetting,
    Assessment,
    Claim,
    ClaimDraft,
    ClaimPayment,
    ClaimState,
    Closure,
    Coverage,
    CoverageKind,
    Notice,
    PaymentRecord,
    Reopening,
    ReserveSetting,
    SettlementKind,
)

_FACTS = "docs/simulators.md#claims"


def _keyed(finder: str, **more: Any) -> WriteSpec:
    return WriteSpec(
        safety=Safety.NATIVE_KEY, key_header=KEY_HEADER, key_ttl=KEY_TTL, replay_header=REPLAYED, finder=finder,
        facts=_FACTS, **more,
    )  # fmt: skip


def _upsert(finder: str, undo_by: str) -> WriteSpec:
    """What the diary lists under our reference is not done again."""
    return WriteSpec(
        safety=Safety.UPSERT, key_header=KEY_HEADER, replay_header=REPLAYED, finder=finder, undo=Undo.EXACT,
        undo_by=undo_by, facts=_FACTS,
    )  # fmt: skip


def _undoing(what: str) -> WriteSpec:
    return WriteSpec(safety=Safety.NATURAL, key_header=KEY_HEADER, undo_of=what, facts=_FACTS)


class CoverageReply(Coverage):
    kind: Annotated[CoverageKind, or_unknown(CoverageKind)]
    settles_by: list[Annotated[SettlementKind, or_unknown(SettlementKind)]]

    def coverage(self) -> Coverage:
        return Coverage.model_validate(dict(self))


class Entry(BaseModel):
    kind: str
    reference: str = ""
    void: bool = False


class PaymentReply(ClaimPayment):
    kind: Annotated[SettlementKind, or_unknown(SettlementKind)] = SettlementKind.PAYMENT


class ClaimReply(Claim):
    state: Annotated[ClaimState, or_unknown(ClaimState)]
    payments: list[PaymentReply] = []  # type: ignore[assignment]
    diary: list[Entry]

    def claim(self) -> Claim:
        payments = [ClaimPayment.model_validate(dict(payment)) for payment in self.payments]
        return Claim.model_validate(dict(self) | {"payments": payments})

    def noted(self, kind: str, ref: WriteRef, *, void: bool = False) -> Claim | None:
        wanted = (kind, ref.value, void)
        return self.claim() if any((e.kind, e.reference, e.void) == wanted for e in self.diary) else None


class SimulatedClaims(SimulatedSystem):
    async def find_coverages(self, customer_id: str) -> list[Coverage]:
        params = {"customer_id": customer_id}
        found = await self.http.read("GET", "/claims/coverages", params=params, into=Listed[CoverageReply])
        return [coverage.coverage() for coverage in found.data]

    async def find_claims(self, customer_id: str) -> list[Claim]:
        params = {"customer_id": customer_id}
        found = await self.http.read("GET", "/claims", params=params, into=Listed[ClaimReply])
        return [claim.claim() for claim in found.data]

    async def get_claim(self, claim_id: str) -> Claim:
        return (await self._file(claim_id)).claim()

    @writes(_keyed("find_claim", undo=Undo.EXACT, undo_by="withdraw_claim"))
    async def open_claim(self, draft: ClaimDraft, w: Write) -> Claim:
        body = draft.model_dump(mode="json") | {"reference": w.ref.value}
        return (await self.http.write("POST", "/claims", w, json=body, into=ClaimReply)).claim()

    @writes(_undoing("open_claim"))
    async def withdraw_claim(self, draft: ClaimDraft, w: Write) -> Claim | None:
        claim = await self.find_claim(draft, w.target)
        if claim is None or claim.state is ClaimState.WITHDRAWN:
            return claim
        return await self._change(claim.id, w, state="withdrawn")

    @writes(_upsert("find_reserve", "release_reserve"))
    async def set_reserve(self, setting: ReserveSetting, w: Write) -> Claim:
        return await self._reserve(setting.claim_id, setting.amount.model_dump(), w)

    @writes(_undoing("set_reserve"))
    async def release_reserve(self, setting: ReserveSetting, w: Write) -> Claim:
        return await self._reserve(setting.claim_id, {"minor": 0, "currency": setting.amount.currency}, w)

    @writes(_upsert("find_assessment", "restore_assessment"))
    async def assess_claim(self, assessment: Assessment, w: Write) -> Claim:
        body = {"amount": assessment.amount.model_dump(), "text": assessment.text, "reference": w.ref.value}
        return await self._assess(assessment.claim_id, body, w)

    @writes(_undoing("assess_claim"))
    async def restore_assessment(self, assessment: Assessment, w: Write) -> Claim | None:
        file = await self._file(assessment.claim_id)
        if file.noted("assessed", w.target, void=True):
            return file.claim()  # an earlier attempt did it
        if file.noted("assessed", w.target) is None:
            return None
        return await self._assess(assessment.claim_id, {"voids": w.target.value}, w)

    @writes(_upsert("find_activity", "end_activity"))
    async def set_activity(self, setting: ActivitySetting, w: Write) -> Claim:
        return await self._activity(setting, setting.done, w)

    @writes(_undoing("set_activity"))
    async def end_activity(self, setting: ActivitySetting, w: Write) -> Claim:
        return await self._activity(setting, True, w)

    @writes(_keyed("find_payment"))
    async def record_payment(self, record: PaymentRecord, w: Write) -> Claim:
        body = record.model_dump(exclude={"claim_id"}) | {"reference": w.ref.value}
        path = f"/claims/{seg(record.claim_id)}/payments"
        return (await self.http.write("POST", path, w, json=body, into=ClaimReply)).claim()

    @writes(_keyed("find_notice"))
    async def join_notice(self, notice: Notice, w: Write) -> Claim:
        body = notice.model_dump(exclude={"claim_id"}) | {"reference": w.ref.value}
        path = f"/claims/{seg(notice.claim_id)}/notices"
        return (await self.http.write("POST", path, w, json=body, into=ClaimReply)).claim()

    @writes(_keyed("find_closure"))
    async def close_claim(self, closure: Closure, w: Write) -> Claim:
        return await self._change(closure.claim_id, w, state="closed", outcome=closure.outcome, text=closure.text)

    @writes(_keyed("find_reopening", undo=Undo.EXACT, undo_by="close_reopened"))
    async def reopen_claim(self, reopening: Reopening, w: Write) -> Claim:
        amount = reopening.amount.model_dump()
        return await self._change(reopening.claim_id, w, state="open", text=reopening.reason, amount=amount)

    @writes(_undoing("reopen_claim"))
    async def close_reopened(self, reopening: Reopening, w: Write) -> Claim | None:
        file = await self._file(reopening.claim_id)
        if file.noted("reopened", w.target, void=True):
            return file.claim()  # an earlier attempt did it
        if file.noted("reopened", w.target) is None:
            return None
        return await self._change(reopening.claim_id, w, state="closed", voids=w.target.value)

    async def find_claim(self, draft: ClaimDraft, ref: WriteRef) -> Claim | None:
        found = await self.http.read("GET", "/claims", params={"reference": ref.value}, into=Listed[ClaimReply])
        return next((claim.claim() for claim in found.data if claim.reference == ref.value), None)

    async def find_reserve(self, setting: ReserveSetting, ref: WriteRef) -> Claim | None:
        return (await self._file(setting.claim_id)).noted("reserve", ref)

    async def find_assessment(self, assessment: Assessment, ref: WriteRef) -> Claim | None:
        return (await self._file(assessment.claim_id)).noted("assessed", ref)

    async def find_activity(self, setting: ActivitySetting, ref: WriteRef) -> Claim | None:
        return (await self._file(setting.claim_id)).noted("activity", ref)

    async def find_payment(self, record: PaymentRecord, ref: WriteRef) -> Claim | None:
        claim = await self.get_claim(record.claim_id)
        return claim if any(payment.reference == ref.value for payment in claim.payments) else None

    async def find_notice(self, notice: Notice, ref: WriteRef) -> Claim | None:
        return (await self._file(notice.claim_id)).noted("notice", ref)

    async def find_closure(self, closure: Closure, ref: WriteRef) -> Claim | None:
        return (await self._file(closure.claim_id)).noted("closed", ref)

    async def find_reopening(self, reopening: Reopening, ref: WriteRef) -> Claim | None:
        return (await self._file(reopening.claim_id)).noted("reopened", ref)

    async def _file(self, claim_id: str) -> ClaimReply:
        return await self.http.read("GET", f"/claims/{seg(claim_id)}", into=ClaimReply)

    async def _reserve(self, claim_id: str, amount: dict[str, Any], w: Write) -> Claim:
        body = {"amount": amount, "reference": w.ref.value}
        return (await self.http.write("PUT", f"/claims/{seg(claim_id)}/reserve", w, json=body, into=ClaimReply)).claim()

    async def _assess(self, claim_id: str, body: dict[str, Any], w: Write) -> Claim:
        path = f"/claims/{seg(claim_id)}/assessment"
        return (await self.http.write("PUT", path, w, json=body, into=ClaimReply)).claim()

    async def _activity(self, setting: ActivitySetting, done: bool, w: Write) -> Claim:
        body = {"text": setting.text, "done": done, "reference": w.ref.value}
        path = f"/claims/{seg(setting.claim_id)}/activities/{seg(setting.name)}"
        return (await self.http.write("PUT", path, w, json=body, into=ClaimReply)).claim()

    async def _change(self, claim_id: str, w: Write, **change: Any) -> Claim:
        body = change | {"reference": w.ref.value}
        return (await self.http.write("PATCH", f"/claims/{seg(claim_id)}", w, json=body, into=ClaimReply)).claim()
