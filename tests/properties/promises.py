"""What must hold of a run whatever is said to it, judged from outside: its answers, the packet, the systems' books."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.answers import Answer, Status
from tests.desk.doors import Problem

# Refusals that say "not in this state". Others say that it is not for this person, or not with these words.
OF_THE_STATE = {
    "command.unknown", "command.not_now", "run.closed", "gate.none", "gate.decided", "verify.not_asked",
    "provide.not_asked", "confirm.not_asked", "repair.none", "withdraw.too_late", "amend.too_late", "claim.nothing",
}  # fmt: skip
REFUSALS = {403, 409, 422}


@dataclass
class Said:
    """What was said to a run and how it was taken; kept to be told when a promise is broken."""

    lines: list[str] = field(default_factory=list)

    def add(self, line: str) -> None:
        self.lines.append(line)

    def broken(self, what: str) -> AssertionError:
        return AssertionError(what + "\n  after: " + "\n         ".join(self.lines))


def of_an_answer(answer: Answer) -> list[str]:
    """What is wrong with it; empty: nothing."""
    status, wrong = answer.status, []
    needs: dict[Status, tuple[str, Any]] = {
        Status.NEEDS_CONFIRMATION: (
            "an effect with its digest",
            answer.effect and answer.digest == answer.effect.digest,
        ),
        Status.NEEDS_VERIFICATION: ("methods", answer.methods),
        Status.NEEDS_INPUT: ("what is missing", answer.missing),
        Status.DENIED: ("the rule that says no", answer.denied and answer.denied.rule and answer.denied.text),
        Status.UNDONE: ("why", answer.denied),
    }
    what, there = needs.get(status, ("", True))
    if not there:
        wrong.append(f"{status} without {what}")
    if not answer.say:
        wrong.append("nothing that may be said")
    if answer.terminal and answer.next:
        wrong.append(f"ended, and still {answer.next} would be legal")
    if not answer.terminal and answer.revision and "note" not in answer.next:
        wrong.append(f"open, and only {answer.next} would be legal")
    if status in (Status.DONE, Status.DENIED, Status.UNDONE) and not answer.terminal:
        wrong.append(f"{status}, and not ended")
    return [f"{answer.reference} is {status}: {text}" for text in wrong]


def of_a_packet(packet: dict[str, Any]) -> list[str]:
    """The recommended step is a legal one; who waits at a gate has one."""
    wrong = [
        f"{step['action']} is recommended, and only {packet['next']} are legal"
        for step in packet["recommended"]
        if step["action"] not in packet["next"]
    ]
    people = packet["gate"] or packet["repair"] or packet["status"] == "handed_off"
    if packet["next"] and people and not packet["reason"]["code"]:
        wrong.append("it waits for a person, and nobody says why")
    if packet["status"] == "needs_approval" and not packet["gate"]:
        wrong.append("needs_approval without a gate")
    if "hand_back" in packet["next"] and not packet["owner"]:
        wrong.append("it is taken over, and nobody holds it")
    if packet["next"] and not {"hand_back", "take_over"} & set(packet["next"]):
        wrong.append(f"neither held by a person nor to be had by one: {packet['next']}")
    return wrong


def of_a_refusal(command: str, refused: Problem) -> list[str]:
    wrong = []
    if refused.status not in REFUSALS:
        wrong.append(f"{command} was answered {refused.status}: {refused.body}")
    if not refused.body.get("detail"):
        wrong.append(f"{command} was refused without a reason")
    told = refused.body.get("answer")
    if told and command in told["next"] and refused.rule in OF_THE_STATE:
        wrong.append(f"{command} is listed as legal ({told['status']}: {told['next']}), and refused: {refused.rule}")
    return wrong


SHORTEST_LEASE = timedelta(seconds=60)
"""That anybody in a game asks for."""


def of_a_record(events: list[dict[str, Any]]) -> list[str]:
    """Who has taken a run over is its only owner until his lease is over, he releases it or hands it back; and what is
    written meanwhile is written in his name."""
    wrong: list[str] = []
    owner, since = "", datetime.min.replace(tzinfo=UTC)
    for at, event in sorted(((_when(event), event) for event in events), key=_commands_first):
        who, body = event["actor"], event["body"]
        if event["type"] == "intent" and owner and at > since and who["kind"] == "ai":
            wrong.append(f"{who['id']} writes {event['step']} while {owner} has it")
        if event["type"] != "commanded" or body.get("refused"):
            continue
        if body["command"] in ("take_over", "claim") and owner not in ("", who["id"]) and at - since < SHORTEST_LEASE:
            wrong.append(f"{who['id']} has it while {owner} does")
        match body["command"]:
            case "take_over":
                owner, since = who["id"], at
            case "hand_back" | "release":
                owner = "" if who["id"] == owner else owner
    return wrong


def _when(event: dict[str, Any]) -> datetime:
    """A write is sent a moment after the run went about it; what is commanded in between comes too late for it."""
    begun_at = event["body"]["begun_at"] if event["type"] == "intent" else event["at"]
    return datetime.fromisoformat(begun_at)


def _commands_first(dated: tuple[datetime, dict[str, Any]]) -> tuple[datetime, bool]:
    """At one instant of the run's clock: the step follows from what was commanded."""
    at, event = dated
    return at, event["type"] != "commanded"


def of_obedience(command: str, before: Answer, after: Answer) -> list[str]:
    """What is not listed is not obeyed. To say again what was said already, or to hold on to what one holds, changes
    nothing; and a run that went on by itself meanwhile may list something else by now."""
    if command in before.next or command in _MAY_BE_SAID_AGAIN or after.revision > before.revision + 1:
        return []
    return [f"{command} was not listed by {before.status} ({before.next}), and obeyed: {after.status} {after.next}"]


_MAY_BE_SAID_AGAIN = {"confirm", "withdraw", "take_over", "claim"}
