"""What is told of the cases that runs open for people."""

from pathlib import Path
from typing import Any

import yaml

from domain.answers import Answer
from tests.desk.desk import Desk
from tests.desk.goods import Sold

Row = dict[str, Any]
SHIPPED = Path(__file__).parents[2] / "policies"


def wanting(folder: Path, policy: str, **when: Row) -> Path:
    """The shipped policies, but that this one opens cases on these occasions."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in SHIPPED.glob("*.yaml"):
        document = yaml.safe_load(file.read_text())
        if file.stem == policy:
            document["case"] = {"when": when}
        (folder / file.name).write_text(yaml.safe_dump(document))
    return folder


async def closed(desk: Desk, answer: Answer) -> Answer:
    """The run's last answer, once it has nothing more to do."""
    done = await desk.handle(answer).result()
    return Answer.model_validate(done["answer"])


async def cases(desk: Desk, sold: Sold, category: str = "claim") -> list[Row]:
    """Those of the customer that runs opened for people, oldest first; without what was taken back."""
    found = (await desk.shop.state())["cases"]
    mine = [case for case in found if case["customer_id"] == sold.customer and case["category"] == category]
    return [case for case in mine if case["state"] != "withdrawn"]


async def case(desk: Desk, sold: Sold, category: str = "claim") -> Row:
    [only] = await cases(desk, sold, category)
    return only


def said(case: Row) -> str:
    return " | ".join([case["body"], *(comment["text"] for comment in case["comments"])])


async def explained(desk: Desk, answer: Answer) -> set[str]:
    """The steps of which the record holds intent and receipt."""
    events = (await desk.person("supervisor").history(answer))["events"]
    intents = {event["step"] for event in events if event["type"] == "intent"}
    return intents & {event["step"] for event in events if event["type"] == "receipt"}
