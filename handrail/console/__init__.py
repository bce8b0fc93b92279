"""The console: where people see waiting work, decide it and read what happened."""

from handrail.console.server import serve
from handrail.console.site import app

__all__ = ["app", "serve"]
