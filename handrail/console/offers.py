"""The forms of a work item: one for each way of saying each command, made from the command's schema, the packet and
who is asking."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from domain.commands import RepairAction
from handrail.console.caller_forms import amend, confirm, provide, verify
from handrail.console.fields import Kind
from handrail.console.forms import Form
from handrail.console.gate_forms import decide
from handrail.console.offer import Asked, Offer, like, of

LEASES = (("900", "15 minutes"), ("3600", "1 hour"), ("14400", "4 hours"), ("28800", "8 hours"))


def offers(asked: Asked) -> dict[str, list[Offer]]:
    """By command. Which of them are shown is for `permits`."""
    return {command: list(make(asked)) for command, make in _FORMS.items()}


def find(offered: dict[str, list[Offer]], command: str, form: Form) -> Offer | None:
    """The form that was sent; None when it is not offered any more. A command with one form need not name it."""
    forms = offered.get(command, [])
    said = form.get("form") or next((f"{command}-{form.get(n)}" for n in ("outcome", "action") if form.get(n)), "")
    if not said and len(forms) == 1:
        return forms[0]
    return next((one for one in forms if one.id == said), None)


def _retry(asked: Asked) -> Iterable[Offer]:
    repair = asked.packet.repair
    if repair is None:
        yield Offer("retry", "retry-retry", "Go on", "Go on in my name", fixed={"action": "retry"}, look="primary")
        return
    reason = replace(of("retry", "reason")[0], required=True, ask="Write why: it becomes part of the record.")
    changes = [
        replace(one, required=True)
        for name, now in repair.editable.items()
        for one in like(repair.proposed.get(name, now), ("changes", name))
    ]
    every = [
        Offer("retry", "retry-retry", "Try again", "Try again now", look="primary", key="a"),
        Offer("retry", "retry-edit", "Correct and try again", "Correct and try again", [*changes, reason],
              open=bool(repair.proposed)),
        Offer("retry", "retry-skip", "Skip this step", "Skip this step", [replace(reason, key="e")], look="danger",
              key="e"),
        Offer("retry", "retry-undo_all", "Undo everything", "Undo everything", [replace(reason, key="r")],
              look="danger", key="r"),
    ]  # fmt: skip
    for form in every:
        action = RepairAction(form.id.removeprefix("retry-"))
        alone = action in {RepairAction.RETRY, RepairAction.UNDO_ALL}  # of the others two people may have to say it
        if action in repair.actions and not (alone and asked.with_other):
            yield replace(form, fixed={"action": str(action)})


def _one(command: str, button: str, *names: str, title: str = "", **more: Any) -> Callable[[Asked], Iterable[Offer]]:
    return lambda asked: [Offer(command, command, title or button, button, of(command, *names), **more)]


def _leased(command: str, button: str, *names: str, **more: Any) -> Callable[[Asked], Iterable[Offer]]:
    def make(asked: Asked) -> Iterable[Offer]:
        lease = replace(of(command, "lease_s")[0], kind=Kind.CHOICE, options=LEASES)
        asked_for = [*of(command, *names), lease]
        yield Offer(command=command, id=command, button=button, fields=asked_for, **{"title": button, **more})

    return make


def _hand_off(asked: Asked) -> Iterable[Offer]:
    reason, text = of("hand_off", "reason", "text")
    yield Offer("hand_off", "hand_off", "Hand to a colleague", "Hand it off", [reason, text])


def _resolve(asked: Asked) -> Iterable[Offer]:
    case = "reassign" in asked.packet.next
    names = ("comment", "into") if case else ("comment",)
    title = "Resolve the case" if case else "It is taken care of"
    yield Offer("resolve", "resolve", title, "Resolve" if case else "Close it", of("resolve", *names))


def _note(asked: Asked) -> Iterable[Offer]:
    names = ("text", "to_caller", "related") if "reassign" in asked.packet.next else ("text",)
    yield Offer("note", "note", "Note", "Add note", of("note", *names))


def _hand_back(asked: Asked) -> Iterable[Offer]:
    names = ("decision", "message_for_caller", "may_say", "next_contact")
    yield Offer("hand_back", "hand_back", "Hand back to the agent", "Hand back", of("hand_back", *names),
                hint="What you changed of the request is passed on by itself.")  # fmt: skip


_FORMS: dict[str, Callable[[Asked], Iterable[Offer]]] = {
    "decide": decide,
    "retry": _retry,
    "confirm": confirm,
    "verify": verify,
    "provide": provide,
    "resolve": _resolve,
    "hand_back": _hand_back,
    "reassign": _one("reassign", "Reassign", "queue", "priority", "note", title="Another team or priority"),
    "amend": amend,
    "withdraw": _one("withdraw", "Withdraw", "reason", title="The caller takes it back", look="danger"),
    "take_over": _leased("take_over", "Take over: the agent's next step does not happen", "reason",
                         title="Take over from the agent"),
    "hand_off": _hand_off,
    "claim": _leased("claim", "Claim", key="c"),
    "release": _one("release", "Release", "note"),
    "note": _note,
}  # fmt: skip
"""In the order in which they are shown."""
