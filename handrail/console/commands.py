"""A person's command: from a form to the rail, and back to the item with the result."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from domain.calls import Actor
from handrail.console import times, words
from handrail.console.banners import Banner
from handrail.console.desk import desk, session
from handrail.console.forms import read_form
from handrail.console.item import Item, read_item
from handrail.console.item_page import show
from handrail.console.offer import Offer
from handrail.console.offers import find
from handrail.console.permits import OFFERED, scope_of
from handrail.gateway.scopes import demand
from handrail.rail import BadArguments, NotAllowed, OtherArguments, Rail, Refused, Unavailable, UnknownCommand

_OVER = {"gate.stale", "gate.none", "gate.decided", "run.closed"}


class Incomplete(Exception):
    """The form lacks something, or has something wrong: by the field's name."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


class Gone(Exception):
    """What the form says is not offered any more."""


Problem = (Gone, Incomplete, BadArguments, NotAllowed, Refused, OtherArguments, Unavailable)


async def give_command(request: Request) -> Response:
    who, form = await session(request), await read_form(request)
    form.must_belong_to(who)
    reference, command = request.path_params["reference"], request.path_params["command"]
    if command not in OFFERED:
        raise UnknownCommand(f"The console has no command {command!r}; it has: {', '.join(OFFERED)}.")
    rail = desk(request).rail
    before = await read_item(rail, who.actor, reference)
    offer = find(before.offers, command, form)
    try:
        if offer is None:
            raise Gone
        body, wrong = offer.body(form)
        acting = await _acting(rail, who.actor, str(body.get("on_behalf_of", "")))
        demand(acting, scope_of(command, before.packet.process), f"The command {command}")
        if wrong:
            raise Incomplete(wrong)
        reply = await rail.command(who.actor, reference, command, body)
        if reply.refused:
            raise Refused(reply.refused.text, reply.refused.rule, reply.answer)
        if missing := {m.field: m.reason for m in reply.answer.missing if m.field.partition(".")[0] in body}:
            raise Incomplete(missing)
    except Problem as problem:
        item = await read_item(rail, who.actor, reference)
        if offer:
            item = item.with_form(command, offer.filled(form, _beside(problem, offer)))
        return show(request, who, item, banner=_banner(problem, item), status=getattr(problem, "status", 422))
    here = request.app.url_path_for("item", reference=reference)
    return RedirectResponse(f"{here}?done={offer.done}", status_code=303)


async def _acting(rail: Rail, actor: Actor, principal: str) -> Actor:
    """Who decides in another's name has the other's right to decide, and no other."""
    return await rail.represent(actor, principal) if principal else actor


def _beside(problem: Exception, offer: Offer) -> dict[str, str]:
    """What is wrong, by the field that it is about; `""` for the whole form."""
    match problem:
        case Incomplete():
            return problem.errors
        case BadArguments():
            return {e["field"]: e["reason"] for e in problem.errors} or {"": str(problem)}
        case Refused() if problem.rule == "amend.arguments":
            return _amended(str(problem))
        case Refused() if problem.rule not in _OVER:
            of_field = problem.rule.rpartition(".")[2]
            return {of_field if of_field in {f.name for f in offer.fields} else "": str(problem)}
        case _:
            return {}


def _amended(text: str) -> dict[str, str]:
    """`The request cannot be changed to this: amount.minor: wrong; lines: wrong`, by field."""
    faults = [fault.partition(": ") for fault in text.partition(": ")[2].split("; ")]
    return {f"arguments.{place}": f"{reason}." for place, _, reason in faults}


def _banner(problem: Exception, item: Item) -> Banner:
    match problem:
        case Gone():
            return Banner("ask", "Not done: this has changed.", "You see how it stands now; choose again.")
        case Refused() if problem.rule in _OVER:
            said = [_decision(item), str(problem), "You see how it stands now."]
            return Banner("ask", "Not done: this has changed.", " ".join(filter(None, said)))
        case Unavailable():
            return Banner("bad", "Not reachable just now.", f"{problem} Try again in a moment; nothing is lost.")
        case Incomplete():
            return Banner("bad", "Not done.", str(problem))
        case BadArguments():
            wrong = " ".join(f"{e['field']}: {e['reason']}" for e in problem.errors)
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
