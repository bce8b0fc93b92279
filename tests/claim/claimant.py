"""An agent with a caller on the line who has a loss to report."""

from typing import Any

from domain.answers import Answer
from tests.claim.covered import Covered, days_ago, eur
from tests.desk.desk import Desk
from tests.desk.doors import Asked
from tests.desk.people import Conversation

PROOF = {"kind": "proof_of_purchase", "ref": "upload:1", "sha256": "a1" * 32}
PHOTO = {"kind": "photo", "ref": "upload:2", "sha256": "b2" * 32}


class Claimant:
    def __init__(self, conversation: Conversation, covered: Covered) -> None:
        self.conversation = conversation
        self.covered = covered
        self._asked: Asked | None = None

    async def report(self, minor: int = 10_000, **changes: Any) -> Answer:
        """A defect with all that is needed, unless changed."""
        arguments: dict[str, Any] = {
            "coverage_id": self.covered.id, "kind": "defect", "loss_on": f"{days_ago(5)}", "amount": eur(minor),
            "description": "The motor does not start any more", "facts": {"symptom": "It stays silent."},
            "evidence": [PROOF],
        }  # fmt: skip
        return await self.ask("open_claim", arguments | changes)

    async def reopen(self, claim_id: str, minor: int = 4_000, **changes: Any) -> Answer:
        arguments = {"claim_id": claim_id, "reason": "additional_cost", "amount": eur(minor)}
        return await self.ask("reopen_claim", arguments | changes)

    async def ask(self, tool: str, arguments: dict[str, Any], **more: Any) -> Answer:
        self._asked = Asked(tool, arguments, self.conversation.call_id, **more)
        return await self.again()

    async def again(self, **changes: Any) -> Answer:
        assert self._asked
        asked = Asked(**(vars(self._asked) | changes))
        answer = await self.conversation.door.call(self.conversation.token, asked)
        self.conversation.desk.started(answer)
        return answer

    async def confirmed(self, answer: Answer) -> Answer:
        """The caller says yes to the effect."""
        assert answer.status == "needs_confirmation", answer
        return await self.again(confirm=answer.digest)

    async def claims(self, minor: int = 10_000, **changes: Any) -> Answer:
        """Reports, and says yes."""
        return await self.confirmed(await self.report(minor, **changes))

    async def provide(self, answer: Answer, **facts: Any) -> Answer:
        return await self.conversation.say(answer, "provide", facts={k.replace("__", "."): v for k, v in facts.items()})


async def claimant(desk: Desk, covered: Covered, **who: Any) -> Claimant:
    return Claimant(await desk.caller(covered.sold, **who), covered)
