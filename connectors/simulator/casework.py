"""What is done to cases besides keeping them. Each write leaves a comment with our reference: so it is found."""

from typing import Any

from connectors.effects import Safety, Undo, WriteRef, WriteSpec
from connectors.guard import writes
from connectors.paths import seg
from connectors.simulator.account import KEY_HEADER, KEY_TTL, REPLAYED, Listed
from connectors.simulator.cases import CaseReply, SimulatedCases
from connectors.writes import Write
from domain.cases import (
    Case,
    CaseChange,
    CaseComment,
    CaseLink,
    CaseMerge,
    CaseQuery,
    CaseReopening,
    CaseState,
)

_FACTS = "docs/simulators.md#cases"


def _keyed(undo: Undo = Undo.NEVER, undo_by: str = "") -> WriteSpec:
    return WriteSpec(
        safety=Safety.NATIVE_KEY, key_header=KEY_HEADER, key_ttl=KEY_TTL, replay_header=REPLAYED, finder="find_said",
        undo=undo, undo_by=undo_by, facts=_FACTS,
    )  # fmt: skip


class SimulatedCasework(SimulatedCases):
    async def find_cases(self, query: CaseQuery) -> list[Case]:
        params = query.model_dump(exclude_defaults=True)
        found = await self.http.read("GET", "/cases", params=params, into=Listed[CaseReply])
        return [case.case() for case in found.data]

    @writes(_keyed())
    async def comment_case(self, comment: CaseComment, w: Write) -> Case:
        body = comment.model_dump(mode="json", exclude={"case_id"}) | {"reference": w.ref.value}
        return await self._sent("POST", f"{_at(comment)}/comments", w, body)

    @writes(_keyed())
    async def change_case(self, change: CaseChange, w: Write) -> Case:
        given = change.model_dump(mode="json", exclude={"case_id", "version", "before"}, exclude_defaults=True)
        headers = {"If-Match": change.version} if change.version else {}
        return await self._sent("PATCH", _at(change), w, given | {"reference": w.ref.value}, headers)

    @writes(_keyed())
    async def link_case(self, link: CaseLink, w: Write) -> Case:
        return await self._sent("PUT", f"{_at(link)}/links/{seg(link.related_id)}", w, {"reference": w.ref.value})

    @writes(_keyed())
    async def merge_case(self, merge: CaseMerge, w: Write) -> Case:
        body = {"into": merge.into_id, "comment": merge.comment, "reference": w.ref.value}
        return await self._sent("POST", f"{_at(merge)}/merge", w, body)

    @writes(_keyed(Undo.PARTIAL, "close_again"))  # the time of its resolution is a new one
    async def reopen_case(self, reopening: CaseReopening, w: Write) -> Case:
        given = reopening.model_dump(mode="json", exclude={"case_id"}, exclude_defaults=True)
        body = given | {"state": CaseState.OPEN.value, "reference": w.ref.value}
        return await self._sent("PATCH", _at(reopening), w, body)

    @writes(WriteSpec(safety=Safety.NATURAL, key_header=KEY_HEADER, undo_of="reopen_case", facts=_FACTS))
    async def close_again(self, reopening: CaseReopening, w: Write) -> Case | None:
        case = await self.find_said(reopening, w.target)
        if case is None or case.closed:
            return case
        body = {"state": CaseState.RESOLVED.value, "reference": w.ref.value}
        return await self._sent("PATCH", _at(reopening), w, body)

    async def find_said(
        self, said: CaseComment | CaseChange | CaseLink | CaseMerge | CaseReopening, ref: WriteRef
    ) -> Case | None:
        case = await self.http.read("GET", _at(said), into=CaseReply)
        return case.case() if any(comment.reference == ref.value for comment in case.comments) else None

    async def _sent(
        self, method: str, path: str, w: Write, body: dict[str, Any], headers: dict[str, str] | None = None
    ) -> Case:
        return (await self.http.write(method, path, w, json=body, headers=headers or {}, into=CaseReply)).case()


def _at(said: CaseComment | CaseChange | CaseLink | CaseMerge | CaseReopening) -> str:
    return f"/cases/{seg(said.case_id)}"
