"""Telling the outside that a refund settled or failed: signed, and late, doubled or out of order as the settings say.

What is not delivered when the process dies is lost, as with real vendors: a receiver also asks now and then.
"""

import asyncio
import hashlib
import hmac
import json
import logging
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from handrail.simulators.dataset import written
from handrail.simulators.settings import Webhook

_log = logging.getLogger(__name__)
_GATHER_S = 0.3
_TIMEOUT_S = 5
_RETRY_AFTER_S = (0.2, 0.5, 1.0, 2.0)


class Webhooks:
    def __init__(self, settings: Callable[[], Webhook]) -> None:
        self._settings = settings
        self._due: list[bytes] = []
        self._timers: set[asyncio.TimerHandle] = set()
        self._sending: asyncio.Task[None] | None = None

    def tell(self, type: str, data: dict[str, Any]) -> None:
        """Schedule the event. Returns at once; does nothing without `webhook.url`."""
        webhook = self._settings()
        if not webhook.url:
            return
        event = {"id": f"evt-{uuid.uuid4().hex[:16]}", "type": type, "created_at": written(datetime.now(UTC))}
        body = json.dumps(event | {"data": data}).encode()
        self._later(webhook.delay_s, lambda: self._fall_due(body, webhook))

    async def stop(self) -> None:
        for timer in self._timers:
            timer.cancel()
        if self._sending:
            self._sending.cancel()

    def _later(self, delay_s: float, do: Callable[[], None]) -> None:
        def fire() -> None:
            self._timers.discard(timer)
            do()

        timer = asyncio.get_running_loop().call_later(delay_s, fire)
        self._timers.add(timer)

    def _fall_due(self, body: bytes, webhook: Webhook) -> None:
        gathering = bool(self._due)
        self._due += [body] * webhook.copies
        if not webhook.shuffle:
            self._send()
        elif not gathering:
            self._later(_GATHER_S, self._send)

    def _send(self) -> None:
        if self._sending is None or self._sending.done():
            self._sending = asyncio.get_running_loop().create_task(self._deliver())

    async def _deliver(self) -> None:
        """One after the other, so that the order is ours to decide."""
        while self._due:
            batch, self._due = self._due, []
            for body in reversed(batch) if self._settings().shuffle else batch:
                await self._post(body)

    async def _post(self, body: bytes) -> None:
        for wait_s in (*_RETRY_AFTER_S, None):
            webhook = self._settings()
            if not webhook.url:
                return
            try:
                status = await _post(webhook, body)
            except (OSError, ValueError, IndexError) as error:  # TimeoutError is an OSError
                status, said = 0, f"{type(error).__name__} {error}"
            else:
                said = f"answered {status}"
            if 200 <= status < 300:
                return
            if wait_s is None:
                _log.warning("Webhook to %s given up: %s.", webhook.url, said)
                return
            await asyncio.sleep(wait_s)


def signature(secret: str, at: int, body: bytes) -> str:
    """`t=<unix seconds>,v1=<hex hmac-sha256 of "t.body">`"""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


async def _post(webhook: Webhook, body: bytes) -> int:
    """The receiver's status. Streams, because a thread would hold up SIGTERM until the receiver answers."""
    url = urlsplit(webhook.url)
    secure = url.scheme == "https"
    head = (
        f"POST {url.path or '/'}{'?' + url.query if url.query else ''} HTTP/1.1\r\n"
        f"Host: {url.netloc}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
        f"Simulator-Signature: {signature(webhook.secret, int(time.time()), body)}\r\n\r\n"
    )
    async with asyncio.timeout(_TIMEOUT_S):
        port = url.port or (443 if secure else 80)
        reader, writer = await asyncio.open_connection(url.hostname, port, ssl=secure or None)
        try:
            writer.write(head.encode() + body)
            await writer.drain()
            return int((await reader.readline()).split()[1])
        finally:
            writer.close()
