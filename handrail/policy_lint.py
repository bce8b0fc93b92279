"""Finding what is wrong in a folder of policy documents, with file, line and word."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import ValidationError

from domain.calls import ActorKind
from domain.case_policy import CasePolicy
from domain.policies import AuthorityPolicy, CustomerPolicy, PolicyBase
from domain.policy_changes import Direction, changes
from domain.segments import AuthoritySegment
from handrail.policies import NEVER_WRITTEN

Place = Sequence[int | str]
_SAID = re.compile(r"([a-z_]+): ")


@dataclass(frozen=True)
class Remark:
    """Wrong, or only odd. `line` 0: the file as a whole."""

    level: Literal["fail", "warn"]
    file: str
    line: int
    word: str
    text: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {f'{self.word}: ' if self.word else ''}{self.text}"


@dataclass(frozen=True)
class Linted:
    documents: dict[str, PolicyBase]
    """The good ones, by name."""
    remarks: list[Remark]

    @property
    def ok(self) -> bool:
        return all(remark.level != "fail" for remark in self.remarks)


def lint(folder: Path, shapes: dict[str, type[PolicyBase]]) -> Linted:
    """Every document that a process reads, and every file that none does. Raises NotADirectoryError."""
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder of policy documents.")
    documents: dict[str, PolicyBase] = {}
    remarks: list[Remark] = []
    for name, shape in sorted(shapes.items()):
        document, found = lint_file(folder / f"{name}.yaml", shape)
        remarks += found
        if document:
            documents[name] = document
    remarks += _unknown_queues(documents)
    known = ", ".join(sorted(shapes))
    for file in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
        if file.suffix == ".yml" or file.stem not in shapes:
            text = f"No process reads this document; the names are {known} (with .yaml)."
            remarks.append(Remark("fail", file.name, 0, "", text))
    return Linted(documents, remarks)


def _unknown_queues(documents: dict[str, PolicyBase]) -> Iterator[Remark]:
    """A case for people goes where somebody looks: the queues are told by the document of cases."""
    known = documents.get(CasePolicy.name)
    if not isinstance(known, CasePolicy):
        return
    for name, document in sorted(documents.items()):
        terms = document.case if isinstance(document, CustomerPolicy) else None
        for place, desk in terms.desks() if terms else []:
            if desk.queue not in known.queues:
                text = f"{desk.queue} is no queue of {CasePolicy.name}.yaml; there are: {', '.join(known.queues)}."
                yield Remark("fail", f"{name}.yaml", 0, f"case.{place}.queue", text)


def lint_file(file: Path, shape: type[PolicyBase]) -> tuple[PolicyBase | None, list[Remark]]:
    """The document, when it may come into force, and what is to be said of it."""
    try:
        tree = yaml.compose(file.read_text(), Loader=yaml.SafeLoader)
        raw = yaml.safe_load(file.read_text())
    except FileNotFoundError:
        return None, [Remark("fail", file.name, 0, "", "There is no such document; its process can decide nothing.")]
    except (yaml.YAMLError, OSError, UnicodeDecodeError) as wrong:
        return None, [_unreadable(file, wrong)]
    lines = dict(_lines(tree))
    remarks = [
        Remark("fail", file.name, line, _dotted(place), "This word is here twice; only the last one would count.")
        for place, line in _doubled(tree)
    ]
    for word in NEVER_WRITTEN if isinstance(raw, dict) else ():
        if word in raw:
            text = f"{NEVER_WRITTEN[word].capitalize()}, never by a document."
            remarks.append(Remark("fail", file.name, lines.get((word,), 0), word, text))
    try:
        document = shape.model_validate(raw)
    except ValidationError as wrong:
        return None, [*remarks, *(_wrong(file, lines, dict(error)) for error in wrong.errors())]
    remarks += [
        Remark(level, file.name, _line(lines, place), _dotted(place), text) for level, place, text in _odd(document)
    ]
    good = all(remark.level != "fail" for remark in remarks)
    return document if good else None, remarks


def _odd(document: PolicyBase) -> Iterator[tuple[Literal["fail", "warn"], Place, str]]:
    """What is allowed by the form, and means something else than it seems to."""
    if not document.version.strip():
        yield "fail", ("version",), "A version needs a name: the record of each decision tells it."
    if isinstance(document, CustomerPolicy):
        yield from _odd_segments(document)
    if not isinstance(document, AuthorityPolicy):
        return
    kinds = ", ".join(ActorKind)
    for word in ("confirm_above", "auto_up_to", "per_action"):
        for kind in getattr(document, word):
            if kind not in list(ActorKind):
                yield "fail", (word, kind), f"There is no such kind of actor; there are: {kinds}."
    for kind in sorted(set(document.auto_up_to) & set(document.per_action)):
        most, free = document.per_action[kind], document.auto_up_to[kind]
        if free > most:
            yield "warn", ("auto_up_to", kind), f"{free} is above per_action.{kind} ({most}), which comes first."
    for word, bands in (("assurance", document.assurance), ("approval", document.approval)):
        tops = [band.up_to for band in bands if band.up_to is not None]
        if len(set(tops)) != len(tops):
            yield "fail", (word,), "Two bands end at the same amount; the second one never counts."
    for n, band in enumerate(document.approval):
        if len(set(band.roles)) != len(band.roles):
            yield "warn", ("approval", n, "roles"), "A role is named twice; it still approves once."


def _odd_segments(document: CustomerPolicy) -> Iterator[tuple[Literal["fail", "warn"], Place, str]]:
    """A customer may have labels of several; the first one counts."""
    for n, segment in enumerate(document.segments):
        looser = _looser(document, document.in_segment(segment.name))
        stricter = [s.name for s in document.segments[n + 1 :] if _looser(document.in_segment(s.name), document)]
        if looser and stricter:
            text = f"It gives more freedom and stands before {stricter[0]}: who is in both counts as {segment.name}."
            yield "warn", ("segments", n), text
        if isinstance(segment, AuthoritySegment):
            for word in ("confirm_above", "auto_up_to", "per_action"):
                for kind in set(getattr(segment, word)) - set(ActorKind):
                    kinds = ", ".join(ActorKind)
                    yield "fail", ("segments", n, word, kind), f"There is no such kind of actor; there are: {kinds}."
        if document.in_segment(segment.name).model_copy(update={"segment": ""}) == document:
            yield "warn", ("segments", n), f"{segment.name} says nothing else than what holds for all."


def _looser(than: CustomerPolicy, document: CustomerPolicy) -> bool:
    found = changes(*(one.model_copy(update={"segments": ()}) for one in (than, document)))
    return any(change.direction is Direction.WIDER for change in found)


def _unreadable(file: Path, wrong: Exception) -> Remark:
    mark = getattr(wrong, "problem_mark", None)
    text = str(getattr(wrong, "problem", None) or wrong)
    return Remark("fail", file.name, mark.line + 1 if mark else 0, "", f"It cannot be read: {text}.")


def _wrong(file: Path, lines: dict[tuple[int | str, ...], int], error: dict[str, Any]) -> Remark:
    place = tuple(error["loc"])
    text = str(error["msg"]).removeprefix("Value error, ")
    if not place and (said := _SAID.match(text)):  # a rule over several words names the one that it is about
        place = (said.group(1),)
    if error["type"] == "extra_forbidden":
        text = "There is no such word; a typo must not widen a limit."
    elif error["type"] == "missing":
        text = "This word is missing."
    return Remark("fail", file.name, _line(lines, place), _dotted(place), text)


def _line(lines: dict[tuple[int | str, ...], int], place: Place) -> int:
    """Of the place, or of what holds it."""
    for length in range(len(place), 0, -1):
        if line := lines.get(tuple(place[:length])):
            return line
    return 0


def _lines(node: Any, place: tuple[int | str, ...] = ()) -> Iterator[tuple[tuple[int | str, ...], int]]:
    """Every place in the document, with its line."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*place, key.value)
            yield inner, key.start_mark.line + 1
            yield from _lines(value, inner)
    elif isinstance(node, yaml.SequenceNode):
        for n, value in enumerate(node.value):
            yield (*place, n), value.start_mark.line + 1
            yield from _lines(value, (*place, n))


def _doubled(node: Any, place: tuple[int | str, ...] = ()) -> Iterator[tuple[Place, int]]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield (*place, key.value), key.start_mark.line + 1
            seen.add(key.value)
            yield from _doubled(value, (*place, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for n, value in enumerate(node.value):
            yield from _doubled(value, (*place, n))


def _dotted(place: Place) -> str:
    return ".".join(map(str, place))
