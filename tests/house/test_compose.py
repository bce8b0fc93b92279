"""`docker-compose.yml` is a valid Compose file and keeps the shape that docs/architecture.md promises.

The schema is the Compose specification's own, as check-jsonschema ships it; no Docker engine is needed.
"""

import json
import re
import stat
import subprocess
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from handrail.settings import Settings
from tests.house.repository import ROOT, text_of

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ("worker", "gateway", "console")
SPECIFICATION = package_files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"


def validate(document: dict[str, Any]) -> None:
    jsonschema.validate(document, json.loads(SPECIFICATION.read_text()))


def test_the_file_follows_the_compose_specification() -> None:
    validate(COMPOSE)


def test_a_misspelt_key_would_be_found() -> None:
    with pytest.raises(jsonschema.ValidationError, match="imagge"):
        validate({"services": {"postgres": {"imagge": "postgres:17"}}})


def test_every_service_of_the_shape_is_there_and_none_is_the_deprecated_one() -> None:
    assert {"postgres", "temporal", "temporal-ui", "collector", "worker", "gateway", "console"} <= set(SERVICES)
    assert not any("auto-setup" in service["image"] for service in SERVICES.values())
    assert all(SERVICES[name]["deploy"]["replicas"] > 1 for name in ("worker", "gateway"))


def test_every_image_is_pinned_by_a_version() -> None:
    loose = [name for name, service in SERVICES.items() if not re.search(r":v?\d+(\.\d+)+", service["image"])]

    assert loose == []


def test_no_secret_is_in_the_file() -> None:
    named = re.compile(r"password|secret|token|pwd|api_?key|database_url", re.IGNORECASE)
    secrets = [
        f"{service}.{name}"
        for service, body in SERVICES.items()
        for name in body.get("environment", {})
        if named.search(name)
    ]

    assert secrets == []
    ignored = subprocess.run(["git", "check-ignore", "-q", "deploy/secrets/postgres.env"], cwd=ROOT, check=False)
    assert ignored.returncode in {0, 128}, "deploy/secrets/ must be in .gitignore"


def test_every_setting_that_is_given_exists() -> None:
    given = {name for service in OURS for name in SERVICES[service]["environment"] if name.startswith("HANDRAIL_")}
    known = {f"HANDRAIL_{name.upper()}" for name in Settings.model_fields}

    assert given
    assert given <= known


def test_every_mounted_file_exists() -> None:
    mounts = [mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])]

    assert [mount for mount in mounts if mount.startswith("./") and not (ROOT / mount).exists()] == []


def test_only_loopback_is_published() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]

    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_image_runs_as_a_user_without_rights_and_copies_every_package() -> None:
    dockerfile = text_of(Path("Dockerfile"))

    assert re.search(r"^USER handrail$", dockerfile, re.MULTILINE)
    assert dockerfile.index("USER handrail") < dockerfile.index("ENTRYPOINT")
    shipped = re.search(r"only-include = (\[.*\])", text_of(Path("pyproject.toml")))
    assert shipped
    for name in json.loads(shipped.group(1)):
        assert re.search(rf"^COPY .*\b{re.escape(name)}\b", dockerfile, re.MULTILINE), f"the image lacks {name}"


def test_new_secrets_are_random_private_and_made_once(tmp_path: Path) -> None:
    script = tmp_path / "deploy" / "new-secrets"
    script.parent.mkdir()
    script.write_text(text_of(Path("deploy/new-secrets")))

    subprocess.run(["sh", str(script)], check=True, capture_output=True)
    first = {path.name: path.read_text() for path in (tmp_path / "deploy" / "secrets").iterdir()}
    subprocess.run(["sh", str(script)], check=True, capture_output=True)

    assert set(first) == {"postgres.env", "temporal.env", "handrail.env"}
    passwords = re.findall(r"^\w+_PASSWORD=(\w+)$", first["postgres.env"], re.MULTILINE)
    assert len(set(passwords)) == 3
    assert all(len(password) == 48 for password in passwords)
    for path in (tmp_path / "deploy" / "secrets").iterdir():
        assert path.read_text() == first[path.name]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
