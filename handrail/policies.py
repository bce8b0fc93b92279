"""The shelf of policy documents: YAML files, validated, read anew when they change."""

from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from domain.policies import PolicyBase
from workflows._catalog import policies

NEVER_WRITTEN = {"switched": "set by `handrail policy switch`", "segment": "set by who the customer is"}
"""Words of a document in force that no document may say."""


class BadPolicy(Exception):
    """A policy document that must not come into force: names the file and every wrong line."""


class Shelf:
    """Policies by name. A changed file comes into force at the next read; a bad one is refused, and the last good
    one stays."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or Path(str(files("policies")))
        self._models = policies()
        self._good: dict[str, tuple[int, dict[str, Any]]] = {}

    def read(self, policy: str) -> dict[str, Any]:
        """Raises KeyError naming the policies that there are; BadPolicy when there is no good document at all."""
        if policy not in self._models:
            raise KeyError(f"{policy} is no policy; there are: {', '.join(sorted(self._models))}.")
        file = self._folder / f"{policy}.yaml"
        changed = file.stat().st_mtime_ns
        known = self._good.get(policy)
        if known and known[0] == changed:
            return known[1]
        try:
            document = load(file, self._models[policy])
        except BadPolicy:
            if known is None:
                raise
            return known[1]
        self._good[policy] = (changed, document)
        return document


def load(file: Path, shape: type[PolicyBase]) -> dict[str, Any]:
    """The document as JSON, its defaults filled in. Raises BadPolicy."""
    try:
        raw = yaml.safe_load(file.read_text())
        for word, set_by in NEVER_WRITTEN.items():
            if isinstance(raw, dict) and word in raw:
                raise BadPolicy(f"{file.name}: {word}: {set_by}, never by a document.")
        model = shape.model_validate(raw)
    except ValidationError as wrong:
        errors = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'document'}: {e['msg']}" for e in wrong.errors())
        raise BadPolicy(f"{file.name}: {errors}") from wrong
    except (yaml.YAMLError, OSError) as wrong:
        raise BadPolicy(f"{file.name}: {wrong}") from wrong
    return model.model_dump(mode="json")
