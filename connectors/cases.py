"""The port to the case system."""

from typing import Protocol, runtime_checkable

from connectors.effects import Receipt, WriteRef
from domain.cases import (
    Case,
    CaseChange,
    CaseComment,
    CaseDraft,
    CaseLink,
    CaseMerge,
    CaseQuery,
    CaseReopening,
    CaseResolution,
)


class KeepsCases(Protocol):
    async def open_case(
        self, draft: CaseDraft, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Case]: ...

    async def withdraw_case(
        self, draft: CaseDraft, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Case | None]:
        """Undo `open_case`: find it by `ref` and withdraw it. Nothing to withdraw: the receipt's value is None."""
        ...

    async def resolve_case(
        self, resolution: CaseResolution, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Case]: ...

    async def find_case(self, draft: CaseDraft, ref: WriteRef) -> Case | None: ...

    async def get_case(self, case_id: str) -> Case:
        """Raises NotFound."""
        ...

    async def find_open_cases(self, customer_id: str) -> list[Case]: ...


@runtime_checkable
class WorksCases(Protocol):
    """What a case system can do besides keeping cases. Every write leaves a comment that carries our reference."""

    async def find_cases(self, query: CaseQuery) -> list[Case]:
        """The customer's cases, or the owner's, closed ones too, newest first."""
        ...

    async def comment_case(
        self, comment: CaseComment, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Case]: ...

    async def change_case(
        self, change: CaseChange, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Case]:
        """Raises Conflict when the change names a version and the case has another one."""
        ...

    async def link_case(
        self, link: CaseLink, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Case]: ...

    async def merge_case(
        self, merge: CaseMerge, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Case]:
        """The receipt's value is the case that is closed by it. Raises Rejected when the two do not fit."""
        ...

    async def reopen_case(
        self, reopening: CaseReopening, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Case]: ...

    async def close_again(
        self, reopening: CaseReopening, ref: WriteRef, /, *, attempt: int = 1, age_s: float = 0
    ) -> Receipt[Case | None]:
        """Undo `reopen_case`: the case is resolved again, at a new time. Nothing was reopened: the value is None."""
        ...

    async def find_said(
        self, said: CaseComment | CaseChange | CaseLink | CaseMerge | CaseReopening, ref: WriteRef
    ) -> Case | None:
        """The case, if it carries a comment with our reference."""
        ...
