"""What a policy says otherwise for some customers: the first segment that fits counts, and it is told which one did."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from domain.autonomy import Autonomy
from domain.calls import ActorKind
from domain.policies import RefundPolicy
from handrail.boundaries import outline
from handrail.cli.explaining import explained
from handrail.policies import BadPolicy, load
from handrail.policy_lint import lint
from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.refusals import rule
from tests.desk.shop import Shop
from tests.domain.refund_facts import SHIPPED
from tests.policies.annex import annexed
from tests.policies.documents import copied, edited
from tests.policies.used import spend
from workflows._catalog import policies

FLAGGED = "  - {name: flagged, labels: [flagged, fraud_watch], autonomy: {ai: suggest}}"
NEW = "  - {name: new, labels: [new], auto_up_to: {ai: 1000}, limits: {customer_day: {amount: 5000}}}"
VIP = "  - {name: vip, labels: [vip], auto_up_to: {ai: 20000}, confirm_above: {ai: 20000}}"
ALL_THREE = (FLAGGED, NEW, VIP)


def refund_with(folder: Path, *segments: str) -> Path:
    """The shipped documents, with these segments in the refund's."""
    return edited(
        copied(folder), "confirmation_expires_after", "\n".join(["segments:", *segments, "confirmation_expires_after"])
    )


def document(folder: Path, *segments: str) -> RefundPolicy:
    return RefundPolicy.model_validate(load(refund_with(folder, *segments) / "refund.yaml", RefundPolicy))


@pytest.mark.parametrize(
    ("labels", "counts"),
    [
        ([], ""),
        (["gold"], ""),
        (["vip"], "vip"),
        (["vip", "new"], "new"),
        (["vip", "fraud_watch", "new"], "flagged"),
    ],
)
def test_the_first_segment_of_the_document_that_fits_counts(tmp_path: Path, labels: list[str], counts: str) -> None:
    """Whatever the order of the customer's labels."""
    policy = document(tmp_path / "p", *ALL_THREE)

    assert policy.of(labels).segment == policy.of(reversed(labels)).segment == counts


def test_a_segment_changes_what_it_says_and_nothing_else(tmp_path: Path) -> None:
    policy = document(tmp_path / "p", *ALL_THREE)
    vip, new, flagged = (policy.in_segment(name) for name in ("vip", "new", "flagged"))

    assert vip.auto_up_to == policy.auto_up_to | {"ai": 20_000}
    assert (vip.approval, vip.limits, vip.autonomy) == (policy.approval, policy.limits, policy.autonomy)
    assert [limit.amount for limit in new.limits] == [5_000, 1_000_000]
    assert flagged.autonomy_of(ActorKind.AI) is Autonomy.SUGGEST
    assert flagged.autonomy_of(ActorKind.HUMAN) is Autonomy.ACT


def test_an_approval_for_a_customer_of_one_segment_is_none_for_another(tmp_path: Path) -> None:
    """The digest that gates are bound to is of what counts, and the document's own is another."""
    policy = document(tmp_path / "p", *ALL_THREE)

    assert len({policy.digest, policy.in_segment("vip").digest, policy.in_segment("new").digest}) == 3
    assert policy.of(["gold"]).digest == policy.digest


@pytest.mark.parametrize(
    ("segments", "said"),
    [
        (["  - {name: vip, labels: [vip], per_action: {ai: 100001}}"], "above the hard cap of 100000"),
        ([VIP, "  - {name: gold, labels: [gold, vip]}"], "vip is a label of vip and of gold"),
        ([VIP, VIP], "vip is there twice"),
        (["  - {name: vip, labels: [vip], limits: {customer_week: {amount: 1}}}"], "customer_week, which is not there"),
        (["  - {name: vip, labels: [vip], autonomy_in: {goodwil: {ai: off}}}"], "goodwil is no segment of refund"),
        (["  - {name: vip, labels: [vip], approval: [{up_to: 5, roles: [x]}]}"], "up_to: null"),
        (["  - {name: vip, labels: [], auto_up_to: {ai: 1}}"], "at least 1 item"),
        (["  - {name: vip, labels: [vip], auto_upto: {ai: 1}}"], "no such word"),
        (["  - {name: vip, labels: [vip], auto_up_to: {ia: 1}}"], "no such kind of actor"),
    ],
)
def test_a_segment_that_would_mean_something_else_is_refused_with_its_line(
    tmp_path: Path, segments: list[str], said: str
) -> None:
    folder = refund_with(tmp_path / "p", *segments)

    wrong = [remark for remark in lint(folder, policies()).remarks if remark.level == "fail"]

    assert [said in remark.text for remark in wrong] == [True], wrong
    assert wrong[0].line >= (folder / "refund.yaml").read_text().splitlines().index("segments:") + 1


