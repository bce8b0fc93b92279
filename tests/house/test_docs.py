"""What the documents name is there: files, headings, make targets."""

import re
from pathlib import Path

import pytest

from tests.house.console_blocks import commands
from tests.house.repository import ROOT, files, text_of

DOCUMENTS = [path for path in files() if path.suffix == ".md"]
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)


def broken_links(document: Path, text: str) -> list[str]:
    """Links to a file that is not in the repository, or to a heading that its document does not have."""
    broken = []
    for link in _LINK.findall(_FENCE.sub("", text)):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, heading = link.partition("#")
        target = (ROOT / document.parent / name).resolve() if name else ROOT / document
        if not target.exists() or not target.is_relative_to(ROOT):
            broken.append(f"{document}: {link} is not there")
        elif heading and target.suffix == ".md" and heading not in headings(target.read_text()):
            broken.append(f"{document}: {link} has no such heading")
    return broken


def headings(text: str) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", _FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):(?!=)", text_of(Path("Makefile")), re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_link_to_the_repository_leads_somewhere(document: Path) -> None:
    assert broken_links(document, text_of(document)) == []


@pytest.mark.parametrize("link", ["nowhere.md", "README.md#no-such-heading", "../outside.md"])
def test_a_broken_link_is_found(link: str) -> None:
    assert broken_links(Path("README.md"), f"[here]({link})")


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_make_target_that_is_named_exists(document: Path) -> None:
    text = text_of(document)
    shown = [word for command in commands(text) if command[0] == "make" for word in command[1:]]
    named = [word for phrase in re.findall(r"`make ([^`]+)`", text) for word in phrase.split()]

    unknown = {word for word in [*shown, *named] if re.fullmatch(r"[a-z-]+", word)} - make_targets()
    assert unknown == set()


def test_decisions_are_numbered_without_a_gap_and_dated() -> None:
    decisions = [path for path in DOCUMENTS if path.parent == Path("docs/decisions")]

    assert [path.name[:4] for path in decisions] == [f"{number:04}" for number in range(1, len(decisions) + 1)]
    for path in decisions:
        assert re.search(r"^\d{4}-\d{2}-\d{2} · ", text_of(path), re.MULTILINE), f"{path} has no date"
        assert "**Rejected.**" in text_of(path), f"{path} names no rejected option"
