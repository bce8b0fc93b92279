"""What can be reached: Temporal with its search attributes, the gateway, the systems behind the connectors."""

from __future__ import annotations

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

from handrail.cli.findings import Finding, running
from handrail.embedded import readiness, temporal
from handrail.embedded.home import Home
from handrail.settings import Settings
from handrail.whereabouts import read_urls


def search_attributes(settings: Settings) -> Iterator[Finding]:
    own = read_urls(settings.home).get("temporal", "") if running(settings) else ""
    address = own or temporal.given_address()
    if not address:
        yield Finding("warn", "search attributes", "not checked: no Temporal server runs", "Start one: handrail up")
        return
    environment = dict(os.environ)
    if own and not temporal.given_address():
        environment = temporal.own_environment(environment, own)
    missing = readiness.lacks_search_attributes(environment)
    if missing:
        yield Finding("fail", "search attributes", missing, "`handrail up` creates what is missing at this server.")
    else:
        yield Finding("ok", "search attributes", f"all there, at {address}")


def gateway(settings: Settings) -> Iterator[Finding]:
    if not running(settings):
        yield Finding("warn", "gateway", "does not run", "Start it: handrail up")
        return
    url = read_urls(settings.home).get("gateway", settings.gateway_url)
    if why_not := readiness.answers_http(f"{url}/v1/readyz"):
        yield Finding("fail", "gateway", why_not, f"See {Home(settings.home).log('gateway')}")
    else:
        yield Finding("ok", "gateway", f"ready at {url}")


def connectors(settings: Settings) -> Iterator[Finding]:
    served: dict[str, list[str]] = {}
    for capability, vendor in settings.connectors.items():
        served.setdefault(vendor, []).append(capability)
    for vendor, capabilities in served.items():
        url = str(settings.connector_config.get(vendor, {}).get("base_url", ""))
        if vendor == "simulator":
            url = url or read_urls(settings.home).get("simulators") or settings.simulators_url
            if not running(settings):
                yield Finding("warn", vendor, "does not run", "Start it: handrail up")
                continue
        yield _connector(vendor, ", ".join(capabilities), url)


def _connector(vendor: str, capabilities: str, url: str) -> Finding:
    if not url:
        return Finding("warn", vendor, f"for {capabilities}: no base_url to check")
    host = urlsplit(url).hostname
    if not host:
        return Finding(
            "fail",
            vendor,
            f"for {capabilities}: {url!r} is no URL",
            f"Set base_url of {vendor} in HANDRAIL_CONNECTOR_CONFIG.",
        )
    # Any answer shows that it is there: a bare address is often a 404 or a 401.
    if why_not := readiness.answers_http(url, below=500):
        return Finding("fail", vendor, f"for {capabilities}: {why_not}", "Check base_url, network and credentials.")
    return Finding("ok", vendor, f"for {capabilities}, at {url}")
