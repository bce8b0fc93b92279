"""Deciding several gates in one go: each item is a command of its own, judged by its own run."""

import asyncio
from collections.abc import Callable
from typing import Any

from domain.bulk import BulkDecision, BulkItem, ItemOutcome, ItemResult
from domain.calls import Actor
from domain.packet import Packet
from handrail.rail.face import BadArguments, Rail, RailError, Refused, Unavailable, UnknownWork

AT_ONCE = 8
_OVER = {"run.closed", "gate.none", "gate.decided"}


async def decide_all(
    rail: Rail, actor: Actor, ask: BulkDecision, demand: Callable[[Actor, str], None]
) -> list[ItemResult]:
    """A result for each item, in order. `demand` raises when the actor may not decide gates of this process.

    Raises BadArguments when the gates are not all of one kind (nothing is decided then), NotAllowed.
    """
    acting = await rail.represent(actor, ask.on_behalf_of) if ask.on_behalf_of else actor
    room = asyncio.Semaphore(AT_ONCE)
    seen = await asyncio.gather(*(_seen(rail, actor, item, room) for item in ask.items))
    packets = [found for found in seen if isinstance(found, Packet)]
    for process in {packet.process for packet in packets}:
        demand(acting, process)
    _of_one_kind(seen)
    return await asyncio.gather(
        *(_decided(rail, acting, item, found, ask, room) for item, found in zip(ask.items, seen, strict=True))
    )


async def _seen(rail: Rail, actor: Actor, item: BulkItem, room: asyncio.Semaphore) -> Packet | ItemResult:
    async with room:
        try:
            return Packet.model_validate(await rail.packet(actor, item.reference))
        except RailError as error:
            return _failed(item, error)


def _of_one_kind(seen: list[Packet | ItemResult]) -> None:
    """Raises BadArguments, which tells of each item what it is."""
    kinds = {n: (p.process, _kind(p)) for n, p in enumerate(seen) if isinstance(p, Packet) and p.gate}
    if len({*kinds.values()}) > 1:
        what = ", ".join(sorted({kind for _, kind in kinds.values()}))
        text = f"Only gates of one kind are decided together; these are several: {what}. Nothing was decided."
        each = [{"field": f"items.{n}", "reason": kind} for n, (_, kind) in kinds.items()]
        raise BadArguments(text, [{"field": "items", "reason": text}, *each])


def _kind(packet: Packet) -> str:
    action = packet.effect.action if packet.effect else packet.process
    return f"{action} ({packet.gate.rule if packet.gate else ''})"


async def _decided(
    rail: Rail, actor: Actor, item: BulkItem, found: Packet | ItemResult, ask: BulkDecision, room: asyncio.Semaphore
) -> ItemResult:
    if isinstance(found, ItemResult):
        return found
    body: dict[str, Any] = ask.model_dump(mode="json", exclude={"items"}) | {"digest": item.digest, "in_bulk": True}
    async with room:
        try:
            reply = await rail.command(actor, item.reference, "decide", body)
        except RailError as error:
            return _failed(item, error)
    return ItemResult(reference=item.reference, result=ItemOutcome.DECIDED, status=str(reply.answer.status))


def _failed(item: BulkItem, error: RailError) -> ItemResult:
    result, rule, status = ItemOutcome.REFUSED, "", ""
    match error:
        case Refused():
            rule, status = error.rule, str(error.answer.status)
            result = ItemOutcome.ALREADY_DECIDED if rule in _OVER else result
            result = ItemOutcome.CHANGED if rule == "gate.stale" else result
        case UnknownWork():
            result = ItemOutcome.NOT_FOUND
        case Unavailable():
            result = ItemOutcome.NOT_REACHED
    return ItemResult(reference=item.reference, result=result, status=status, rule=rule, text=str(error))
