import socket
from pathlib import Path

import pytest

from handrail.cli.findings import Finding, examine
from handrail.credentials import Credentials
from handrail.embedded import Ports
from handrail.settings import Settings

POLICY = Path(__file__).resolve().parents[2] / "policies"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    ports = Ports.free()
    return Settings(
        home=tmp_path / "home",
        gateway_port=ports.gateway,
        console_port=ports.console,
        simulators_port=ports.simulators,
        temporal_port=ports.temporal,
    )


def broken(settings: Settings) -> list[Finding]:
    return [finding for finding in examine(settings) if finding.level == "fail"]


def test_a_fresh_machine_has_nothing_broken_and_nothing_is_changed_by_looking(settings: Settings) -> None:
    assert broken(settings) == []
    assert not settings.home.exists()


def test_a_taken_port_is_found_with_the_setting_that_moves_it(settings: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", settings.console_port))
        other.listen()
        [finding] = broken(settings)

    assert finding.what == f"port {settings.console_port}"
    assert "HANDRAIL_CONSOLE_PORT" in finding.advice


def test_a_secret_that_others_can_read_is_found(settings: Settings) -> None:
    Credentials(settings).ready_made()
    (settings.home / "issuer-key.pem").chmod(0o644)

    [finding] = broken(settings)

    assert finding.advice == f"Run: chmod 600 {settings.home}/issuer-key.pem"


def test_a_bad_policy_is_found_with_its_line(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    folder.mkdir()
    for file in POLICY.glob("*.yaml"):
        (folder / file.name).write_text(file.read_text().replace("window_days: 90", "window_days: soon"))

    [finding] = broken(settings.model_copy(update={"policies": folder}))

    assert "window_days" in finding.text


def test_a_database_that_is_none_is_found(settings: Settings) -> None:
    settings.home.mkdir()
    (settings.home / "handrail.db").write_text("not a database, and long enough to be looked at as one" * 100)

    [finding] = broken(settings)

    assert finding.what == "database"
    assert "file is not a database" in finding.text


def test_a_connector_that_cannot_be_reached_is_found(settings: Settings) -> None:
    config = {"shop": {"base_url": f"http://127.0.0.1:{settings.gateway_port}"}}
    connectors = settings.connectors | {"orders": "shop"}

    [finding] = broken(settings.model_copy(update={"connectors": connectors, "connector_config": config}))

    assert (finding.what, finding.text.startswith("for orders: ")) == ("shop", True)


def test_a_check_that_breaks_is_a_finding_itself(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.python_version", lambda: 1 / 0)

    [finding] = broken(settings)

    assert (finding.what, finding.text) == ("python", "ZeroDivisionError: division by zero")
