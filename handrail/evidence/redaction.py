"""Masking before anything is stored: card numbers and codes, e-mail addresses, phone and social security numbers.

Numbers that an ASR wrote as words ("four two four two") are not seen; capture cards outside the conversation.
"""

import re
from typing import Any

_GAP = r"[ ._/-]{0,2}"
_DIGITS = re.compile(rf"(?<!\w)\d(?:{_GAP}\d){{12,}}(?!\w)")
_EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_CODE = re.compile(
    r"\b(cv[vc]2?|csc|card (?:verification|security) (?:code|number|value)|security code)\b(\D{0,20})(\d{3,4})(?!\d)",
    re.IGNORECASE,
)
_AFTER_CARD = re.compile(r"(\[card ending \d{4}\])((?:\D{0,12}\d{1,2} ?[/-] ?\d{2,4})?[^\d\[]{1,15})(\d{3,4})(?![\d/])")
_SSN = re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])")
_PHONE = re.compile(
    r"(?<![\w.+-])(?:"
    r"(?:\+|00)\d(?:[ ()./-]{0,2}\d){6,14}"
    r"|\(?\d{3,5}\)?[ .-]{1,2}\d{3,4}[ .-]\d{3,4}"
    r"|0\d{2,4}[ /-]{1,3}\d(?:[ -]?\d){5,8}"
    r")(?!\.?\w)"
)
_SECRETS = frozenset(("pan", "pin", "otp", "csc", "secret"))
_SECRET_ENDINGS = (
    *("cvv", "cvv2", "cvc", "cvc2", "cardnumber", "cardcode", "securitycode", "password", "onetimecode"),
    *("clientsecret", "apikey", "authorization", "accesstoken", "refreshtoken"),
)
# What makes a text worth a closer look. Most have none of it: their timestamps and digests are no `_LONG_NUMBER`.
_LONG_NUMBER = re.compile(r"\d(?<!\w\d)(?:[ ()._/-]{0,3}\d){8,}(?!\w)|\d{3}-\d\d-\d{4}")
_WORDS = (
    *("@", "cvv", "cvc", "csc", "card", "security", '"pin"', '"pan"', "password", '"otp"', "onetime", "one_time"),
    *("secret", "token", "authori", "apikey", "api_key", "api-key"),
)
_MASK = "[masked]"
_CARD_LENGTHS = range(19, 12, -1)


def redact(text: str) -> str:
    """Free text with everything masked that must not be kept: `card [card ending 4242]`, `[email]`, `[phone]`."""
    if not suspicious(text):
        return text
    return _PHONE.sub("[phone]", _SSN.sub("[ssn]", _EMAIL.sub("[email]", redact_cards(text))))


def redact_cards(text: str) -> str:
    """Only card numbers and their codes masked: for values that are personal by purpose, such as an e-mail address."""
    text = _AFTER_CARD.sub(r"\1\2[cvv]", _DIGITS.sub(_mask_cards, text))
    return _CODE.sub(r"\1\2[cvv]", text)


def redact_body(value: Any) -> Any:
    """JSON with its texts redacted, numbers that are card numbers masked, and values of secret names dropped."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {redact(name): _MASK if _is_secret(name, item) else redact_body(item) for name, item in value.items()}
    if isinstance(value, list):
        return [redact_body(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and _is_card(str(value)):
        return f"[card ending {str(value)[-4:]}]"
    return value


def suspicious(text: str) -> bool:
    """Whether `redact` could change this text, or `redact_body` this JSON. False for nearly all, and fast."""
    lower = text.lower()
    return any(word in lower for word in _WORDS) or bool(_LONG_NUMBER.search(text))


def _is_secret(name: str, item: Any) -> bool:
    plain = re.sub(r"[\W_]", "", name).lower()
    named = plain in _SECRETS or plain.endswith(_SECRET_ENDINGS)
    return named and isinstance(item, (str, int)) and item != ""


def _mask_cards(found: re.Match[str]) -> str:
    text = found.group()
    at = [index for index, letter in enumerate(text) if letter.isdigit()]
    start = 0
    while start <= len(at) - 13:
        length = next((size for size in _CARD_LENGTHS if _card_at(text, at, start, size)), 0)
        if length:
            first, last = at[start], at[start + length - 1]
            ending = "".join(text[i] for i in at[start + length - 4 : start + length])
            return text[:first] + f"[card ending {ending}]" + _DIGITS.sub(_mask_cards, text[last + 1 :])
        start += 1
    return text


def _card_at(text: str, at: list[int], start: int, size: int) -> bool:
    """Whether `size` digits from the `start`th on are a card number that begins and ends where a group does."""
    end = start + size
    if end > len(at):
        return False
    group_starts = start == 0 or at[start] - at[start - 1] > 1
    group_ends = end == len(at) or at[end] - at[end - 1] > 1
    return group_starts and group_ends and _is_card("".join(text[i] for i in at[start:end]))


def _is_card(digits: str) -> bool:
    """Issuer ranges in use begin with 2 (Mastercard, Mir) to 6; 13 to 19 digits with a valid Luhn sum."""
    if not 13 <= len(digits) <= 19 or digits[0] not in "23456":
        return False
    doubled = (int(d) * 2 for d in digits[-2::-2])
    return (sum(int(d) for d in digits[-1::-2]) + sum(d - 9 if d > 9 else d for d in doubled)) % 10 == 0
