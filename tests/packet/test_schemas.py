"""The packets as published: the schema files are what the models generate, and they are strict enough to say no."""

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, ValidationError
from typer.testing import CliRunner

from handrail.cli.commands import app
from handrail.schemas import documents
from tests.desk.desk import Desk
from tests.desk.goods import Sold
from tests.desk.schemas import FOLDER, HANDOFF, validator


def test_the_schema_files_are_what_the_models_generate() -> None:
    assert {path.name: path.read_text() for path in FOLDER.glob("*.json")} == documents(), "run `make schemas`"


def test_the_command_writes_them(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["schemas", str(tmp_path / "schemas")])

    assert done.exit_code == 0, done.output
    assert {path.name: path.read_text() for path in (tmp_path / "schemas").iterdir()} == documents()


@pytest.mark.parametrize("name", documents())
def test_each_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(validator(name).schema)


@pytest.mark.parametrize(
    "damage",
    [{"packet_version": 2}, {"reason": {"code": "because", "text": "", "trigger": "policy"}}, {"slots": None}],
    ids=["version", "reason", "slots"],
)
async def test_a_packet_of_another_shape_is_not_valid(desk: Desk, order: Sold, damage: dict[str, object]) -> None:
    packet = await desk.person("agent").packet(await (await desk.caller(order)).refund(4_000))

    with pytest.raises(ValidationError):
        validator(HANDOFF).validate(packet | damage)


async def test_what_is_missing_makes_a_packet_invalid(desk: Desk, order: Sold) -> None:
    packet = await desk.person("agent").packet(await (await desk.caller(order)).refund(4_000))

    del packet["effects"]
    with pytest.raises(ValidationError):
        validator(HANDOFF).validate(packet)