def test_no_document_says_which_segment_counts(tmp_path: Path) -> None:
    folder = edited(copied(tmp_path / "p"), "window_days: 90", "window_days: 90\nsegment: vip")

    with pytest.raises(BadPolicy, match="who the customer is"):
        load(folder / "refund.yaml", RefundPolicy)


def test_a_freer_segment_before_a_stricter_one_and_one_that_says_nothing_are_odd(tmp_path: Path) -> None:
    first = lint(refund_with(tmp_path / "a", VIP, FLAGGED), policies())
    second = lint(refund_with(tmp_path / "b", FLAGGED, VIP), policies())
    empty = lint(refund_with(tmp_path / "c", "  - {name: vip, labels: [vip]}"), policies())

    assert (first.ok, [remark.word for remark in first.remarks]) == (True, ["segments.0"])
    assert "who is in both counts as vip" in first.remarks[0].text
    assert second.remarks == []
    assert "nothing else" in empty.remarks[0].text


def test_boundaries_tell_what_is_otherwise_for_each_segment_and_nothing_twice(tmp_path: Path) -> None:
    told = outline(document(tmp_path / "p", *ALL_THREE))

    of: dict[str, set[str]] = {}
    for row in told["rows"]:
        of.setdefault(row["customers"], set()).add(row["who"])
    assert of == {"all": {"ai", "human", "system"}, "flagged": {"ai"}, "new": {"ai"}, "vip": {"ai"}}
    vip = [row["amount"] for row in told["rows"] if row["customers"] == "vip" and "at once" in row["needs"]]
    assert vip == ["from 0.00 up to 200.00 EUR"]
    assert "new: per customer, within 1 day: at most 50.00 EUR" in told["limits"]


def test_words_of_a_segment_are_not_read_of_a_document_without_money_amounts() -> None:
    assert SHIPPED.in_segment("none") is SHIPPED


@pytest.fixture
async def house(desk: Desk, temporal_address: str, tmp_path: Path) -> AsyncIterator[Desk]:
    """Where customers are told apart."""
    folder = refund_with(tmp_path / "policies", *ALL_THREE)
    async with annexed(desk, temporal_address, tmp_path, policies=folder) as annex:
        yield annex


async def labelled(shop: Shop, minor: int, *labels: str) -> Sold:
    sold = await shop.sell(minor)
    state = await shop.state()
    for customer in state["customers"]:
        if customer["id"] == sold.customer:
            customer["segments"] = list(labels)
    await shop.admin("PUT", "dataset", state)
    return sold


async def test_the_same_refund_is_done_approved_or_denied_by_who_the_customer_is(house: Desk, shop: Shop) -> None:
    answers: dict[str, Any] = {}
    for label in ("vip", "new", "flagged"):
        sold = await labelled(shop, 4_000, label)
        answers[label] = await (await house.caller(sold)).refund_confirmed(1_500)

    assert answers["vip"].status == "done"
    assert (answers["new"].status, answers["flagged"].status) == ("needs_approval", "needs_approval")
    assert "Refunds above 10.00 EUR" in answers["new"].say
    assert "only suggest" in answers["flagged"].say


async def test_a_segments_own_sum_a_day_is_counted_in_the_same_book(house: Desk, shop: Shop) -> None:
    sold = await labelled(shop, 4_000, "new")
    await spend(house, f"refund:customer_day:customer:{sold.customer}", 4_500)

    denied = await (await house.caller(sold)).refund(600)

    assert rule(denied) == "refund.customer_day"
    assert "5.00 EUR is left" in denied.say


async def test_the_record_and_explain_tell_which_segment_was_judged_by(house: Desk, shop: Shop) -> None:
    done = await (await house.caller(await labelled(shop, 4_000, "vip"))).refund(1_500)

    events = await house.house.evidence.for_run("default", done.reference)
    [told] = explained([event.model_dump(mode="json") for event in events])
    shipped = load(house.house.settings.policies / "refund.yaml", RefundPolicy)  # type: ignore[operator]

    assert done.status == "done"
    assert "as it counts for customers of the segment vip" in told["lines"]
    assert told["policy"]["digest"] == RefundPolicy.model_validate(shipped).digest


async def test_who_becomes_flagged_while_people_are_asked_is_judged_anew(house: Desk, shop: Shop) -> None:
    sold = await labelled(shop, 30_000, "vip")
    gated = await (await house.caller(sold)).refund_confirmed(25_000)
    assert gated.status == "needs_approval"
    state = await shop.state()
    for customer in state["customers"]:
        customer["segments"] = ["flagged"]
    await shop.admin("PUT", "dataset", state)

    await house.person("supervisor").decide(gated)
    again = await house.until(gated, lambda now: "only suggest" in now.say)

    assert again.status == "needs_approval"
    assert await shop.refunded(sold) == []
