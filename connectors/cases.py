"""The port to the case system."""

from typing import Protocol

from connectors.effects import Receipt, WriteRef
from domain.cases import Case, CaseDraft, CaseResolution


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
