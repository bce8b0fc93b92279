"""An auditor who was not there when the rules were written: he gets what was allowed, and who had said yes to what, and
says which promise it breaks. He calls no rule, only reads values."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from domain.answers import Effect
from domain.autonomy import Autonomy
from domain.customers import Instrument
from domain.limits import LimitEntry
from domain.payments import Payment
from domain.policies import AuthorityPolicy
from domain.standing import Standing

ASSURANCE, LIMIT, RECORD, TWICE, CONFIRMATION, MONEY = (
    "below the required assurance", "above a limit", "on another's record", "twice", "without its confirmation",
    "money that is not there",
)  # fmt: skip


class Broken(AssertionError):
    """A promise is broken: `promise` is one of the six above."""

    def __init__(self, promise: str, how: str) -> None:
        super().__init__(f"It commits {promise}: {how}")
        self.promise = promise


@dataclass(frozen=True)
class Agreed:
    """The truth about who said yes, whatever digests the rules were shown."""

    by_caller: bool
    """To exactly this effect."""
    by_people: bool
    """To exactly this effect, these facts and this policy."""


@dataclass
class Allowed:
    """What the rules let happen, with what it is about."""

    process: str
    effect: Effect
    customer: str
    """Whose record it changes."""
    limits: list[LimitEntry] = field(default_factory=list)
    targets: list[Instrument] = field(default_factory=list)
    """What money comes from or goes to, as it was seen."""
    elsewhere: bool = False
    """To, or from, another instrument than the one that paid."""


def audit(it: Allowed, policy: AuthorityPolicy, standing: Standing, agreed: Agreed, at: datetime) -> None:
    """Raises Broken."""
    amount = it.effect.amount.minor if it.effect.amount else 0
    who = str(standing.actor.kind)
    _assurance(it, amount, policy, standing, at)
    if it.effect.amount and it.effect.amount.currency not in policy.currencies:
        raise Broken(LIMIT, f"no limits are set in {it.effect.amount.currency}")
    if amount > policy.per_action.get(standing.actor.kind, 0):
        raise Broken(LIMIT, f"{amount} in one action by {who}")
    if amount > policy.auto_up_to.get(standing.actor.kind, 0) and not agreed.by_people:
        raise Broken(LIMIT, f"{amount} by {who} without a person's yes")
    _autonomy(it, policy, standing, agreed)
    if amount > policy.confirm_above.get(standing.actor.kind, 0) and not agreed.by_caller:
        raise Broken(CONFIRMATION, f"{amount} by {who}")
    foreign = [target.id for target in it.targets if target.customer_id != it.customer]
    if foreign:
        raise Broken(RECORD, f"money meets {foreign}, which is not {it.customer}'s")


def _assurance(it: Allowed, amount: int, policy: AuthorityPolicy, standing: Standing, at: datetime) -> None:
    seen = standing.assurance
    if seen is None or (seen.expires_at and seen.expires_at <= at):
        raise Broken(ASSURANCE, "nobody is verified, or no longer")
    if seen.customer_id != it.customer:
        raise Broken(RECORD, f"{seen.customer_id} is verified, the record is {it.customer}'s")
    tops = sorted((band.up_to if band.up_to is not None else 10**12, band.level) for band in policy.assurance)
    wanted = next(level for top, level in tops if amount <= top)
    if it.elsewhere:
        wanted = max(wanted, policy.payee_change_level)
    if seen.level < max(wanted, 1):
        raise Broken(ASSURANCE, f"level {seen.level}, where {wanted} is needed for {amount}")


def _autonomy(it: Allowed, policy: AuthorityPolicy, standing: Standing, agreed: Agreed) -> None:
    kind = standing.actor.kind
    words = [levels.get(kind, Autonomy.ACT) for levels in (policy.autonomy, policy.switched)]
    if Autonomy.OFF in words:
        raise Broken(LIMIT, f"{kind} is switched off for {it.process}")
    if any(word is not Autonomy.ACT for word in words) and not agreed.by_people:
        raise Broken(LIMIT, f"{kind} may not act by itself in {it.process}")


def audit_refunds(it: Allowed, payments: Iterable[Payment]) -> None:
    """No capture gives back more than it took, and none of another order gives back anything; what is said to go back
    goes. Raises Broken."""
    back = Counter[str]()
    for move in it.effect.moves:
        back[move.payment] += move.amount.minor
    for payment in payments:
        gone = sum(r.amount.minor for r in payment.refunds if r.state != "failed")
        if gone + back.pop(payment.id, 0) > max(payment.captured.minor, gone):
            raise Broken(MONEY, f"{payment.id} took {payment.captured}, and gives back more")
    if back:
        raise Broken(RECORD, f"{list(back)} did not pay this order")
    said = it.effect.amount.minor if it.effect.amount else 0
    if it.effect.action in _GIVES_BACK and sum(move.amount.minor for move in it.effect.moves) != said:
        raise Broken(MONEY, f"{said} is said to go back, and {it.effect.moves} does")


_GIVES_BACK = ("refund_order", "return_items", "cancel_order")


class Ledger:
    """What was granted so far, kept by somebody who only reads the entries: caps, windows and uses."""

    def __init__(self) -> None:
        self._used: dict[str, int] = {}
        self._times: Counter[str] = Counter()

    def grant(self, entries: list[LimitEntry]) -> bool:
        """Whether all fit beside what was granted; then they count. All at one moment, so that no window passes."""
        used, times = dict(self._used), Counter(self._times)
        for entry in entries:
            known = sum(use.amount_minor for use in entry.known)
            total = used.get(entry.bucket, 0) + known + entry.amount_minor
            if entry.cap_minor is not None and total > entry.cap_minor:
                return False
            if entry.cap_count is not None and times[entry.bucket] + len(entry.known) + 1 > entry.cap_count:
                return False
            used[entry.bucket] = used.get(entry.bucket, 0) + entry.amount_minor
            times[entry.bucket] += 1
        self._used, self._times = used, times
        return True
