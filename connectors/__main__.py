"""`python -m connectors list | check NAME | new NAME`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from connectors.catalogue import PORTS, NoConnector, claims, find, names
from connectors.guard import guarded
from connectors.proof import run_suite
from connectors.scaffold import write_vendor

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The connectors to the systems of record.")
_ROOT = Path(__file__).resolve().parent.parent


@app.command("list")
def list_() -> None:
    """Which connectors there are, what they serve, and how safe their writes are."""
    for name in names():
        kind = find(name)
        manifest = kind.manifest
        typer.echo(f"{name} {manifest.version} (API {manifest.api_version or 'not pinned'})")
        typer.echo(f"  serves: {', '.join(claims(kind)) or 'nothing yet'}")
        for method, write in guarded(kind).items():
            undo = f"undone by {write.spec.undo_by}" if write.spec.undo_by else write.spec.undo_of and "an undo"
            typer.echo(f"  {method}: class {write.spec.write_class}, {write.spec.safety}, {undo or 'cannot be undone'}")


@app.command()
def check(name: str) -> None:
    """Run the conformance suite of a connector and say what is missing. Exit 1 when anything is."""
    try:
        kind = find(name)
    except NoConnector as unknown:
        typer.echo(str(unknown), err=True)
        raise typer.Exit(2) from None
    test = Path("tests/connectors") / f"test_{name}.py"
    if not (_ROOT / test).exists():
        typer.echo(f"{name}: {test} is missing, so nothing is proved. See docs/add-a-connector.md.", err=True)
        raise typer.Exit(1)
    told = run_suite(_ROOT, test)
    typer.echo(f"{name} serves {', '.join(claims(kind)) or 'nothing yet'}: {told}")
    for line in told.missing:
        typer.echo(f"  missing {line}")
    raise typer.Exit(1 if told.missing or not told.passed else 0)


@app.command()
def new(
    name: str,
    can: Annotated[str, typer.Option(help="Systems that it is to serve: crm,orders,billing,cases,events")] = "",
) -> None:
    """Make the folder of a new vendor, with its test."""
    systems = [system for system in can.split(",") if system]
    if not name.isidentifier() or name != name.lower():
        typer.echo(f"'{name}' cannot be a folder's name here; use lower-case letters, digits and _.", err=True)
        raise typer.Exit(2)
    if unknown := [system for system in systems if system not in PORTS]:
        typer.echo(f"There is no system {', '.join(unknown)}; there are: {', '.join(PORTS)}.", err=True)
        raise typer.Exit(2)
    try:
        made = write_vendor(_ROOT, name, systems)
    except FileExistsError as there:
        typer.echo(str(there), err=True)
        raise typer.Exit(1) from None
    for path in made:
        typer.echo(path.relative_to(_ROOT))
    typer.echo(f"Next: python -m connectors check {name}; docs/add-a-connector.md tells the rest.")


if __name__ == "__main__":
    sys.exit(app())
