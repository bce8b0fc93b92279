"""Who else owns one of our import names? They are generic words, and the first one on `sys.path` wins."""

from collections.abc import Iterable
from importlib.metadata import Distribution, distributions

OURS = ("activities", "connectors", "domain", "handrail", "policies", "worker", "workflows")


def offenders(found: Iterable[Distribution] | None = None) -> list[str]:
    """One sentence per installed distribution, other than handrail, that owns a top-level name of ours."""
    sentences = {
        f"{distribution.name} {distribution.version} installs the top-level name '{name}', which is Handrail's: "
        "one of the two would import the other's code. Uninstall it, or install Handrail in an environment of its own."
        for distribution in (distributions() if found is None else found)
        if distribution.name != "handrail"
        for name in _top_level(distribution) & set(OURS)
    }
    return sorted(sentences)


def _top_level(distribution: Distribution) -> set[str]:
    declared = set((distribution.read_text("top_level.txt") or "").split())
    installed = {
        file.parts[0].split(".")[0]
        for file in distribution.files or []
        if file.suffix in {".py", ".so", ".pyd"} and not file.parts[0].startswith("..")
    }
    return declared | installed
