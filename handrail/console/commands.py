"""A person's command: from a form to the rail, and back to the item with the result."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from domain.commands import Outcome, RepairAction
from handrail.console import times, words
from handrail.console.desk import desk, session
from handrail.console.forms import Form, read_form
from handrail.console.item import Banner, Item, read_item, show
from handrail.console.permits import scope_of
from handrail.gateway.scopes import demand
from handrail.rail import BadArguments, NotAllowed, OtherArguments, Refused, Unavailable, UnknownCommand


class Incomplete(Exception):
    """The form lacks something; the message says what."""


async def give_command(request: Request) -> Response:
    who, form = await session(request), await read_form(request)
    form.must_belong_to(who)
    reference, command = request.path_params["reference"], request.path_params["command"]
    if command not in BODIES:
        raise UnknownCommand(f"The console has no command {command!r}; it has: {', '.join(BODIES)}.")
    rail = desk(request).rail
    before = await read_item(rail, who.actor, reference)
    try:
        demand(who.actor, scope_of(command, before.packet.process), f"The command {command}")
        body = BODIES[command](form)
        reply = await rail.command(who.actor, reference, command, body)
        if reply.refused:
            raise Refused(reply.refused.text, reply.refused.rule, reply.answer)
        if wrong := [m for m in reply.answer.missing if m.field.partition(".")[0] in body]:
            raise Incomplete(" ".join(f"{words.plain(m.field)}: {m.reason}" for m in wrong))
    except (Incomplete, BadArguments, NotAllowed, Refused, OtherArguments, Unavailable) as problem:
        item = await read_item(rail, who.actor, reference)
        typed = form.get("note") or form.get("reason") or form.get("text")
        status = getattr(problem, "status", 422)
        return show(request, who, item, banner=_banner(problem, item), status=status, typed=typed)
    said = body.get("outcome") or body.get("action") or command
    here = request.app.url_path_for("item", reference=reference)
    return RedirectResponse(f"{here}?done={said}", status_code=303)


def _banner(problem: Exception, item: Item) -> Banner:
    match problem:
        case Refused():
            return Banner(
                "ask",
                "Not done: this has changed.",
                " ".join(filter(None, [_decision(item), str(problem), "You see how it stands now."])),
            )
        case Unavailable():
            return Banner("bad", "Not reachable just now.", f"{problem} Try again in a moment; nothing is lost.")
        case BadArguments():
            wrong = " ".join(f"{e['field']}: {e['reason']}." for e in problem.errors)
            return Banner("bad", "Not done.", wrong or str(problem))
        case _:
            return Banner("bad", "Not done.", str(problem))


def _decision(item: Item) -> str:
    """By whom it was decided meanwhile, when the record may be read and says so."""
    decided = item.history.decision if item.history and not item.packet.gate else None
    if decided is None:
        return ""
    outcome = words.status(str(decided.body["outcome"])).lower()
    return f"Already decided: {outcome} by {decided.actor.name or decided.actor.id}, {times.age(decided.at)}."


def _decide(form: Form) -> dict[str, Any]:
    outcome = form.get("outcome")
    if outcome not in set(Outcome):
        raise Incomplete("Choose approve, reject or request information.")
    if outcome == Outcome.REJECT and form.get("reason") not in words.REJECTIONS:
        raise Incomplete("Choose a reason for the rejection.")
    if outcome == Outcome.REQUEST_INFO and not form.get("note"):
        raise Incomplete("Write what you need to know.")
    return {
        "outcome": outcome,
        "digest": form.get("digest"),
        "decision_id": form.get("decision_id"),
        "reason": form.get("reason"),
        "note": form.get("note"),
    }


def _retry(form: Form) -> dict[str, Any]:
    action = form.get("action")
    if action not in set(RepairAction):
        raise Incomplete("Choose retry, edit, skip or undo all.")
    if action != RepairAction.RETRY and not form.get("reason"):
        raise Incomplete("Write why: it becomes part of the record.")
    body: dict[str, Any] = {"action": action, "reason": form.get("reason")}
    if action == RepairAction.EDIT:
        body["changes"] = form.under("change.")
    return body


def _note(form: Form) -> dict[str, Any]:
    if not form.get("text"):
        raise Incomplete("The note is empty.")
    return {"text": form.get("text")}


BODIES: dict[str, Callable[[Form], dict[str, Any]]] = {
    "decide": _decide,
    "retry": _retry,
    "note": _note,
    "claim": lambda form: {},
    "release": lambda form: {"note": form.get("note")},
    "confirm": lambda form: {"digest": form.get("digest")},
    "withdraw": lambda form: {"reason": form.get("reason")},
    "take_over": lambda form: {"reason": form.get("reason")},
    "hand_back": lambda form: {"decision": form.get("decision"), "message_for_caller": form.get("message")},
}
"""From each form that the console shows to the command's body. Raises Incomplete."""
