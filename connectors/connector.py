"""The base of every vendor's connector: configuration, one HTTP client, the vendor's judgement, the guard's memory."""

import time
from collections.abc import Callable
from typing import Any, ClassVar, Generic, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from connectors.attempts import Attempts
from connectors.auth import Auth, NoAuth
from connectors.errors import ConnectorError
from connectors.guard import guarded
from connectors.http import Http
from connectors.replies import Reply
from domain.values import Value


class Config(BaseModel):
    """What every connector can be told. A vendor adds fields, each with a description; secrets are `Secret`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    base_url: str = Field(description="Where the vendor's API is; requests never leave this host.")
    connect_timeout_s: float = Field(default=2.0, gt=0, description="Time to connect.")
    total_timeout_s: float = Field(
        default=8.0, gt=0, description="Time for one call of the connector; below the activity's time limit."
    )
    connections: int = Field(default=400, ge=1, description="Connections at once; above the worker's activities.")


C = TypeVar("C", bound=Config)


class Manifest(Value):
    id: str
    """The folder's name."""
    version: str
    """Of the connector, semantic."""
    api_version: str
    """The version of the vendor's API that this was written against. Never `latest`."""
    title: str = ""
    unsupported: dict[str, str] = {}
    """Methods of a claimed port that this vendor cannot do, each with the reason. They raise Unsupported."""


class Connector(Generic[C]):
    """A vendor claims a port of `connectors/*.py` by having its methods; nothing is registered."""

    manifest: ClassVar[Manifest]
    queries: ClassVar[tuple[str, ...]] = ()
    """Patterns of paths at which a POST only reads: `/search/*`."""

    def __init__(self, config: C, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.config = config
        self.attempts = Attempts(clock)
        self.http = Http(
            config.base_url,
            system=self.manifest.id,
            auth=self.auth(),
            headers=self.headers(),
            classify=self.classify,
            queries=self.queries,
            secrets=[secret.get_secret_value() for _, secret in config if isinstance(secret, SecretStr)],
            connect_s=config.connect_timeout_s,
            total_s=config.total_timeout_s,
            connections=config.connections,
        )

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Raises IncoherentSpec when a write's promises contradict each other."""
        super().__init_subclass__(**kwargs)
        if "manifest" in vars(cls):
            for write in guarded(cls).values():
                write.check(cls)

    @property
    def name(self) -> str:
        return self.manifest.id

    @property
    def budget_s(self) -> float:
        return self.config.total_timeout_s

    @classmethod
    def config_type(cls) -> type[Config]:
        """What `Connector[...]` was given."""
        for base in (b for owner in cls.__mro__ for b in getattr(owner, "__orig_bases__", ())):
            for arg in get_args(base):
                if isinstance(arg, type) and issubclass(arg, Config):
                    return arg
        raise TypeError(f"{cls.__name__} must say its configuration: class {cls.__name__}(Connector[ItsConfig]).")

    def auth(self) -> Auth:
        return NoAuth()

    def headers(self) -> dict[str, str]:
        """Sent with every request: the pinned API version, for instance."""
        return {}

    def classify(self, reply: Reply) -> ConnectorError | None:
        """What the vendor means beyond the status, also by a refusal within a 200. None: judge by the status.

        For "not applied, try again" say RateLimited: a Transient on a write is taken as an unknown outcome.
        """
        return None

    async def ping(self) -> None:
        """Can the system be reached with this credential? Raises ConnectorError subclasses."""
        raise NotImplementedError(f"{type(self).__name__} must ask its vendor something harmless in ping().")

    async def aclose(self) -> None:
        await self.http.aclose()
