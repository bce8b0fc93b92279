"""The JSON Schemas of what people and agents hand to each other, generated from the models that build it."""

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from domain.packet import Packet, ReturnPacket
from domain.values import Value

MODELS: dict[str, type[Value]] = {"handoff-packet.v1.json": Packet, "return-packet.v1.json": ReturnPacket}
"""By file name. The number is the packet's `packet_version`."""


class _AsSent(GenerateJsonSchema):
    """What has a default is sent too."""

    def field_is_required(self, *_: Any, **__: Any) -> bool:
        return True


def documents() -> dict[str, str]:
    """The text of each file."""
    return {name: json.dumps(_schema(name, model), indent=2) + "\n" for name, model in MODELS.items()}


def write(folder: Path) -> list[Path]:
    """Makes the folder where needed; answers the files that it wrote."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in documents().items():
        (folder / name).write_text(text)
    return [folder / name for name in MODELS]


def _schema(name: str, model: type[Value]) -> dict[str, Any]:
    """As it is sent: every field is there. Unknown fields are allowed, since version 1 may grow."""
    shape = model.model_json_schema(mode="serialization", schema_generator=_AsSent)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:handrail:{name}"} | shape
