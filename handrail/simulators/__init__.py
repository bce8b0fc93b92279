"""Embedded systems of record: CRM, orders, billing and cases, as real HTTP services over SQLite.

`docs/simulators.md` is their manual.
"""

from handrail.simulators.server import app, serve

__all__ = ["app", "serve"]
