"""Each of the twelve commands, in every place where a run of any process waits: those that its answer lists are
obeyed, all others are refused with a rule and a reason, and change nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from domain.answers import Answer
from tests.desk.desk import Desk
from tests.desk.doors import Problem
from tests.desk.people import Conversation, Person
from tests.properties.crowd import ROLES, right_words
from tests.properties.matters import BROUGHT, MATTERS, Matter
from tests.step_up.outbox import codes
from workflows._catalog import tools

TWELVE = (
    "confirm", "amend", "withdraw", "provide", "verify", "decide", "claim", "release", "take_over", "hand_back",
    "retry", "note",
)  # fmt: skip
ALSO = {"hand_off", "resolve", "reassign"}
"""Commands that the design has beside the twelve."""


@dataclass
class Place:
    """A run that waits, and who is there."""

    desk: Desk
    matter: Matter
    caller: Conversation
    ana: Person
    ben: Person
    run: Answer
    confirmed: set[str] = field(default_factory=set)

    async def now(self) -> Answer:
        return await self.desk.http.answer(self.ana.token, self.run.reference)

    async def said_already(self, now: Answer) -> set[str]:
        """A yes that was given, and holding what one holds."""
        holds = (await self.ana.packet(self.run))["owner"] == "ana"
        return ({"confirm"} if now.digest in self.confirmed else set()) | ({"claim", "take_over"} if holds else set())

    async def try_command(self, command: str) -> Problem | None:
        """By whoever may: None when one of them was obeyed, else how the last one was refused."""
        now, packet = await self.now(), await self.ana.packet(self.run)
        sent = await codes(self.desk.shop) if self.matter.codes else []
        body = right_words(command, now, packet["gate"], self.matter, sent[-1] if sent else "111111")[0]
        refused: Problem | None = None
        for person in (self.ana, self.ben):
            try:
                await self.desk.http.say(person.token, self.run.reference, command, body)
                return None
            except Problem as problem:
                refused = problem
        return refused


Way = Callable[[Place], Awaitable[None]]


async def asked(place: Place) -> None:
    place.run = await place.caller.call(place.matter.tool, place.matter.arguments, wait_s=8)


async def said_yes(place: Place) -> None:
    await asked(place)
    digest = place.run.digest
    place.confirmed.add(digest)
    place.run = await place.caller.call(place.matter.tool, place.matter.arguments, confirm=digest, wait_s=8)


async def unverified(place: Place) -> None:
    place.caller = place.desk.agent(order=place.matter.sold)
    await asked(place)


async def taken_over(place: Place) -> None:
    await asked(place)
    await place.ana.say(place.run, "take_over", reason="He is upset.")


async def taken_over_at_the_gate(place: Place) -> None:
    await said_yes(place)
    await place.ana.say(place.run, "take_over")


async def released(place: Place) -> None:
    await taken_over(place)
    await place.ana.say(place.run, "release")


async def in_repair(place: Place) -> None:
    """A last step is refused: the money, if any, is gone."""
    for operation in ("add_note", "comment_case", "send_message"):
        await place.desk.shop.fault(operation, "refuse", None, code="not_today", message="Not today.")
    await said_yes(place)
    if place.run.status != "handed_off":
        place.run = await place.desk.later(place.run, "handed_off")


async def being_settled(place: Place) -> None:
    await place.desk.shop.settings(settle_after_s=3_600)
    await said_yes(place)
    place.run = await place.desk.until(place.run, lambda now: "being settled" in now.say)


PLACES: dict[str, tuple[str, Way]] = {
    "a refund of an unknown caller": ("a small refund", unverified),
    "a refund to be confirmed": ("a refund to be confirmed", asked),
    "a refund at its gate": ("a refund to be approved", said_yes),
    "a refund that needs a code": ("a refund that needs a code", asked),
    "a refund that is taken over": ("a refund to be confirmed", taken_over),
    "a refund that is taken over at its gate": ("a refund to be approved", taken_over_at_the_gate),
    "a refund that was released": ("a refund to be confirmed", released),
    "a refund in repair": ("a refund to be confirmed", in_repair),
    "a refund that is being settled": ("a small refund", being_settled),
    **{
        f"{what}, {where}": (what, way)
        for what in (
            "a cancellation", "a return", "an exchange for something dearer", "other items", "another delivery address",
            "another payment", "another address", *BROUGHT,
        )
        for where, way in (("unverified", unverified), ("asked", asked), ("taken over", taken_over))
    },
    "a cancellation in repair": ("a cancellation", in_repair),
    "a loss of an unknown caller": ("a small loss", unverified),
    "a loss to be confirmed": ("a small loss", asked),
    "a loss told in part": ("a loss told in part", asked),
    "a loss told in part that is taken over": ("a loss told in part", taken_over),
    "a loss with an adjuster": ("a loss for an adjuster", said_yes),
    "a loss in repair": ("a small loss", in_repair),
    "a claim to be reopened": ("a claim reopened", asked),
    "a claim that is reopened and taken over": ("a claim reopened", taken_over),
    "a case of an unknown caller": ("a late parcel", unverified),
    "a case with its team": ("a late parcel", asked),
    "a case that is taken over": ("a late parcel", taken_over),
    "a case to be confirmed": ("a privacy request", asked),
    "a code that is waited for": ("a one-time code", asked),
    "a code that is waited for, taken over": ("a one-time code", taken_over),
    "a conversation that was handed off": ("a conversation", asked),
    "a conversation that a person has": ("a conversation", taken_over),
}  # fmt: skip
A_FEW = (
    "a refund at its gate", "a refund in repair", "a loss told in part", "a case with its team",
    "a conversation that was handed off",
)  # fmt: skip
NEVER_WAIT_FOR_A_CALLER = {"proactive_case", "verify_caller"}
"""The runbook of `case` without a caller; and a verification, which answers at once."""


async def at(desk: Desk, name: str) -> Place:
    what, way = PLACES[name]
    matter = await MATTERS[what](desk)
    ana, ben = desk.person(*ROLES, name="ana"), desk.person(*ROLES, name="ben")
    place = Place(desk, matter, await desk.caller(matter.sold), ana, ben, Answer.model_construct())
    await way(place)
    return place


async def refuses_all_others(place: Place) -> None:
    before = await place.now()
    assert not before.terminal, before
    assert set(before.next) <= {*TWELVE, *ALSO}
    for command in TWELVE:
        if command in before.next:
            continue
        refused = await place.try_command(command)
        if refused is None and command in (await place.said_already(before)):
            continue  # taken as said: nothing changes but the end of a lease
        assert refused, f"{command} is not listed by {before.status} {before.next}, and was obeyed"
        assert (refused.status, bool(refused.rule), bool(refused.body["detail"])) == (409, True, True), (
            command,
            refused,
        )
    after = await place.now()
    assert (after.status, after.next, after.digest, after.say) == (
        before.status, before.next, before.digest, before.say,
    )  # fmt: skip


@pytest.mark.parametrize("name", A_FEW)
async def test_what_is_not_listed_is_refused_with_its_reason(desk: Desk, name: str) -> None:
    await refuses_all_others(await at(desk, name))


@pytest.mark.full
@pytest.mark.parametrize("name", PLACES)
async def test_what_is_listed_is_obeyed_and_nothing_else(desk: Desk, name: str) -> None:
    place = await at(desk, name)
    await refuses_all_others(place)
    listed = [command for command in (await place.now()).next if command in TWELVE]
    for n, command in enumerate(listed):
        refused = await place.try_command(command)
        assert refused is None, f"{command} is listed by {name}, and was refused: {refused}"
        if n < len(listed) - 1:
            await desk.clear()
            await desk.shop.fresh()
            place = await at(desk, name)


async def test_of_a_run_that_has_ended_nothing_is_listed_and_all_is_refused(desk: Desk) -> None:
    place = await at(desk, "a refund to be confirmed")
    await place.caller.call(place.matter.tool, place.matter.arguments, confirm=place.run.digest)

    assert (await place.now()).next == []
    assert {refused.rule for c in TWELVE if (refused := await place.try_command(c))} == {"run.closed"}


async def test_every_process_that_waits_has_its_places(desk: Desk) -> None:
    known = tools()
    told = {known[(await MATTERS[what](desk)).tool].process_name for what, _ in PLACES.values()}
    waiting = {tool.process_name for tool in known.values() if not tool.process.reads_only}

    assert waiting - told == NEVER_WAIT_FOR_A_CALLER
