"""The record of the large refund, and the proof that nobody changed it."""

import tempfile
from pathlib import Path

from handrail.cli.door import reference_path
from handrail.cli.waterfall import waterfall
from handrail.demo.stage import Stage

TITLE = "What happened, and the proof"
PLACE = 100


def play(stage: Stage) -> None:
    reference = stage.kept.get("large refund", "")
    if not reference:
        stage.expect(False, "play the scene large_refund before this one")
        return
    stage.say(f"handrail history {reference}\n")
    document = stage.door("supervisor").get(f"{reference_path(reference)}/history")
    stage.screen.print(waterfall(document))
    kinds = {event["type"] for event in document["events"]}
    expected = {"called", "seen", "decided", "said", "intent", "receipt", "commanded", "closed"}
    stage.expect(expected <= kinds, "it tells who, what was seen, which rule, each write, the decision and the outcome")
    stage.expect(document["verified"]["ok"], "the run's chain is whole")
    _verify(stage)


def _verify(stage: Stage) -> None:
    home = stage.stack.home.path
    stage.say("\nhandrail evidence verify")
    code, told = stage.run_cli("evidence", "verify", "--home", str(home))
    stage.expect(code == 0, told.lstrip("✓ "))
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder) / "evidence.zip"
        stage.say("handrail evidence export evidence.zip; handrail evidence verify evidence.zip")
        exported, told = stage.run_cli("evidence", "export", str(bundle), "--home", str(home))
        stage.expect(exported == 0, "exported" if exported == 0 else told)
        code, told = stage.run_cli("evidence", "verify", str(bundle))
        stage.expect(code == 0, told.replace(str(bundle), bundle.name).lstrip("✓ "))
