"""Handrail's way of speaking to Temporal: the same converter, codec and interceptors in client, worker and replayer."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import pydantic
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes
from temporalio.envconfig import ClientConfig
from temporalio.plugin import SimplePlugin
from temporalio.worker import UnsandboxedWorkflowRunner

from handrail import telemetry
from handrail.encryption import EncryptedPayloads, payload_key
from handrail.settings import Settings
from workflows._record import RecordedWorkflows


def converter(settings: Settings) -> DataConverter:
    return dataclasses.replace(
        pydantic_data_converter,
        payload_codec=EncryptedPayloads(payload_key(settings)),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


def plugins() -> Sequence[Any]:
    """For client, worker and replayer alike."""
    return [telemetry.plugin(), _handrail()]


async def connect(settings: Settings, *, part: str) -> Client:
    """Address, namespace, TLS and key come from Temporal's own settings (`TEMPORAL_ADDRESS`, `TEMPORAL_PROFILE`, ...);
    without any, the embedded dev server's port."""
    telemetry.start(part)
    given = ClientConfig.load_client_connect_config()
    given.setdefault("target_host", f"127.0.0.1:{settings.temporal_port}")
    return await Client.connect(**given, data_converter=converter(settings), plugins=plugins())


def _handrail() -> SimplePlugin:
    return SimplePlugin(
        "handrail",
        interceptors=[RecordedWorkflows()],
        # The sandbox loads a workflow's modules anew for each run; handrail.determinism looks for the same at start.
        workflow_runner=UnsandboxedWorkflowRunner(),
        # Exactly this: bad input must fail the run instead of hanging it; a bug must not.
        workflow_failure_exception_types=[pydantic.ValidationError],
    )
