"""Paths under a vendor's base URL: no value can lead a request elsewhere."""

import re
from urllib.parse import quote, urlsplit

from connectors.errors import InvalidRequest

_ELSEWHERE = re.compile(r"[\s?#\\]|//|(^|/)\.\.?(/|$)")


def seg(value: str) -> str:
    """One segment of a path, quoted. Raises InvalidRequest for what would lead to another path."""
    if value in ("", ".", ".."):
        raise InvalidRequest(f"'{value}' is no id; ask for it again.")
    return quote(value, safe="")


def check_path(path: str) -> None:
    """Raises InvalidRequest unless it is a plain absolute path, without host, query or dots."""
    if not path.startswith("/") or _ELSEWHERE.search(path):
        raise InvalidRequest(f"'{path}' is no path; begin with / and quote each part with seg().")


def check_base_url(url: str) -> None:
    """Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError(f"'{parts.scheme}://{parts.hostname}' must be http(s)://host[:port][/path], nothing more.")
