"""The process added by docs/add-a-workflow.md is one file and its policy: nothing else of the product knows it."""

import re
from pathlib import Path

from tests.house.repository import files, text_of

PRODUCT = ("handrail", "domain", "activities", "connectors", "workflows", "policies", "worker.py")
ITS_OWN = {"workflows/appointment.py", "policies/appointment.yaml"}
ITS_SCENE = {"handrail/demo/moved_visit.py", "handrail/simulators/demo_visits.py"}


def names_it(text: str) -> bool:
    return re.search("appointment|reschedul", text, re.IGNORECASE) is not None


def test_the_product_names_the_appointment_in_its_file_its_policy_and_its_scene_only() -> None:
    product = [path for path in files() if path.parts[0] in PRODUCT]
    named = {path.as_posix() for path in product if names_it(f"{path} {text_of(path)}")}

    assert named == ITS_OWN | ITS_SCENE


def test_a_name_of_it_is_found_however_it_is_written() -> None:
    assert names_it("from domain.appointments import x")
    assert names_it("RescheduleRequest")
    assert not names_it(str(Path("domain/diaries.py")))
