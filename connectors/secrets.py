"""Secrets by reference: configuration and histories name them, only the connector holds them."""

import os
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, SecretStr


class UnknownSecret(ValueError):
    """The reference leads nowhere. The message names the reference, never a value."""


class SecretRef(str):
    """`env:ACME_KEY` or `file:/run/secrets/acme`. Anything else is no reference."""

    __slots__ = ()

    @property
    def is_reference(self) -> bool:
        return self.partition(":")[0] in ("env", "file") and ":" in self

    def resolve(self) -> SecretStr:
        """Raises UnknownSecret."""
        kind, _, name = self.partition(":")
        if kind == "env":
            if not os.environ.get(name):
                raise UnknownSecret(f"'{self}' is not there: set {name} in the environment of the worker.")
            return SecretStr(os.environ[name])
        if kind == "file":
            try:
                return SecretStr(Path(name).read_text().strip())
            except OSError as unreadable:
                raise UnknownSecret(
                    f"'{self}' cannot be read ({unreadable.strerror}); mount the secret there."
                ) from None
        raise UnknownSecret("This is no reference; a secret's reference is env:NAME or file:PATH.")


def _resolved(given: object) -> object:
    if isinstance(given, str) and SecretRef(given).is_reference:
        return SecretRef(given).resolve()
    return given


Secret = Annotated[SecretStr, BeforeValidator(_resolved)]
"""A field of a connector's config: `env:NAME` and `file:PATH` are looked up, any other text is the secret itself."""
