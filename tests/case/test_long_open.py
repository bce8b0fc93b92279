"""A case that is open for long goes on as a new Temporal run; nobody who speaks to it sees a difference."""

import pytest

from domain.answers import Answer
from tests.case.caseload import id_of, in_the_case_system, late, on_record, opened, texts, told
from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.people import Conversation, Person
from tests.desk.shop import Shop
from workflows import _moving_on

SHORT = 40


@pytest.fixture
async def caller(desk: Desk, order: Sold) -> Conversation:
    return await desk.caller(order)


@pytest.fixture
async def case(caller: Conversation, order: Sold, monkeypatch: pytest.MonkeyPatch) -> Answer:
    monkeypatch.setattr(_moving_on, "LONGEST_HISTORY", SHORT)
    return await opened(caller, late(order))


async def run_of(desk: Desk, case: Answer) -> str:
    return (await desk.handle(case).describe()).run_id


async def much_happens(desk: Desk, case: Answer, person: Person) -> None:
    """Until it has gone on as another run."""
    first, n = await run_of(desk, case), 0
    while await run_of(desk, case) == first:
        n += 1
        await person.say(case, "note", text=f"Note {n}.")
    await person.say(case, "note", text="The last one.")


async def test_what_was_said_and_done_goes_along(
    desk: Desk, shop: Shop, caller: Conversation, order: Sold, case: Answer
) -> None:
    ana = desk.person("agent", name="ana")
    await ana.say(case, "claim")
    before = await ana.packet(case)

    await much_happens(desk, case, ana)

    after = await ana.packet(case)
    assert after["owner"] == "ana"
    assert [note["text"] for note in after["notes"]][:1] == ["Note 1."]
    assert after["notes"][-1]["text"] == "The last one."
    assert after["steps"][0] == before["steps"][0]
    for part in ("facts", "caller", "assurance", "policy", "links", "slots", "promises", "title"):
        assert after[part] == before[part], part
    assert (await caller.call("create_case", late(order))).reference == case.reference
    await ana.say(case, "resolve", comment="Found.")
    assert (await desk.end(case)).say == f"Case {id_of(case)} is resolved."
    said = await texts(shop)
    assert said == list(dict.fromkeys(said))
    assert (said[0], said[-2:]) == ("human Ana: Note 1.", ["human Ana: The last one.", "human Ana: Found."])
    history = await ana.history(case)
    assert history["verified"] == {"ok": True, "problems": []}
    assert [event["type"] for event in history["events"]].count("called") == 1


@pytest.mark.full
async def test_it_is_one_piece_of_work_however_often_it_went_on(
    desk: Desk, caller: Conversation, order: Sold, case: Answer
) -> None:
    ana = desk.person("agent", name="ana")
    await much_happens(desk, case, ana)
    await much_happens(desk, case, ana)
    await ana.say(case, "resolve")
    await desk.end(case)

    found: list[dict[str, object]] = []
    while not any(item["status"] == "done" for item in found):
        found = [i for i in await ana.inbox(customer=order.customer, open_only="false") if i["process"] == "case"]
    listed = await caller.call("list_work_for_call")

    assert [item["reference"] for item in found] == [case.reference]
    assert listed.result
    assert [w["reference"] for w in listed.result["work"] if w["process"] == "case"] == [case.reference]


async def test_it_is_still_changed_and_taken_back(
    desk: Desk, shop: Shop, caller: Conversation, order: Sold, case: Answer
) -> None:
    await much_happens(desk, case, desk.person("agent"))

    await caller.say(case, "amend", arguments={"subject": "Parcel is lost"})
    await told(desk, case, subject="Parcel is lost")
    await caller.say(case, "withdraw")

    assert (await desk.end(case)).status == "undone"
    record = await on_record(shop, id_of(case))
    assert (record["state"], record["subject"]) == ("withdrawn", "Parcel is late")


@pytest.mark.full
async def test_its_clock_goes_on(desk: Desk, shop: Shop, case: Answer) -> None:
    await much_happens(desk, case, desk.person("agent"))

    await desk.skip(case, days=10)

    assert (await told(desk, case, queue="duty_manager")).result
    await in_the_case_system(shop, id_of(case), state="resolved")
    await desk.skip(case, hours=5)
    assert (await desk.end(case)).status == "done"


@pytest.mark.full
async def test_who_waits_for_its_next_answer_hears_it(desk: Desk, case: Answer) -> None:
    ana = desk.person("agent", name="ana")
    await much_happens(desk, case, ana)

    now = await desk.http.answer(ana.token, case.reference)
    await ana.say(case, "resolve")
    later = await desk.http.answer(ana.token, case.reference, wait_s=5, after=now.revision)

    assert later.revision > now.revision


@pytest.mark.full
async def test_what_was_masked_before_is_masked_after(
    desk: Desk, caller: Conversation, order: Sold, case: Answer
) -> None:
    """Also what is no longer asked for: the subject of before it was amended."""
    ana, before = desk.person("agent", name="ana"), "Parcel is late"
    await caller.say(case, "amend", arguments={"subject": "Where is it"})
    await told(desk, case, subject="Where is it")
    await much_happens(desk, case, ana)

    await ana.say(case, "take_over", reason=f"She said {before}, and was cut off")
    await ana.say(case, "resolve")
    await desk.end(case)

    history = await ana.history(case)
    taken = [event["body"] for event in history["events"] if event["body"].get("command") == "take_over"]
    assert [body["reason"] for body in taken] == ["She said [their words], and was cut off"]
    assert before not in str(history["events"])
