"""Who asks, how sure we are of the caller, and what was said yes to; and the rules that every process shares about it.

Each rule answers the verdict that stops the process, or None. `process` is the prefix of the rule's id: `refund`.
"""

from collections.abc import Iterable
from datetime import datetime

from domain.answers import Effect
from domain.assurance import Assurance
from domain.autonomy import Autonomy
from domain.calls import Actor
from domain.cooling import Contact, cooled, held_up, recent
from domain.customers import Instrument
from domain.money import Money
from domain.policies import ApprovalBand, AuthorityPolicy, PolicyBase
from domain.values import Value
from domain.verdicts import AskApproval, AskConfirmation, AskVerification, Deny, Verdict

_KINDS = {"ai": "AI agents", "human": "people", "system": "automatic runs"}
METHODS = {1: ["email", "name_and_postal_code"], 2: ["one_time_code", "attested"], 3: ["app", "attested"]}


class Standing(Value):
    actor: Actor
    assurance: Assurance | None = None
    confirmed: list[str] = []
    """Digests of effects that the caller confirmed."""
    approved: list[str] = []
    """Digests of gates that people approved."""
    contact_changed: dict[str, datetime] = {}
    """When each of what is on record to reach the caller was changed last; see `domain.cooling`."""

    @property
    def customer_id(self) -> str:
        """The verified caller; empty: nobody is."""
        return self.assurance.customer_id if self.assurance else ""


def switched_off(policy: PolicyBase, standing: Standing, process: str, *segments: str) -> Deny | None:
    """This kind of actor does nothing here: by the policy, or by the kill switch. Judged before anything is asked."""
    kind = standing.actor.kind
    if policy.autonomy_of(kind, *segments) is not Autonomy.OFF:
        return None
    what, who = process.replace("_", " "), _KINDS[kind]
    text = f"This kind of request ({what}) is switched off for {who} right now. Hand the caller over to a person."
    return Deny(rule=f"{process}.switched_off", text=text)


def autonomous(
    amount: Money, basis: str, policy: AuthorityPolicy, standing: Standing, process: str, *segments: str
) -> Deny | AskApproval | None:
    """May this kind of actor carry it out by itself, whatever the amount? `basis`: what an approval is bound to.

    Judged before the approval by amount: it asks for everybody whom the amount needs, so one gate serves both.
    """
    return entrusted(
        basis, _band(amount, policy), policy, standing, process, *segments, whatever=", whatever its amount"
    )


def entrusted(
    basis: str, band: ApprovalBand, policy: PolicyBase, standing: Standing, process: str, *segments: str,
    whatever: str = "",
) -> Deny | AskApproval | None:  # fmt: skip
    """The same without an amount. `band`: who approves what this kind of actor may not carry out by itself."""
    if off := switched_off(policy, standing, process, *segments):
        return off
    level = policy.autonomy_of(standing.actor.kind, *segments)
    if level is Autonomy.ACT or basis in standing.approved:
        return None
    what, who = process.replace("_", " "), _KINDS[standing.actor.kind]
    if level is Autonomy.SUGGEST:
        rule = f"{process}.suggest"
        text = f"Here {who} only suggest a {what}: it is done once {band.who} approves it, or a person takes it over."
    else:
        rule = f"{process}.approve_each"
        text = f"Each {what} by {who} needs {_approvals(band.approvers)} by {band.who}{whatever}."
    return AskApproval(rule=rule, text=text, roles=band.roles, approvers=band.approvers)


def needs_caller(standing: Standing, at: datetime) -> AskVerification | None:
    """Before anything about a record is told, somebody must be verified."""
    seen = standing.assurance
    if seen and seen.customer_id and seen.vouches_for(seen.customer_id, 1, at):
        return None
    return AskVerification(rule="caller.unknown", text="The caller is not verified yet.", level=1, methods=METHODS[1])


def within_cap(amount: Money, policy: AuthorityPolicy, actor: Actor, process: str) -> Deny | None:
    """No more than this in one action, whoever approves."""
    if amount.currency not in policy.currencies:
        what = process.replace("_", " ")
        text = f"No limits are set for a {what} in {amount.currency}; a person with finance rights must do it."
        return Deny(rule=f"{process}.currency", text=text)
    cap = Money(minor=policy.per_action.get(actor.kind, 0), currency=amount.currency)
    if cap < amount:
        text = f"At most {cap} at once by this kind of agent; {amount} was asked for."
        return Deny(rule=f"{process}.per_action", text=text)
    return None


