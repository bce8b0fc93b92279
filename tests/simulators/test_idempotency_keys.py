import asyncio

from tests.simulators.conftest import Simulators


async def test_a_write_without_a_key_is_refused(simulators: Simulators) -> None:
    answer = await simulators.http.post("/crm/customers/C-1001/notes", json={"text": "x"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "missing_idempotency_key")


async def test_the_same_key_is_answered_the_same_and_done_once(simulators: Simulators) -> None:
    first = await simulators.refund(1_000, key="k1")
    again = await simulators.refund(1_000, key="k1")

    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert (first.headers.get("Idempotency-Replayed"), again.headers["Idempotency-Replayed"]) == (None, "true")
    assert first.headers["X-Request-Id"] != again.headers["X-Request-Id"]
    assert (await simulators.payment())["refunded"]["minor"] == 1_000
    assert [entry["replayed"] for entry in await simulators.seen() if entry["operation"] == "refund"] == [False, True]


async def test_the_same_key_with_another_body_or_path_is_refused(simulators: Simulators) -> None:
    await simulators.refund(1_000, key="k1")
    for answer in (
        await simulators.refund(1_001, key="k1"),
        await simulators.refund(1_000, "pay-4823", key="k1"),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "idempotency_key_reused")


async def test_the_same_key_in_another_system_is_another_key(simulators: Simulators) -> None:
    await simulators.refund(1_000, key="k1")

    assert (await simulators.write("POST", "/cases", {"subject": "x"}, key="k1")).status_code == 201


async def test_a_refusal_by_a_rule_is_kept_and_a_validation_error_is_not(simulators: Simulators) -> None:
    refused = await simulators.refund(99_999, key="k1")
    again = await simulators.refund(99_999, key="k1")
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (refused.json(), "true")

    assert (await simulators.refund(-1, key="k2")).status_code == 400
    assert (await simulators.refund(100, key="k2")).status_code == 201


async def test_a_key_in_flight_is_a_conflict(simulators: Simulators) -> None:
    await simulators.fault("refund", "slow", delay_ms=300)
    answers = await asyncio.gather(*(simulators.refund(1_000, key="k1") for _ in range(2)))

    assert sorted(answer.status_code for answer in answers) == [201, 409]
    conflict = next(answer for answer in answers if answer.status_code == 409)
    assert conflict.json()["error"]["code"] == "idempotency_key_in_flight"
    assert (await simulators.payment())["refunded"]["minor"] == 1_000


async def test_an_expired_key_is_a_new_key(simulators: Simulators) -> None:
    await simulators.admin("PUT", "settings", {"key_ttl_s": 0})
    await simulators.refund(1_000, key="k1")
    await simulators.refund(1_000, key="k1")

    assert (await simulators.payment())["refunded"]["minor"] == 2_000
