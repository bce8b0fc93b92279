"""docs/http.md is true: its commands run, and it names every route and command."""

import asyncio
import os
import re
import shutil
from pathlib import Path

import pytest

from domain.commands import COMMANDS
from handrail.gateway.openapi import PROBLEMS
from tests.gateway.conftest import Served

PAGE = Path(__file__).parents[2] / "docs" / "http.md"


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
async def test_every_curl_of_the_page_gets_an_answer(gate: Served) -> None:
    gate.credentials.ready_made()
    script = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE.read_text(), flags=re.DOTALL))
    values = {
        "HANDRAIL": gate.url,
        "HANDRAIL_HOME": str(gate.settings.home),
        "REF": "r-1",
        "DIGEST": "sha256:00",
        "GATE_DIGEST": "sha256:00",
        "DELEGATION": "d-1",
        "SIGNATURE": "good",
        "EVENT": "{}",
        "NO_PROXY": "127.0.0.1",
    }
    pipe = asyncio.subprocess.PIPE
    shell = await asyncio.create_subprocess_exec(
        "sh", "-eu", "-c", script, env={**os.environ, **values}, stdout=pipe, stderr=pipe
    )

    out, err = await shell.communicate()

    assert shell.returncode == 0, out.decode()[-500:] + err.decode()
    assert [name for _, _, name, _ in gate.rail.commands] == ["confirm", "decide", "decide"]
    assert gate.rail.calls[0][0].request_id == "call-77-refund-4821"
    assert len(gate.rail.events) == 1


async def test_the_page_names_every_route_command_and_problem(gate: Served) -> None:
    page = PAGE.read_text()
    paths = (await gate.http.get("/v1/openapi.json")).json()["paths"]
    shown = {"{tool}": "refund_order", "{reference}": "$REF", "{command}": "confirm", "{connector}": "simulator"}
    shown |= {"{id}": "$DELEGATION"}
    routes = []
    for path in paths:
        for parameter, value in shown.items():
            path = path.replace(parameter, value)
        routes.append(path)

    assert [route for route in routes if f"$HANDRAIL{route}" not in page] == []
    assert [name for name in COMMANDS if f"| `{name}` |" not in page] == []
    assert [status for status in PROBLEMS if not re.search(rf"^\| (404, )?{status}\b", page, re.MULTILINE)] == []
