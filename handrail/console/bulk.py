"""Deciding several approvals of one kind in one go, with a result for each."""

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from domain.bulk import ItemOutcome, ItemResult
from domain.calls import Actor
from handrail.console.banners import Banner
from handrail.console.bulk_form import decision, kinds_of, together, wrong
from handrail.console.desk import Session, desk, session
from handrail.console.forms import Form, read_form
from handrail.console.inbox import Asked, Bulk, asked_of, show_inbox
from handrail.console.pages import page
from handrail.gateway.scopes import DECIDE, READ, demand
from handrail.rail import BadArguments, InboxQuery
from handrail.rail.bulk import decide_all

TOLD = {
    ItemOutcome.DECIDED: ("Decided", "good"),
    ItemOutcome.ALREADY_DECIDED: ("Decided before", "quiet"),
    ItemOutcome.CHANGED: ("Has changed: look again", "ask"),
    ItemOutcome.REFUSED: ("Not decided", "bad"),
    ItemOutcome.NOT_FOUND: ("Not there", "bad"),
    ItemOutcome.NOT_REACHED: ("Not known: send it again", "ask"),
}


async def decide_together(request: Request) -> Response:
    who, form = await session(request), await read_form(request)
    form.must_belong_to(who)
    offer = together(await desk(request).rail.mandates(who.actor), form.get("at"))
    said, errors = offer.body(form)
    said.pop("at", None)
    ticked, outcome = form.every("item"), form.get("outcome")
    if only := form.get("only").split():
        return await _again(request, who, form, {}, keep=only)
    if errors := errors or wrong(outcome, ticked, said, offer.fields):
        return await _again(request, who, form, errors)
    try:
        results = await decide_all(desk(request).rail, who.actor, decision(outcome, ticked, said), _may_decide)
    except BadArguments as problem:
        return await _again(request, who, form, {"": str(problem)}, kinds=kinds_of(ticked, problem.errors))
    except ValueError:
        return await _again(request, who, form, {"": "Tick at most 50, each once."})
    return await _told(request, who, outcome, results, form)


def _may_decide(actor: Actor, process: str) -> None:
    demand(actor, READ.format(process=process), "Reading this work")
    demand(actor, DECIDE.format(process=process), "Deciding these gates")


async def _again(
    request: Request, who: Session, form: Form, errors: dict[str, str], *, kinds: dict[str, list[str]] | None = None,
    keep: list[str] | None = None,
) -> Response:  # fmt: skip
    """As it was sent. `kinds`: what was ticked, where it is of several kinds; `keep`: only these stay ticked."""
    offer = together(await desk(request).rail.mandates(who.actor), form.get("at")).filled(form, errors)
    ticked = [tick for tick in form.every("item") if keep is None or tick.partition(" ")[0] in keep]
    filled = Bulk(offer, frozenset(ticked), kinds or {})
    if not errors:
        return await show_inbox(request, who, _asked(form), bulk=filled)
    banner = Banner("bad", "Nothing was decided.", " ".join(errors.values()))
    return await show_inbox(request, who, _asked(form), banner=banner, bulk=filled, status=422)


def _asked(form: Form) -> Asked:
    return asked_of(QueryParams(form.get("at")))


async def _told(request: Request, who: Session, outcome: str, results: list[ItemResult], form: Form) -> Response:
    known = await desk(request).rail.inbox(who.actor, InboxQuery(open_only=False, limit=500))
    titles = {item.reference: item.title for item in known}
    return page(
        request, "bulk.html", signed_in=who, outcome=outcome, results=results, titles=titles, told=TOLD,
        back=_asked(form).address,
    )  # fmt: skip
