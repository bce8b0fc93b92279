"""Settings: one place, from `HANDRAIL_*` in the environment. Temporal's own come from `temporalio.envconfig`.

Everything that the embedded stack keeps lies in one folder, `home`.
"""

from pathlib import Path
from typing import Any

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="HANDRAIL_", extra="ignore", frozen=True)

    home: Path = Field(default=Path(".handrail"), description="Folder of state: databases, keys, logs, credentials.")
    tenant: str = Field(default="default", description="Tenant of the embedded credentials.")
    task_queue: str = "handrail"

    database_url: str = Field(default="", description="SQLAlchemy URL; empty: SQLite in `home`.")
    payload_key: str = Field(
        default="",
        repr=False,
        description="Base64 of 32 bytes that encrypt Temporal payloads; else a file in `home`.",
    )
    policies: Path | None = Field(default=None, description="Folder of policy documents; empty: the shipped ones.")

    connectors: dict[str, str] = Field(
        default=dict.fromkeys(("crm", "orders", "billing", "cases", "claims", "payouts", "messaging"), "simulator"),
        description="Which connector serves which capability.",
    )
    connector_config: dict[str, dict[str, Any]] = Field(
        default={}, description='Per connector: {"simulator": {"base_url": "...", "api_key": "..."}}.'
    )

    host: str = Field(default="127.0.0.1", description="Address that gateway and console listen on.")
    gateway_port: int = 7400
    console_port: int = 7401
    simulators_port: int = 7410
    temporal_port: int = Field(default=7420, description="Embedded Temporal dev server.")

    issuer: str = Field(default="handrail-embedded", description="`iss` that bearer tokens must carry.")
    audience: str = Field(default="handrail", description="`aud` that bearer tokens must carry.")
    jwks: str = Field(default="", description="URL or path of the issuer's JWKS; empty: `home`/jwks.json.")

    cached_runs: int = Field(
        default=1_000, description="Open runs that a worker keeps in memory; the others are replayed when they go on."
    )
    max_waiting_calls: int = Field(default=64, description="Tool calls admitted at once per gateway process.")
    requests_per_minute: int = Field(default=600, description="Rate limit per principal.")
    max_request_bytes: int = 64 * 1024

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.home / 'handrail.db'}"

    @property
    def connector_configs(self) -> dict[str, dict[str, Any]]:
        """What each connector is told; the embedded simulators' address and key unless the setting says otherwise."""
        simulator = {"base_url": self.simulators_url, "api_key": "sim-key", "webhook_secret": "sim-secret"}
        return {**self.connector_config, "simulator": simulator | self.connector_config.get("simulator", {})}

    @property
    def jwks_source(self) -> str:
        return self.jwks or str(self.home / "jwks.json")

    @property
    def gateway_url(self) -> str:
        return f"http://{self.host}:{self.gateway_port}"

    @property
    def console_url(self) -> str:
        return f"http://{self.host}:{self.console_port}"

    @property
    def simulators_url(self) -> str:
        return f"http://127.0.0.1:{self.simulators_port}"
