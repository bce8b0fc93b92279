"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Home = Annotated[
    Path,
    typer.Option("--home", envvar="HANDRAIL_HOME", help="Folder of the embedded stack's state.", show_default=True),
]
As = Annotated[
    str,
    typer.Option("--as", help="Who asks: ai, agent, supervisor, second, finance, or a name in credentials.json."),
]
Url = Annotated[
    str, typer.Option("--url", envvar="HANDRAIL_URL", help="The gateway. Default: the stack that runs in --home.")
]
Json = Annotated[bool, typer.Option("--json", help="Print the raw answer.")]

HOME = Path(".handrail")
