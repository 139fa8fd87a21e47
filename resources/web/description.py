"""Parts that a description of addresses (OpenAPI 3.1) is made of. No address is known here."""

from collections.abc import Mapping, Sequence
from typing import Any

Node = dict[str, Any]
TEXT: Node = {"type": "string"}
WHOLE: Node = {"type": "integer", "minimum": 0}


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
        schema = {"$ref": f"#/components/schemas/{schema}"}
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
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


def parameter(place: str, name: str, schema: Node, text: str) -> Node:
    """Describe a parameter in ``path`` or ``query``."""
    return {
        "in": place,
        "name": name,
        "required": place == "path",
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


PROBLEM = an_object(
    {"type": TEXT, "title": TEXT, "status": {"type": "integer"}, "instance": TEXT, "detail": TEXT}
)
"""The component `Problem`, to which errors refer."""
