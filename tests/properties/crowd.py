"""Who speaks to a run, and what they may say to it: the right thing, something old, something wrong, rubbish."""

from dataclasses import dataclass
from typing import Any

from domain.answers import Answer
from handrail.credentials import ASK, DECIDE, DESK
from tests.desk.desk import Desk
from tests.desk.people import Conversation
from tests.properties.matters import Matter

ROLES = ("agent", "supervisor", "finance", "adjuster", "senior_adjuster", "claims_manager", "special_investigator")
COMMANDS = (
    "confirm", "amend", "withdraw", "provide", "verify", "decide", "claim", "release", "take_over", "hand_back",
    "retry", "note", "resolve", "reassign", "hand_off",
)  # fmt: skip
RUBBISH: list[Any] = [
    {}, [], "yes", None, {"x": 1}, {"digest": ""}, {"digest": 7}, {"outcome": "maybe", "digest": "d"},
    {"arguments": {}}, {"arguments": {"amount": -1}}, {"arguments": {"order_id": ""}}, {"facts": []},
    {"level": 9}, {"level": "2"}, {"lease_s": 1}, {"text": ""}, {"text": "x" * 3_000}, {"action": "explode"},
    {"code": "12"}, {"queue": "nowhere"}, {"into": "itself"}, {"facts": {"facts.symptom": {"deep": [1, None]}}},
]  # fmt: skip


@dataclass(frozen=True)
class Somebody:
    name: str
    token: str
    human: bool = True
    rights: bool = True


def crowd(desk: Desk, caller: Conversation) -> list[Somebody]:
    """The caller's agent, another agent, two people with every role, and somebody whose token opens nothing."""
    issue = desk.house.credentials.issue
    return [
        Somebody("the agent", caller.token, human=False),
        Somebody("another agent", issue("other-ai", "ai", ASK), human=False),
        Somebody("ana", issue("ana", "human", (*DESK, *DECIDE), ROLES)),
        Somebody("ben", issue("ben", "human", (*DESK, *DECIDE), ROLES)),
        Somebody("nobody", issue("nobody", "human"), rights=False),
    ]


def right_words(command: str, now: Answer, gate: dict[str, Any] | None, matter: Matter, code: str) -> list[Any]:
    """Bodies that make sense now, the most helpful first."""
    digest = gate["digest"] if gate else "sha256:" + "0" * 32
    return {
        "confirm": [{"digest": now.digest or "sha256:" + "1" * 32}],
        "amend": [{"arguments": changes} for changes in matter.amendments],
        "withdraw": [{}, {"reason": "no longer"}],
        "provide": [{"facts": matter.facts or {"info": "It is blue."}}, {"facts": {"info": "It is red."}}],
        "verify": [{"code": code}, {"code": "000000"}] if matter.codes else [{"level": 2}, {}, {"level": 3}],
        "decide": [
            {"outcome": "approve", "digest": digest}, {"outcome": "approve", "digest": digest},
            {"outcome": "request_info", "digest": digest, "note": "Why?"}, {"outcome": "reject", "digest": digest},
        ],
        "claim": [{}, {"lease_s": 60}],
        "release": [{}, {"note": "My shift ends."}],
        "take_over": [{"reason": "upset"}, {"lease_s": 60}],
        "hand_back": [{"decision": "go on"}, {"may_say": ["All is well."]}],
        "retry": [{}, {"action": "skip", "reason": "by hand"}, {"action": "undo_all"}, {"action": "skip"}],
        "note": [{"text": "Called twice."}, {"text": "Told him.", "to_caller": True}],
        "resolve": [{"comment": "Solved."}],
        "hand_off": [{"reason": "He wants a person."}, {}],
        "reassign": [{"queue": "billing"}, {"priority": "high"}],
    }[command]  # fmt: skip
