"""Ways through a case, for `tests/desk/scenarios.py`."""

from domain.answers import Answer
from tests.case.caseload import late, opened
from tests.desk.desk import Desk
from tests.desk.people import Conversation


async def resolved_case(desk: Desk) -> Answer:
    """The team resolves it."""
    _, case = await _opened(desk)
    await desk.person("agent", name="ana").say(case, "resolve", comment="The carrier found it.")
    return await desk.end(case)


async def late_case(desk: Desk) -> Answer:
    """Nobody answers in time: reminders and an escalation, until it is resolved."""
    _, case = await _opened(desk)
    await desk.skip(case, hours=30)
    await desk.person("agent", name="ana").say(case, "resolve", comment="The carrier found it.")
    return await desk.end(case)


async def withdrawn_case(desk: Desk) -> Answer:
    """The caller takes it back: what was opened is withdrawn."""
    caller, case = await _opened(desk)
    await caller.say(case, "withdraw", reason="It came.")
    return await desk.end(case)


async def case_taken_over(desk: Desk) -> Answer:
    """A person takes it over while it is being opened, and goes on with it to its end."""
    order = await desk.shop.sell(status="shipped")
    caller = await desk.caller(order)
    await desk.shop.fault("open_case", "slow", delay_ms=700)
    begun = await caller.call("create_case", late(order), wait_s=0.1)
    person = desk.person("agent", name="ana")
    await desk.until(begun, lambda now: "on its way" in now.say)
    await person.say(begun, "take_over")
    await desk.later(begun, "handed_off")
    await person.say(begun, "retry")
    await desk.until(begun, lambda now: "resolve" in now.next)
    await person.say(begun, "resolve", comment="The carrier found it.")
    return await desk.end(begun)


async def _opened(desk: Desk) -> tuple[Conversation, Answer]:
    order = await desk.shop.sell(status="shipped")
    caller = await desk.caller(order)
    return caller, await opened(caller, late(order))
