"""Reading the record: one run's history, and the evidence of all runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from domain.evidence import Report, Who
from handrail.cli.calls import asked
from handrail.cli.door import door, reference_path
from handrail.cli.options import HOME, As, Home, Json, Url
from handrail.cli.terminal import console, fail, raw
from handrail.settings import Settings

if TYPE_CHECKING:
    from handrail.evidence import Checkpoint, EvidenceBook

evidence = typer.Typer(no_args_is_help=True, help="Export, verify and checkpoint the evidence of all runs.")


def history(
    reference: Annotated[str, typer.Argument(help="From an answer, or from the inbox.")],
    home: Home = HOME,
    who: As = "supervisor",
    url: Url = "",
    as_json: Json = False,
) -> None:
    """Show what happened: who, what was seen, which rule, each write with its key and receipt, waits, the outcome."""
    from handrail.cli.waterfall import waterfall

    document: dict[str, Any] = asked(lambda: door(home, who, url).get(f"{reference_path(reference)}/history"))
    raw(document) if as_json else console().print(waterfall(document))
    if not document.get("verified", {}).get("ok", True):
        raise typer.Exit(1)


Tenant = Annotated[str, typer.Option(envvar="HANDRAIL_TENANT", help="Whose record.")]


@evidence.command()
def export(
    path: Annotated[Path, typer.Argument(help="A folder to make, or a file that ends in .zip.")],
    run: Annotated[str, typer.Option(help="Only this run.")] = "",
    customer: Annotated[str, typer.Option(help="Only runs about this customer.")] = "",
    call: Annotated[str, typer.Option(help="Only runs of this conversation.")] = "",
    personal: Annotated[bool, typer.Option("--personal", help="Personal values too, readable.")] = False,
    tenant: Tenant = "default",
    home: Home = HOME,
) -> None:
    """Write a bundle that anyone can verify offline."""
    chosen = {"run": run, "customer": customer, "call": call}
    if sum(map(bool, chosen.values())) > 1:
        fail("Give one of --run, --customer and --call, or none for all.")

    async def write() -> None:
        async with _book(home) as book:
            await book.export(path, tenant=tenant, reader=_READER, personal=personal, **chosen)

    try:
        asyncio.run(write())
    except FileExistsError as error:
        fail(str(error))
    console().print(f"{path} holds the evidence. Verify it anywhere: [bold]handrail evidence verify {path}[/]")


@evidence.command()
def verify(
    path: Annotated[Path | None, typer.Argument(help="A bundle. Without it: the live record of --home.")] = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Recompute every hash and check every signature. Exit code 1 when anything does not verify."""
    report = _verified(path, home)
    if as_json:
        raw(report.model_dump(mode="json"))
    else:
        _tell(report, str(path or home))
    raise typer.Exit(0 if report.ok else 1)


@evidence.command()
def checkpoint(home: Home = HOME) -> None:
    """Sign where all runs stand now. Keep the line elsewhere: it proves later that history was not rewritten."""

    async def sign() -> Checkpoint | None:
        async with _book(home) as book:
            return await book.checkpoint()

    made = asyncio.run(sign())
    print(made.model_dump_json() if made else "Nothing is on record yet.")


_READER = Who(kind="system", id="handrail-cli", name="handrail evidence")


@asynccontextmanager
async def _book(home: Path) -> AsyncIterator[EvidenceBook]:
    from handrail.evidence import EvidenceBook

    settings = Settings(home=home)
    if not settings.database_url and not (home / "handrail.db").exists():
        fail(f"{home} holds no evidence (no handrail.db in it). Name the stack's folder with --home.")
    book = EvidenceBook(settings.database, home / "evidence.key")
    try:
        yield book
    finally:
        await book.close()


def _verified(path: Path | None, home: Path) -> Report:
    if path is not None:
        from handrail.evidence import verify_bundle

        if not path.exists():
            fail(f"There is no {path}.")
        return verify_bundle(path)

    async def live() -> Report:
        async with _book(home) as book:
            return await book.verify()

    return asyncio.run(live())


def _tell(report: Report, what: str) -> None:
    counts = f"{report.runs} runs, {report.events} events, checkpoints: {report.checkpoints}"
    erased = f", {report.erased} personal values erased" if report.erased else ""
    if report.ok:
        console().print(f"[green]✓ {what} verifies[/]: {counts}{erased}")
        return
    console().print(f"[bold red]✗ {what} does not verify[/]: {counts}{erased}")
    for problem in report.problems:
        console().print(f"  {problem}", markup=False)
