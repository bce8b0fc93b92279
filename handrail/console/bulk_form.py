"""Several approvals in one go: which rows may be ticked, and the form under them."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

from domain.bulk import BulkDecision, BulkItem
from domain.calls import Actor
from domain.delegations import Delegation
from handrail.console import words
from handrail.console.fields import Field, Kind
from handrail.console.offer import Offer, of
from handrail.gateway.scopes import DECIDE, holds
from handrail.rail import WorkItem


def kind_of(item: WorkItem, actor: Actor) -> str:
    """Rows of one kind are decided together. Empty: this one by itself, or not by this person."""
    gate = item.gate
    if gate is None or not item.open or not gate.bulk_up_to or item.value_minor > gate.bulk_up_to:
        return ""
    own = holds(actor.scopes, DECIDE.format(process=item.process)) and bool(actor.roles & set(gate.roles))
    if actor.id in gate.requesters or not (own or item.offered_for):
        return ""
    return f"{item.process} {gate.rule}"


def together(mandates: Sequence[Delegation], at: str) -> Offer:
    """`at`: the address's query of the inbox in which it stands, to come back to."""
    reason, note, name = of("decide", "reason", "note", "on_behalf_of")
    options = tuple(words.REJECTIONS.items())
    asked = [replace(reason, label="Reason, for a rejection", kind=Kind.CHOICE, options=options), note]
    if mandates:
        names = {d.principal: d.principal_name or d.principal for d in mandates}
        asked.append(replace(name, kind=Kind.CHOICE, options=(("", "My own name"), *names.items())))
    return Offer(
        "decisions", "bulk", "Decide together", "", asked, hidden={"decision_id": f"console-{uuid4().hex}", "at": at}
    )


def kinds_of(ticked: Sequence[str], errors: Sequence[dict[str, str]]) -> dict[str, list[str]]:
    """The references of each kind, where the rail told them apart: `{"field": "items.0", "reason": the kind}`."""
    found: dict[str, list[str]] = {}
    for error in errors:
        _, _, place = error["field"].partition("items.")
        if place.isdigit() and int(place) < len(ticked):
            found.setdefault(error["reason"], []).append(ticked[int(place)].partition(" ")[0])
    return found


def decision(outcome: str, ticked: Sequence[str], said: dict[str, str]) -> BulkDecision:
    """`ticked`: reference and digest of each. Raises ValueError."""
    items = [
        BulkItem(reference=reference, digest=digest) for reference, _, digest in (t.partition(" ") for t in ticked)
    ]
    return BulkDecision.model_validate({"outcome": outcome, "items": items, **said})


def wrong(outcome: str, ticked: Sequence[str], said: dict[str, str], asked: Sequence[Field]) -> dict[str, str]:
    """What the form lacks, by the field's name."""
    if not ticked:
        return {"": "Tick the requests that you decide."}
    if outcome not in {"approve", "reject"}:
        return {"": "Choose whether you approve or reject them."}
    if outcome == "reject" and not said.get("reason"):
        return {asked[0].name: "Choose a reason for the rejection."}
    return {}
