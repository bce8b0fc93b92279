"""The import contracts hold for this repository, and each catches what it is there for."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.repository import ROOT

SOUND_HOUSE = {
    "domain/__init__.py": "",
    "domain/money.py": "",
    "connectors/__init__.py": "",
    "connectors/http.py": "import httpx\n",
    "connectors/billing.py": "from domain import money\n",
    "connectors/conformance/__init__.py": "from connectors import billing\n",
    "connectors/acme/__init__.py": "from connectors import billing, http\n",
    "connectors/acme/refunds.py": "from connectors import acme\n",
    "connectors/zenith/__init__.py": "",
    "activities/__init__.py": "from connectors import billing\nimport temporalio\n",
    "workflows/__init__.py": "import activities\nimport temporalio\n",
    "handrail/__init__.py": "",
    "handrail/rail.py": "import workflows\nimport temporalio\n",
    "handrail/gateway/__init__.py": "from handrail import rail\n",
    "handrail/console/__init__.py": "from handrail import rail\n",
    "handrail/simulators/__init__.py": "from domain import money\n",
    "handrail/embedded.py": "import worker\n",
    "worker.py": "import connectors.acme\nimport handrail\n",
}


def lint(house: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    environment = {**os.environ, "COLUMNS": "200"}
    return subprocess.run(command, cwd=house, env=environment, capture_output=True, text=True, timeout=60, check=False)


def build(house: Path, **changed: str) -> Path:
    for name, text in {**SOUND_HOUSE, **changed}.items():
        path = house / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name in ("tests/__init__.py", "tests/house/__init__.py", "tests/house/vendor_contract.py", "pyproject.toml"):
        (house / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, house / name)
    return house


def test_every_import_in_this_repository_follows_the_arrows() -> None:
    result = lint(ROOT)

    assert result.returncode == 0, result.stdout


def test_a_sound_house_passes(tmp_path: Path) -> None:
    result = lint(build(tmp_path))

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("name", "text", "contract", "advice"),
    [
        ("domain/money.py", "import handrail.rail\n", "Imports point down", "Pass the value down"),
        ("activities/__init__.py", "import workflows\n", "Imports point down", "Pass the value down"),
        ("connectors/billing.py", "import connectors.acme\n", "Vendors are known", "Ask for the port"),
        ("connectors/zenith/__init__.py", "import connectors.acme.refunds\n", "Vendors are known", "Ask for the port"),
        ("activities/__init__.py", "import connectors.zenith\n", "Vendors are known", "Ask for the port"),
        ("connectors/acme/__init__.py", "import connectors.conformance\n", "Vendors are known", "conformance kit"),
        ("connectors/acme/__init__.py", "import httpx\n", "One door to HTTP", "connectors.http.Http"),
        ("handrail/rail.py", "import requests\n", "One door to HTTP", "connectors.http.Http"),
        ("connectors/acme/__init__.py", "import temporalio\n", "do not know Temporal", "activities turn that"),
        ("handrail/gateway/__init__.py", "import worker\n", "Nobody imports the worker", "by a constructor"),
        (
            "handrail/simulators/__init__.py",
            "import connectors.http\n",
            "other people's systems",
            "what a vendor would",
        ),
        ("handrail/console/__init__.py", "import temporalio\n", "Doors go through the Rail", "every door"),
    ],
)
def test_a_wrong_import_is_refused_with_what_to_do(
    tmp_path: Path, name: str, text: str, contract: str, advice: str
) -> None:
    result = lint(build(tmp_path, **{name: text}))

    assert result.returncode == 1, result.stdout
    broken = [line for line in result.stdout.splitlines() if "BROKEN" in line]
    assert any(contract in line for line in broken), result.stdout
    assert advice in result.stdout
