"""Cases."""

from typing import Annotated

from pydantic import BaseModel

from connectors.effects import Safety, Undo, WriteRef, WriteSpec
from connectors.guard import writes
from connectors.paths import seg
from connectors.shapes import or_unknown
from connectors.simulator.account import KEY_HEADER, KEY_TTL, REPLAYED, Listed, SimulatedSystem
from connectors.writes import Write
from domain.cases import Case, CaseDraft, CaseResolution, CaseState

_CLOSED = (CaseState.RESOLVED, CaseState.WITHDRAWN)
_SINCE_INTAKE = {"category", "priority", "links", "records", "attachments", "first_response_due", "resolution_due"}


class Comment(BaseModel):
    reference: str = ""


class CaseReply(Case):
    state: Annotated[CaseState, or_unknown(CaseState)]
    comments: list[Comment]

    def case(self) -> Case:
        return Case.model_validate(dict(self))


class SimulatedCases(SimulatedSystem):
    @writes(
        WriteSpec(
            safety=Safety.NATIVE_KEY,
            key_header=KEY_HEADER,
            key_ttl=KEY_TTL,
            replay_header=REPLAYED,
            finder="find_case",
            undo=Undo.EXACT,
            undo_by="withdraw_case",
            facts="docs/simulators.md#cases",
        )
    )
    async def open_case(self, draft: CaseDraft, w: Write) -> Case:
        body = {
            "subject": draft.subject,
            "customer_id": draft.customer_id,
            "order_id": draft.order_id,
            "queue": draft.queue,
            "body": draft.body,
            "reference": w.ref.value,
            **draft.model_dump(mode="json", include=_SINCE_INTAKE, exclude_defaults=True),
        }
        return (await self.http.write("POST", "/cases", w, json=body, into=CaseReply)).case()

    @writes(
        WriteSpec(safety=Safety.NATURAL, key_header=KEY_HEADER, undo_of="open_case", facts="docs/simulators.md#cases")
    )
    async def withdraw_case(self, draft: CaseDraft, w: Write) -> Case | None:
        case = await self.find_case(draft, w.target)
        if case is None or case.state is CaseState.WITHDRAWN:
            return case
        body = {"state": CaseState.WITHDRAWN.value, "reference": w.ref.value}
        return (await self.http.write("PATCH", f"/cases/{seg(case.id)}", w, json=body, into=CaseReply)).case()

    @writes(
        WriteSpec(
            safety=Safety.NATIVE_KEY,
            key_header=KEY_HEADER,
            key_ttl=KEY_TTL,
            replay_header=REPLAYED,
            finder="find_resolution",
            facts="docs/simulators.md#cases",
        )
    )
    async def resolve_case(self, resolution: CaseResolution, w: Write) -> Case:
        body = {
            "state": resolution.state.value,
            "comment": resolution.comment or "Resolved.",  # the comment carries our reference: without it, no finder
            "reference": w.ref.value,
        }
        path = f"/cases/{seg(resolution.case_id)}"
        return (await self.http.write("PATCH", path, w, json=body, into=CaseReply)).case()

    async def find_case(self, draft: CaseDraft, ref: WriteRef) -> Case | None:
        found = await self.http.read("GET", "/cases", params={"reference": ref.value}, into=Listed[CaseReply])
        return next((case.case() for case in found.data if case.reference == ref.value), None)

    async def find_resolution(self, resolution: CaseResolution, ref: WriteRef) -> Case | None:
        case = await self.http.read("GET", f"/cases/{seg(resolution.case_id)}", into=CaseReply)
        return case.case() if any(comment.reference == ref.value for comment in case.comments) else None

    async def get_case(self, case_id: str) -> Case:
        return (await self.http.read("GET", f"/cases/{seg(case_id)}", into=CaseReply)).case()

    async def find_open_cases(self, customer_id: str) -> list[Case]:
        params = {"customer_id": customer_id}
        found = await self.http.read("GET", "/cases", params=params, into=Listed[CaseReply])
        return [case.case() for case in found.data if case.state not in _CLOSED]
