"""Parts that a description of addresses (OpenAPI 3.1) is made of. No address is known here."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

Node = dict[str, Any]
TEXT: Node = {"type": "string"}
WHOLE: Node = {"type": "integer", "minimum": 0}


def described(
    title: str, about: str, paths: Mapping[str, Node], schemas: Mapping[str, Node]
) -> Node:
    """Describe all addresses of a service. To its schemas come `Status` and `Problem`."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "description": about,
            "version": version("imagesuggest"),
            "license": {"name": "see the project"},
        },
        "paths": dict(paths),
        "components": {"schemas": {**schemas, "Status": _STATUS, "Problem": _PROBLEM}},
    }


def problems(what: str) -> dict[str, str]:
    """Give every error that an address answers with, where ``what`` may be out of reach."""
    return {
        "400": "A value is not one that can be meant; `detail` says what was expected.",
        "404": "There is nothing at the address.",
        "405": "The address is only read; `Allow` says how.",
        "503": f"{what} does not answer; try again after `Retry-After` seconds.",
    }


def path(
    summary: str,
    parameters: Sequence[Node],
    schema: Node | str,
    problems: Mapping[str, str],
    media_type: str = "application/json",
    *,
    tagged: bool = True,
    other_media_types: Sequence[str] = (),
) -> Node:
    """Describe an address that is read: GET and HEAD. ``schema`` is one of the components where it
    is a name; ``problems`` are the errors that it answers with, by status. In other media types it
    is text.
    """
    if isinstance(schema, str):
        schema = component(schema)
    problem = {"application/problem+json": {"schema": component("Problem")}}
    failures: Node = {
        status: {"description": text, "content": problem} for status, text in problems.items()
    }
    if "503" in failures:
        failures["503"]["headers"] = {"Retry-After": {"schema": TEXT}}
    given: Node = {
        "description": "What was asked for.",
        "content": {
            media_type: {"schema": schema},
            **{other: {"schema": TEXT} for other in other_media_types},
        },
    }
    if tagged:
        given["headers"] = {"ETag": {"schema": TEXT}}
    unchanged = {"304": {"description": "The ETag in If-None-Match is that of the answer."}}
    answers = {"200": given, **(unchanged if tagged else {}), **failures}
    return {
        method: {"summary": summary, "parameters": list(parameters), "responses": answers}
        for method in ("get", "head")
    }


def component(name: str) -> Node:
    """Refer to one of the schemas."""
    return {"$ref": f"#/components/schemas/{name}"}


def parameter(place: str, name: str, schema: Node, text: str, *, required: bool = False) -> Node:
    """Describe a parameter in ``path``, which is always required, or ``query``."""
    return {
        "in": place,
        "name": name,
        "required": required or place == "path",
        "schema": schema,
        "description": text,
    }


def an_object(properties: Mapping[str, Node]) -> Node:
    """Describe an object that has these properties and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def or_null(schema: Node) -> Node:
    """Describe what may be null, too."""
    return {**schema, "type": [schema["type"], "null"]}


def a_list(items: Node) -> Node:
    """Describe an array."""
    return {"type": "array", "items": items}


WIKI = parameter("path", "wiki", {**TEXT, "minLength": 1}, "Its database name: ptwiki.")
_STATUS = an_object({"status": TEXT})
_PROBLEM = an_object(
    {"type": TEXT, "title": TEXT, "status": {"type": "integer"}, "instance": TEXT, "detail": TEXT}
)
