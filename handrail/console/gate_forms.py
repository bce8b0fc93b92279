"""The forms of a gate: approve, approve with changes, reject, ask."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import uuid4

from domain.commands import Outcome
from domain.edits import Editable
from domain.packet import Packet
from handrail.console import words
from handrail.console.fields import Field, Kind
from handrail.console.offer import Asked, Offer, like, of


def decide(asked: Asked) -> Iterable[Offer]:
    gate = asked.packet.gate
    decision = f"console-{uuid4().hex}"
    hidden = {"digest": gate.digest if gate else "", "decision_id": decision}
    names = _in_whose_name(asked)
    approve = Offer("decide", "decide-approve", "Approve", _approve(asked.packet), [*names], look="primary", key="a")
    forms = [approve, *_with_edits(asked, names)]
    reason, note = of("decide", "reason", "note")
    reason = replace(reason, kind=Kind.CHOICE, required=True, options=tuple(words.REJECTIONS.items()), key="r",
                     ask="Choose a reason for the rejection.")  # fmt: skip
    forms.append(Offer("decide", "decide-reject", "Reject", "Reject", [reason, note, *names], look="danger", key="r"))
    question = replace(note, label="What do you need to know?", required=True, key="e",
                       ask="Write what you need to know.")  # fmt: skip
    forms.append(
        Offer("decide", "decide-request_info", "Request information", "Ask; the item stays pending",
              [question, *names], key="e")
    )  # fmt: skip
    outcomes = {"decide-approve": Outcome.APPROVE, "decide-edits": Outcome.APPROVE, "decide-reject": Outcome.REJECT}
    for form in forms:
        outcome = outcomes.get(form.id, Outcome.REQUEST_INFO)
        yield replace(form, hidden=hidden, fixed={"outcome": str(outcome)})


def _approve(packet: Packet) -> str:
    return f"Approve {packet.effect.amount}" if packet.effect and packet.effect.amount else "Approve"


def _with_edits(asked: Asked, names: list[Field]) -> Iterable[Offer]:
    """An approval of something else than was asked, where the gate says what may be changed."""
    gate = asked.packet.gate
    if gate is None or not gate.editable:
        return
    reason = replace(of("decide", "reason")[0], required=True, label="Why", ask="Write why: it becomes part of it.")
    fields_ = [_editable(one) for one in gate.editable]
    yield Offer("decide", "decide-edits", "Approve with changes", "Approve it so", [*fields_, reason, *names])


def _editable(one: Editable) -> Field:
    made = like(one.now, ("edits", one.name))[0]
    bounds = {"Above": one.more_than, "at most": one.at_most}
    told = [", ".join(f"{word} {amount}" for word, amount in bounds.items() if amount is not None), one.note]
    codes = dict.fromkeys([made.value, *one.options])
    options = tuple((code, words.plain(code)) for code in codes if code)
    kind = Kind.CHOICE if one.options else made.kind
    return replace(made, kind=kind, options=options, required=True, help=". ".join(filter(None, told)))


def _in_whose_name(asked: Asked) -> list[Field]:
    if not asked.mandates:
        return []
    names = {d.principal: d.principal_name or d.principal for d in asked.mandates}
    own = (("", "My own name"),) if asked.own_right else ()
    field_ = of("decide", "on_behalf_of")[0]
    options = (*own, *names.items())
    return [replace(field_, kind=Kind.CHOICE, options=options, required=not own, value=options[0][0])]
