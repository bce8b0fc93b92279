"""Who decides for whom: lending one's right to decide, for a time or while away, and taking it back."""

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from domain.delegations import Delegate
from handrail.console.banners import Banner
from handrail.console.desk import Session, desk, session
from handrail.console.fields import Field, Kind, fields
from handrail.console.forms import read_form
from handrail.console.offer import Offer
from handrail.console.pages import page
from handrail.gateway.scopes import DELEGATE, MANAGE_DELEGATIONS, demand, holds
from handrail.rail import BadArguments, NotAllowed

_LABELS: dict[str, dict[str, Any]] = {
    "to": {"label": "To whom (id)", "required": True, "ask": "Name the person who decides for you."},
    "until": {"label": "Until", "kind": Kind.MOMENT, "required": True, "ask": "Say until when."},
    "since": {"label": "From; empty: from now", "kind": Kind.MOMENT},
    "up_to": {"label": "At most this amount each; empty: as far as you may"},
    "roles": {"label": "Only as", "kind": Kind.CHOICE},
    "away": {"label": "I am away: offer my work to that person meanwhile"},
    "reason": {"label": "Why"},
}
_SAID = {
    "given": Banner("good", "Lent.", "It holds from the time that you named, until it ends or you take it back."),
    "ended": Banner("good", "Ended.", "It holds no longer."),
}


async def delegations_page(request: Request) -> Response:
    who = await session(request)
    return await _show(request, who, banner=_SAID.get(request.query_params.get("done", "")))


async def delegate(request: Request) -> Response:
    who, form = await session(request), await read_form(request)
    form.must_belong_to(who)
    demand(who.actor, DELEGATE, "Delegating")
    offer = lending(who)
    said, errors = offer.body(form)
    if role := said.pop("roles", ""):
        said["roles"] = [role]
    try:
        if not errors:
            await desk(request).rail.delegate(who.actor, Delegate.model_validate(said))
            return RedirectResponse("/delegations?done=given", status_code=303)
    except BadArguments as wrong:
        errors = {e["field"]: e["reason"] for e in wrong.errors}
    except NotAllowed as wrong:
        errors = {"": str(wrong)}
    banner = Banner("bad", "Nothing was lent.", " ".join(errors.values()))
    return await _show(request, who, banner=banner, offer=offer.filled(form, errors), status=422)


async def end_delegation(request: Request) -> Response:
    who, form = await session(request), await read_form(request)
    form.must_belong_to(who)
    await desk(request).rail.end_delegation(who.actor, request.path_params["id"])
    return RedirectResponse("/delegations?done=ended", status_code=303)


def lending(who: Session) -> Offer:
    made = {one.path[0]: one for one in fields(Delegate.model_json_schema())}
    asked = [replace(made[name], help="", **changes) for name, changes in _LABELS.items()]
    return Offer("delegate", "delegate", "Lend my right to decide", "Lend it", [_of_role(one, who) for one in asked],
                 look="primary", open=True)  # fmt: skip


def _of_role(field: Field, who: Session) -> Field:
    if field.name != "roles":
        return field
    return replace(field, options=(("", "All that I am"), *((role, role) for role in sorted(who.actor.roles))))


async def _show(
    request: Request, who: Session, *, banner: Banner | None = None, offer: Offer | None = None, status: int = 200
) -> Response:
    everybodys = bool(request.query_params.get("everybodys")) and MANAGE_DELEGATIONS in who.actor.scopes
    held = await desk(request).rail.delegations(who.actor, everybodys=everybodys)
    mine = who.actor.id
    groups = {
        "You have lent": [d for d in held if d.principal == mine],
        "You were lent": [d for d in held if d.delegate == mine],
        "Others": [d for d in held if mine not in (d.principal, d.delegate)],
    }
    may = holds(who.actor.scopes, DELEGATE)
    return page(
        request, "delegations.html", status=status, signed_in=who, groups=groups, banner=banner,
        offer=(offer or lending(who)) if may else None, form_key=who.form_key, everybodys=everybodys,
        manages=MANAGE_DELEGATIONS in who.actor.scopes,
    )  # fmt: skip
