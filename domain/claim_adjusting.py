"""The judgement of a claim: whether it is covered, what is paid to whom, and who must say yes."""

from datetime import datetime
from typing import Any

from domain.answers import Effect, Missing
from domain.approvals import Gate
from domain.calls import Actor
from domain.claim_adjustments import Adjustment, adjusted, editable_of
from domain.claim_effects import NO_WAY_BACK as NO_WAY_BACK
from domain.claim_effects import Case, as_good_as, effect_of
from domain.claim_notices import (
    NoticeOfLoss,
    ReopenRequest,
    choose_coverage,
    lacking,
    reopened_until,
    same_day,
    same_loss,
)
from domain.claim_policy import ClaimPolicy
from domain.claim_remedies import Choice, CoveredItem, Loss, Remedy, remedy_for
from domain.claim_settlement import Share, exposure
from domain.claim_triage import Lane, Reported, Triage, triage
from domain.claims import Claim, ClaimState, Coverage, SettlementKind
from domain.customers import Customer, Instrument
from domain.edits import Editable
from domain.limits import KnownUse, LimitEntry
from domain.money import Money
from domain.standing import (
    Standing,
    approved,
    approved_by,
    assured,
    autonomous,
    confirmed,
    cooling_off,
    needs_caller,
    said_yes,
    switched_off,
    within_cap,
)
from domain.values import Value, digest
from domain.velocity import velocity
from domain.verdicts import Allow, AskApproval, AskConfirmation, AskInput, Deny, Verdict, asking, basis_of
from domain.went_back import WentBack, refused_for

RULES = ["claim.period", "claim.limit", "claim.deductible", "claim.duplicate", "claim.assurance", "claim.confirmation"]


class ClaimFacts(Value):
    """What was seen: all of it is the verified caller's own."""

    coverages: list[Coverage] = []
    claims: list[Claim] = []
    instruments: list[Instrument] = []
    customer: Customer | None = None
    items: list[CoveredItem] = []
    went_back: WentBack | None = None
    able: list[SettlementKind] = [SettlementKind.PAYMENT]
    """The kinds of settlement that the systems can do."""


class Settling(Value):
    """Once the claim is open: what the caller has agreed to, and what an adjuster has changed since."""

    agreed: Effect
    adjustment: Adjustment | None = None


class ClaimPlan(Value):
    effect: Effect | None = None
    """None: nothing is paid, the notice joins `joins`."""
    customer_id: str = ""
    coverage: Coverage | None = None
    remedy: Remedy | None = None
    triage: Triage = Triage(lane=Lane.STRAIGHT_THROUGH)
    limits: list[LimitEntry] = []
    assessed: Money | None = None
    """What the whole loss is held to be. None: what was reported."""
    joins: str = ""
    """The claim that is about the same loss already."""

    @property
    def share(self) -> Share:
        assert self.remedy
        return self.remedy.share


class RuledClaim(Value):
    verdict: Verdict
    plan: ClaimPlan | None = None
    basis: str = ""
    """Digest of effect + facts + policy version: what an approval of it is bound to."""
    settles: str = ""
    """The same for the settlement itself, whatever has to be cleared before it."""
    editable: list[Editable] = []
    """What an adjuster may change with his approval."""


def rule_notice(
    ask: NoticeOfLoss,
    seen: ClaimFacts,
    policy: ClaimPolicy,
    standing: Standing,
    at: datetime,
    *,
    own: str = "",
    settling: Settling | None = None,
) -> RuledClaim:
    """First the notice itself; with `settling`, once the claim `own` is open, also who must look at it."""
    told, ask = ask, adjusted(ask, settling.adjustment if settling else None)
    off = switched_off(policy, standing, "claim", ask.kind)
    if stop := off or needs_caller(standing, at) or _kind_known(ask, policy):
        return RuledClaim(verdict=stop)
    coverage = choose_coverage(ask, seen.coverages)
    if isinstance(coverage, Missing):
        return RuledClaim(verdict=AskInput(rule="claim.coverage", missing=[coverage], final=True))
    if uncovered := _covered(ask, coverage, at):
        return RuledClaim(verdict=uncovered)
    mine, earlier, others = _split(seen.claims, own)
    if same := same_loss(ask, coverage, earlier, policy):
        return _on_file(same, policy, settling=settling is not None)
    if missing := lacking(ask, policy):
        return RuledClaim(verdict=AskInput(rule="claim.information", missing=missing))
    case = Case(
        coverage=coverage, own=mine, others=others, before=earlier, loss=ask.amount, claimed=told.amount,
        choice=_choice(ask), action="open_claim",
        reported=Reported(
            kind=ask.kind, loss_on=ask.loss_on, evidence=ask.evidence, to_pay=ask.amount,
            same_day=[claim.id for claim in same_day(ask, coverage, earlier)],
        ),
    )  # fmt: skip
    return _judged(case, seen, policy, standing, at, settling=settling)


