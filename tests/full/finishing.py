"""How a run comes to its end once nothing keeps it any more: by itself, or with a person at the repair queue."""

from tests.full.rig import Answer, Rig, until


async def finished(rig: Rig, reference: str, *, helped: bool) -> Answer:
    """Its last answer. A person says `retry` to what is parked: where only he can or the pause is long by now, and
    (`helped`) everywhere."""

    async def look() -> Answer | None:
        now = await rig.answer(reference, wait=2)
        if "retry" in now["next"] and (helped or now["status"] == "handed_off" or await _long_pause(rig, reference)):
            await rig.work(f"/{reference}/retry", {"action": "retry"}, who="ana")
        return now if now["terminal"] else None

    try:
        return await until(look, f"{reference} to end")
    except TimeoutError:
        return await rig.answer(reference)


async def _long_pause(rig: Rig, reference: str) -> bool:
    """Pauses double from 5 s on: after the third failure it is 20 s and more."""
    repair = (await rig.packet(reference))["repair"]
    return repair is not None and repair["attempts"] > 3


async def unlisted(rig: Rig, references: set[str]) -> set[str]:
    """Those that the repair queue never shows, though they have not ended since. Temporal's visibility may lag behind,
    and what is just being tried again is not in it."""
    listed: set[str] = set()

    async def look() -> bool | None:
        listed.update(await rig.inbox("repairs"))
        return references <= listed or None

    try:
        await until(look, "the repair queue", patience_s=30)
    except TimeoutError:
        return {missing for missing in references - listed if not (await rig.answer(missing))["terminal"]}
    return set()
