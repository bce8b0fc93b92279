"""A game: somebody asks for something, everybody says whatever he likes, things break and time goes by; the promises
are looked at after each move. At the end the run is brought to its end, and the books are read."""

import logging
from typing import Any

from domain.answers import Answer, Status
from tests.desk.desk import Desk
from tests.desk.doors import Asked, Problem
from tests.desk.people import Conversation
from tests.properties import promises
from tests.properties.books import Books
from tests.properties.crowd import COMMANDS, RUBBISH, Somebody, crowd, right_words
from tests.properties.dice import Dice
from tests.properties.matters import Lay, Matter
from tests.step_up.outbox import codes

BREAKAGES = [
    ("open_case", "refuse"), ("set_mark", "refuse"), ("refund", "refuse"), ("add_note", "refuse"), ("charge", "refuse"),
    ("refund", "lost_answer"), ("open_case", "lost_answer"), ("put_change", "refuse"), ("put_request", "refuse"),
    ("pay_out", "refuse"), ("pay_out", "lost_answer"), ("set_reserve", "refuse"), ("update_case", "refuse"),
    ("comment_case", "refuse"), ("close_claim", "refuse"), ("change_claim", "refuse"),
]  # fmt: skip
REFUSED = {"code": "not_today", "message": "Not today."}
LAPSES = [{"minutes": 20}, {"minutes": 40}, {"hours": 13}, {"days": 3}]
MOST_MOVES_TO_THE_END = 40
_QUIET = (Status.NEEDS_INPUT, Status.NEEDS_CONFIRMATION, Status.NEEDS_VERIFICATION, Status.NEEDS_APPROVAL)


class Game:
    """One caller, one matter; what it needs is laid out by `begin`."""

    def __init__(self, desk: Desk, name: str, lay: Lay, seed: str, log: "WorkerLog") -> None:
        self.desk, self.lay, self.log, self.dice = desk, lay, log, Dice(f"{name} {seed}")
        self.said = promises.Said([f"{name}, seed {seed}"])
        self.runs: list[Answer] = []

    async def play(self, moves: int) -> None:
        await self.begin()
        for _ in range(moves):
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

    # Moves

    async def move(self) -> None:
        what = self.dice.number(0, 99)
        if what < 72:
            await self.say_something()
        elif what < 80:
            run = self.dice.one_of(self.runs)
            confirm = run.digest if self.dice.chance(70) else ""
            await self.ask(self.matter.tool, self.matter.arguments, confirm=confirm)
        elif what < 86 and self.matter.rivals:
            await self.ask(*self.dice.one_of(self.matter.rivals))
        elif what < 92:
            await self.break_something(*self.dice.one_of(BREAKAGES), self.dice.chance(50))
        elif what < 96:
            await self.mend()
        else:
            await self.time_goes_by(self.dice.one_of(self.runs), self.dice.one_of(LAPSES))

    async def say_something(self) -> None:
        """Half of it is what the run offers; the rest is anything."""
        run = self.dice.one_of(self.runs)
        now, packet = await self.look(run)
        legal = [command for command in now.next if command != "note"]
        command = self.dice.one_of(legal if legal and self.dice.chance(70) else list(COMMANDS))
        who = self.dice.one_of(self.crowd)
        rubbish = self.dice.chance(12)
        words: list[Any] = RUBBISH
        if not rubbish:
            sent = await codes(self.desk.shop) if self.matter.codes else []
            words = right_words(command, now, packet["gate"], self.matter, sent[-1] if sent else "111111")
        await self.say(who, run, command, self.dice.one_of(words), rubbish)

    async def ask(self, tool: str, arguments: dict[str, Any], confirm: str = "") -> None:
        """The call, once more or for the first time; by whatever reference it is answered, it is one of ours now."""
        asked = Asked(tool, arguments, self.caller.call_id, confirm=confirm, wait_s=2)
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

    async def say(self, who: Somebody, run: Answer, command: str, body: Any, rubbish: bool) -> None:
        self.said.add(f"{who.name}: {command} {body} to {run.reference}")
        try:
            reply = await self.desk.http.send("POST", f"/v1/work/{run.reference}/{command}", who.token, body)
        except Problem as problem:
            self.said.add(f"  -> {problem.status} {problem.rule} {problem.body.get('detail')}")
            self.hold(promises.of_a_refusal(command, problem))
            if who.rights is False and problem.status != 403:
                raise self.said.broken(f"Somebody without any right was answered {problem}.") from problem
            return
        if not who.rights:
            raise self.said.broken("Somebody without any right was obeyed.")
        answer = Answer.model_validate(reply["answer"])
        self.heard(answer)
        if isinstance(body, dict) and not rubbish:
            self.books.obeyed(who, command, body, answer)

    async def break_something(self, operation: str, kind: str, often: bool) -> None:
        self.said.add(f"from now on {operation} will {kind} {'always' if often else 'once'}")
        more = REFUSED if kind == "refuse" else {}
        await self.desk.shop.fault(operation, kind, None if often else 1, **more)

    async def mend(self) -> None:
        self.said.add("all is mended")
        await self.desk.shop.mend()

    async def time_goes_by(self, run: Answer, lapse: dict[str, float]) -> None:
        self.said.add(f"{lapse} go by for {run.reference}")
        if not (await self.now(run)).terminal:
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
        way = next((c for c in ("hand_back", "withdraw", "retry", "resolve", "decide") if c in now.next), "")
        if packet["repair"] and "retry" in now.next:
            way = "retry"
        if way == "withdraw" and self.said.lines[-1].startswith("waits"):
            way = ""
        if not way:
            self.said.add(f"waits for {run.reference}")
            later = await self.desk.http.answer(self.crowd[2].token, run.reference, wait_s=1, after=now.revision)
            if not later.terminal and later.revision == now.revision:
                await self.desk.skip(run, hours=1)
            return
        who = next((s for s in self.crowd if s.name == packet["owner"]), self.crowd[2])
        body = {"outcome": "reject", "digest": (packet["gate"] or {}).get("digest", "")} if way == "decide" else {}
        await self.say(who, run, way, body, rubbish=False)
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
        self.hold(await self.books.closed())


class WorkerLog(logging.Handler):
    """What Temporal's own logger says of workflow tasks that failed: a run with one is stuck until a fix is deployed."""

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
