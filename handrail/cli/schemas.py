"""`handrail schemas`: the packets' JSON Schemas, for who builds on them."""

from pathlib import Path
from typing import Annotated

import typer

from handrail.cli.terminal import console


def schemas(
    folder: Annotated[Path, typer.Argument(help="Where to write them; made when it is not there.")],
) -> None:
    """Write the JSON Schemas of the handoff packet and the return packet."""
    from handrail.schemas import write

    for path in write(folder):
        console().print(str(path), soft_wrap=True)
