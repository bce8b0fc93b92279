import asyncio
import time

import httpx
import pytest

from tests.simulators.conftest import Simulators


async def refunded(simulators: Simulators) -> int:
    minor: int = (await simulators.payment())["refunded"]["minor"]
    return minor


async def test_a_lost_answer_has_done_the_work_and_the_same_key_gets_the_answer(simulators: Simulators) -> None:
    await simulators.fault("refund", "lost_answer")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await simulators.refund(1_000, key="k1")

    assert await refunded(simulators) == 1_000
    again = await simulators.refund(1_000, key="k1")
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert await refunded(simulators) == 1_000


async def test_a_cut_connection_has_done_nothing(simulators: Simulators) -> None:
    await simulators.fault("refund", "cut")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await simulators.refund(1_000)

    assert await refunded(simulators) == 0
    cut = (await simulators.seen())[0]
    assert (cut["operation"], cut["status"], cut["fault"]) == ("refund", 0, "cut")


@pytest.mark.parametrize(
    ("kind", "status", "applied"),
    [
        ("rate_limited", 429, 0),
        ("error_before", 503, 0),
        ("error_after", 502, 1_000),
        ("garbage", 200, 1_000),
        ("wrong_shape", 200, 1_000),
        ("html", 200, 1_000),
        ("refuse", 422, 0),
        ("refuse_200", 200, 0),
        ("no_op", 201, 0),
    ],
)
async def test_a_fault_answers_as_it_says_and_applies_what_it_says(
    simulators: Simulators, kind: str, status: int, applied: int
) -> None:
    await simulators.fault("refund", kind)

    assert (await simulators.refund(1_000)).status_code == status
    assert await refunded(simulators) == applied
    assert (await simulators.books())["balanced"]


async def test_bodies_of_garbage_html_and_another_shape_are_no_refund(simulators: Simulators) -> None:
    for kind in ("garbage", "html", "wrong_shape"):
        await simulators.fault("refund", kind)
    garbage, html, shape = [await simulators.refund(100) for _ in range(3)]

    for answer in (garbage, html):
        with pytest.raises(ValueError):
            answer.json()
    assert html.headers["Content-Type"].startswith("text/html")
    assert "id" not in shape.json()


async def test_a_rate_limit_says_when_to_come_back(simulators: Simulators) -> None:
    await simulators.fault("get_order", "rate_limited", retry_after_s=7)

    assert (await simulators.get("/orders/4821")).headers["Retry-After"] == "7"


async def test_a_refusal_is_kept_under_the_key_and_a_200_refusal_is_not(simulators: Simulators) -> None:
    await simulators.fault("refund", "refuse", code="disputed", message="The charge is disputed.")
    for key in ("k1", "k1"):
        assert (await simulators.refund(100, key=key)).json()["error"]["code"] == "disputed"

    await simulators.fault("refund", "refuse_200", code="later")
    assert (await simulators.refund(100, key="k2")).json()["error"]["code"] == "later"
    assert (await simulators.refund(100, key="k2")).status_code == 201


async def test_an_ignored_key_is_a_second_effect(simulators: Simulators) -> None:
    await simulators.fault("refund", "key_ignored", times=None)
    for _ in range(2):
        await simulators.refund(1_000, key="k1", reference="r/1")

    books = await simulators.books()
    assert await refunded(simulators) == 2_000
    assert (books["balanced"], len(books["doubled"])) == (True, 1)


async def test_a_stale_read_does_not_know_the_last_write(simulators: Simulators) -> None:
    first = (await simulators.refund(1_000)).json()
    second = (await simulators.refund(500)).json()
    await simulators.fault("*", "stale", times=2)

    stale = await simulators.payment()
    assert (stale["refunds"], stale["refundable"]["minor"]) == ([first], 29_000)
    assert (await simulators.get(f"/billing/refunds/{second['id']}")).status_code == 404
    assert (await simulators.get(f"/billing/refunds/{second['id']}")).json() == second
    assert await refunded(simulators) == 1_500


async def test_a_fault_for_reads_is_not_used_up_by_writes_nor_the_other_way_round(simulators: Simulators) -> None:
    for kind in ("stale", "key_ignored"):
        await simulators.fault("*", kind, times=None)
    await simulators.refund(1_000)
    await refunded(simulators)

    faults = (await simulators.admin("GET", "faults"))["data"]
    assert {fault["kind"]: fault["fired"] for fault in faults} == {"stale": 1, "key_ignored": 1}


