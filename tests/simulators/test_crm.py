from tests.simulators.conftest import Simulators


async def test_a_customer_is_found_by_email_in_any_case(simulators: Simulators) -> None:
    found = (await simulators.get("/crm/customers", email="MIA.Novak@Example.com")).json()

    assert [customer["id"] for customer in found["data"]] == ["C-1001"]
    assert found["has_more"] is False


async def test_every_given_field_must_match(simulators: Simulators) -> None:
    name = {"first_name": "jonas", "last_name": "weber"}

    assert [x["id"] for x in (await simulators.get("/crm/customers", **name, postal_code="80331")).json()["data"]] == [
        "C-1002"
    ]
    assert (await simulators.get("/crm/customers", **name, postal_code="10117")).json()["data"] == []


async def test_a_search_that_does_not_say_for_what_is_refused(simulators: Simulators) -> None:
    assert (await simulators.get("/crm/customers")).status_code == 400
    unknown = await simulators.get("/crm/customers", nickname="mia")
    assert (unknown.status_code, unknown.json()["error"]["param"]) == (400, "nickname")


async def test_a_note_is_read_back_by_its_reference(simulators: Simulators) -> None:
    written = await simulators.write("POST", "/crm/customers/C-1001/notes", {"text": "Hello", "reference": "a/b/1"})

    assert written.status_code == 201
    found = (await simulators.get("/crm/customers/C-1001/notes", reference="a/b/1")).json()["data"]
    assert found == [written.json()]
    assert (await simulators.get("/crm/customers/C-1001/notes", reference="a/b/2")).json()["data"] == []


async def test_unknown_customers_keys_and_calls_are_told_apart(simulators: Simulators) -> None:
    assert (await simulators.get("/crm/customers/C-9")).json()["error"]["message"] == "There is no customer C-9."
    assert (await simulators.get("/crm/people/1")).json()["error"]["code"] == "no_such_call"
    other = await simulators.http.get("/crm/customers/C-1001", headers={"Authorization": "Bearer wrong"})
    assert (other.status_code, other.json()["error"]["code"]) == (401, "unauthorized")
