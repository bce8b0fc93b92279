"""Is a part ready? Each check answers an empty string, or what is still missing."""

from __future__ import annotations

import asyncio
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError

from handrail import search_attributes

Check = Callable[[], str]
Result = TypeVar("Result")

_PATIENCE_S = 5.0


def answers_http(url: str, *, below: int = 400) -> str:
    """Ready when `url` answers with a status below `below`."""
    request = urllib.request.Request(url)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback: never through a proxy
    try:
        with opener.open(request, timeout=_PATIENCE_S):
            return ""
    except urllib.error.HTTPError as error:
        return "" if error.code < below else f"{url} answers {error.code} {error.reason}"
    except (OSError, ValueError) as error:
        return f"{url} does not answer ({getattr(error, 'reason', error)})"


def serves_temporal(environment: Mapping[str, str]) -> str:
    """Ready when Temporal answers and its namespace has Handrail's search attributes; missing ones are created."""
    config = ClientConfig.load_client_connect_config(override_env_vars=dict(environment))
    host, _, port = config.get("target_host", "").rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE_S):
            pass
    except OSError as error:
        return f"{host}:{port} does not answer ({error.strerror or error})"

    async def prepare() -> str:
        await search_attributes.ensure(await _connect(environment))
        return await _missing(environment)

    return _tried(prepare)


def lacks_search_attributes(environment: Mapping[str, str]) -> str:
    """Empty when all are there; nothing is created."""
    return _tried(lambda: _missing(environment))


async def _missing(environment: Mapping[str, str]) -> str:
    names = await search_attributes.missing(await _connect(environment))
    return f"search attributes are not there: {', '.join(names)}" if names else ""


def has_worker(environment: Mapping[str, str], task_queue: str, since: datetime) -> str:
    """Ready when somebody has polled the queue for workflows and for activities since `since`."""

    async def look() -> str:
        client = await _connect(environment)
        for kind in (TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY):
            request = DescribeTaskQueueRequest(
                namespace=client.namespace, task_queue=TaskQueue(name=task_queue), task_queue_type=kind
            )
            seen = await client.workflow_service.describe_task_queue(request, timeout=timedelta(seconds=_PATIENCE_S))
            if not any(p.last_access_time.ToDatetime(tzinfo=UTC) >= since for p in seen.pollers):
                return f"no worker polls the task queue {task_queue} yet"
        return ""

    return _tried(look)


async def _connect(environment: Mapping[str, str]) -> Client:
    config = ClientConfig.load_client_connect_config(override_env_vars=dict(environment))
    return await asyncio.wait_for(Client.connect(**config), _PATIENCE_S)


def _tried(look: Callable[[], Coroutine[None, None, str]]) -> str:
    try:
        return _apart(look)
    except (RPCError, RuntimeError, TimeoutError) as error:
        return f"Temporal does not answer ({error or type(error).__name__})"


def _apart(work: Callable[[], Coroutine[None, None, Result]]) -> Result:
    """Runs it to its end in a thread of its own: the caller may be inside an event loop."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(lambda: asyncio.run(work())).result()
