"""The books of a game: who said yes to what, and what left the systems. Money that moved was owed a yes."""

from pathlib import Path
from typing import Any

import yaml

import policies
from domain.answers import Answer, Status
from tests.desk.shop import Shop
from tests.properties.crowd import Somebody
from tests.properties.matters import Matter

Document = dict[str, Any]
_STILL = (Status.DENIED, Status.UNDONE)
"""Ends that leave everything as it was."""


class Books:
    def __init__(self, shop: Shop, matter: Matter) -> None:
        self._shop, self._matter = shop, matter
        self._yes: set[str] = set()
        """Digests of effects that were confirmed."""
        self._votes: dict[str, set[str]] = {}
        """By run: who approved something there."""
        self._people: set[str] = set()
        """Runs that a person ever took over: his authority counted there."""
        self._vouched: set[str] = set()
        self._skipped: set[str] = set()
        self._counts = True

    async def open(self) -> None:
        self._before = await self._shop.state()

    def nobody_counts_any_more(self) -> None:
        self._counts = False

    def confirmed(self, digest: str) -> None:
        self._yes.add(digest)

    def obeyed(self, who: Somebody, command: str, body: Document, answer: Answer) -> None:
        """Only what was accepted."""
        match command:
            case "confirm":
                self._yes.add(body["digest"])
            case "decide" if body["outcome"] == "approve":
                self._votes.setdefault(answer.reference, set()).add(who.name)
            case "take_over":
                self._people.add(answer.reference)
            case "claim" if who.human:
                self._people.add(answer.reference)
            case "verify" if body.get("level"):
                self._vouched.add(answer.reference)
            case "retry" if body.get("action") == "skip":
                self._skipped.add(answer.reference)

    # At the end

    async def of_a_run(self, end: Answer, packet: Document) -> list[str]:
        """What is wrong with what the run has done."""
        after = await self._shop.state()
        out = self._sent(after, end.reference)
        wrong = []
        if out and end.status in _STILL:
            wrong.append(f"it is {end.status}, and {out} minor units left")
        if out:
            wrong += self._unasked(end, out)
        if end.status is Status.DONE and end.effect and end.reference not in self._skipped:
            promised = sum(move.amount.minor for move in end.effect.moves)
            if out != promised:
                wrong.append(f"{promised} minor units were promised, {out} left")
        return [f"{end.reference}: {text}" for text in wrong]

    def _unasked(self, end: Answer, out: int) -> list[str]:
        """Whom the policy as it is shipped wants to say yes before so much leaves, and who did not."""
        policy: Document = yaml.safe_load((Path(policies.__file__).parent / f"{self._matter.policy}.yaml").read_text())
        kind = "human" if end.reference in self._people else "ai"
        assert end.effect
        amount = end.effect.amount.minor if end.effect.amount else out
        wrong = []
        if amount > policy["confirm_above"][kind] and end.digest not in self._yes:
            wrong.append(f"{amount} left without the caller's yes to {end.digest}")
        band = next(b for b in policy["approval"] if b["up_to"] is None or amount <= b["up_to"])
        voted = self._votes.get(end.reference, set())
        if amount > policy["auto_up_to"][kind] and len(voted) < band.get("approvers", 1):
            wrong.append(f"{amount} left with approvals of {voted} only")
        level = next(b for b in policy["assurance"] if b["up_to"] is None or amount <= b["up_to"])["level"]
        if level > 1 and not self._vouched:
            wrong.append(f"{amount} left for a caller who was verified at level 1")
        if amount > policy["per_action"][kind]:
            wrong.append(f"{amount} left, which is above what one action may do")
        return wrong

    async def closed(self) -> list[str]:
        """The systems agree with each other; what did not happen left nothing behind."""
        books, after = await self._shop.admin("GET", "books"), await self._shop.state()
        wrong = [*books["problems"], *books["doubled"], *books["differences"]]
        wrong += [f"Claim {c['id']} is open" for c in after["claims"] if c["state"] == "open"]
        wrong += [
            f"Claim {c['id']} is {c['state']} with a reserve of {c['reserve']}"
            for c in after["claims"] if c["state"] != "open" and c["reserve"]["minor"]
        ]  # fmt: skip
        cases = [c for c in after["cases"] if c["category"] != "appointment"]  # which is still to come
        left = [c for c in cases if c["state"] in ("open", "pending") and not _for_people(c)]
        wrong += [f"Case {c['id']} is {c['state']}" for c in left]
        return wrong

    @staticmethod
    def _sent(after: Document, reference: str) -> int:
        """What left to the customer on this run's word: refunds of it, and payouts, that did not fail."""
        mine = [r for r in after["refunds"] + after["payouts"] if f":{reference}/" in r["reference"]]
        return sum(
            r["amount"]["minor"] for r in mine if r["state"] != "failed" and ".undo" not in r["reference"]
        )  # fmt: skip


def _for_people(case: Document) -> bool:
    """A denied claim leaves its case to people, with what is to be done."""
    said = [case["body"], *(comment["text"] for comment in case["comments"])]
    return case["category"] == "claim" and any("To do: " in text for text in said)
