"""A webhook receiver on a free port of loopback, which keeps what it is sent."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any


class Receiver:
    def __init__(self, secret: str) -> None:
        self.url = ""
        self.refuse_next = 0
        """How many deliveries are answered 500 first."""
        self._secret = secret
        self._deliveries: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def next(self, count: int = 1) -> list[dict[str, Any]]:
        """The next events, each with its signature checked. Fails after 10 s."""
        async with asyncio.timeout(10):
            return [await self._deliveries.get() for _ in range(count)]

    async def receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in head.split("\r\n")[1:] if line)}
        body = await reader.readexactly(int(headers["content-length"]))
        if self.refuse_next:
            self.refuse_next -= 1
            status = "500 Internal Server Error"
        else:
            status = "204 No Content"
            event = json.loads(body)
            event["signed"] = self._is_signed(headers["simulator-signature"], body)
            self._deliveries.put_nowait(event)
        writer.write(f"HTTP/1.1 {status}\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    def _is_signed(self, signature: str, body: bytes) -> bool:
        at, given = (part.split("=", 1)[1] for part in signature.split(","))
        return given == hmac.new(self._secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


@asynccontextmanager
async def receiving(secret: str = "s3cret") -> AsyncIterator[Receiver]:
    receiver = Receiver(secret)
    server = await asyncio.start_server(receiver.receive, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hooks?from=simulators"
    async with server:
        yield receiver
