import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from handrail.demo import UnknownScene, play
from handrail.demo.playing import SCENES
from handrail.demo.stage import Stage
from handrail.embedded import Stack
from workflows._catalog import policies, tools

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(400)
def test_every_expectation_of_every_scene_holds(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "handrail.cli", "demo", "--keep", str(tmp_path / "home")]

    demo = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert f"All held: {len(SCENES)} scenes" in demo.stdout


def test_every_process_that_acts_has_a_scene() -> None:
    told = "".join(Path(scene.__file__ or "").read_text() for scene in SCENES)
    models = [tool.process.policy_model for tool in tools().values() if f'"{tool.name}"' in told]

    assert set(policies()) - {model.name for model in models if model} == {"step_up", "patience"}


def test_an_expectation_that_does_not_hold_is_kept(tmp_path: Path) -> None:
    screen = Console(file=StringIO())
    stage = Stage(Stack(tmp_path), screen)

    stage.expect(True, "water is wet")
    stage.expect(False, "pigs fly")

    assert stage.broken == ["pigs fly"]


def test_an_unknown_scene_is_told_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(UnknownScene, match="'hamlet' is no scene; there are: small_refund, large_refund"):
        play(Console(file=StringIO()), ["hamlet"], tmp_path)
