"""Reading work and speaking to it: scopes per process, people's commands, and what an AI never may do."""

from typing import Any

import pytest

from tests.gateway.conftest import Served

EVERYTHING = ["wf:*:start", "wf:*:read", "gate:*:decide", "work:own", "evidence:read", "assurance:attest"]
DECISION = {"outcome": "approve", "digest": "sha256:00"}


async def started(gate: Served, tool: str = "refund_order", **token: Any) -> str:
    reply = await gate.http.post(
        f"/v1/tools/{tool}", json={"arguments": {"order_id": "4821"}}, headers=gate.bearer(**token)
    )
    reference: str = reply.json()["reference"]
    return reference


async def test_the_answer_is_read_again_by_its_reference(gate: Served) -> None:
    reference = await started(gate)

    reply = await gate.http.get(f"/v1/work/{reference}?wait=2.5&after=3", headers=gate.bearer())

    assert (reply.status_code, reply.json()["reference"]) == (200, reference)
    assert gate.rail.waits == [(reference, 2.5, 3)]


async def test_reading_asks_for_the_scope_of_the_works_own_process(gate: Served) -> None:
    claim = await started(gate, "file_claim", sub="other")

    async def read(*scopes: str) -> int:
        return (await gate.http.get(f"/v1/work/{claim}", headers=gate.bearer(scopes=scopes))).status_code

    assert await read("wf:claim:read") == 200
    assert await read("wf:*:read") == 200
    assert await read("wf:refund:read") == 403
    assert await read("wf:claim:start") == 403
    assert await read("wf:claim:read:more", "*", "wf:*", "wf::read") == 403


async def test_a_missing_scope_is_named_in_the_problem_and_in_the_challenge(gate: Served) -> None:
    reply = await gate.refund(headers=gate.bearer(scopes=["wf:claim:start"]))

    assert (reply.status_code, reply.json()["title"]) == (403, "Scope missing")
    assert reply.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope", scope="wf:refund:start"'
    assert gate.rail.calls == []


async def test_the_process_of_a_foreign_reference_is_looked_up_once(gate: Served) -> None:
    reference = await started(gate)
    gate.rail.work["default", "seen-first-here"] = gate.rail.work["default", reference]

    for _ in range(3):
        assert (await gate.http.get("/v1/work/seen-first-here", headers=gate.bearer())).status_code == 200

    assert gate.rail.packets_read == 1


async def test_another_tenants_work_is_no_work(gate: Served) -> None:
    reference = await started(gate)

    reply = await gate.http.get(f"/v1/work/{reference}", headers=gate.bearer(tenant="rival"))

    assert (reply.status_code, reply.json()["type"]) == (404, "urn:handrail:problem:unknown-work")


@pytest.mark.parametrize(
    ("command", "body", "scope"),
    [
        ("confirm", {"digest": "sha256:00"}, "wf:refund:start"),
        ("withdraw", {}, "wf:refund:start"),
        ("provide", {"facts": {"order_id": "1"}}, "wf:refund:start"),
        ("verify", {}, "wf:refund:start"),
        ("note", {"text": "called back"}, "wf:refund:start"),
        ("decide", DECISION, "gate:refund:decide"),
        ("claim", {}, "work:own"),
        ("release", {}, "work:own"),
    ],
)
async def test_each_command_asks_for_its_own_scope(
    gate: Served, command: str, body: dict[str, Any], scope: str
) -> None:
    path = f"/v1/work/{await started(gate)}/{command}"
    others = [held for held in EVERYTHING if held.replace("*", "refund") != scope]

    without = await gate.http.post(path, json=body, headers=gate.bearer(kind="human", sub="ana", scopes=others))
    within = await gate.http.post(path, json=body, headers=gate.bearer(kind="human", sub="ana", scopes=[scope]))

    assert (without.status_code, within.status_code) == (403, 200)
    ((actor, _, name, sent),) = gate.rail.commands
    assert (actor.id, name, sent) == ("ana", command, body)
    assert within.json()["answer"]["status"] == "needs_confirmation"


@pytest.mark.parametrize("kind", ["ai", "system"])
async def test_a_machine_never_decides_a_gate_whatever_its_scopes(gate: Served, kind: str) -> None:
    path = f"/v1/work/{await started(gate)}/decide"

    reply = await gate.http.post(path, json=DECISION, headers=gate.bearer(kind=kind, scopes=EVERYTHING))

    assert reply.status_code == 403
    assert "for people" in reply.json()["detail"]
    assert gate.rail.commands == []


