"""Webhook signatures, declared instead of programmed: raw bytes, constant time, never older than the tolerance."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from enum import StrEnum

from pydantic import SecretStr

from connectors.errors import AuthFailed
from domain.values import Value


class Encoding(StrEnum):
    HEX = "hex"
    BASE64 = "base64"


class HmacSpec(Value):
    """HMAC-SHA256 over `signed`, a template of `{timestamp}` and `{body}`.

    Stripe: header `Stripe-Signature` = `t=..,v1=..`, signed `{timestamp}.{body}`, hex. Zendesk: the timestamp has a
    header of its own, signed `{timestamp}{body}`, base64. Shopify: no timestamp, signed `{body}`, base64.
    """

    header: str
    signature_field: str = ""
    """Where the header is a list `t=..,v1=..`: the name of the signature's part; there may be several of it."""
    timestamp_field: str = ""
    timestamp_header: str = ""
    timestamps_per_s: int = 1
    """1000 where the vendor counts milliseconds."""
    signed: str = "{timestamp}.{body}"
    encoding: Encoding = Encoding.HEX
    tolerance_s: float = 300

    def verify(self, secret: SecretStr, body: bytes, headers: Mapping[str, str], now_s: float) -> None:
        """Raises AuthFailed, with the reason but neither signature nor secret."""
        given = {name.lower(): value for name, value in headers.items()}
        parts = _parts(given.get(self.header.lower(), ""))
        signatures = (
            parts.get(self.signature_field, []) if self.signature_field else [given.get(self.header.lower(), "")]
        )
        timestamp = (parts.get(self.timestamp_field) or [""])[0] if self.timestamp_field else ""
        timestamp = given.get(self.timestamp_header.lower(), "") if self.timestamp_header else timestamp
        if not any(signatures):
            raise AuthFailed(f"The event has no signature in {self.header}; it is not believed.")
        expected = self._sign(secret, body, timestamp)
        if not any(hmac.compare_digest(expected.encode(), signature.encode()) for signature in signatures):
            raise AuthFailed(f"The signature in {self.header} does not fit the event; check the webhook's secret.")
        self._check_age(timestamp, now_s)

    def _sign(self, secret: SecretStr, body: bytes, timestamp: str) -> str:
        before, _, after = self.signed.partition("{body}")
        message = (
            before.replace("{timestamp}", timestamp).encode() + body + after.replace("{timestamp}", timestamp).encode()
        )
        made = hmac.new(secret.get_secret_value().encode(), message, hashlib.sha256).digest()
        return made.hex() if self.encoding is Encoding.HEX else base64.b64encode(made).decode()

    def _check_age(self, timestamp: str, now_s: float) -> None:
        if not self.timestamp_field and not self.timestamp_header:
            return
        if not timestamp.isascii() or not timestamp.isdigit():
            raise AuthFailed("The event's timestamp is no number; it is not believed.")
        age = abs(now_s - int(timestamp) / self.timestamps_per_s)
        if age > self.tolerance_s:
            raise AuthFailed(f"The event was signed {age:.0f} s from now; at most {self.tolerance_s:g} s are believed.")


def _parts(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for part in text.split(","):
        name, _, value = part.strip().partition("=")
        found.setdefault(name, []).append(value)
    return found
