"""The limits: are the documents whole, what do they allow, what did they decide, what does a change make wider."""

from __future__ import annotations

import asyncio
import getpass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from domain.calls import ActorKind
from domain.evidence import Who
from domain.switches import Switch
from handrail.cli.calls import asked
from handrail.cli.door import door, reference_path
from handrail.cli.options import HOME, As, Home, Json, Url
from handrail.cli.terminal import console, fail, raw
from handrail.settings import Settings

if TYPE_CHECKING:
    from domain.policies import PolicyBase
    from handrail.policy_lint import Linted

policy = typer.Typer(no_args_is_help=True, help="Policies: lint, explain, diff, boundaries; and the kill switch.")

Folder = Annotated[Path | None, typer.Argument(help="Policy documents. Default: those in force here.")]
_COLOURS = {"wider": "bold red", "unknown": "bold red", "narrower": "green", "other": "dim"}


@policy.command()
def lint(folder: Folder = None, as_json: Json = False) -> None:
    """Check every document: words, bands, amounts, doubled keys. Exit code 1 when one must not come into force."""
    found = _linted(_folder(folder))
    if as_json:
        raw({"ok": found.ok, "documents": _named(found), "remarks": [vars(remark) for remark in found.remarks]})
    else:
        for remark in found.remarks:
            sign = Text("✗ ", "bold red") if remark.level == "fail" else Text("! ", "yellow")
            console().print(sign + Text(str(remark)), soft_wrap=True)
        for document in found.documents.values():
            console().print(f"[green]✓[/] {document.policy} {document.version}  [dim]{document.digest}[/]")
    raise typer.Exit(int(not found.ok))


@policy.command()
def explain(
    reference: Annotated[str, typer.Argument(help="A run's reference.")],
    home: Home = HOME,
    who: As = "supervisor",
    url: Url = "",
    as_json: Json = False,
) -> None:
    """Tell which rules spoke in a run, on which facts, under which version, and who decided."""
    from handrail.cli.explaining import explained

    document: dict[str, Any] = asked(lambda: door(home, who, url).get(f"{reference_path(reference)}/history"))
    decisions = explained(document.get("events", []))
    if as_json:
        return raw(decisions)
    if not decisions:
        console().print(f"{reference}: no rule has spoken yet.")
    for n, told in enumerate(decisions, 1):
        console().print(Text(f"{n}. {told['decision']}", "bold") + Text(f"   {told['at']}, {told['actor']}", "dim"))
        for line in told["lines"]:
            console().print(f"   {line}", markup=False)


@policy.command()
def diff(
    old: Annotated[Path, typer.Argument(help="A document, or a folder of them.")],
    new: Annotated[Path, typer.Argument(help="The same, as it shall be.")],
    no_wider: Annotated[bool, typer.Option("--no-wider", help="Exit code 1 when anything got wider.")] = False,
    as_json: Json = False,
) -> None:
    """Tell in words what a change makes wider or narrower."""
    from domain.policy_changes import Change, Direction, changes, same_version

    before, after = _documents(old), _documents(new)
    found: list[Change] = []
    for name in sorted({*before, *after}):
        if name in before and name in after:
            found += changes(before[name], after[name])
            if same_version(before[name], after[name]):
                text = f"still {after[name].version}, with other rules: give it a new one"
                found.append(Change(policy=name, what="version", before="", after=text, direction=Direction.OTHER))
        else:
            there = ("there", "gone") if name in before else ("not there", "new")
            unknown = Direction.UNKNOWN
            found.append(Change(policy=name, what="document", before=there[0], after=there[1], direction=unknown))
    if as_json:
        raw([change.model_dump(mode="json") for change in found])
    elif not found:
        console().print("No rule changes.")
    for change in found if not as_json else []:
        sign = {"wider": "▲ wider", "narrower": "▼ narrower", "unknown": "? look"}.get(change.direction, "  changed")
        line = Text(f"{sign:<11}", _COLOURS[change.direction])
        line += Text(f"{change.policy}: {change.what}: ") + Text(f"{change.before} → {change.after}", "bold")
        console().print(line, soft_wrap=True)
    raise typer.Exit(int(no_wider and any(change.wider for change in found)))


@policy.command()
def boundaries(folder: Folder = None, as_json: Json = False) -> None:
    """Tell who may do what up to which amount, by putting amounts to the rules themselves."""
    from handrail.boundaries import ALL, outline

    found = _linted(_folder(folder))
    outlines = [outline(document) for document in found.documents.values()]
    if as_json:
        raw(outlines)
    for told in outlines if not as_json else []:
        console().print(Text(f"{told['policy']} {told['version']}", "bold") + Text(f"   {told['digest']}", "dim"))
        if told["rows"]:
            table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
            for column in ("who", "autonomy", "amount", "what stands before it"):
                table.add_column(column, overflow="fold")
            for row in told["rows"]:
                who = row["who"] if row["customers"] == ALL else f"{row['who']}, customers {row['customers']}"
                table.add_row(who, row["autonomy"], row["amount"], row["needs"])
            console().print(table)
        for limit in told["limits"]:
            console().print(f"  {limit}", markup=False)
        console().print()
    if not found.ok:
        fail("Some documents are not valid and are left out; see `handrail policy lint`.", 1)


