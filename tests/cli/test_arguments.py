from typing import Any

import pytest

from domain.refunds import RefundRequest
from handrail.cli.arguments import BadWord, arguments

REFUND = RefundRequest.model_json_schema()
EUR_12 = {"minor": 1200, "currency": "EUR"}


@pytest.mark.parametrize(
    ("words", "result"),
    [
        (["a=1"], {"a": 1}),
        (["a=true", "b=null"], {"a": True, "b": None}),
        (["a=damaged"], {"a": "damaged"}),
        (["a="], {"a": ""}),
        (["a=x=y"], {"a": "x=y"}),
        (['a={"b": [1]}'], {"a": {"b": [1]}}),
        (["a.b=1", "a.c=x"], {"a": {"b": 1, "c": "x"}}),
        (["a=12.00EUR"], {"a": EUR_12}),
        (["a=12 EUR"], {"a": EUR_12}),
        (["a=1200JPY"], {"a": {"minor": 1200, "currency": "JPY"}}),
        (["a=1.5KWD"], {"a": {"minor": 1500, "currency": "KWD"}}),
    ],
)
def test_without_a_schema_a_value_is_money_or_json_or_text(words: list[str], result: dict[str, Any]) -> None:
    assert arguments(words) == result


@pytest.mark.parametrize(
    ("words", "result"),
    [
        (["order_id=4821"], {"order_id": "4821"}),
        (["reason=true"], {"reason": "true"}),
        (["lines=4821-1,4821-3"], {"lines": ["4821-1", "4821-3"]}),
        (['lines=["4821-1"]'], {"lines": ["4821-1"]}),
        (["amount=12.00EUR"], {"amount": EUR_12}),
        (["amount.minor=1200", "amount.currency=EUR"], {"amount": EUR_12}),
        (["to=stored_value"], {"to": "stored_value"}),
        (["surprise=1"], {"surprise": 1}),
    ],
)
def test_a_tools_schema_says_what_a_value_is(words: list[str], result: dict[str, Any]) -> None:
    assert arguments(words, REFUND) == result


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["4821"], "write key=value"),
        (["=x"], "write key=value"),
        (["a..b=x"], "write key=value"),
        (["a=1", "a=2"], "a is given twice"),
        (["a=1", "a.b=2"], "a has a value already"),
        (["a=12.001EUR"], "EUR has 2 decimals"),
        (["a=12.5JPY"], "JPY has 0 decimals"),
    ],
)
def test_a_word_that_is_no_argument_is_told_with_the_reason(words: list[str], why: str) -> None:
    with pytest.raises(BadWord, match=why):
        arguments(words)
