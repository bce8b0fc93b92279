"""All commands, in the order in which `handrail --help` tells them."""

import typer

from handrail.cli import (
    calls,
    checkup,
    delegation,
    demonstration,
    people,
    policy,
    records,
    schemas,
    servers,
    stacks,
    tokens,
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="The execution layer under an AI contact center: durable tools, approval, undo and history.",
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command("up", rich_help_panel="Start")(stacks.up)
app.command("demo", rich_help_panel="Start")(demonstration.demo)
app.command("doctor", rich_help_panel="Start")(checkup.doctor)
app.command("token", rich_help_panel="Start")(tokens.token)

app.command("tools", rich_help_panel="Call")(calls.tools)
app.command("call", rich_help_panel="Call")(calls.call)
app.command("work", rich_help_panel="Call")(calls.work)

app.command("inbox", rich_help_panel="People")(people.inbox)
app.command("decide", rich_help_panel="People")(people.decide)
app.command("decide-all", rich_help_panel="People")(people.decide_all)
app.command("tell", rich_help_panel="People")(people.tell)
app.add_typer(delegation.delegation, name="delegation", rich_help_panel="People")

app.command("history", rich_help_panel="Record")(records.history)
app.add_typer(records.evidence, name="evidence", rich_help_panel="Record")
app.command("schemas", rich_help_panel="Record")(schemas.schemas)
app.add_typer(policy.policy, name="policy", rich_help_panel="Limits")

for server in (servers.worker, servers.gateway, servers.console, servers.simulators):
    app.command(rich_help_panel="Parts, one by one")(server)
