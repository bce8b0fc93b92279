"""Segments of customers: what a document says otherwise for some of them, by the labels that the CRM gives them.

The first segment of the document that fits a customer counts, and no other. It says only what is different; nothing
in it goes above the document's own `per_action`, which is the hard cap for everybody.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any, TypeVar

from pydantic import Field

from domain.sections import ApprovalBand, AssuranceBand, ByKind, Levels, Section, whole
from domain.velocity import Most, VelocityLimit


class Segment(Section):
    """What is said here takes the place of the document's own word, kind by kind."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    labels: list[str] = Field(min_length=1)
    """As the CRM tells them; one is enough."""
    autonomy: Levels = {}
    autonomy_in: dict[str, Levels] = {}
    limits: dict[str, Most] = {}
    """Other numbers for limits of the document, by their names."""

    def fits(self, labels: Iterable[str]) -> bool:
        return not set(self.labels).isdisjoint(labels)


class AuthoritySegment(Segment):
    """... of a process with money."""

    assurance: list[AssuranceBand] = []
    payee_change_level: int | None = Field(default=None, ge=0, le=4)
    confirm_above: ByKind = {}
    auto_up_to: ByKind = {}
    approval: list[ApprovalBand] = []
    per_action: ByKind = {}


S = TypeVar("S", bound=Segment)


def fitting(segments: Sequence[S], labels: Iterable[str]) -> S | None:
    """The first that fits."""
    known = set(labels)
    return next((segment for segment in segments if segment.fits(known)), None)


def overlaid(words: dict[str, Any], segment: Segment, limits: list[VelocityLimit]) -> dict[str, Any]:
    """The document's words with the segment's in place of them; only those that change. `words`: by name."""
    changed: dict[str, Any] = {}
    for name, value in segment:
        if name in ("name", "labels", "limits") or not _said(value):
            continue
        changed[name] = {**words[name], **value} if isinstance(value, dict) else value
    if segment.limits:
        changed["limits"] = [
            limit.model_copy(update=segment.limits[limit.name].model_dump(exclude_none=True))
            if limit.name in segment.limits
            else limit
            for limit in limits
        ]
    return changed


def check_segments(segments: Sequence[Segment], limits: list[VelocityLimit], per_action: ByKind) -> None:
    """Raises ValueError: two that overlap, a limit that is not there, more than the hard cap."""
    names = [limit.name for limit in limits]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"limits: {twice[0]} is there twice; a name tells one limit.")
    for one, other in combinations(segments, 2):
        if one.name == other.name:
            raise ValueError(f"segments: {one.name} is there twice.")
        if both := sorted(set(one.labels) & set(other.labels)):
            text = f"{both[0]} is a label of {one.name} and of {other.name}; only the first would count."
            raise ValueError(f"segments: {text}")
    for segment in segments:
        if unknown := sorted(set(segment.limits) - set(names)):
            raise ValueError(f"segments: {segment.name} changes the limit {unknown[0]}, which is not there.")
        if isinstance(segment, AuthoritySegment):
            _check_authority(segment, per_action)


def _check_authority(segment: AuthoritySegment, per_action: ByKind) -> None:
    for name, bands in (("assurance", segment.assurance), ("approval", segment.approval)):
        if bands:
            whole(f"segments: {segment.name}.{name}", bands)
    for kind, amount in segment.per_action.items():
        if amount > per_action.get(kind, 0):
            most = per_action.get(kind, 0)
            raise ValueError(f"segments: {segment.name}.per_action.{kind} is {amount}, above the hard cap of {most}.")


def _said(value: Any) -> bool:
    return value is not None and value not in ({}, [])
