import asyncio

from tests.simulators.conftest import Simulators
from tests.simulators.receiver import receiving


async def test_a_refund_that_settles_later_is_pending_first_and_told_when_settled(simulators: Simulators) -> None:
    async with receiving() as receiver:
        webhook = {"url": receiver.url, "secret": "s3cret"}
        await simulators.admin("PUT", "settings", {"settle_after_s": 0.2, "webhook": webhook})
        refund = (await simulators.refund(1_000)).json()
        in_transit = (await simulators.get("/billing/ledger", order_id="4821")).json()["accounts"]
        event = (await receiver.next())[0]

    assert (refund["state"], refund["settled_at"]) == ("pending", None)
    assert in_transit[f"in_transit/{refund['id']}"] == 1_000
    settled = (await simulators.get(f"/billing/refunds/{refund['id']}")).json()
    assert settled["state"] == "settled"
    assert (event["type"], event["data"], event["signed"]) == ("refund.settled", settled, True)
    assert (await simulators.books())["balanced"]


async def test_a_refund_that_fails_puts_the_money_back_on_the_books(simulators: Simulators) -> None:
    async with receiving() as receiver:
        await simulators.admin(
            "PUT", "settings", {"settle_fails": True, "webhook": {"url": receiver.url, "secret": "s3cret"}}
        )
        refund = (await simulators.refund(30_000)).json()
        event = (await receiver.next())[0]

    assert (refund["state"], event["type"], event["data"]["state"]) == ("pending", "refund.failed", "failed")
    payment = await simulators.payment()
    assert (payment["refundable"]["minor"], payment["refunds"][0]["state"]) == (30_000, "failed")
    books = await simulators.books()
    assert (books["balanced"], books["problems"]) == (True, [])
    ledger = (await simulators.get("/billing/ledger", order_id="4821")).json()["accounts"]
    assert ledger == {"clearing/card-4242": -30_000, "sales/4821": 30_000, f"in_transit/{refund['id']}": 0}


async def test_events_come_doubled_and_out_of_order_on_command(simulators: Simulators) -> None:
    async with receiving() as receiver:
        webhook = {"url": receiver.url, "secret": "s3cret", "copies": 2, "shuffle": True}
        await simulators.admin("PUT", "settings", {"settle_after_s": 0.05, "webhook": webhook})
        first, second = (await simulators.refund(1)).json(), (await simulators.refund(2)).json()
        events = await receiver.next(4)

    assert [event["data"]["id"] for event in events] == [second["id"]] * 2 + [first["id"]] * 2
    assert len({event["id"] for event in events}) == 2


async def test_a_late_event_is_late(simulators: Simulators) -> None:
    async with receiving() as receiver:
        webhook = {"url": receiver.url, "secret": "s3cret", "delay_s": 0.3}
        await simulators.admin("PUT", "settings", {"settle_after_s": 0.01, "webhook": webhook})
        started = asyncio.get_running_loop().time()
        await simulators.refund(1)
        await receiver.next()

        assert asyncio.get_running_loop().time() - started >= 0.3


async def test_an_event_is_sent_again_until_it_is_taken(simulators: Simulators) -> None:
    async with receiving() as receiver:
        receiver.refuse_next = 2
        webhook = {"url": receiver.url, "secret": "s3cret"}
        await simulators.admin("PUT", "settings", {"settle_after_s": 0.01, "webhook": webhook})
        refund = (await simulators.refund(1)).json()

        assert (await receiver.next())[0]["data"]["id"] == refund["id"]
        assert receiver.refuse_next == 0


async def test_a_refund_that_settles_at_once_is_told_in_its_answer_only(simulators: Simulators) -> None:
    async with receiving() as receiver:
        webhook = {"url": receiver.url, "secret": "s3cret"}
        await simulators.admin("PUT", "settings", {"webhook": webhook})
        at_once = (await simulators.refund(1)).json()
        await simulators.admin("PUT", "settings", {"settle_after_s": 0.01})
        later = (await simulators.refund(2)).json()

        assert at_once["state"] == "settled"
        assert [event["data"]["id"] for event in await receiver.next()] == [later["id"]]


async def test_a_misspelt_setting_changes_nothing(simulators: Simulators) -> None:
    before = await simulators.admin("GET", "settings")
    answer = await simulators.http.put("/admin/settings", json={"latency_ms": 5, "webhook": {"ulr": ""}})

    assert (answer.status_code, answer.json()["error"]["param"]) == (422, "webhook.ulr")
    assert await simulators.admin("GET", "settings") == before
