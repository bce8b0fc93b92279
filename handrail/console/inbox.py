"""The inbox: the work that waits for a person, in the order in which it should be taken."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from domain.calls import Actor
from domain.money import Money
from domain.values import digest
from handrail.console import times
from handrail.console.banners import Banner
from handrail.console.bulk_form import kind_of, together
from handrail.console.desk import Desk, Session, desk, session
from handrail.console.live import Fragment, stream
from handrail.console.offer import Offer
from handrail.console.pages import page, render
from handrail.gateway.scopes import OWN, READ, ScopeMissing, holds, holds_for_some_process
from handrail.rail import InboxQuery, Rail, WorkItem

TABS = {"approvals": "Approvals", "repairs": "Repairs", "handoffs": "Handoffs", "cases": "Cases", "all": "All"}
_OF_PEOPLE = frozenset({"approvals", "repairs", "handoffs"})
LIMIT = 500
"""Rows read at once. Above it the counts say `500+` and the tab is read by itself."""

_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Asked:
    """What the address asks for."""

    tab: str = "approvals"
    customer: str = ""
    mine: bool = False
    closed: bool = False
    offered: bool = False
    """Only what the reader may decide for somebody who is away."""

    @property
    def address(self) -> str:
        """The query of its address."""
        said = {"tab": self.tab, "customer": self.customer}
        return urlencode(said | {name: "1" for name in ("mine", "closed", "offered") if getattr(self, name)})

    @property
    def filtered(self) -> bool:
        return bool(self.customer or self.mine or self.closed or self.offered)

    def query(self, actor: Actor, queue: str = "") -> InboxQuery:
        return InboxQuery(
            queue=queue,
            customer_id=self.customer,
            owner=actor.id if self.mine else "",
            open_only=not self.closed,
            offered=self.offered,
            limit=LIMIT,
        )


@dataclass(frozen=True)
class Row:
    item: WorkItem
    value: str
    wait: times.Wait | None
    """None: nobody waits."""

    may_own: bool
    kind: str = ""
    """Of what may be decided together with others of its kind; empty: only by itself."""

    @property
    def claimable(self) -> bool:
        return bool(self.may_own and self.item.open and self.item.queue and not self.item.owner)


@dataclass(frozen=True)
class Bulk:
    """The form that decides several together: empty, or as it was sent."""

    offer: Offer
    ticked: frozenset[str] = frozenset()
    kinds: dict[str, list[str]] = field(default_factory=dict)
    """The references of each kind, when several kinds were ticked."""


async def inbox_page(request: Request) -> Response:
    who, asked = await session(request), asked_of(request.query_params)
    return await show_inbox(request, who, asked)


async def inbox_live(request: Request) -> Response:
    who, asked, here = await session(request), asked_of(request.query_params), desk(request)
    return stream(_changes(here, who, asked), seen=request.query_params.get("seen", ""))


async def _changes(here: Desk, who: Session, asked: Asked) -> AsyncIterator[Fragment]:
    while True:
        await here.person(who.token)
        yield await _fragment(here.rail, who, asked)
        await asyncio.sleep(here.inbox_every_s)


async def show_inbox(
    request: Request, who: Session, asked: Asked, *, banner: Banner | None = None,
    bulk: "Bulk | None" = None, status: int = 200,
) -> Response:  # fmt: skip
    fragment = await _fragment(desk(request).rail, who, asked, bulk)
    return page(
        request, "inbox.html", status=status, signed_in=who, asked=asked, tabs=TABS, fragment=fragment,
        live=_live(asked), banner=banner,
    )  # fmt: skip


async def _fragment(rail: Rail, who: Session, asked: Asked, bulk: Bulk | None = None) -> Fragment:
    items, counts = await _read(rail, who.actor, asked)
    rows = [_row(item, who.actor) for item in sorted(items, key=_order)]
    mandates = await rail.mandates(who.actor)
    kinds = {row.kind for row in rows} - {""}
    bulk = bulk or (Bulk(together(mandates, asked.address)) if kinds else None)
    seen: list[Any] = [[row.item, row.wait] for row in rows]
    html = render(
        "_inbox.html", rows=rows, counts=counts, asked=asked, tabs=TABS, who=who, bulk=bulk and bulk.offer,
        ticked=bulk.ticked if bulk else (), told_apart=bulk.kinds if bulk else {}, several=len(kinds) > 1,
        lent=bool(mandates),
    )  # fmt: skip
    return Fragment(html=html, version=digest([seen, counts]))


async def _read(rail: Rail, actor: Actor, asked: Asked) -> tuple[list[WorkItem], dict[str, str]]:
    """The rows of the tab, and how many each tab has: one query unless there are very many."""
    if not holds_for_some_process(actor, READ):
        raise ScopeMissing(actor, READ.format(process="*"), "The inbox")
    everything = await rail.inbox(actor, asked.query(actor))
    everything, full = (
        [i for i in everything if holds(actor.scopes, READ.format(process=i.process))],
        len(everything) >= LIMIT,
    )
    by_tab = {tab: [i for i in everything if tab in {"all", tab_of(i)}] for tab in TABS}
    counts = {tab: f"{len(items)}{'+' if full else ''}" for tab, items in by_tab.items()}
    if full and asked.tab in _OF_PEOPLE:
        by_tab[asked.tab] = await rail.inbox(actor, asked.query(actor, asked.tab))
    return [i for i in by_tab[asked.tab] if holds(actor.scopes, READ.format(process=i.process))], counts


def tab_of(item: WorkItem) -> str:
    """Everything that lies in a team's own queue is a case."""
    return item.queue if item.queue in _OF_PEOPLE else "cases" if item.queue else ""


def _row(item: WorkItem, actor: Actor) -> Row:
    value = str(Money(minor=item.value_minor, currency=item.currency)) if item.currency else ""
    waits = item.open and item.queue
    wait = times.wait_age(item.opened_at, item.due_at, times.now()) if waits else None
    return Row(item, value, wait, may_own=holds(actor.scopes, OWN), kind=kind_of(item, actor))


def _order(item: WorkItem) -> tuple[datetime, int, str]:
    due = item.due_at or _LAST
    return (due if due.tzinfo else due.replace(tzinfo=UTC)), -item.value_minor, item.reference


def asked_of(asked: QueryParams) -> Asked:
    tab = asked.get("tab", "approvals")
    return Asked(
        tab=tab if tab in TABS else "approvals",
        customer=asked.get("customer", "").strip()[:200],
        mine=asked.get("mine") == "1",
        closed=asked.get("closed") == "1",
        offered=asked.get("offered") == "1",
    )


def _live(asked: Asked) -> str:
    return f"/live?{asked.address}"