@policy.command()
def switch(
    process: Annotated[str, typer.Argument(help="A process or policy document, or `all`.")],
    to: Annotated[Literal["off", "act"], typer.Argument(help="off: nothing more is done; act: as the policy says.")],
    reason: Annotated[str, typer.Option(help="Why; kept in evidence.")],
    kind: Annotated[ActorKind, typer.Option(help="Which kind of actor.")] = ActorKind.AI,
    by: Annotated[str, typer.Option(help="Who does it. Default: the user of this machine.")] = "",
    tenant: Annotated[str, typer.Option(envvar="HANDRAIL_TENANT", help="Whose runs.")] = "default",
    home: Home = HOME,
) -> None:
    """The kill switch: stops the next decision and the next write within a second. Runs under way park and are kept."""
    from handrail.switching import processes_of

    who = by or getpass.getuser()
    try:
        stopped = processes_of(process, _policies_of_processes())
    except KeyError as error:
        fail(str(error.args[0]))
    thrown = Switch(tenant=tenant, process=process, kind=kind, reason=reason, by=who, at=datetime.now(UTC))
    changed = asyncio.run(_throw(_settled(home), thrown, to == "off", Who(kind="human", id=who, name=who)))
    state = "off" if to == "off" else "on again"
    console().print(f"{', '.join(stopped)}: {kind} agents are {state}{'' if changed else ' (as before)'}.")
    if to == "act":
        told = asyncio.run(_tell(home, tenant, stopped))
        console().print(told)


@policy.command()
def switches(
    tenant: Annotated[str, typer.Option(envvar="HANDRAIL_TENANT", help="Whose runs.")] = "default",
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """List what is switched off now, since when, by whom and why."""
    from handrail.switches import SwitchBoard

    settings = _settled(home)
    found = [s for s in asyncio.run(SwitchBoard(settings.database).all()) if s.tenant == tenant]
    if as_json:
        return raw([thrown.model_dump(mode="json") for thrown in found])
    for thrown in found:
        since = f"since {thrown.at:%Y-%m-%d %H:%M} UTC, by {thrown.by}: {thrown.reason}"
        console().print(f"{thrown.process}: {thrown.kind} agents are off {since}", markup=False)
    if not found:
        console().print("Nothing is switched off.")


def _settled(home: Path) -> Settings:
    """Settings of a stack that is there."""
    settings = Settings(home=home)
    if not settings.database_url and not (home / "handrail.db").exists():
        fail(f"{home} holds no stack (no handrail.db in it). Name its folder with --home.")
    return settings


async def _throw(settings: Settings, thrown: Switch, off: bool, who: Who) -> bool:
    from handrail.evidence import EvidenceBook
    from handrail.switches import SwitchBoard
    from handrail.switching import throw

    evidence = EvidenceBook(settings.database, settings.home / "evidence.key")
    try:
        return await throw(SwitchBoard(settings.database), evidence, thrown, off=off, by=who)
    finally:
        await evidence.close()


async def _tell(home: Path, tenant: str, processes: list[str]) -> str:
    """Runs that were stopped try again within minutes by themselves; this only saves the wait."""
    from handrail import temporal
    from handrail.switching import tell_stopped

    try:
        client = await temporal.connect(_reachable(home), part="cli")
        told = await tell_stopped(client, tenant, processes)
    except Exception as error:
        return f"Runs that were stopped were not told ({error}); they try again by themselves within ten minutes."
    return f"{told} waiting runs were told."


def _reachable(home: Path) -> Settings:
    """With the port of the Temporal server that runs for this home, unless Temporal's own settings name another."""
    from handrail.whereabouts import read_urls

    port = read_urls(home).get("temporal", "").rpartition(":")[2]
    return Settings(home=home, temporal_port=int(port)) if port.isdigit() else Settings(home=home)


def _policies_of_processes() -> dict[str, str]:
    from workflows._catalog import tools

    found = {tool.process_name: tool.process for tool in tools().values() if not tool.process.reads_only}
    return {name: process.policy_model.name if process.policy_model else "" for name, process in found.items()}


def _folder(given: Path | None) -> Path:
    return given or Settings().policies or Path(str(files("policies")))


def _linted(folder: Path) -> Linted:
    from handrail.policy_lint import lint as examine
    from workflows._catalog import policies

    try:
        return examine(folder, policies())
    except NotADirectoryError as error:
        fail(str(error))


def _named(found: Linted) -> list[dict[str, str]]:
    return [
        {"policy": document.policy, "version": document.version, "digest": document.digest}
        for document in found.documents.values()
    ]


def _documents(path: Path) -> dict[str, PolicyBase]:
    """Of a folder, or of one file (named after its policy, or saying which it is). Wrong ones end the command."""
    from handrail.policy_lint import lint_file
    from workflows._catalog import policies

    shapes = policies()
    if not path.exists():
        fail(f"There is no {path}.")
    wanted = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    found: dict[str, PolicyBase] = {}
    for file in wanted:
        name = file.stem if file.stem in shapes else _says(file)
        if name not in shapes:
            fail(f"{file}: it is none of the documents {', '.join(sorted(shapes))}.")
        document, remarks = lint_file(file, shapes[name])
        if document is None:
            fail("\n".join(str(remark) for remark in remarks if remark.level == "fail"))
        found[name] = document
    return found


def _says(file: Path) -> str:
    import yaml

    try:
        raw = yaml.safe_load(file.read_text())
    except (OSError, yaml.YAMLError):
        return ""
    return str(raw.get("policy", "")) if isinstance(raw, dict) else ""
