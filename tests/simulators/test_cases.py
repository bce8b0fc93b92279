from typing import Any

from tests.simulators.conftest import Simulators

DRAFT = {"subject": "Refund 4821", "customer_id": "C-1001", "order_id": "4821", "queue": "service", "reference": "c/1"}


async def opened(simulators: Simulators) -> dict[str, Any]:
    answer = await simulators.write("POST", "/cases", DRAFT)
    assert answer.status_code == 201
    case: dict[str, Any] = answer.json()
    return case


async def test_a_case_is_opened_commented_and_resolved(simulators: Simulators) -> None:
    case = await opened(simulators)
    change = {"state": "resolved", "comment": "Refunded 12.00 EUR.", "reference": "c/2"}
    resolved = (await simulators.write("PATCH", f"/cases/{case['id']}", change)).json()

    assert (case["state"], resolved["state"]) == ("open", "resolved")
    assert [(c["text"], c["reference"]) for c in resolved["comments"]] == [("Refunded 12.00 EUR.", "c/2")]
    assert (await simulators.get(f"/cases/{case['id']}")).json() == resolved


async def test_cases_are_found_by_reference_customer_and_state(simulators: Simulators) -> None:
    case = await opened(simulators)

    assert (await simulators.get("/cases", reference="c/1")).json()["data"] == [case]
    assert (await simulators.get("/cases", customer_id="C-1001", state="open")).json()["data"] == [case]
    assert (await simulators.get("/cases", customer_id="C-1001", state="resolved")).json()["data"] == []


async def test_a_withdrawn_case_cannot_change(simulators: Simulators) -> None:
    path = f"/cases/{(await opened(simulators))['id']}"
    withdrawn = (await simulators.write("PATCH", path, {"state": "withdrawn"})).json()

    refused = await simulators.write("PATCH", path, {"state": "open"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "case_closed")
    assert (await simulators.write("PATCH", path, {"state": "withdrawn"})).json() == withdrawn
    assert (await simulators.get(path)).json() == withdrawn


async def test_a_case_about_somebody_unknown_is_refused(simulators: Simulators) -> None:
    refused = await simulators.write("POST", "/cases", DRAFT | {"customer_id": "C-9"})

    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "unknown_customer")
