"""What a fault does to the answer: before the work, after it, or by cutting the connection."""

from starlette.types import Receive

from handrail.simulators.calls import error
from handrail.simulators.faults import Fault
from handrail.simulators.world import Answer, encoded

Headers = list[tuple[bytes, bytes]]
CUTS = frozenset({"lost_answer"})

_HTML = b"<!doctype html><html><head><title>Error</title></head><body><h1>Something went wrong</h1></body></html>"
_OTHER_SHAPE = {"result": {"ok": True, "items": [1, 2, 3]}}


def ahead_of_work(fault: Fault) -> tuple[Answer, Headers] | None:
    """The answer that comes instead of any work; status 0 cuts the connection."""
    match fault.kind:
        case "cut":
            return Answer(0, b""), []
        case "rate_limited":
            text = f"Too many requests; try again in {fault.retry_after_s:g} s."
            return Answer(429, encoded(error("rate_limited", text))), [
                (b"retry-after", f"{fault.retry_after_s:g}".encode())
            ]
        case "error_before":
            return _failed(fault, 503), []
    return None


def instead_of_answer(fault: Fault) -> tuple[Answer, Headers] | None:
    """What is said although the work is done."""
    match fault.kind:
        case "error_after":
            return _failed(fault, 502), []
        case "garbage":
            return Answer(200, b'{"id": "\xff\xfe unfinis'), []
        case "wrong_shape":
            return Answer(200, encoded(_OTHER_SHAPE)), []
        case "html":
            return Answer(200, _HTML), [(b"content-type", b"text/html; charset=utf-8")]
    return None


async def cut(receive: Receive) -> None:
    """Close the TCP connection without an answer.

    ASGI has no word for that. uvicorn (0.54) hands us the bound `receive` of the request's cycle, which knows the
    transport; the wait afterwards lets the cycle see the disconnect, or it would try to send a 500 of its own.
    """
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is None:  # not uvicorn: the client in the same process gets this instead of an answer
        raise ConnectionAbortedError("The simulators cut this connection.")
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass


def _failed(fault: Fault, status: int) -> Answer:
    return Answer(fault.status or status, encoded(error("system_error", "The system failed (a fault).")))
