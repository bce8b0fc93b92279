"""Who is sent a code, and whether it is the right one: functions of values."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.effects import WriteRef
from domain.assurance import Assurance
from domain.calls import Actor, ActorKind
from domain.messages import Channel, masked
from domain.standing import Standing
from domain.step_up import CodePlan, Reach, StepUpPolicy, StepUpRequest, opens, plain_code, rule_step_up
from domain.verdicts import Allow, AskInput, AskVerification, Deny, Ruled
from handrail.codes import OneTimeCodes
from handrail.policies import Shelf
from handrail.settings import Settings

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
MAIL = Reach(channel=Channel.EMAIL, to="m***@example.com")
TEXT = Reach(channel=Channel.SMS, to="***01")
SHIPPED = StepUpPolicy.model_validate(Shelf(None).read("step_up"))
REF = WriteRef(run="default:step-up-1", step="send_code", minted_at=NOW)


def ruled(
    *reach: Reach, channel: Channel = Channel.EMAIL, policy: StepUpPolicy = SHIPPED, **known: Any
) -> Ruled[CodePlan]:
    held = {"customer_id": "C-1", "level": 1, "expires_at": NOW + timedelta(minutes=5)} | known
    assurance = Assurance(tenant="t", call_id="call-1", **held)
    standing = Standing(actor=Actor(id="a", kind=ActorKind.AI), assurance=assurance)
    return rule_step_up(StepUpRequest(channel=channel), list(reach), policy, standing, "call-1", NOW)


def codes(tmp_path: Path, key: str = "") -> OneTimeCodes:
    return OneTimeCodes(Settings(home=tmp_path, payload_key=key))


def test_a_known_caller_is_sent_a_code_to_the_channel_that_he_chose() -> None:
    answer = ruled(MAIL, TEXT, channel=Channel.SMS)

    assert isinstance(answer.verdict, Allow)
    assert answer.plan
    assert answer.plan.order
    assert (answer.plan.order.channel, answer.plan.to) == (Channel.SMS, "***01")
    assert "10 minutes" in answer.plan.order.text
    assert "{code}" in answer.plan.order.text
    assert [(limit.bucket, limit.cap_count) for limit in answer.plan.limits] == [
        ("call:call-1:codes", 3), ("customer:C-1:codes", 10),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "known",
    [{"customer_id": "", "level": 0}, {"level": 0}, {"expires_at": NOW}, {"expires_at": NOW - timedelta(1)}],
    ids=str,
)
def test_an_unknown_caller_is_verified_by_facts_first(known: dict[str, Any]) -> None:
    answer = ruled(MAIL, **known)

    assert isinstance(answer.verdict, AskVerification)
    assert answer.plan is None


def test_a_locked_conversation_gets_no_code() -> None:
    verdict = ruled(MAIL, locked_until=NOW + timedelta(seconds=1)).verdict

    assert isinstance(verdict, Deny)
    assert verdict.rule == "step_up.locked"
    assert isinstance(ruled(MAIL, locked_until=NOW).verdict, Allow)


@pytest.mark.parametrize("level", [2, 3, 4])
def test_who_is_verified_at_that_level_needs_no_code(level: int) -> None:
    answer = ruled(MAIL, level=level)

    assert isinstance(answer.verdict, Allow)
    assert answer.plan
    assert answer.plan.order is None


def test_a_channel_without_an_address_names_those_that_have_one() -> None:
    verdict = ruled(MAIL, channel=Channel.SMS).verdict

    assert isinstance(verdict, AskInput)
    assert verdict.missing[0].options == ["email"]


def test_a_channel_that_the_policy_does_not_allow_is_none() -> None:
    verdict = ruled(MAIL, TEXT, channel=Channel.SMS, policy=SHIPPED.model_copy(update={"channels": ["email"]})).verdict

    assert isinstance(verdict, AskInput)
    assert verdict.missing[0].options == ["email"]


def test_a_customer_without_any_address_is_for_a_person() -> None:
    verdict = ruled().verdict

    assert isinstance(verdict, Deny)
    assert verdict.rule == "step_up.no_address"


@pytest.mark.parametrize("text", ["Hello.", "Your code is {kode}."])
def test_a_policy_whose_message_has_no_code_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match=r"\{code\}"):
        StepUpPolicy.model_validate(SHIPPED.model_dump() | {"text": text})


@pytest.mark.parametrize(
    ("channel", "to", "seen"),
    [
        (Channel.EMAIL, "mia.novak@example.com", "m***@example.com"),
        (Channel.EMAIL, "m@example.com", "***@example.com"),
        (Channel.EMAIL, "mn@example.com", "***@example.com"),
        (Channel.EMAIL, '"a@b"@example.com', '"***@example.com'),
        (Channel.SMS, "+49 30 5550101", "***01"),
        (Channel.SMS, "12345", "***"),
    ],
)
def test_an_address_is_told_so_that_only_its_owner_knows_it(channel: Channel, to: str, seen: str) -> None:
    assert masked(channel, to) == seen


@pytest.mark.parametrize("said", ["123456", "123 456", "123-456", " 1 2 3 4 5 6 ", "123.456"])
def test_a_code_is_its_digits(said: str) -> None:
    assert plain_code(said) == "123456"


def test_every_attempt_of_one_message_has_the_same_code_and_every_other_message_another(tmp_path: Path) -> None:
    made = codes(tmp_path)
    changes: list[dict[str, Any]] = [
        {"n": 2}, {"run": "default:step-up-2"}, {"minted_at": NOW + timedelta(seconds=1)},
    ]  # fmt: skip

    same = {made.code(REF, 8), made.code(REF.model_copy(update={"resent": 1}), 8), codes(tmp_path).code(REF, 8)}
    others = {made.code(REF.model_copy(update=change), 8) for change in changes}

    assert len(same) == 1
    assert len(same | others) == 4


def test_codes_have_all_their_digits_and_favour_none(tmp_path: Path) -> None:
    made = codes(tmp_path)

    drawn = [made.code(REF.model_copy(update={"n": n}), 6) for n in range(1, 2_001)]

    assert {len(code) for code in drawn} == {6}
    assert len(set(drawn)) > 1_980
    assert all(100 < sum(code[0] == digit for code in drawn) < 300 for digit in "0123456789")


def test_a_seal_opens_only_for_its_code_its_run_and_its_house(tmp_path: Path) -> None:
    made, elsewhere = codes(tmp_path / "here"), codes(tmp_path / "there")
    seal = made.seal("t:run-1", "012345")

    assert opens(seal, made.seal("t:run-1", "012 345"))
    assert not opens(seal, made.seal("t:run-1", "12345"))
    assert not opens(seal, made.seal("t:run-2", "012345"))
    assert not opens(seal, elsewhere.seal("t:run-1", "012345"))
    assert "12345" not in seal
