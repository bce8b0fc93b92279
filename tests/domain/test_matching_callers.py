"""Matching what a caller says with what is on record."""

import pytest

from domain.customers import Address, Customer
from domain.verdicts import AskInput, Deny
from domain.verification import CallerFacts, enough, match_caller


def customer(name: str = "Mia", *, postal: str = "10117", email: str = "mia@example.com") -> Customer:
    address = Address(line1="Weg 1", city="Berlin", postal_code=postal, country="DE")
    return Customer(id=f"C-{name}", first_name=name, last_name="Novak", email=email, address=address)


MIA = customer()


@pytest.mark.parametrize(
    "facts",
    [
        {"email": "mia@example.com"},
        {"email": " MIA@Example.com "},
        {"first_name": "mia", "last_name": "NOVAK", "postal_code": "101 17"},
    ],
    ids=str,
)
def test_these_facts_are_mias(facts: dict[str, str]) -> None:
    assert match_caller(CallerFacts(**facts), [MIA]) == MIA


@pytest.mark.parametrize(
    "facts",
    [
        {"email": "mia@example.org"},
        {"first_name": "Mia", "last_name": "Novak", "postal_code": "10118"},
        {"email": "mia@example.com", "last_name": "Weber"},
    ],
    ids=str,
)
def test_one_wrong_fact_is_enough_to_refuse(facts: dict[str, str]) -> None:
    assert isinstance(match_caller(CallerFacts(**facts), [MIA]), Deny)


def test_a_search_that_answers_somebody_else_verifies_nobody() -> None:
    assert isinstance(match_caller(CallerFacts(email="mia@example.com"), [customer(email="eve@example.com")]), Deny)


def test_two_who_match_are_not_guessed() -> None:
    asked = match_caller(CallerFacts(email="mia@example.com"), [MIA, customer("Eva")])

    assert isinstance(asked, AskInput)


def test_names_without_an_address_on_record_verify_nobody() -> None:
    nowhere = MIA.model_copy(update={"address": None})
    facts = CallerFacts(first_name="Mia", last_name="Novak", postal_code="10117")

    assert isinstance(match_caller(facts, [nowhere]), Deny)


@pytest.mark.parametrize(
    ("facts", "lacking"),
    [
        ({}, ["email"]),
        ({"first_name": "Mia"}, ["last_name", "postal_code"]),
        ({"email": "  "}, ["email"]),
        ({"email": "mia@example.com"}, []),
    ],
)
def test_what_is_lacking_is_named(facts: dict[str, str], lacking: list[str]) -> None:
    asked = enough(CallerFacts(**facts))

    assert [missing.field for missing in asked.missing] == lacking if asked else not lacking
