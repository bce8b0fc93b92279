"""What the systems can be asked: each operation stands beside its code and is registered by its decorator."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from handrail.simulators.database import Row
from handrail.simulators.dataset import path_of, written
from handrail.simulators.settings import Settings
from handrail.simulators.tables import Tables

SYSTEMS = ("crm", "orders", "billing", "cases", "claims", "messaging")


class Refusal(Exception):
    """A 4xx. `kept`: stored under the idempotency key, as real vendors keep refusals by a business rule."""

    def __init__(self, status: int, code: str, message: str, param: str = "", *, kept: bool = False) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.param, self.kept = status, code, message, param, kept

    @property
    def body(self) -> dict[str, Any]:
        return error(self.code, self.message, self.param)


def error(code: str, message: str, param: str = "") -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "param": param or None}}


def refused(code: str, message: str, param: str = "", status: int = 422) -> Refusal:
    """By a business rule."""
    return Refusal(status, code, message, param, kept=True)


def not_found(thing: str, id: str) -> Refusal:
    return Refusal(404, "not_found", f"There is no {thing} {id}.")


@dataclass(slots=True)
class Call:
    """One call as an operation sees it."""

    ids: tuple[str, ...]
    """The variable parts of the path, unquoted."""
    query: dict[str, str]
    body: bytes
    if_match: str
    tables: Tables
    settings: Settings
    now_s: float
    load: str
    """Grows with each loaded dataset, so that versions of an earlier one never match."""
    refunded: list[Row] = field(default_factory=list)
    """Refunds made by this call; once it is committed they settle."""
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Events of this call, by kind; sent once it is committed."""

    @property
    def now(self) -> str:
        return self.at(0)

    def at(self, in_s: float) -> str:
        """The time in so many seconds."""
        return written(datetime.fromtimestamp(self.now_s + in_s, UTC))

    @property
    def today(self) -> date:
        return self.settings.today(self.now_s)

    def version(self, row: dict[str, Any]) -> str:
        return f"{self.load}.{row['version']}"

    def check_version(self, thing: str, row: dict[str, Any]) -> None:
        """`If-Match`, where it is given. Raises a 412."""
        if self.if_match and self.if_match.strip('"') not in ("*", self.version(row)):
            message = f"{thing} {row['id']} is at version {self.version(row)}, not {self.if_match}; read it again."
            raise Refusal(412, "stale_version", message, "If-Match")

    def filters(self, *names: str, needed: bool = True) -> dict[str, str]:
        """The query's filters; unknown ones are refused rather than ignored."""
        for name in self.query:
            if name not in names:
                raise Refusal(400, "invalid_request", f"{name} is no filter here; there are: {', '.join(names)}.", name)
        given = {name: value for name, value in self.query.items() if value}
        if needed and not given:
            raise Refusal(400, "invalid_request", f"Give at least one of: {', '.join(names)}.", names[0])
        return given


Answered = tuple[int, Any]
"""Status and JSON body."""
Run = Callable[[Call], Answered]


@dataclass(frozen=True, slots=True)
class Operation:
    name: str
    system: str
    method: str
    shape: tuple[str | None, ...]
    """The path's segments; None is variable."""
    run: Run

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    def match(self, segments: list[str]) -> tuple[str, ...] | None:
        ids = []
        for wanted, segment in zip(self.shape, segments, strict=True):
            if wanted is None:
                ids.append(segment)
            elif wanted != segment:
                return None
        return tuple(ids)


OPERATIONS: dict[str, Operation] = {}
ROUTES: dict[tuple[str, int], list[Operation]] = {}
"""By method and number of segments; fixed segments before variable ones."""


def operation(method: str, path: str) -> Callable[[Run], Run]:
    """`@operation("GET", "/crm/customers/{id}")`; the function's name is the operation's."""

    def register(run: Run) -> Run:
        shape = tuple(None if part.startswith("{") else part for part in path.split("/")[1:])
        name = getattr(run, "__name__", "")
        found = Operation(name, str(shape[0]), method, shape, run)
        OPERATIONS[name] = found
        routes = ROUTES.setdefault((method, len(shape)), [])
        routes.append(found)
        routes.sort(key=lambda other: other.shape.count(None))
        return run

    return register


class Body(BaseModel):
    """What a write is given. Strict: unknown fields are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


B = TypeVar("B", bound=Body)


def read(kind: type[B], call: Call) -> B:
    """The body, validated. Raises a 400 that names the field."""
    try:
        return kind.model_validate_json(call.body)
    except ValidationError as invalid:
        first = invalid.errors()[0]
        path = path_of(first["loc"])
        raise Refusal(400, "invalid_request", f"{path or 'body'}: {first['msg']}", path) from invalid


def listed(data: list[Any], *, has_more: bool = False) -> dict[str, Any]:
    return {"data": data, "has_more": has_more}
