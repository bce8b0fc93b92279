"""A document that would mean something else than its author thinks is found, with file, line and word."""

from pathlib import Path

import pytest

from domain.autonomy import Autonomy
from domain.calls import ActorKind
from domain.policies import RefundPolicy
from handrail.policies import BadPolicy, load
from handrail.policy_lint import Remark, lint
from tests.policies.documents import SHIPPED, copied, edited
from workflows._catalog import policies


def remarks(folder: Path) -> list[Remark]:
    return lint(folder, policies()).remarks


def line_of(folder: Path, word: str, name: str = "refund") -> int:
    lines = (folder / f"{name}.yaml").read_text().splitlines()
    return next(n for n, line in enumerate(lines, 1) if word in line)


def test_the_shipped_documents_are_whole() -> None:
    found = lint(SHIPPED, policies())

    assert found.remarks == []
    assert set(found.documents) == set(policies())


@pytest.mark.parametrize(
    ("old", "new", "word", "said"),
    [
        ("limits:", "limts:", "limts", "no such word"),
        ("approvers: 1", "approver: 1", "approval.0.approver", "no such word"),
        ("remind_every", "remind_evry", "gate.remind_evry", "no such word"),
        ("auto_up_to: {ai: 5000", "auto_up_to: {ia: 5000", "auto_up_to.ia", "no such kind of actor"),
        ("window_days: 90", "window_days: -1", "window_days", "greater than or equal to 0"),
        ("window_days: 90", "window_days: 90\nautonomy: {ai: sugest}", "autonomy.ai", "suggest"),
        ("window_days: 90", "window_days: 90\nswitched: {ai: off}", "switched", "handrail policy switch"),
        ("window_days: 90", "window_days: 90\nwindow_days: 900", "window_days", "twice"),
        ('version: "2026-11-21"', 'version: " "', "version", "needs a name"),
    ],
)
def test_a_wrong_word_is_told_with_its_file_and_line(tmp_path: Path, old: str, new: str, word: str, said: str) -> None:
    folder = edited(copied(tmp_path / "policies"), old, new)

    wrong = next(remark for remark in remarks(folder) if remark.word == word)

    last = word.rpartition(".")[2]
    lines = (folder / "refund.yaml").read_text().splitlines()
    assert (wrong.file, wrong.level) == ("refund.yaml", "fail")
    assert last in lines[wrong.line - 1]
    assert said in wrong.text


def test_bands_that_leave_a_hole_are_refused(tmp_path: Path) -> None:
    folder = edited(copied(tmp_path / "policies"), "{up_to: null, roles", "{up_to: 200000, roles")

    [wrong] = remarks(folder)

    assert "the last band must have `up_to: null`" in wrong.text


def test_two_bands_that_end_at_one_amount_are_refused(tmp_path: Path) -> None:
    band = "  - {up_to: 100000, roles: [supervisor], approvers: 1}\n"
    folder = edited(copied(tmp_path / "policies"), band, band + band)

    [wrong] = remarks(folder)

    assert (wrong.word, wrong.level) == ("approval", "fail")
    assert wrong.line == line_of(folder, "approval:")


def test_an_automatic_limit_above_the_cap_is_odd_and_no_error(tmp_path: Path) -> None:
    folder = edited(copied(tmp_path / "policies"), "auto_up_to: {ai: 5000", "auto_up_to: {ai: 500000")

    found = lint(folder, policies())

    assert found.ok
    assert [(remark.level, remark.word) for remark in found.remarks] == [("warn", "auto_up_to.ai")]


def test_a_document_that_nobody_reads_and_one_that_is_missing_are_told(tmp_path: Path) -> None:
    folder = copied(tmp_path / "policies")
    (folder / "refund.yaml").rename(folder / "refunds.yaml")

    files = {remark.file: remark.text for remark in remarks(folder)}

    assert set(files) == {"refund.yaml", "refunds.yaml"}
    assert "can decide nothing" in files["refund.yaml"]


def test_what_is_no_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    folder = edited(copied(tmp_path / "policies"), "window_days: 90", "window_days: [90")

    [wrong] = remarks(folder)

    assert wrong.line > 0
    assert "cannot be read" in wrong.text


def test_a_bare_off_is_off_although_yaml_takes_it_for_false(tmp_path: Path) -> None:
    folder = edited(copied(tmp_path / "policies"), "window_days: 90", "window_days: 90\nautonomy: {ai: off}")

    found = lint(folder, policies())

    assert found.ok
    assert found.documents["refund"].autonomy_of(ActorKind.AI) is Autonomy.OFF


def test_a_document_cannot_throw_the_kill_switch(tmp_path: Path) -> None:
    folder = edited(copied(tmp_path / "policies"), "window_days: 90", "window_days: 90\nswitched: {}")

    with pytest.raises(BadPolicy, match="handrail policy switch"):
        load(folder / "refund.yaml", RefundPolicy)
