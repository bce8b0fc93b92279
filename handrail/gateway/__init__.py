"""The HTTP face of the rail: tools, commands, work items and webhooks. See docs/http.md."""

from handrail.gateway.application import app
from handrail.gateway.auth import TokenRefused, TokenVerifier
from handrail.gateway.keys import KeysUnavailable
from handrail.gateway.serving import listener, serve

__all__ = ["KeysUnavailable", "TokenRefused", "TokenVerifier", "app", "listener", "serve"]
