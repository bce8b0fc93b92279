import signal
import time
from pathlib import Path

import httpx

from tests.running import API_KEY, Running, start_simulators, stop
from tests.simulators.conftest import Simulators

REFUND = {"amount": {"minor": 1_000, "currency": "EUR"}, "instrument_id": "card-4242", "reference": "r/1"}


def send_refund(running: Running, key: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {API_KEY}", "Idempotency-Key": key}
    return httpx.post(
        f"{running.base_url}/billing/payments/pay-4821/refunds", json=REFUND, headers=headers, trust_env=False
    )


def admin(running: Running, path: str) -> dict[str, object]:
    answer: dict[str, object] = httpx.get(f"{running.base_url}/admin/{path}", trust_env=False).json()
    return answer


def test_a_kill_loses_nothing_that_was_answered(new_database: Path) -> None:
    running = start_simulators(new_database)
    try:
        httpx.put(f"{running.base_url}/admin/settings", json={"key_ttl_s": 600, "settle_after_s": 1}, trust_env=False)
        first = send_refund(running, "k1")
        before = admin(running, "dataset")
    finally:
        running.process.kill()
        running.process.wait()

    running = start_simulators(new_database)
    try:
        again = send_refund(running, "k1")
        deadline = time.monotonic() + 10
        while "pending" in str(admin(running, "dataset")["refunds"]):
            assert time.monotonic() < deadline, "the refund that was pending at the kill never settled"
        after, books = admin(running, "dataset"), admin(running, "books")
        assert admin(running, "settings")["key_ttl_s"] == 600
    finally:
        stop(running.process)

    assert (again.json(), again.headers["Idempotency-Replayed"]) == (first.json(), "true")
    assert "pending" in str(before["refunds"])
    assert (books["balanced"], books["doubled"]) == (True, [])
    assert {**after, "refunds": 0} == {**before, "refunds": 0}


def test_a_new_file_is_filled_with_the_shipped_dataset_and_sigterm_ends_at_once(new_database: Path) -> None:
    running = start_simulators(new_database)
    try:
        orders = admin(running, "dataset")["orders"]
        assert isinstance(orders, list)
        assert len(orders) == 2_000
        with httpx.Client(base_url=running.base_url, trust_env=False) as idle:
            idle.get("/admin/health")
            running.process.send_signal(signal.SIGTERM)
            asked = time.monotonic()
            running.process.wait(timeout=5)
            assert time.monotonic() - asked < 3
    finally:
        stop(running.process)


async def test_the_log_tells_what_each_system_saw_in_order(simulators: Simulators) -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await simulators.write("PUT", "/orders/4821/marks/a%2Fb", {"kind": "k"}, key="k1", traceparent=parent)
    await simulators.get("/billing/refunds", reference="r/9")
    await simulators.refund(99_999, reference="r/1", key="k2")
    seen = await simulators.seen()

    assert [(x["system"], x["operation"], x["reference"], x["status"]) for x in seen] == [
        ("orders", "set_mark", "a/b", 200),
        ("billing", "find_refunds", "r/9", 200),
        ("billing", "refund", "r/1", 422),
    ]
    assert (seen[0]["key"], seen[0]["traceparent"], seen[0]["body"]) == ("k1", parent, {"kind": "k"})
    assert seen[2]["body"]["amount"] == {"minor": 99_999, "currency": "EUR"}
    later = (await simulators.admin("GET", f"log?since={seen[1]['seq']}"))["data"]
    assert [x["seq"] for x in later] == [seen[2]["seq"]]
    await simulators.admin("DELETE", "log")
    assert await simulators.seen() == []