async def test_stale_reads_and_lagging_finders_catch_up(simulators: Simulators) -> None:
    await simulators.refund(1_000, reference="r/1")
    await simulators.admin("PUT", "settings", {"finder_lag_s": 3_600})
    assert (await simulators.get("/billing/refunds", reference="r/1")).json()["data"] == []
    assert await refunded(simulators) == 1_000

    await simulators.admin("PUT", "settings", {"finder_lag_s": 0, "stale_reads_s": 3_600})
    assert await refunded(simulators) == 0
    await simulators.admin("PUT", "settings", {"stale_reads_s": 0})
    assert await refunded(simulators) == 1_000


async def test_a_held_call_is_done_and_is_answered_once_the_faults_are_cleared(simulators: Simulators) -> None:
    await simulators.fault("refund", "hold")
    waiting = asyncio.create_task(simulators.refund(1_000))
    while not any(seen["fault"] == "hold" for seen in await simulators.seen()):
        assert not waiting.done()

    assert await refunded(simulators) == 1_000
    assert not waiting.done()
    await simulators.http.delete("/admin/faults")
    assert (await waiting).status_code == 201


async def test_a_fault_that_is_cleared_alone_lets_go_of_its_own_call_only(simulators: Simulators) -> None:
    await simulators.fault("refund", "hold")
    [first] = (await simulators.admin("GET", "faults"))["data"]
    await simulators.fault("get_order", "hold")
    refund = asyncio.create_task(simulators.refund(1_000))
    order = asyncio.create_task(simulators.get("/orders/4821"))
    while len([seen for seen in await simulators.seen() if seen["fault"] == "hold"]) < 2:
        assert not refund.done()

    await simulators.admin("DELETE", f"faults/{first['id']}")

    assert (await refund).status_code == 201
    assert not order.done()
    assert (await simulators.http.delete(f"/admin/faults/{first['id']}")).status_code == 404
    await simulators.admin("DELETE", "faults")
    assert (await order).status_code == 200


async def test_a_slow_call_and_the_latency_take_their_time(simulators: Simulators) -> None:
    await simulators.admin("PUT", "settings", {"latency_ms": 60})
    await simulators.fault("get_order", "slow", delay_ms=80)
    started = time.monotonic()
    await simulators.get("/orders/4821")
    slow, started = time.monotonic() - started, time.monotonic()
    await simulators.get("/orders/4821")

    assert slow >= 0.14
    assert time.monotonic() - started >= 0.06


async def test_a_fault_hits_only_its_operation_and_reference_as_often_as_it_says(simulators: Simulators) -> None:
    await simulators.fault("refund", "error_before", times=2, reference_contains="victim", system="billing")

    statuses = [
        (await simulators.refund(10, reference=r)).status_code for r in ("other", "a/victim", "victim", "victim")
    ]
    assert statuses == [201, 503, 503, 201]
    assert [fault["fired"] for fault in (await simulators.admin("GET", "faults"))["data"]] == [2]


async def test_a_misspelt_fault_is_refused_with_the_names_there_are(simulators: Simulators) -> None:
    answer = await simulators.http.post("/admin/faults", json={"operation": "refnd", "kind": "slow"})

    assert answer.status_code == 422
    assert "no operation refnd; there are:" in answer.json()["error"]["message"]


async def test_a_fault_is_aimed_at_a_path_or_at_the_object_behind_an_id(simulators: Simulators) -> None:
    await simulators.refund(1_000, reference="mine")
    await simulators.refund(1_000, reference="other")
    mine, other = (await simulators.payment())["refunds"]
    await simulators.fault("get_refund", "error_before", None, reference_contains="mine")
    await simulators.fault("get_order", "error_before", None, path_contains="4821")

    asked = [f"/billing/refunds/{mine['id']}", f"/billing/refunds/{other['id']}", "/orders/4821", "/orders/4822"]
    assert [(await simulators.get(path)).status_code for path in asked] == [503, 200, 503, 200]


async def test_a_fault_lets_so_many_calls_pass_first(simulators: Simulators) -> None:
    await simulators.fault("get_order", "error_before", 1, after=2)

    assert [(await simulators.get("/orders/4821")).status_code for _ in range(4)] == [200, 200, 503, 200]
