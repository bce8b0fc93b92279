"""Folders of policy documents, as somebody edits them."""

import shutil
from pathlib import Path

import policies

SHIPPED = Path(policies.__file__).parent


def copied(to: Path) -> Path:
    """The shipped documents in a folder of their own."""
    to.mkdir()
    for file in SHIPPED.glob("*.yaml"):
        shutil.copy(file, to)
    return to


def edited(folder: Path, old: str, new: str, name: str = "refund") -> Path:
    """The folder, with one place of a document changed."""
    file = folder / f"{name}.yaml"
    text = file.read_text()
    assert text.count(old) >= 1, f"{file.name} does not say {old!r}"
    file.write_text(text.replace(old, new, 1))
    return folder
