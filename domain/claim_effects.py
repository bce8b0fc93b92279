"""A loss under its coverage, and what would be done about it, exactly: what a caller confirms and people approve."""

from domain.answers import Effect, MoneyMove
from domain.claim_remedies import Choice, Remedy
from domain.claim_triage import Reported
from domain.claims import Claim, Coverage, SettlementKind
from domain.money import Money
from domain.values import Value

NO_WAY_BACK = "Money that has left cannot be called back."
_FOR_GOOD = {
    SettlementKind.PAYMENT: NO_WAY_BACK,
    SettlementKind.REPLACEMENT: "What has been sent is not called back.",
    SettlementKind.REPAIR_VOUCHER: "A voucher that was redeemed is not taken back.",
}


class Case(Value):
    """A loss under its coverage, with what else is on file."""

    coverage: Coverage
    own: Claim | None
    """The claim that this run opened or reopened, once it did."""
    others: list[Claim]
    """Of the same customer."""
    before: list[Claim]
    """Those of them that were on file first: what was reported later says nothing about this one."""
    loss: Money
    """As it is assessed: what the caller said, until an adjuster says otherwise."""
    claimed: Money
    """What the caller said."""
    reported: Reported
    choice: Choice
    action: str

    @property
    def siblings(self) -> list[Claim]:
        """The coverage's other claims."""
        return [claim for claim in self.others if claim.coverage_id == self.coverage.id]

    @property
    def subject(self) -> str:
        if self.own and self.action == "reopen_claim":
            return f"claim {self.own.id}"
        return f"{self.coverage.kind.words} {self.coverage.id}"


def effect_of(case: Case, remedy: Remedy) -> Effect:
    """`amount` is the value of what is made good, of whatever kind; `moves` only what is paid out."""
    share, reported = remedy.share, case.reported
    target = remedy.instrument
    moves = []
    if remedy.kind is SettlementKind.PAYMENT and target:
        moves = [MoneyMove(amount=share.paid, target=target.id, label=target.label or target.id)]
    return Effect(
        action=case.action,
        subject=case.subject,
        amount=share.paid,
        moves=moves,
        details={
            "coverage": case.coverage.id, "kind": reported.kind, "loss_on": reported.loss_on.isoformat(),
            "loss": str(case.loss), "deductible": str(share.deductible), "settle_by": str(remedy.kind),
            "evidence": [proof.sha256 for proof in reported.evidence], **_details(remedy), **_assessed(case),
        },
        irreversible=_FOR_GOOD[remedy.kind],
        summary=f"Of a loss of {_loss(case)} under {case.subject}, {_words(case, remedy)}.",
    )  # fmt: skip


def _assessed(case: Case) -> dict[str, object]:
    return {} if case.loss == case.claimed else {"claimed": str(case.claimed)}


def _loss(case: Case) -> str:
    return str(case.loss) if case.loss == case.claimed else f"{case.claimed}, assessed at {case.loss},"


def _details(remedy: Remedy) -> dict[str, object]:
    if remedy.kind is SettlementKind.REPAIR_VOUCHER:
        return {"provider": remedy.provider, "valid_days": remedy.valid_days}
    if remedy.item is None or remedy.address is None:
        return {}
    payer = remedy.instrument.id if remedy.instrument else ""
    charge = {"minor": remedy.charge.minor, "from": payer} if remedy.charge else None
    return {
        "line_id": remedy.item.line_id, "variant_id": remedy.item.variant_id,
        "address": remedy.address.model_dump(mode="json"), "charge": charge,
    }  # fmt: skip


def _words(case: Case, remedy: Remedy) -> str:
    share, target = remedy.share, remedy.instrument
    label = (target.label or target.id) if target else ""
    if remedy.kind is SettlementKind.REPLACEMENT and remedy.item:
        charged = f"; the deductible of {remedy.charge} is charged to {label}" if remedy.charge else ""
        worth = share.paid + share.deductible
        return f"send {remedy.item.name} again (worth {worth}) to {remedy.address}{charged}"
    off = f", after a deductible of {share.deductible}" if share.deductible else ""
    capped = ", which is all that the limit leaves" if share.paid + share.deductible < case.loss else ""
    if remedy.kind is SettlementKind.REPAIR_VOUCHER:
        voucher = f"issue a repair voucher for up to {share.paid} at {remedy.provider}"
        return f"{voucher}, valid for {remedy.valid_days} days{off}{capped}"
    return f"pay {share.paid} to {label}{off}{capped}"


def as_good_as(new: Effect, agreed: Effect) -> bool:
    """The caller need not be asked again: he gets the same kind, at the same place, and not less of it."""
    if new.digest == agreed.digest:
        return True
    if new.amount is None or agreed.amount is None or new.amount.currency != agreed.amount.currency:
        return False
    return _where(new) == _where(agreed) and agreed.amount <= new.amount and _charged(new) <= _charged(agreed)


def _where(effect: Effect) -> list[object]:
    names = ("coverage", "settle_by", "line_id", "variant_id", "address", "provider", "valid_days")
    charge = effect.details.get("charge")
    payer = charge["from"] if charge else ""
    return [effect.subject, [move.target for move in effect.moves], payer, *(effect.details.get(n) for n in names)]


def _charged(effect: Effect) -> int:
    charge = effect.details.get("charge")
    return int(charge["minor"]) if charge else 0
