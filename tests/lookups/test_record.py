"""What a lookup tells of a person: beside the chain, in no file in clear, and gone once he is erased."""

from typing import Any

import pytest

from domain.answers import Answer
from domain.evidence import Event, Who
from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.shop import Shop

OFFICER = Who(kind="human", id="u-9", name="Data Officer")
HIS = ("Zwiebelfisch", "Krokodilgasse", "quastenflosser@example.com")


@pytest.fixture
async def known_by_name(shop: Shop, order: Sold) -> Sold:
    """The buyer has a name, an address and an e-mail address that nobody else has."""
    document = await shop.state()
    [customer] = [customer for customer in document["customers"] if customer["id"] == order.customer]
    customer |= {"last_name": HIS[0], "email": HIS[2], "address": customer["address"] | {"line1": f"{HIS[1]} 7"}}
    await shop.admin("PUT", "dataset", document)
    return Sold(**vars(order) | {"email": HIS[2]})


def told(events: list[Event] | list[dict[str, Any]] | Answer) -> set[str]:
    """Which of his words are in it."""
    return {word for word in HIS if word in str(events)}


async def test_what_a_lookup_tells_of_a_person_is_erasable_and_the_chain_holds_none_of_it(
    desk: Desk, shop: Shop, known_by_name: Sold
) -> None:
    caller = await desk.caller(known_by_name)
    answers = [await caller.call("get_customer"), await caller.call("get_order", {"order_id": known_by_name.id})]
    answers.append(await caller.call("list_work_for_call"))
    book = desk.house.evidence

    histories = [await desk.person("supervisor").history(answer) for answer in answers]
    beside = [await book.for_run("default", answer.reference, personal=True) for answer in answers]
    files = [file.read_bytes() for file in desk.house.settings.home.glob("handrail.db*")]
    await book.erase("default", known_by_name.customer, by=OFFICER)
    erased = [await book.for_run("default", answer.reference, personal=True) for answer in answers]

    assert [told(answer) for answer in answers] == [set(HIS), set(), {HIS[0]}]
    assert [told(history["events"]) for history in histories] == [set()] * 3
    assert [told(events) for events in beside] == [set(HIS), set(), {HIS[0]}]
    assert any(known_by_name.customer.encode() in file for file in files)
    assert [word for word in HIS if any(word.encode() in file for file in files)] == []
    assert [told(events) for events in erased] == [set()] * 3
    assert all([(await book.verify_run("default", answer.reference)).ok for answer in answers])
