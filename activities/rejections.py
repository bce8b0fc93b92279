"""A person's no, kept in Handrail's own books."""

from datetime import datetime
from typing import Protocol

from temporalio import activity

from domain.rejections import Rejection


class RejectionBook(Protocol):
    async def record(self, rejection: Rejection) -> None: ...
    async def of_customer(self, tenant: str, customer_id: str, now: datetime) -> list[Rejection]: ...


class RejectionActivities:
    def __init__(self, book: RejectionBook) -> None:
        self._book = book

    @activity.defn
    async def record_rejection(self, rejection: Rejection) -> None:
        await self._book.record(rejection)
