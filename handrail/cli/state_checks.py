"""What is kept in the home: database, keys, credentials; and the policies that apply."""

from __future__ import annotations

import stat
import time
from collections.abc import Iterator
from pathlib import Path

from handrail.cli.findings import Finding
from handrail.settings import Settings
from handrail.whereabouts import read_tokens


def database(settings: Settings) -> Iterator[Finding]:
    import sqlalchemy as sa

    url = sa.make_url(settings.database)
    file = Path(url.database or "")
    shown = url.render_as_string(hide_password=True)
    if url.get_backend_name() == "sqlite":
        if not file.exists():
            yield Finding("ok", "database", f"{shown}, made on the first start")
            return
    else:
        url = url.set(drivername="postgresql+psycopg")
    try:
        with sa.create_engine(url).connect() as connection:
            sane = connection.execute(sa.text("PRAGMA quick_check")).scalar() if file.exists() else "ok"
            connection.execute(sa.text("SELECT count(*) FROM evidence_events"))
    except sa.exc.SQLAlchemyError as error:
        why = str(getattr(error, "orig", error))
        yield Finding("fail", "database", f"{shown}: {why}", "Check HANDRAIL_DATABASE_URL, or restore a backup.")
        return
    if sane != "ok":
        yield Finding("fail", "database", f"{shown} is damaged: {sane}", "Stop the stack and restore a backup.")
    else:
        yield Finding("ok", "database", shown)


def keys(settings: Settings) -> Iterator[Finding]:
    if settings.jwks:
        yield Finding("ok", "keys", f"the issuer {settings.issuer} publishes them at {settings.jwks}")
        return
    secrets = [settings.home / name for name in ("issuer-key.pem", "evidence.key", "credentials.json")]
    present = [file for file in secrets if file.exists()]
    if not present:
        yield Finding("ok", "keys", "made on the first start")
        return
    for file in present:
        if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield Finding("fail", "keys", f"{file} can be read by others", f"Run: chmod 600 {file}")
            return
    yield Finding("ok", "keys", f"{', '.join(file.name for file in present)}: readable by their owner only")


def tokens(settings: Settings) -> Iterator[Finding]:
    import jwt

    tokens = read_tokens(settings.home)
    if not tokens:
        return
    expiries = [jwt.decode(token, options={"verify_signature": False})["exp"] for token in tokens.values()]
    days = (min(expiries) - time.time()) / 86_400
    if days < 1:
        when = "have expired" if days < 0 else "expire within a day"
        yield Finding(
            "warn", "credentials", f"the ready-made tokens {when}", "`handrail up` renews them when it starts."
        )
    else:
        yield Finding("ok", "credentials", f"the ready-made tokens are good for {days:.0f} days")


def policies(settings: Settings) -> Iterator[Finding]:
    from handrail.policies import BadPolicy, Shelf
    from workflows._catalog import policies as shapes

    shelf = Shelf(settings.policies)
    for name, shape in shapes().items():
        try:
            policy = shape.model_validate(shelf.read(name))
        except (BadPolicy, OSError) as error:
            yield Finding("fail", "policies", f"{name}: {error}", "Correct it; without a good one nothing is decided.")
        else:
            yield Finding("ok", "policies", f"{policy.policy} {policy.version}, {policy.digest}")