def assured(
    amount: Money,
    customer_id: str,
    policy: AuthorityPolicy,
    standing: Standing,
    at: datetime,
    *,
    other_payee: bool,
    process: str,
) -> AskVerification | None:
    """The assurance that is needed grows with the amount, and with money going elsewhere than it came from."""
    level = next(band.level for band in policy.assurance if band.up_to is None or amount.minor <= band.up_to)
    rule, what = f"{process}.assurance", str(amount)
    if other_payee and policy.payee_change_level > level:
        level, rule, what = policy.payee_change_level, f"{process}.payee_change", "money to another instrument"
    if standing.assurance and standing.assurance.vouches_for(customer_id, level, at):
        return None
    text = f"For {what} the caller must be verified at level {level}."
    return AskVerification(rule=rule, text=text, level=level, methods=METHODS.get(level, ["attested"]))


def cooling_off(
    what: str,
    basis: str,
    policy: AuthorityPolicy,
    standing: Standing,
    at: datetime,
    *,
    process: str,
    payees: Iterable[Instrument | None] = (),
) -> Verdict | None:
    """For what goes to another payee or place than before, while a change of the record is young.

    Judged before the approval by amount, and approved by itself: who knows the customer looks at this first.
    """
    if policy.cooling_off is None:
        return None
    added = [payee.added_at for payee in payees if payee and payee.added_at]
    changed = standing.contact_changed | ({Contact.INSTRUMENT: max(added)} if added else {})
    change = recent(changed, policy.cooling_off, at)
    level = policy.cooling_off.level
    if change is None or (standing.assurance and standing.assurance.vouches_for(standing.customer_id, level, at)):
        return None
    bound = cooled(basis, change)
    if bound in standing.approved:
        return None
    return held_up(change, policy.cooling_off, process, what, METHODS.get(level, ["attested"]), bound)


def confirmed(
    amount: Money, effect_digest: str, summary: str, policy: AuthorityPolicy, standing: Standing, process: str
) -> AskConfirmation | None:
    """Above the limit of this kind of actor the caller says yes to the exact effect. A limit of -1: always."""
    limit = policy.confirm_above.get(standing.actor.kind, 0)
    return None if amount.minor <= limit else _said_yes(effect_digest, summary, standing, process)


def said_yes(effect: Effect, standing: Standing, process: str, before: str = "") -> AskConfirmation | None:
    """The caller says yes to the exact effect, whatever its amount. `before`: what he is told first."""
    return _said_yes(effect.digest, f"{before}{effect.summary}", standing, process)


def _said_yes(effect_digest: str, summary: str, standing: Standing, process: str) -> AskConfirmation | None:
    if effect_digest in standing.confirmed:
        return None
    return AskConfirmation(rule=f"{process}.confirmation", text=f"{summary} Shall I go ahead?")


def approved(
    amount: Money, basis: str, policy: AuthorityPolicy, standing: Standing, process: str
) -> AskApproval | None:
    """Above the limit of this kind of actor people decide. `basis`: what an approval is bound to."""
    limit = Money(minor=policy.auto_up_to.get(standing.actor.kind, 0), currency=amount.currency)
    if amount <= limit:
        return None
    band, what = _band(amount, policy), process.replace("_", " ").capitalize()
    text = f"{what}s above {limit} by this kind of agent need {_approvals(band.approvers)} by {band.who}."
    return approved_by(band, basis, standing, f"{process}.approval", text)


def approved_by(band: ApprovalBand, basis: str, standing: Standing, rule: str, text: str) -> AskApproval | None:
    """These people decide, whatever the amount. `text`: why."""
    if basis in standing.approved:
        return None
    return AskApproval(rule=rule, text=text, roles=band.roles, approvers=band.approvers)


def _approvals(number: int) -> str:
    return "1 approval" if number == 1 else f"{number} approvals"


def _band(amount: Money, policy: AuthorityPolicy) -> ApprovalBand:
    return next(band for band in policy.approval if band.up_to is None or amount.minor <= band.up_to)
