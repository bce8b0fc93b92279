"""Reading: by run, customer and call, within a tenant; and every read is on record."""

from pathlib import Path

import pytest

from domain.calls import Actor, ActorKind
from domain.evidence import ACCESS_RUN, Authority, PolicyTrace, Who
from handrail.evidence import EvidenceBook, verify_bundle
from tests.evidence.conftest import event

AUDITOR = Who(kind="human", id="u-7", name="Auditor")


@pytest.fixture
async def filled(book: EvidenceBook) -> EvidenceBook:
    await book.append(
        [
            event("a", subject="C-1", call_id="call-1"),
            event("b"),
            event("a", run="refund-2", subject="C-1", call_id="call-2"),
            event("a", run="refund-3", subject="C-2", call_id="call-1"),
            event("a", run="refund-1", tenant="other", subject="C-1", call_id="call-1"),
        ]
    )
    return book


async def test_a_customers_and_a_calls_events_come_from_all_runs_of_the_tenant(filled: EvidenceBook) -> None:
    customer = await filled.for_customer("default", "C-1")
    call = await filled.for_call("default", "call-1")

    assert [(e.tenant, e.run) for e in customer] == [("default", "refund-1"), ("default", "refund-2")]
    assert [(e.tenant, e.run) for e in call] == [("default", "refund-1"), ("default", "refund-3")]


async def test_an_empty_id_finds_nothing(filled: EvidenceBook) -> None:
    assert await filled.for_customer("default", "") == []
    assert await filled.for_call("default", "") == []


async def test_every_read_is_an_event_of_the_tenants_access_run(filled: EvidenceBook, tmp_path: Path) -> None:
    await filled.for_run("default", "refund-1", reader=AUDITOR, personal=True)
    await filled.for_customer("default", "C-1", reader=AUDITOR)
    await filled.export(tmp_path / "bundle", tenant="default", call="call-1", reader=AUDITOR)

    log = await filled.for_run("default", ACCESS_RUN)

    assert [e.type for e in log] == ["read"] * 3
    assert {e.actor for e in log} == {AUDITOR}
    assert [e.body for e in log] == [
        {"what": "run", "id": "refund-1", "personal": True, "events": 2},
        {"what": "customer", "id": "C-1", "personal": False, "events": 2},
        {"what": "export", "tenant": "default", "call": "call-1", "personal": False},
    ]
    assert await filled.for_run("other", ACCESS_RUN) == []


@pytest.mark.parametrize(
    ("asked", "runs", "events"), [({"run": "refund-1"}, 1, 2), ({"customer": "C-1"}, 2, 3), ({"call": "call-1"}, 2, 3)]
)
async def test_an_export_holds_whole_runs(
    filled: EvidenceBook, tmp_path: Path, asked: dict[str, str], runs: int, events: int
) -> None:
    report = verify_bundle(await filled.export(tmp_path / "bundle", tenant="default", **asked))

    assert (report.ok, report.runs, report.events) == (True, runs, events), report.problems


async def test_an_export_does_not_overwrite(filled: EvidenceBook, tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()

    with pytest.raises(FileExistsError, match="bundle is there already"):
        await filled.export(tmp_path / "bundle", tenant="default")


async def test_actor_authority_and_rules_are_kept_as_they_were(book: EvidenceBook) -> None:
    actor = Actor(
        id="agent-7",
        kind=ActorKind.AI,
        name="Vera",
        model="m-1",
        agent_version="12",
        scopes=frozenset({"wf:refund:start", "evidence:read"}),
        roles=frozenset({"agent"}),
    )
    rules = PolicyTrace(rules=["refund.window"], policy="refund", version="3", digest="sha256:ab", decision="allow")
    given = event("a", actor=Who.of(actor), authority=Authority.of(actor), policy=rules, type="decided")
    await book.append([given])

    (kept,) = await book.for_run("default", "refund-1")

    assert kept.actor == Who(kind="ai", id="agent-7", name="Vera", agent_version="12", model="m-1")
    assert kept.authority == Authority(scopes=["evidence:read", "wf:refund:start"], roles=["agent"])
    assert kept.policy == rules