def rule_reopening(
    ask: ReopenRequest,
    seen: ClaimFacts,
    policy: ClaimPolicy,
    standing: Standing,
    at: datetime,
    *,
    settling: Settling | None = None,
) -> RuledClaim:
    """The same claim, within the window, for the same event."""
    if stop := switched_off(policy, standing, "claim") or needs_caller(standing, at):
        return RuledClaim(verdict=stop)
    told, ask = ask, adjusted(ask, settling.adjustment if settling else None)
    own = next((claim for claim in seen.claims if claim.id == ask.claim_id), None)
    coverage = next((c for c in seen.coverages if own and c.id == own.coverage_id), None)
    if own is None or coverage is None:
        return RuledClaim(verdict=no_such_claim(ask.claim_id))
    if refused := _same_event(ask, own, policy) or (None if settling else _reopenable(own, policy, at)):
        return RuledClaim(verdict=refused)
    others = [claim for claim in seen.claims if claim.id != own.id]
    case = Case(
        coverage=coverage, own=own, others=others, before=others, loss=ask.amount, claimed=told.amount,
        choice=_choice(ask), action="reopen_claim",
        reported=Reported(kind=own.kind, loss_on=own.loss_on, evidence=ask.evidence, to_pay=ask.amount, again=True),
    )  # fmt: skip
    return _judged(case, seen, policy, standing, at, settling=settling)


def _choice(ask: NoticeOfLoss | ReopenRequest) -> Choice:
    return Choice(
        kind=ask.settle_by, line_id=ask.line_id, provider=ask.provider, instrument_id=ask.instrument_id
    )  # fmt: skip


def no_such_claim(claim_id: str) -> AskInput:
    text = f"No claim {claim_id} was found for this caller; ask for the number again."
    return asking("claim_id", "claim.unknown", text)


def _split(claims: list[Claim], own: str) -> tuple[Claim | None, list[Claim], list[Claim]]:
    """The run's own claim, those on file before it (all, while there is none), and all but it."""
    ids = [claim.id for claim in claims]
    if own not in ids:
        return None, claims, claims
    place = ids.index(own)
    return claims[place], claims[:place], claims[:place] + claims[place + 1 :]


def _kind_known(ask: NoticeOfLoss, policy: ClaimPolicy) -> AskInput | None:
    if ask.kind in policy.required:
        return None
    text = f"{ask.kind!r} is no kind of loss here; choose one of the options."
    return asking("kind", "claim.kind", text, list(policy.required))


def _covered(ask: NoticeOfLoss, coverage: Coverage, at: datetime) -> Deny | AskInput | None:
    name = f"{coverage.kind.words.capitalize()} {coverage.id}"
    if ask.amount.currency != coverage.limit.currency or ask.amount.minor <= 0:
        text = f"{name} is in {coverage.limit.currency}; give an amount above 0 in it."
        return asking("amount", "claim.amount", text)
    if ask.loss_on > at.date():
        text = f"{ask.loss_on} is in the future; ask again when it happened."
        return asking("loss_on", "claim.loss_on", text)
    if coverage.state != "active":
        return Deny(rule="claim.coverage_state", text=f"{name} is {coverage.state}.")
    if not coverage.starts_on <= ask.loss_on <= coverage.ends_on:
        period = f"{coverage.starts_on} to {coverage.ends_on}"
        return Deny(rule="claim.period", text=f"{name} covers losses from {period}; this one was on {ask.loss_on}.")
    if ask.kind not in coverage.covers:
        covers = ", ".join(kind.replace("_", " ") for kind in coverage.covers)
        return Deny(rule="claim.kind", text=f"{name} covers {covers}, not {ask.kind.replace('_', ' ')}.")
    return None


def _on_file(same: Claim, policy: ClaimPolicy, *, settling: bool) -> RuledClaim:
    if settling:  # two notices of one loss at the same time: the later one gives way
        text = f"The same loss was reported at the same time, as claim {same.id}."
        return RuledClaim(verdict=Deny(rule="claim.duplicate", text=text))
    if same.state is ClaimState.OPEN:
        return RuledClaim(verdict=Allow(rules=["claim.duplicate"]), plan=ClaimPlan(joins=same.id))
    until = reopened_until(same, policy)
    text = f"This loss was reported already, as claim {same.id}; it is closed ({same.outcome})."
    return RuledClaim(verdict=Deny(rule="claim.duplicate", text=f"{text} It can be reopened until {until}."))


