"""Keys: the signing key of the checkpoints, and the keys under which each customer's personal values are kept."""

import hashlib
import hmac
import os
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)


class WrongKeyFile(ValueError):
    """The database was written with another key file."""


class KeyRing:
    """The key file of this installation: it signs checkpoints and wraps the customers' keys.

    All processes on one database need the same file. Without it checkpoints can still be verified (the public key is
    in every bundle), but personal values are lost: back it up apart from the database.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._signing = _load_or_make(path)
        self._wrapping = AESGCM(_derive(self._signing.private_bytes_raw(), b"handrail evidence: wrap customer keys"))

    @property
    def public(self) -> Ed25519PublicKey:
        return self._signing.public_key()

    def sign(self, body: bytes) -> str:
        return self._signing.sign(body).hex()

    def new_customer_key(self, key_id: str) -> bytes:
        """A fresh customer key, wrapped."""
        nonce = os.urandom(12)
        return nonce + self._wrapping.encrypt(nonce, os.urandom(32), key_id.encode())

    @lru_cache(maxsize=4096)  # noqa: B019 - one ring per process, and it lives as long
    def customer_key(self, key_id: str, wrapped: bytes) -> "CustomerKey":
        """Raises WrongKeyFile."""
        try:
            return CustomerKey(self._wrapping.decrypt(wrapped[:12], wrapped[12:], key_id.encode()))
        except InvalidTag as error:
            raise WrongKeyFile(
                f"{self._path} does not open customer key {key_id}; it was made with another."
            ) from error


class CustomerKey:
    """Seals one customer's values, and commits to them.

    commitment = HMAC(opening, value), opening = HMAC(key, place): an opening discloses that one value to a verifier
    and nothing about the others; when the key is destroyed nobody can test a guess against a commitment.
    """

    def __init__(self, key: bytes) -> None:
        self._sealing = AESGCM(_derive(key, b"seal"))
        self._committing = _derive(key, b"commit")

    def seal(self, place: bytes, value: str) -> bytes:
        nonce = os.urandom(12)
        return nonce + self._sealing.encrypt(nonce, value.encode(), place)

    def open(self, place: bytes, sealed: bytes) -> str:
        return self._sealing.decrypt(sealed[:12], sealed[12:], place).decode()

    def opening(self, place: bytes) -> str:
        return hmac.digest(self._committing, place, "sha256").hex()


def commitment(opening: str, value: str) -> str:
    """What the chain holds in the place of `value`."""
    return hmac.digest(bytes.fromhex(opening), value.encode(), "sha256").hex()


def place(chain: str, key: str, name: str) -> bytes:
    """Names one personal value: of which event, under which name."""
    return "\0".join((chain, key, name)).encode()


def public_pem(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def read_public_pem(pem: bytes) -> Ed25519PublicKey:
    key = load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError(f"The public key is {type(key).__name__}; checkpoints are signed with Ed25519.")
    return key


def fingerprint(key: Ed25519PublicKey) -> str:
    """Names a public key: to be noted elsewhere and compared."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:32]


def _load_or_make(path: Path) -> Ed25519PrivateKey:
    with suppress(FileExistsError):
        if not path.exists():
            _make(path)
    with suppress(ValueError):
        key = load_pem_private_key(path.read_bytes(), password=None)
        if isinstance(key, Ed25519PrivateKey):
            return key
    raise ValueError(f"{path} holds no Ed25519 private key; give another file, or move it away to have one made.")


def _make(path: Path) -> None:
    """Complete under another name first, then linked: of processes that start at once one wins and none reads half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    finally:
        draft.unlink()


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(secret)
