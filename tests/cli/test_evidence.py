import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.evidence import Event
from handrail.evidence import Checkpoint, EvidenceBook
from handrail.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def handrail(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "handrail.cli", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.fixture
async def home(tmp_path: Path) -> Path:
    """With two runs on record."""
    home = tmp_path / "home"
    home.mkdir()
    book = EvidenceBook(Settings(home=home).database, home / "evidence.key")
    now = datetime.now(UTC)
    await book.append([Event(run=run, key="run:1", type="called", at=now) for run in ("refund-1", "refund-2")])
    await book.close()
    return home


def test_the_live_record_verifies(home: Path) -> None:
    ended = handrail("evidence", "verify", "--home", str(home))

    assert ended.returncode == 0, ended.stderr
    assert "2 runs, 2 events" in ended.stdout


def test_a_changed_record_does_not_verify(home: Path) -> None:
    with sqlite3.connect(home / "handrail.db") as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        database.execute("UPDATE evidence_events SET record = replace(record, 'called', 'denied') WHERE id = 1")

    ended = handrail("evidence", "verify", "--home", str(home))

    assert ended.returncode == 1
    assert "its content was changed" in ended.stdout


def test_an_export_of_one_run_verifies_by_itself_and_is_not_overwritten(home: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.zip"

    exported = handrail("evidence", "export", str(bundle), "--run", "refund-1", "--home", str(home))
    verified = handrail("evidence", "verify", str(bundle))
    again = handrail("evidence", "export", str(bundle), "--home", str(home))

    assert (exported.returncode, verified.returncode, again.returncode) == (0, 0, 2), exported.stderr
    assert "1 runs, 1 events" in verified.stdout
    assert "is there already" in again.stderr


def test_a_checkpoint_is_printed_as_one_line_to_keep(home: Path) -> None:
    ended = handrail("evidence", "checkpoint", "--home", str(home))

    [line] = ended.stdout.splitlines()
    assert Checkpoint.model_validate_json(line).runs == 2


def test_a_folder_without_evidence_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    ended = handrail("evidence", "verify", "--home", str(tmp_path))

    assert ended.returncode == 2
    assert "holds no evidence" in ended.stderr
    assert list(tmp_path.iterdir()) == []
