"""A game: somebody asks for something, everybody says whatever he likes, things break and time goes by; the promises
are looked at after each move. At the end the run is brought to its end, and the books are read."""

import asyncio
import contextlib
import logging
from typing import Any

from temporalio.service import RPCError

from domain.answers import Answer
from tests.desk.desk import Desk
from tests.desk.doors import Asked, Problem
from tests.desk.people import Conversation
from tests.properties import promises
from tests.properties.books import Books
from tests.properties.crowd import COMMANDS, RUBBISH, Somebody, crowd, right_words
from tests.properties.dice import Dice
from tests.properties.matters import Lay, Matter
from tests.step_up.outbox import codes

WRITES = [
    "open_case", "set_mark", "refund", "add_note", "charge", "put_change", "put_request", "pay_out", "set_reserve",
    "open_claim", "update_case", "comment_case", "change_claim", "send_message", "update_customer",
]  # fmt: skip
KINDS = ["refuse", "lost_answer", "slow", "slow"]
REFUSED = {"code": "not_today", "message": "Not today."}
LAPSES = [{"minutes": 20}, {"minutes": 40}, {"hours": 13}, {"days": 3}]
MOST_MOVES_TO_THE_END = 40


class Game:
    """One caller, one matter; what it needs is laid out by `begin`."""

    def __init__(self, desk: Desk, name: str, lay: Lay, seed: str, log: "WorkerLog") -> None:
        self.desk, self.lay, self.log, self.dice = desk, lay, log, Dice(f"{name} {seed}")
        self.said = promises.Said([f"{name}, seed {seed}"])
        self.runs: list[Answer] = []
        self.open: list[Answer] = []

    async def play(self, moves: int) -> None:
        await self.begin()
        for _ in range(moves):
            if not await self.still_open():
                break
            await self.move()
        await self.bring_to_an_end()
        await self.judge_the_end()

    async def begin(self) -> None:
        await self.desk.shop.fresh()
        self.matter: Matter = await self.lay(self.desk)
        self.caller: Conversation = await self.desk.caller(self.matter.sold)
        self.crowd: list[Somebody] = crowd(self.desk, self.caller)
        self.books = Books(self.desk.shop, self.matter)
        await self.books.open()
        await self.ask(self.matter.tool, self.matter.arguments)

    async def still_open(self) -> list[Answer]:
        """The runs about which there is something to say yet; one that has ended is spoken to now and then."""
        now = [await self.now(run) for run in self.runs]
        for answer in now:
            self.heard(answer)
        self.open = [answer for answer in now if not answer.terminal or self.dice.chance(5)]
        return [answer for answer in now if not answer.terminal]

    # Moves

    async def move(self) -> None:
        what = self.dice.number(0, 99)
        if what < 56:
            await self.say(*await self.something())
        elif what < 70:
            some = [await self.something() for _ in range(self.dice.number(2, 3))]
            self.said.add(f"at once, {len(some)} of them:")
            await asyncio.gather(*(self.say(*words, at_once=True) for words in some))
        elif what < 80:
            run = self.dice.one_of(self.open)
            confirm = run.digest if self.dice.chance(70) else ""
            await self.ask(self.matter.tool, self.matter.arguments, confirm=confirm)
        elif what < 86 and self.matter.rivals:
            await self.ask(*self.dice.one_of(self.matter.rivals))
        elif what < 92:
            await self.break_something(self.dice.one_of(WRITES), self.dice.one_of(KINDS), self.dice.chance(50))
        elif what < 96:
            await self.mend()
        else:
            await self.time_goes_by(self.dice.one_of(self.open), self.dice.one_of(LAPSES))

    async def something(self) -> tuple[Somebody, Answer, str, Any, bool]:
        """What somebody says: mostly what the run offers; the rest is anything."""
        now, packet = await self.look(self.dice.one_of(self.open))
        legal = [c for c in now.next if c not in ("note", "withdraw") or self.dice.chance(20)]
        command = self.dice.one_of(legal if legal and self.dice.chance(80) else list(COMMANDS))
        who = self.crowd[self.dice.one_of([0, 0, 0, 1, 2, 2, 2, 2, 3, 3, 3, 4])]
        rubbish = self.dice.chance(12)
        words: list[Any] = RUBBISH
        if not rubbish:
            sent = await codes(self.desk.shop) if self.matter.codes else []
            words = right_words(command, now, packet["gate"], self.matter, sent[-1] if sent else "111111")
        return who, now, command, self.dice.one_of(words), rubbish

    async def ask(self, tool: str, arguments: dict[str, Any], confirm: str = "") -> None:
        """The call, once more or for the first time; by whatever reference it is answered, it is one of ours now."""
        asked = Asked(tool, arguments, self.caller.call_id, confirm=confirm, wait_s=self.dice.one_of([0.1, 2, 2]))
        self.said.add(f"calls {tool} {arguments} {confirm and 'confirming'}")
        try:
            answer = await self.caller.door.call(self.caller.token, asked)
        except Problem as problem:
            self.said.add(f"  -> {problem.status} {problem.rule}")
            if problem.status != 409:  # another request amended into this one, or the other way round
                raise self.said.broken(f"{tool} was answered {problem}") from problem
            return
        self.desk.started(answer)
        self.heard(answer)
        self.books.confirmed(confirm)
        if answer.reference and answer.reference not in [run.reference for run in self.runs]:
            self.runs.append(answer)

    async def say(
        self, who: Somebody, run: Answer, command: str, body: Any, rubbish: bool, at_once: bool = False
    ) -> None:
        self.said.add(f"{who.name}: {command} {body} to {run.reference}")
        try:
            reply = await self.desk.http.send("POST", f"/v1/work/{run.reference}/{command}", who.token, body)
        except Problem as problem:
            self.said.add(f"  -> {problem.status} {problem.rule} {problem.body.get('detail')}")
            self.hold(promises.of_a_refusal(command, problem))
            if not who.rights and problem.status not in (403, 422):
                raise self.said.broken(f"Somebody without any right was answered {problem}.") from problem
            return
        if not who.rights:
            raise self.said.broken("Somebody without any right was obeyed.")
        answer = Answer.model_validate(reply["answer"])
        self.heard(answer)
        if not at_once:
            self.hold(promises.of_obedience(command, run, answer))
        if isinstance(body, dict) and not rubbish:
            self.books.obeyed(who, command, body, answer)

    async def break_something(self, operation: str, kind: str, often: bool) -> None:
        self.said.add(f"from now on {operation} will {kind} {'always' if often else 'once'}")
        more: dict[str, Any] = REFUSED if kind == "refuse" else {"delay_ms": 400} if kind == "slow" else {}
        await self.desk.shop.fault(operation, kind, None if often else 1, **more)

    async def mend(self) -> None:
        self.said.add("all is mended")
        await self.desk.shop.mend()

    async def time_goes_by(self, run: Answer, lapse: dict[str, float]) -> None:
        self.said.add(f"{lapse} go by for {run.reference}")
        with contextlib.suppress(RPCError):  # it has ended
            await self.desk.skip(run, **lapse)

    # What is looked at after each of them

    async def now(self, run: Answer) -> Answer:
        return await self.desk.http.answer(self.crowd[2].token, run.reference)

    async def look(self, run: Answer) -> tuple[Answer, dict[str, Any]]:
        now = await self.now(run)
        self.heard(now)
        packet = await self.packet(run)
        self.hold(promises.of_a_packet(packet))
        return now, packet

    async def packet(self, run: Answer) -> dict[str, Any]:
        found: dict[str, Any] = await self.desk.http.send(
            "GET", f"/v1/work/{run.reference}/packet", self.crowd[2].token
        )
        return found

    def heard(self, answer: Answer) -> None:
        self.said.add(f"  -> {answer.reference} {answer.status} {answer.next} {answer.say}")
        self.hold(promises.of_an_answer(answer))
        if self.log.lines:
            raise self.said.broken(f"The worker failed at a workflow task: {self.log.lines}")

    def hold(self, wrong: list[str]) -> None:
        if wrong:
            raise self.said.broken("; ".join(wrong))

    # The end

    async def bring_to_an_end(self) -> None:
        """Withdrawn, or decided: there is always a way, and the answer names it."""
        await self.mend()
        await self.desk.shop.settings(settle_after_s=0)
        self.books.nobody_counts_any_more()
        for run in self.runs:
            for _ in range(MOST_MOVES_TO_THE_END):
                now, packet = await self.look(run)
                if now.terminal:
                    break
                await self.one_step_to_the_end(run, now, packet)
            else:
                raise self.said.broken(f"{run.reference} does not come to an end: {await self.packet(run)}")

    async def one_step_to_the_end(self, run: Answer, now: Answer, packet: dict[str, Any]) -> None:
        ways = (
            "hand_back",
            "withdraw",
            "retry",
            "resolve",
            "decide",
            *(["take_over"] if with_nobody(now, packet) else []),
        )
        way = next((c for c in ways if c in now.next), "")
        if packet["repair"] and "retry" in now.next:
            way = "retry"
        if way == "withdraw" and self.said.lines[-1].startswith("waits"):
            way = ""
        if not way:
            self.said.add(f"waits for {run.reference}")
            later = await self.desk.http.answer(self.crowd[2].token, run.reference, wait_s=1, after=now.revision)
            if not later.terminal and later.revision == now.revision:
                await self.time_goes_by(run, {"hours": 1})
            return
        who = next((s for s in self.crowd if s.name == packet["owner"]), self.crowd[2])
        body = {"outcome": "reject", "digest": (packet["gate"] or {}).get("digest", "")} if way == "decide" else {}
        await self.say(who, now, way, body, rubbish=False)
        if way == "withdraw":
            self.said.add("waits after it")
            await self.desk.http.answer(who.token, run.reference, wait_s=1, after=now.revision)

    async def judge_the_end(self) -> None:
        for run in self.runs:
            end, packet = await self.look(run)
            self.hold(await self.books.of_a_run(end, packet))
            history = await self.desk.http.send("GET", f"/v1/work/{run.reference}/history", self.crowd[2].token)
            if not history["verified"]["ok"]:
                raise self.said.broken(f"The evidence of {run.reference} is not whole: {history['verified']}")
            self.hold(promises.of_a_record(history["events"]))
        self.hold(await self.books.closed())


def with_nobody(now: Answer, packet: dict[str, Any]) -> bool:
    """It is with people, and none of them has it."""
    return now.status == "handed_off" and not packet["owner"]


class WorkerLog(logging.Handler):
    """What Temporal's own logger says of workflow tasks that failed: such a run is stuck until a fix is deployed."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if "activation" in text or "workflow task" in text.lower():
            self.lines.append(f"{text}: {record.exc_info[1]!r}" if record.exc_info else text)

    def __enter__(self) -> "WorkerLog":
        logging.getLogger("temporalio").addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("temporalio").removeHandler(self)
