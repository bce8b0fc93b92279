"""The suite: all checks for all writes of one connector, closed against changes from the vendor's side."""

from collections.abc import AsyncIterator
from typing import Any, ClassVar

import pytest

from connectors.catalogue import claims
from connectors.conformance.declared import DeclaredChecks
from connectors.conformance.failures import FailureChecks
from connectors.conformance.stage import Stage
from connectors.conformance.undo import UndoChecks
from connectors.conformance.world import World
from connectors.conformance.writes import WriteChecks
from connectors.connector import Connector
from connectors.guard import guarded


class Conformance(DeclaredChecks, WriteChecks, UndoChecks, FailureChecks):
    """A vendor's test is a subclass with `connector_type` and a fixture `world`; see docs/add-a-connector.md."""

    connector_type: ClassVar[type[Connector[Any]]]
    system: ClassVar[str] = ""
    exempt: ClassVar[dict[str, str]] = {}
    """Checks that cannot hold, each with the vendor's reason: `{"w11/open_case": "..."}`, or `"w11"` for all writes.
    An exempt check still runs: when it passes, the exemption must go."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__module__.startswith("connectors.conformance."):
            return
        standard = {name for base in cls.__mro__[1:] for name in vars(base) if name.startswith("test_")}
        changed = sorted(name for name in vars(cls) if name in standard or name in ("stage", "pytest_generate_tests"))
        if changed:
            text = f"{cls.__name__} changes {', '.join(changed)}: a standard check is neither changed nor deleted."
            raise TypeError(f"{text} Put an exemption with its reason into `exempt` instead.")
        if bare := sorted(check for check, reason in cls.exempt.items() if not reason.strip()):
            raise TypeError(f"{cls.__name__} exempts {', '.join(bare)} without a reason.")

    @classmethod
    def operations(cls) -> list[str]:
        """The writes that go forward; undoing ones are checked with theirs."""
        return [name for name, write in guarded(cls.connector_type).items() if not write.spec.undo_of]

    @classmethod
    def systems(cls) -> set[str]:
        return {str(vars(base)["system"]) for base in cls.__mro__ if vars(base).get("system")}

    @classmethod
    def exemption(cls, check: str, operation: str = "") -> str:
        return cls.exempt.get(f"{check}/{operation}") or cls.exempt.get(check, "")

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "operation" in metafunc.fixturenames:
            metafunc.parametrize("operation", self.operations())

    @pytest.fixture
    async def stage(self, world: World, operation: str) -> AsyncIterator[Stage]:
        stage = Stage(world, operation)
        yield stage
        await stage.close()

    @pytest.fixture(autouse=True)
    def _exempted(self, request: pytest.FixtureRequest) -> None:
        callspec = getattr(request.node, "callspec", None)
        operation = str(callspec.params.get("operation", "")) if callspec else ""
        if reason := self.exemption(check_of(request.node.originalname), operation):
            request.node.add_marker(pytest.mark.xfail(strict=True, reason=reason))

    async def test_m7_every_claimed_port_has_its_suite(self, world: World) -> None:
        missing = sorted(set(claims(world.connector_type)) - self.systems())

        assert not missing, f"it claims {', '.join(missing)}: add the port's suite to {type(self).__name__}"


def check_of(test: str) -> str:
    """`test_w7_the_finder...` is check `w7`."""
    return test.split("_")[1]
