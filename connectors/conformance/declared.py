"""M, C, S4: what a connector declares is true, complete and safe."""

import inspect
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from connectors.catalogue import PORTS, claims, methods_of
from connectors.conformance.stage import Clock
from connectors.conformance.world import World
from connectors.connector import Connector
from connectors.errors import AuthFailed, InvalidRequest, Transient
from connectors.guard import Guarded, faults_of, guarded

_SECRET_WORDS = ("key", "secret", "password", "token")


class DeclaredChecks:
    async def test_m1_the_manifest_names_connector_and_versions(self, world: World) -> None:
        manifest = world.connector_type.manifest
        folder = world.connector_type.__module__.split(".")

        assert manifest.version.count(".") == 2, f"version {manifest.version} is not semantic"
        assert manifest.api_version not in ("", "latest"), "pin the version of the vendor's API"
        if folder[0] == "connectors":
            assert manifest.id == folder[1], f"the folder is {folder[1]}, the id {manifest.id}"

    async def test_m2_every_write_of_a_port_is_guarded(self, world: World) -> None:
        kind = world.connector_type
        bare = [
            n for s in claims(kind) for n in _writes_of(s) if not isinstance(inspect.getattr_static(kind, n), Guarded)
        ]

        assert not bare, f"put @writes(WriteSpec(...)) on {', '.join(bare)}"
        assert guarded(kind), "it writes nothing"

    async def test_m3_what_the_specs_promise_fits_together(self, world: World) -> None:
        kind = world.connector_type
        faults = [f"{name}: {fault}" for name, w in guarded(kind).items() for fault in faults_of(w.spec, kind)]

        assert not faults, "; ".join(faults)

    async def test_m4_every_write_says_where_the_vendor_says_so(self, world: World) -> None:
        bare = [name for name, write in guarded(world.connector_type).items() if not write.spec.facts]

        assert not bare, f"no facts for {', '.join(bare)}"

    async def test_m5_methods_fit_their_ports(self, world: World) -> None:
        odd = [fault for system in claims(world.connector_type) for fault in _misfits(world.connector_type, system)]

        assert not odd, "; ".join(odd)

    async def test_c1_every_setting_is_described(self, world: World) -> None:
        fields = world.connector_type.config_type().model_fields
        bare = [name for name, field in fields.items() if not field.description]

        assert not bare, f"no description for {', '.join(bare)}"

    async def test_c2_secrets_are_secret(self, world: World) -> None:
        fields = world.connector_type.config_type().model_fields
        open_ = [
            n
            for n, f in fields.items()
            if any(w in n.split("_") for w in _SECRET_WORDS) and f.annotation is not SecretStr
        ]

        assert not open_, f"make {', '.join(open_)} a Secret"

    async def test_c3_a_wrong_configuration_fails_before_any_call(self, world: World) -> None:
        with pytest.raises(ValidationError):
            world.connector_type.config_type().model_validate({"base_url": "http://x", "no_such_setting": 1})

    async def test_c4_ping_tells_ready_unreachable_and_bad_credential_apart(self, world: World) -> None:
        await _closing(world.connect(Clock()))
        with pytest.raises(Transient):
            await _closing(world.connect(Clock(), base_url="http://127.0.0.1:9"))
        fields = world.connector_type.config_type().model_fields
        if secret := next((n for n, f in fields.items() if f.annotation is SecretStr and "webhook" not in n), ""):
            with pytest.raises(AuthFailed):
                await _closing(world.connect(Clock(), **{secret: SecretStr("wrong-credential")}))

    async def test_s4_no_path_leaves_the_host(self, world: World) -> None:
        connector = world.connect(Clock())
        for path in ("//127.0.0.1:9/x", "http://127.0.0.1:9/x", "/a/../b", "/a?b=1", "@127.0.0.1:9/x", "/a b"):
            with pytest.raises(InvalidRequest):
                await connector.http.read("GET", path)
        await connector.aclose()


async def _closing(connector: Connector[Any]) -> None:
    try:
        await connector.ping()
    except NotImplementedError as missing:
        raise AssertionError(str(missing)) from None
    finally:
        await connector.aclose()


def _writes_of(system: str) -> list[str]:
    ports = PORTS[system]
    return [n for p in ports for n in methods_of(p) if "attempt" in inspect.signature(getattr(p, n)).parameters]


def _misfits(kind: type[Connector[Any]], system: str) -> list[str]:
    odd = []
    for port in PORTS[system]:
        for name in methods_of(port):
            wanted, given = inspect.signature(getattr(port, name)), inspect.getattr_static(kind, name)
            if isinstance(given, Guarded):
                continue  # the descriptor gives it the port's signature
            have = inspect.signature(given)
            if list(have.parameters)[: len(wanted.parameters)] != list(wanted.parameters):
                odd.append(f"{name}{have} is not {name}{wanted}")
    return odd
