"""Temporal payloads are encrypted before they leave the process: history holds no personal data in clear.

AES-256-GCM, a fresh nonce per payload. The key is a setting, or a file in `home` made on first use; a payload names
the key it was made with, so that a wrong key is told as such.
"""

import base64
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

from handrail.settings import Settings

_ENCODING = b"binary/encrypted"


class EncryptedPayloads(PayloadCodec):
    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._key_id = hashlib.sha256(b"handrail payload key" + key).hexdigest()[:16].encode()

    async def encode(self, payloads: Iterable[Payload]) -> list[Payload]:
        return [self._encrypt(payload) for payload in payloads]

    async def decode(self, payloads: Iterable[Payload]) -> list[Payload]:
        return [self._decrypt(payload) for payload in payloads]

    def _encrypt(self, payload: Payload) -> Payload:
        nonce = os.urandom(12)
        data = nonce + self._cipher.encrypt(nonce, payload.SerializeToString(), self._key_id)
        return Payload(metadata={"encoding": _ENCODING, "key": self._key_id}, data=data)

    def _decrypt(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != _ENCODING:
            return payload
        made_with = payload.metadata.get("key", b"")
        if made_with != self._key_id:
            ours = self._key_id.decode()
            raise ValueError(
                f"This payload was encrypted with key {made_with.decode()}, and the one at hand is {ours}."
            )
        clear = Payload()
        clear.ParseFromString(self._cipher.decrypt(payload.data[:12], payload.data[12:], self._key_id))
        return clear


def payload_key(settings: Settings) -> bytes:
    """The key from the settings, or from `home`/payload.key, made there (0600) on first use. Safe when several
    processes start at once. Raises ValueError when it is not 32 bytes."""
    text = settings.payload_key or _key_file(settings.home / "payload.key")
    key = base64.b64decode(text)
    if len(key) != 32:
        raise ValueError(f"The payload key must be 32 bytes in base64; it is {len(key)} bytes.")
    return key


def _key_file(file: Path) -> str:
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        new = file.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(base64.b64encode(os.urandom(32)).decode())
        try:
            os.link(new, file)  # only one of several processes wins
        except FileExistsError:
            pass
        finally:
            new.unlink()
    return file.read_text()
