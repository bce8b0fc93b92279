"""What all four simulated systems share: configuration, credential, and how they refuse."""

from datetime import timedelta
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field, SecretStr

from connectors.auth import ApiKey, Auth
from connectors.connector import Config, Connector
from connectors.errors import (
    Conflict,
    ConnectorError,
    InvalidRequest,
    KeyInFlight,
    KeyReused,
    Rejected,
)
from connectors.failures import code_of, describe
from connectors.replies import Reply
from connectors.secrets import Secret

T = TypeVar("T")

FINDER_LAG = timedelta(seconds=5)
"""The simulators' finders of refunds and notes may lag on command; this is the longest that they are believed to."""
KEY_HEADER = "Idempotency-Key"
KEY_TTL = timedelta(days=1)
REPLAYED = ("Idempotency-Replayed", "true")
_BY_CODE: dict[str, type[ConnectorError]] = {
    "missing_idempotency_key": InvalidRequest,
    "invalid_request": InvalidRequest,
    "idempotency_key_reused": KeyReused,
    "idempotency_key_in_flight": KeyInFlight,
    "case_closed": Conflict,
}


class SimulatorConfig(Config):
    base_url: str = Field(description="Address of the simulators: http://127.0.0.1:7410.")
    api_key: Secret = Field(
        default=SecretStr("sim-key"), description="The key given to `handrail simulators --api-key`."
    )
    webhook_secret: Secret = Field(
        default=SecretStr("sim-webhook-secret"), description="The secret that signs the simulators' webhooks."
    )


class Listed(BaseModel, Generic[T]):
    data: list[T]
    has_more: bool = False


class SimulatedSystem(Connector[SimulatorConfig]):
    def auth(self) -> Auth:
        return ApiKey(self.config.api_key)

    def classify(self, reply: Reply) -> ConnectorError | None:
        """Refusals by a business rule are 422 with a code of their own, or come within a 200."""
        if reply.status not in (200, 201, 400, 409, 422) or not _carries_error(reply.json_or_none()):
            return None
        kind = _BY_CODE.get(code_of(reply), Rejected if reply.status in (200, 201, 422) else None)
        return describe(kind, reply, system=self.name) if kind else None


def _carries_error(body: Any) -> bool:
    return isinstance(body, dict) and isinstance(body.get("error"), dict)
