"""What belongs to this repository: the files that git knows or would add."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_SKIPPED = {".git", ".venv", ".handrail", "__pycache__", "dist", "build"}


@cache
def files() -> tuple[Path, ...]:
    """Existing files, relative to ROOT, sorted. Without git (an unpacked archive) everything but caches counts."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode == 0 and listed.stdout:
        found = [Path(name) for name in listed.stdout.split("\0") if name]
    else:
        found = [path.relative_to(ROOT) for path in ROOT.rglob("*")]
        found = [path for path in found if not any(part in _SKIPPED or part.endswith("_cache") for part in path.parts)]
    return tuple(sorted(path for path in found if (ROOT / path).is_file()))


def text_of(path: Path) -> str:
    """The text of a file of the repository; empty for a binary one."""
    content = (ROOT / path).read_bytes()
    return "" if b"\0" in content else content.decode(errors="replace")
