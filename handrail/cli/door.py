"""The gateway, as the command line sees it: JSON over HTTP with the standard library."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from handrail.settings import Settings
from handrail.whereabouts import read_tokens, read_urls

_PATIENCE_S = 30.0


class DoorError(Exception):
    """No answer: the gateway cannot be reached, or answered a problem document (kept in `problem`)."""

    def __init__(self, message: str, problem: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.problem = problem or {}


@dataclass(frozen=True)
class Door:
    url: str
    token: str

    def get(self, path: str, **query: Any) -> Any:
        asked = {name: value for name, value in query.items() if value not in ("", None)}
        return self._send("GET", f"{path}?{urllib.parse.urlencode(asked)}" if asked else path)

    def post(self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
        return self._send("POST", path, json.dumps(body).encode(), headers or {})

    def _send(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Any:
        request = urllib.request.Request(f"{self.url}{path}", body, headers or {}, method=method)
        request.add_header("Authorization", f"Bearer {self.token}")
        request.add_header("Content-Type", "application/json")
        try:
            with _opener(self.url).open(request, timeout=_PATIENCE_S) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise _refused(error) from error
        except (OSError, ValueError) as error:
            why = getattr(error, "reason", None) or error
            raise DoorError(
                f"The gateway at {self.url} gives no answer ({why}). Start the stack with `handrail up`, or name "
                "another gateway with --url."
            ) from error


def door(home: Path, who: str, url: str = "") -> Door:
    """The gateway of the stack in `home`, with the token of `who`; `HANDRAIL_TOKEN` is used when `who` is empty.

    Raises DoorError when there is no such token.
    """
    return Door((url or read_urls(home).get("gateway") or Settings().gateway_url).rstrip("/"), _token(home, who))


def reference_path(reference: str) -> str:
    return f"/v1/work/{urllib.parse.quote(reference, safe='')}"


def _token(home: Path, who: str) -> str:
    given = os.environ.get("HANDRAIL_TOKEN", "")
    if given and not who:
        return given
    tokens = read_tokens(home)
    name = who or "ai"
    if name not in tokens:
        known = f"there are: {', '.join(sorted(tokens))}" if tokens else "it holds none yet; `handrail up` makes them"
        raise DoorError(f"No token for {name!r} in {home / 'credentials.json'} ({known}). Or set HANDRAIL_TOKEN.")
    return tokens[name]


def _opener(url: str) -> urllib.request.OpenerDirector:
    """Loopback is never reached through a proxy."""
    host = urllib.parse.urlsplit(url).hostname
    local = host in ("127.0.0.1", "localhost", "::1")
    return urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if local else []))


def _refused(error: urllib.error.HTTPError) -> DoorError:
    try:
        problem = json.load(error)
    except ValueError:
        problem = {}
    if not isinstance(problem, dict):
        problem = {}
    lines = [f"{problem.get('title', error.reason)} ({error.code}): {problem.get('detail', 'no details were given.')}"]
    lines += [f"  {wrong.get('field')}: {wrong.get('reason')}" for wrong in problem.get("errors", [])]
    if rule := problem.get("rule"):
        lines.append(f"  rule {rule}")
    return DoorError("\n".join(lines), problem | {"status": error.code})