def _same_event(ask: ReopenRequest, own: Claim, policy: ClaimPolicy) -> Deny | AskInput | None:
    if ask.reason not in policy.reopen.reasons:
        text = f"{ask.reason!r} is no reason to reopen a claim; choose one of the options."
        return asking("reason", "claim.reopen_reason", text, policy.reopen.reasons)
    if ask.amount.currency != own.amount.currency or ask.amount.minor <= 0:
        text = f"Claim {own.id} is in {own.amount.currency}; give an amount above 0 in it."
        return asking("amount", "claim.amount", text)
    if ask.loss_on and ask.loss_on != own.loss_on:
        text = f"Claim {own.id} is about {own.loss_on}. What happened on {ask.loss_on} is a claim of its own."
        return Deny(rule="claim.new_event", text=text)
    return None


def _reopenable(own: Claim, policy: ClaimPolicy, at: datetime) -> Deny | None:
    if own.state is not ClaimState.CLOSED or own.closed_at is None:
        return Deny(rule="claim.not_closed", text=f"Claim {own.id} is {own.state}; only a closed one is reopened.")
    if at > own.closed_at + policy.reopen.within:
        text = f"Claim {own.id} could be reopened until {reopened_until(own, policy)}; that is over."
        return Deny(rule="claim.reopen_window", text=text)
    return None


def _judged(
    case: Case,
    seen: ClaimFacts,
    policy: ClaimPolicy,
    standing: Standing,
    at: datetime,
    *,
    settling: Settling | None,
) -> RuledClaim:
    own = [instrument for instrument in seen.instruments if instrument.customer_id == case.coverage.customer_id]
    loss = Loss(
        kind=case.reported.kind, amount=case.loss, coverage=case.coverage, own=case.own, others=case.siblings,
        items=seen.items, instruments=own, customer=seen.customer, able=seen.able, choice=case.choice,
    )  # fmt: skip
    remedy = remedy_for(loss, policy)
    if not isinstance(remedy, Remedy):
        return RuledClaim(verdict=remedy)
    if refunded := refused_for(seen.went_back, case.coverage, remedy.share.paid):
        return RuledClaim(verdict=refunded)
    changed = settling is not None and settling.adjustment is not None
    reported = case.reported.model_copy(update={"to_pay": remedy.share.paid, "adjusted": changed})
    lane = triage(reported, case.coverage, case.before, policy, at)
    effect = effect_of(case, remedy)
    plan = ClaimPlan(
        effect=effect, customer_id=case.coverage.customer_id, coverage=case.coverage, remedy=remedy,
        triage=lane, limits=_limits(case, remedy.share, policy, standing.actor), assessed=_assessed(case),
    )  # fmt: skip
    basis = digest([effect.digest, _relied_on(case), lane.lane, policy.digest])
    verdict = _first_no(plan, remedy, policy, standing, at, settling, basis) or Allow(
        rules=[*RULES, f"claim.{lane.lane}"]
    )
    ruled = RuledClaim(verdict=verdict, plan=plan, basis=basis_of(verdict, basis), settles=basis)
    if not isinstance(verdict, AskApproval) or ruled.basis != basis:  # who clears something first does not settle it
        return ruled
    cap = Money(minor=policy.per_action.get(standing.actor.kind, 0), currency=case.loss.currency)
    return ruled.model_copy(update={"editable": editable_of(loss, remedy, policy, cap)})


def _assessed(case: Case) -> Money | None:
    """Of a reopened claim also what it was about before."""
    if case.loss == case.claimed or case.own is None:
        return None
    return (case.own.assessed or case.own.amount) - case.claimed + case.loss


def _relied_on(case: Case) -> dict[str, Any]:
    """What an approver relies on. Not what our own steps change in the claim."""
    return {
        "coverage": case.coverage.model_dump(mode="json", exclude={"version"}),
        "others": [[claim.id, claim.state, exposure(claim)] for claim in case.siblings],
    }


def _first_no(
    plan: ClaimPlan, remedy: Remedy, policy: ClaimPolicy, standing: Standing, at: datetime, settling: Settling | None,
    basis: str,
) -> Verdict | None:  # fmt: skip
    """What stops it first. The caller is asked before anybody looks at it; but what an adjuster has changed is offered
    to him only once whoever has the authority stands by it."""
    paid = remedy.share.paid
    if above := within_cap(paid, policy, standing.actor, "claim"):
        return above
    caller = _of_caller(plan, remedy, policy, standing, at, settling.agreed if settling else None)
    people = _by_people(plan, remedy, policy, standing, basis, at) if settling else None
    return people or caller if settling and settling.adjustment else caller or people


def _by_people(
    plan: ClaimPlan, remedy: Remedy, policy: ClaimPolicy, standing: Standing, basis: str, at: datetime
) -> Verdict | None:
    assert plan.coverage
    elsewhere = _cooling(remedy, plan.coverage, policy, standing, basis, at)
    return elsewhere or _looked_at(remedy.share.paid, plan.triage, policy, standing, basis)


