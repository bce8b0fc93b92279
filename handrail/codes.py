"""One-time codes: made for one message, and compared under a seal.

A code and its seal follow from a secret that workers and doors share and that is written nowhere else. So a message
that is sent again carries the same code, and nobody keeps one: Temporal, evidence, logs and traces hold seals only.
"""

import hashlib
import hmac

from connectors.effects import WriteRef
from domain.step_up import plain_code
from handrail.encryption import payload_key
from handrail.settings import Settings


class OneTimeCodes:
    def __init__(self, settings: Settings) -> None:
        self._key = hmac.digest(payload_key(settings), b"handrail one-time codes", hashlib.sha256)

    def code(self, ref: WriteRef, digits: int) -> str:
        """The code of the message that is sent under this reference: the same at every attempt."""
        minted = ref.minted_at.isoformat() if ref.minted_at else ""
        drawn = int.from_bytes(self._digest("code", ref.value, minted), "big")  # 256 bits: no digit is favoured
        return str(drawn % 10**digits).zfill(digits)

    def seal(self, run: str, code: str) -> str:
        """`run`: `{tenant}:{reference}`, so that a code of one run opens nothing in another."""
        return self._digest("seal", run, plain_code(code)).hex()

    def _digest(self, *parts: str) -> bytes:
        return hmac.digest(self._key, "\0".join(parts).encode(), hashlib.sha256)