async def test_only_a_person_with_the_scope_attests_a_callers_identity(gate: Served) -> None:
    path = f"/v1/work/{await started(gate)}/verify"

    async def attest(kind: str, *scopes: str) -> int:
        headers = gate.bearer(kind=kind, scopes=["wf:*:start", *scopes])
        return (await gate.http.post(path, json={"level": 3, "method": "passport"}, headers=headers)).status_code

    assert await attest("ai", "assurance:attest") == 403
    assert await attest("human") == 403
    assert gate.rail.commands == []
    assert await attest("human", "assurance:attest") == 200


@pytest.mark.parametrize(
    ("command", "body", "field"),
    [
        ("decide", {"outcome": "maybe", "digest": "x"}, "outcome"),
        ("decide", {"outcome": "approve"}, "digest"),
        ("claim", {"lease_s": 5}, "lease_s"),
        ("note", {"text": ""}, "text"),
        ("confirm", {"digest": "x", "amount": 5}, "amount"),
    ],
)
async def test_a_wrong_command_body_is_a_422_that_names_the_field(
    gate: Served, command: str, body: dict[str, Any], field: str
) -> None:
    headers = gate.bearer(kind="human", scopes=EVERYTHING)

    reply = await gate.http.post(f"/v1/work/{await started(gate)}/{command}", json=body, headers=headers)

    assert reply.status_code == 422
    assert [error["field"] for error in reply.json()["errors"]] == [field]
    assert gate.rail.commands == []


async def test_an_unknown_command_is_a_404_and_a_refused_one_a_409_with_rule_and_answer(gate: Served) -> None:
    path, headers = f"/v1/work/{await started(gate)}", gate.bearer(kind="human", scopes=EVERYTHING)

    unknown = await gate.http.post(f"{path}/explode", headers=headers)
    refused = await gate.http.post(f"{path}/retry", json={}, headers=headers)

    assert (unknown.status_code, "confirm, withdraw" in unknown.json()["detail"]) == (404, True)
    assert (refused.status_code, refused.json()["rule"]) == (409, "repair.none")
    assert refused.json()["answer"]["status"] == "needs_confirmation"


async def test_the_inbox_passes_every_filter_on_and_shows_readable_processes_only(gate: Served) -> None:
    refund = await started(gate)
    await started(gate, "file_claim", sub="other")
    gate.rail.work["default", "c-1"] = ("claim", gate.rail.work["default", refund][1])
    filters = "queue=approvals&status=needs_approval&customer=c1&call=CA7&owner=ana&due_before=2026-11-22T00:00:00Z"

    reply = await gate.http.get(f"/v1/work?{filters}&limit=5", headers=gate.bearer(scopes=["wf:refund:read"]))

    assert {item["process"] for item in reply.json()["items"]} == {"refund"}
    ((_, query),) = gate.rail.queries
    told = query.model_dump(exclude={"due_before", "open_only", "offered"})
    assert told == {
        "queue": "approvals",
        "status": "needs_approval",
        "customer_id": "c1",
        "call_id": "CA7",
        "owner": "ana",
        "limit": 5,
    }
    assert query.due_before is not None
    assert query.due_before.isoformat() == "2026-11-22T00:00:00+00:00"


async def test_empty_filters_are_no_filters(gate: Served) -> None:
    reply = await gate.http.get("/v1/work?queue=&status=&customer=&due_before=", headers=gate.bearer())

    assert reply.status_code == 200
    assert gate.rail.queries[0][1].due_before is None


async def test_the_inbox_is_closed_to_who_may_read_nothing(gate: Served) -> None:
    assert (await gate.http.get("/v1/work", headers=gate.bearer(scopes=["wf:refund:start"]))).status_code == 403


async def test_packet_and_history_ask_for_their_own_scopes(gate: Served) -> None:
    reference = await started(gate)
    reader, auditor = gate.bearer(scopes=["wf:refund:read"]), gate.bearer(scopes=["evidence:read"])

    packet = await gate.http.get(f"/v1/work/{reference}/packet", headers=reader)
    history = await gate.http.get(f"/v1/work/{reference}/history", headers=auditor)

    assert (packet.json()["process"], history.json()["verified"]) == ("refund", {"ok": True})
    assert (await gate.http.get(f"/v1/work/{reference}/packet", headers=auditor)).status_code == 403
    assert (await gate.http.get(f"/v1/work/{reference}/history", headers=reader)).status_code == 403