def _of_caller(
    plan: ClaimPlan, remedy: Remedy, policy: ClaimPolicy, standing: Standing, at: datetime, agreed: Effect | None
) -> Verdict | None:
    """He must be known well enough, and have said yes."""
    assert plan.effect is not None and plan.coverage is not None  # noqa: PT018
    paid, elsewhere = remedy.share.paid, _goes_elsewhere(remedy, plan.coverage)
    return assured(paid, plan.customer_id, policy, standing, at, other_payee=elsewhere, process="claim") or _agreed_to(
        plan.effect, remedy, policy, standing, agreed
    )


def _goes_elsewhere(remedy: Remedy, coverage: Coverage) -> bool:
    """Money to another instrument than paid for the coverage; goods to another address than the first ones went to."""
    if remedy.kind is SettlementKind.PAYMENT:
        payee = remedy.instrument.id if remedy.instrument else ""
        return bool(coverage.instrument_id) and payee != coverage.instrument_id
    before = remedy.item.delivered_to if remedy.item else None
    return before is not None and remedy.address != before


def _cooling(
    remedy: Remedy, coverage: Coverage, policy: ClaimPolicy, standing: Standing, basis: str, at: datetime
) -> Verdict | None:
    """Asked once the claim is open and its reserve set: it keeps its place while people look."""
    new = not coverage.instrument_id if remedy.kind is SettlementKind.PAYMENT else remedy.address is not None
    if not new and not _goes_elsewhere(remedy, coverage):
        return None
    what = "money to another instrument" if remedy.kind is SettlementKind.PAYMENT else "goods to this address"
    payees = [remedy.instrument] if remedy.kind is SettlementKind.PAYMENT else []
    return cooling_off(what, basis, policy, standing, at, process="claim", payees=payees)


def _agreed_to(
    effect: Effect, remedy: Remedy, policy: ClaimPolicy, standing: Standing, agreed: Effect | None
) -> AskConfirmation | None:
    """What he gets less of, or otherwise than he agreed to, he is asked again; and always before he is charged."""
    if agreed is None and remedy.charge is None:
        return confirmed(remedy.share.paid, effect.digest, effect.summary, policy, standing, "claim")
    if agreed and as_good_as(effect, agreed):
        return None
    changed = "It was decided otherwise than was said before. " if agreed else ""
    return said_yes(effect, standing, "claim", changed)


def _looked_at(paid: Money, lane: Triage, policy: ClaimPolicy, standing: Standing, basis: str) -> Verdict | None:
    """Special investigation first; then an adjuster with authority over the amount."""
    why = " ".join(lane.reasons)
    if lane.lane is Lane.SPECIAL_INVESTIGATION and investigated(basis) not in standing.approved:
        text, roles = f"Special investigation must look at it first. {why}", policy.special_investigation.roles
        return AskApproval(rule="claim.special_investigation", text=text, roles=roles, basis=investigated(basis))
    if lane.lane is Lane.STRAIGHT_THROUGH:
        by_itself = autonomous(paid, basis, policy, standing, "claim", lane.kind)
        return by_itself or approved(paid, basis, policy, standing, "claim")
    band = next(b for b in policy.approval if b.up_to is None or paid.minor <= b.up_to)
    text = f"Paying {paid} needs {band.who.replace('_', ' ')}. {why}"
    return approved_by(band, basis, standing, "claim.authority", text)


def investigated(basis: str) -> str:
    """What special investigation approves: it does not approve the payment."""
    return digest([basis, "investigated"])


def stays_investigated(gate: Gate, ruled: RuledClaim, approved: list[str]) -> bool:
    """What was investigated at this gate's amount is not investigated again for less."""
    after = ruled.plan.effect.amount if ruled.plan and ruled.plan.effect else None
    less = after is not None and gate.amount is not None and after <= gate.amount
    return less and investigated(gate.digest) in approved


def _known(claim: Claim, takes: Money) -> KnownUse:
    return KnownUse(reference=claim.reference, amount_minor=max(0, takes.minor), lapsed_minor=claim.lapsed.minor)


def _limits(case: Case, share: Share, policy: ClaimPolicy, actor: Actor) -> list[LimitEntry]:
    coverage, currency = case.coverage, share.paid.currency
    known = [_known(claim, exposure(claim)) for claim in case.siblings]
    if case.own:
        known.append(_known(case.own, case.own.paid))
    entries = [
        LimitEntry(
            bucket=f"coverage:{coverage.id}", amount_minor=share.paid.minor, currency=currency,
            cap_minor=coverage.limit.minor, known=known, reference=case.own.reference if case.own else "",
            rule="claim.limit",
            text=f"{coverage.kind.words.capitalize()} {coverage.id} has {{left}} left; {{asked}} would be paid.",
        )
    ]  # fmt: skip
    return entries + velocity(policy.limits, "claim", case.reported.kind, share.paid, coverage.customer_id, actor)
