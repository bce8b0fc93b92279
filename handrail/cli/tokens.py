"""Credentials of the embedded stack."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from domain.calls import ActorKind
from handrail.cli.door import DoorError, door
from handrail.cli.options import HOME, Home
from handrail.cli.terminal import fail
from handrail.settings import Settings


def token(
    who: Annotated[str, typer.Argument(help="ai, agent, supervisor, second, finance; or any id, with --kind.")],
    home: Home = HOME,
    kind: Annotated[ActorKind | None, typer.Option(help="Issue a new token of this kind.")] = None,
    scope: Annotated[list[str] | None, typer.Option(help="With --kind: a scope, for example wf:refund:start.")] = None,
    role: Annotated[list[str] | None, typer.Option(help="With --kind: a role, for example supervisor.")] = None,
    hours: Annotated[float, typer.Option(min=0.01, max=24 * 90, help="With --kind: how long it is good.")] = 24,
) -> None:
    """Print a bearer token: a ready-made one, or a new one with --kind."""
    if kind is None:
        try:
            print(door(home, who).token)
        except DoorError as error:
            fail(str(error))
        return
    from handrail.credentials import Credentials

    issuer = Credentials(Settings(home=home))
    print(issuer.issue(who, kind, scope or [], role or [], timedelta(hours=hours)))
