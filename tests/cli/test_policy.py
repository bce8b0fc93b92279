"""`handrail policy`: what a reviewer, an operator and CI ask of the limits."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from domain.evidence import SWITCH_RUN
from handrail.cli.commands import app
from handrail.cli.explaining import explained
from handrail.evidence import EvidenceBook
from handrail.settings import Settings
from handrail.switches import SwitchBoard
from tests.cli.sample import document, event
from tests.policies.documents import SHIPPED, copied, edited

AT = "2026-11-21T09:00:00.500+00:00"


def run(*words: str, **environment: str) -> Result:
    return CliRunner().invoke(app, ["policy", *words], env={"COLUMNS": "200", **environment})


def test_lint_passes_what_ships_and_names_version_and_digest() -> None:
    done = run("lint")

    assert done.exit_code == 0
    assert "✓ refund 2026-11-21  sha256:" in done.stdout


def test_lint_ends_with_1_and_names_file_line_and_word(tmp_path: Path) -> None:
    folder = edited(copied(tmp_path / "policies"), "approvers: 1", "approver: 1")

    done = run("lint", str(folder))

    assert done.exit_code == 1
    assert "✗ refund.yaml:17: approval.0.approver: There is no such word" in done.stdout


def test_lint_of_no_folder_is_wrong_usage(tmp_path: Path) -> None:
    assert run("lint", str(tmp_path / "none")).exit_code == 2


def test_diff_marks_what_got_wider_and_stops_a_review_that_wants_none(tmp_path: Path) -> None:
    new = edited(copied(tmp_path / "new"), "auto_up_to: {ai: 5000", "auto_up_to: {ai: 6000")

    done, strict = run("diff", str(SHIPPED), str(new)), run("diff", str(SHIPPED), str(new), "--no-wider")

    assert (done.exit_code, strict.exit_code) == (0, 1)
    assert "▲ wider" in done.stdout
    assert "refund: ai agents, above 50.00 up to 60.00 EUR" in done.stdout
    assert "give it a new one" in done.stdout


def test_diff_of_a_narrower_document_passes_a_strict_review(tmp_path: Path) -> None:
    new = edited(copied(tmp_path / "new"), "auto_up_to: {ai: 5000", "auto_up_to: {ai: 4000")

    done = run("diff", str(SHIPPED / "refund.yaml"), str(new / "refund.yaml"), "--no-wider")

    assert done.exit_code == 0
    assert "▼ narrower" in done.stdout


def test_diff_refuses_a_document_that_is_not_valid(tmp_path: Path) -> None:
    new = edited(copied(tmp_path / "new"), "window_days: 90", "window_dys: 90")

    done = run("diff", str(SHIPPED), str(new))

    assert done.exit_code == 2
    assert "window_dys" in done.stderr


def test_boundaries_tell_who_may_do_what_up_to_which_amount() -> None:
    done = run("boundaries")

    assert done.exit_code == 0
    for words in ("above 25.00 up to 50.00 EUR", "1 approval by supervisor", "never (refund.per_action)"):
        assert words in done.stdout


def test_boundaries_of_a_broken_folder_say_that_something_is_left_out(tmp_path: Path) -> None:
    folder = edited(copied(tmp_path / "policies"), "window_days: 90", "window_dys: 90")

    done = run("boundaries", str(folder))

    assert done.exit_code == 1
    assert "refund 2026" not in done.stdout
    assert "order_change" in done.stdout


def test_explain_tells_rule_facts_version_and_who_decided_before_it() -> None:
    told = explained(document()["events"])

    [gate] = told
    assert gate["decision"] == "A person had to decide"
    assert gate["rules"] == ["refund.approval"]
    assert any("order 4821 from orders, version 1.2" in line for line in gate["lines"])
    assert "A supervisor must approve." in gate["lines"]
    assert any(line.startswith("under policy refund 2026-11-21, sha256:") for line in gate["lines"])


def test_explain_says_what_the_rules_that_allowed_it_mean_and_what_was_decided_before() -> None:
    allowed: dict[str, Any] = {
        "policy": "refund", "version": "1", "digest": "sha256:1", "decision": "allow",
        "rules": ["refund.window", "refund.approval"],
    }  # fmt: skip
    events = [*document()["events"], event(12, "2026-11-22T09:00:06+00:00", "decided", {}, policy=allowed)]

    last = explained(events)[-1]

    assert last["decision"] == "The rules allowed it"
    assert "rule refund.window: the window of time is kept" in last["lines"]
    assert "before that: human Sam said decide approve" in last["lines"]


@pytest.fixture
async def home(tmp_path: Path) -> Path:
    settings = Settings(home=tmp_path)
    book = EvidenceBook(settings.database, tmp_path / "evidence.key")
    await book.close()
    return tmp_path


async def switches(home: Path) -> list[str]:
    return [f"{s.process}/{s.kind}" for s in await SwitchBoard(Settings(home=home).database).all()]


def switch(home: Path, *words: str) -> Result:
    # No server listens there: the runs that wait are not told, and the command says so.
    return run("switch", *words, "--home", str(home), TEMPORAL_ADDRESS="127.0.0.1:1", HANDRAIL_PAYLOAD_KEY="")


async def in_thread(home: Path, *words: str) -> Result:
    return await asyncio.to_thread(switch, home, *words)


async def test_switch_holds_until_it_is_switched_on_and_is_on_record(home: Path) -> None:
    off = await in_thread(home, "refund", "off", "--reason", "odd refunds", "--by", "sam")
    assert off.exit_code == 0, off.output
    assert await switches(home) == ["refund/ai"]
    listed = await asyncio.to_thread(run, "switches", "--home", str(home))
    assert "refund: ai agents are off" in listed.stdout
    assert "by sam: odd refunds" in listed.stdout

    on = await in_thread(home, "refund", "act", "--reason", "cause found", "--by", "sam")
    assert on.exit_code == 0, on.output
    assert "try again by themselves" in on.stdout
    assert await switches(home) == []
    listed = await asyncio.to_thread(run, "switches", "--home", str(home))
    assert "Nothing is switched off." in listed.stdout

    book = EvidenceBook(Settings(home=home).database, home / "evidence.key")
    events = await book.for_run("default", SWITCH_RUN)
    await book.close()
    assert [(e.actor.id, e.body["switched"], e.body["reason"]) for e in events] == [
        ("sam", "off", "odd refunds"), ("sam", "act", "cause found"),
    ]  # fmt: skip


async def test_a_process_that_is_none_is_refused_and_names_what_there_is(home: Path) -> None:
    done = await in_thread(home, "refnd", "off", "--reason", "x")

    assert done.exit_code == 2
    assert "refnd is no process" in done.stderr
    assert "refund" in done.stderr.replace("refnd", "")
    assert await switches(home) == []


async def test_a_switch_needs_a_reason_and_a_stack(home: Path, tmp_path: Path) -> None:
    assert (await in_thread(home, "refund", "off")).exit_code == 2
    assert (await in_thread(tmp_path / "nowhere", "refund", "off", "--reason", "x")).exit_code == 2
    assert not (tmp_path / "nowhere").exists()
