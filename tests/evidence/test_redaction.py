"""The corpus: what must never be stored, and what must not be touched."""

import pytest

from handrail.evidence import EvidenceBook, redact
from handrail.evidence.redaction import redact_body
from tests.evidence.conftest import event

MASKED = {
    "4242424242424242": "[card ending 4242]",
    "my card is 4242 4242 4242 4242.": "my card is [card ending 4242].",
    "4242-4242-4242-4242": "[card ending 4242]",
    "4242.4242.4242.4242": "[card ending 4242]",
    "4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2": "[card ending 4242]",
    "amex 378282246310005 ok": "amex [card ending 0005] ok",
    "3782 822463 10005": "[card ending 0005]",
    "mastercard 5555555555554444, 2223003122003222": "mastercard [card ending 4444], [card ending 3222]",
    "discover 6011111111111117": "discover [card ending 1117]",
    "maestro 6759649826438453": "maestro [card ending 8453]",
    "4242 4242 4242 4242 12/27 123": "[card ending 4242] 12/27 [cvv]",
    "4242424242424242 exp 12/27 code 123": "[card ending 4242] exp 12/27 code [cvv]",
    "4242424242424242 5555555555554444": "[card ending 4242] [card ending 4444]",
    "the CVV is 123": "the CVV is [cvv]",
    "cvc2: 1234": "cvc2: [cvv]",
    "security code 987 please": "security code [cvv] please",
    "card verification value=321": "card verification value=[cvv]",
    "write to ann.lee+x@mail.example.co.uk now": "write to [email] now",
    "call +49 171 1234567": "call [phone]",
    "call +1 (555) 123-4567.": "call [phone].",
    "or 555-123-4567": "or [phone]",
    "(555) 123-4567": "[phone]",
    "0171 1234567": "[phone]",
    "0049 171 1234567": "[phone]",
    "ssn 123-45-6789": "ssn [ssn]",
}
UNTOUCHED = [
    "order 4821 of 2026-11-21 for 250.00 EUR",
    "2026-11-21T09:03:34.123456Z",
    "1763715814123456789",
    "1763715814123",
    "sha256:4242424242424242abcdef1234567890",
    "550e8400-e29b-41d4-a716-446655440000",
    "tracking 1Z999AA10123456784",
    "order 4242424242424241",
    "refund-7k3m9p2x4q/refund/cap-1",
    "192.168.100.200 and 127.0.0.1:7400",
    "version 1.35.0, build 20261121",
    "card ending 4242",
    "the discount code 123 was used",
    "12 x 34.56 EUR, total 414.72",
    "two of 3 units, room 101, at 10:30",
]


@pytest.mark.parametrize("text", MASKED)
def test_what_must_not_be_kept_is_masked(text: str) -> None:
    assert redact(text) == MASKED[text]


@pytest.mark.parametrize("text", UNTOUCHED)
def test_what_is_harmless_is_left_alone(text: str) -> None:
    assert redact(text) == text


def test_masking_twice_changes_nothing_more() -> None:
    for masked in MASKED.values():
        assert redact(masked) == masked


def test_bodies_are_masked_at_any_depth_and_by_the_names_of_secrets() -> None:
    body = {
        "facts": [{"note": "mail ann@example.com", "count": 2, "ok": True, "none": None}],
        "number": 4242424242424242,
        "amount": {"minor": 1200},
        "cvv": 123,
        "card_number": "not even looked at",
        "X-Api-Key": "k",
        "idempotency_key": "refund-1/1",
        "ann@example.com": "a key is text too",
    }

    assert redact_body(body) == {
        "facts": [{"note": "mail [email]", "count": 2, "ok": True, "none": None}],
        "number": "[card ending 4242]",
        "amount": {"minor": 1200},
        "cvv": "[masked]",
        "card_number": "[masked]",
        "X-Api-Key": "[masked]",
        "idempotency_key": "refund-1/1",
        "[email]": "a key is text too",
    }


@pytest.mark.parametrize("text", MASKED)
async def test_the_book_stores_the_masked_text_only(book: EvidenceBook, text: str) -> None:
    await book.append([event("a", body={"utterance": [text]})])

    (kept,) = await book.for_run("default", "refund-1")

    assert kept.body == {"utterance": [MASKED[text]]}


async def test_the_book_masks_secrets_by_name(book: EvidenceBook) -> None:
    names = ["cvv", "card_number", "password", "otp", "pin", "api_key", "X-Api-Key", "access_token", "securityCode"]
    await book.append([event("a", body=dict.fromkeys(names, "1234"))])

    (kept,) = await book.for_run("default", "refund-1")

    assert kept.body == dict.fromkeys(names, "[masked]")
