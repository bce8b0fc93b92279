"""What people type, as values."""

import re
from datetime import datetime, timedelta, timezone
from typing import Any

from domain.money import written


class Unreadable(Exception):
    """What stands in the field is not of its kind; the message says what would be."""


def money(text: str) -> dict[str, Any]:
    try:
        money = written(text.upper().replace(",", "."))
    except ValueError:
        money = None
    if money is None or money.minor < 0:
        raise Unreadable("Write an amount with its currency: 25.00 EUR.")
    return money.model_dump()


def number(text: str) -> int:
    if not re.fullmatch(r"-?\d{1,9}", text):
        raise Unreadable("Write a whole number.")
    return int(text)


def moment(text: str, minutes_from_utc: str) -> str:
    try:
        zone = timezone(timedelta(minutes=int(minutes_from_utc or 0)))
        return datetime.fromisoformat(text).replace(tzinfo=zone).isoformat()
    except ValueError as wrong:
        raise Unreadable("Write a day and a time: 2026-11-24T14:00.") from wrong


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def pairs(text: str) -> dict[str, str]:
    pairs = [line.partition(":") for line in lines(text)]
    if any(not (name.strip() and colon and value.strip()) for name, colon, value in pairs):
        raise Unreadable("Write one in each line, as name: value.")
    return {name.strip(): value.strip() for name, _, value in pairs}
