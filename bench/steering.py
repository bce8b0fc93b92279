"""The simulators' admin door, as the bench uses it."""

import time
from typing import Any

import httpx


class Admin:
    def __init__(self, simulators_url: str) -> None:
        self._http = httpx.Client(base_url=f"{simulators_url}/admin", timeout=60)

    def latency(self, ms: int) -> None:
        self._http.put("/settings", json={"latency_ms": ms}).raise_for_status()

    def load(self, dataset: dict[str, Any]) -> float:
        """Seconds until it was loaded. The log is emptied too."""
        start = time.perf_counter()
        self._http.put("/dataset", json=dataset).raise_for_status()
        took = time.perf_counter() - start
        self._http.delete("/log").raise_for_status()
        return took

    def export(self) -> tuple[dict[str, Any], float]:
        start = time.perf_counter()
        found: dict[str, Any] = self._http.get("/dataset").raise_for_status().json()
        return found, time.perf_counter() - start

    def fault(self, **fault: Any) -> None:
        self._http.post("/faults", json=fault).raise_for_status()

    def no_faults(self) -> None:
        self._http.delete("/faults").raise_for_status()

    def log(self) -> list[dict[str, Any]]:
        """What the systems saw since the dataset was loaded."""
        found: Any = self._http.get("/log").raise_for_status().json()
        return list(found["data"])

    def fired(self) -> int:
        """How often the faults that are set have hit a call."""
        found: Any = self._http.get("/faults").raise_for_status().json()
        return sum(int(fault["fired"]) for fault in found["data"])

    def books(self) -> dict[str, Any]:
        found: dict[str, Any] = self._http.get("/books").raise_for_status().json()
        return found
