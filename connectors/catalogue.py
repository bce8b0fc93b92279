"""Which connectors there are: every folder of `connectors/` with a `connector.py`. Nothing is registered anywhere."""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Protocol, cast

from pydantic import ValidationError

import connectors
from connectors.billing import ReadsPayments, RefundsPayments
from connectors.cases import KeepsCases
from connectors.claims import KeepsClaims, ReadsClaims
from connectors.connector import Connector
from connectors.crm import FindsCustomers, KeepsNotes
from connectors.events import ReceivesEvents
from connectors.messaging import SendsMessages
from connectors.orders import MarksOrders, ReadsOrders
from connectors.payouts import PaysOut


class Crm(FindsCustomers, KeepsNotes, Protocol): ...


class Orders(ReadsOrders, MarksOrders, Protocol): ...


class Billing(ReadsPayments, RefundsPayments, Protocol): ...


PORTS: dict[str, tuple[type, ...]] = {
    "crm": (FindsCustomers, KeepsNotes),
    "orders": (ReadsOrders, MarksOrders),
    "billing": (ReadsPayments, RefundsPayments),
    "cases": (KeepsCases,),
    "claims": (ReadsClaims, KeepsClaims),
    "payouts": (PaysOut,),
    "messaging": (SendsMessages,),
    "events": (ReceivesEvents,),
}
"""What a connector must have to serve a system."""


class NoConnector(ValueError):
    """The message names what was asked for, and what there is."""


class BadConfig(ValueError):
    """The message names connector and fields, never a value."""


@dataclass(frozen=True)
class Systems:
    """The company's systems, each behind its port. Systems of one vendor share a connector."""

    crm: Crm
    orders: Orders
    billing: Billing
    cases: KeepsCases
    claims: KeepsClaims
    payouts: PaysOut
    messaging: SendsMessages
    by_name: Mapping[str, Connector[Any]]

    def receiver(self, name: str) -> ReceivesEvents:
        """Who verifies a webhook of that connector. Raises NoConnector."""
        found = self.by_name.get(name)
        if found is None or missing_methods(type(found), "events"):
            able = sorted(n for n, c in self.by_name.items() if not missing_methods(type(c), "events"))
            raise NoConnector(f"'{name}' receives no events here; there are: {', '.join(able) or 'none'}.")
        return cast(ReceivesEvents, found)

    async def aclose(self) -> None:
        for connector in self.by_name.values():
            await connector.aclose()


def names() -> list[str]:
    folders = (module.name for module in pkgutil.iter_modules(connectors.__path__) if module.ispkg)
    return sorted(name for name in folders if find_spec(f"connectors.{name}.connector"))


def find(name: str, asked_as: str = "") -> type[Connector[Any]]:
    """The connector's class; its module is imported now. Raises NoConnector."""
    if name not in names():
        asked = f"{asked_as} = '{name}'" if asked_as else f"'{name}'"
        raise NoConnector(f"{asked} is no connector; there are: {', '.join(names())}.")
    module = importlib.import_module(f"connectors.{name}.connector")
    own = [
        c for c in vars(module).values() if isinstance(c, type) and issubclass(c, Connector) and "manifest" in vars(c)
    ]
    if len(own) != 1:
        raise NoConnector(f"connectors/{name}/connector.py has {len(own)} classes with a manifest; it must have one.")
    return own[0]


def connect(name: str, config: Mapping[str, Any], *, system: str = "") -> Connector[Any]:
    """A connector, ready to be called within a running loop. Raises NoConnector, BadConfig."""
    found = find(name, system)
    if system and (missing := missing_methods(found, system)):
        raise NoConnector(f"{system} = '{name}': {name} cannot serve {system}, it lacks {', '.join(missing)}.")
    try:
        return found(found.config_type().model_validate(dict(config)))
    except ValidationError as wrong:
        faults = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in wrong.errors(include_input=False)]
        raise BadConfig(f"Connector {name}: {'; '.join(faults)}.") from None
    except ValueError as wrong:
        raise BadConfig(f"Connector {name}: base_url: {wrong}") from None


def connect_all(chosen: Mapping[str, str], configs: Mapping[str, Mapping[str, Any]]) -> Systems:
    """`connect_all({"crm": "simulator", ...}, {"simulator": {"base_url": ...}})`. Raises NoConnector, BadConfig."""
    by_name: dict[str, Connector[Any]] = {}
    serving: dict[str, Any] = {}
    for system in ("crm", "orders", "billing", "cases", "claims", "payouts", "messaging"):
        name = chosen.get(system, "")
        if name not in by_name:
            by_name[name] = connect(name, configs.get(name, {}), system=system)
        elif missing := missing_methods(type(by_name[name]), system):
            raise NoConnector(f"{system} = '{name}': {name} cannot serve {system}, it lacks {', '.join(missing)}.")
        serving[system] = by_name[name]
    return Systems(**serving, by_name=by_name)


def claims(connector: type[Connector[Any]]) -> list[str]:
    """The systems that it can serve."""
    return [system for system in PORTS if not missing_methods(connector, system)]


def missing_methods(connector: type[Connector[Any]], system: str) -> list[str]:
    wanted = [name for port in PORTS[system] for name in methods_of(port)]
    return [name for name in wanted if not hasattr(connector, name)]


def methods_of(port: type) -> list[str]:
    return [name for name, value in vars(port).items() if callable(value) and not name.startswith("_")]
