"""The OpenAPI 3.1 document: FastAPI's, with the bodies and problems that the routes handle themselves."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from handrail.gateway.forms import COMMAND_FORMS, BulkForm, CallForm, DelegateForm
from handrail.gateway.problems import MEDIA_TYPE, Problem

_REF = "#/components/schemas/{model}"

PROBLEMS = {
    "401": "No valid bearer token",
    "403": "The token does not allow it",
    "404": "No such thing",
    "408": "The body trickled",
    "409": "Same request id with other arguments, or a command that is not legal now",
    "413": "Too large",
    "415": "Not application/json",
    "422": "Malformed: `errors` names the fields",
    "429": "Too many requests: see Retry-After",
    "503": "Not available now: see Retry-After",
}

CALL_HEADERS = {
    "Idempotency-Key": "The request id: the same one again joins the first run and gets its answer.",
    "X-Call-Id": "The platform's id of the conversation (`interaction.call_id`).",
    "Prefer": "`respond-async`: answer as soon as the rules have decided. `wait=N`: at most N seconds (capped at 4).",
    "traceparent": "W3C trace context; `Handrail-Trace` takes the same.",
}


def describe(app: FastAPI) -> None:
    """Makes `app.openapi()` tell the whole surface."""
    plain = app.openapi

    def whole() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            _schemas(document)
            _bodies(document)
            _problems(document)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = whole  # type: ignore[method-assign]


def _schemas(document: dict[str, Any]) -> None:
    forms: list[type[BaseModel]] = [BulkForm, CallForm, DelegateForm, Problem, *COMMAND_FORMS.values()]
    _, definitions = models_json_schema([(form, "validation") for form in forms], ref_template=_REF)
    schemas = document["components"]["schemas"]
    for name, schema in definitions["$defs"].items():
        schemas.setdefault(name, schema)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)


def _bodies(document: dict[str, Any]) -> None:
    paths = document["paths"]
    call = paths["/v1/tools/{tool}"]["post"]
    call["requestBody"] = _json({"$ref": _ref(CallForm)}, required=False)
    call["parameters"] += [
        {"name": name, "in": "header", "required": False, "description": text, "schema": {"type": "string"}}
        for name, text in CALL_HEADERS.items()
    ]
    command = paths["/v1/work/{reference}/{command}"]["post"]
    any_form = {"anyOf": [{"$ref": _ref(form)} for form in COMMAND_FORMS.values()]}
    command["requestBody"] = _json(any_form, required=False)
    for parameter in command["parameters"]:
        if parameter["name"] == "command":
            parameter["schema"]["enum"] = list(COMMAND_FORMS)
    paths["/v1/delegations"]["post"]["requestBody"] = _json({"$ref": _ref(DelegateForm)}, required=True)
    paths["/v1/decisions"]["post"]["requestBody"] = _json({"$ref": _ref(BulkForm)}, required=True)
    event = paths["/v1/events/{connector}"]["post"]
    event["requestBody"] = {"required": True, "content": {"application/octet-stream": {}}}


def _problems(document: dict[str, Any]) -> None:
    content = {MEDIA_TYPE: {"schema": {"$ref": _ref(Problem)}}}
    for methods in document["paths"].values():
        for operation in methods.values():
            takes_body = "requestBody" in operation
            for status, text in PROBLEMS.items():
                if takes_body or status not in ("408", "409", "413", "415"):
                    operation["responses"][status] = {"description": text, "content": content}


def _ref(form: type[BaseModel]) -> str:
    return _REF.format(model=form.__name__)


def _json(schema: dict[str, Any], required: bool) -> dict[str, Any]:
    return {"required": required, "content": {"application/json": {"schema": schema}}}
