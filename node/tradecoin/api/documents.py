"""What the OpenAPI document says beside the routes: problem documents, and an example for every body."""

from collections import defaultdict
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from tradecoin.api.problems import MEDIA_TYPE, STATUS

_EVERYWHERE: Final = ("request_invalid", "database_unavailable", "internal")
_WITH_KEY: Final = ("unauthorized", "forbidden")
_NAMES: Final = {
    400: "The request is not understood",
    401: "No valid key",
    403: "The key may not do that",
    404: "There is no such thing",
    409: "Its state, or an earlier use, rules this out",
    413: "The body is too large",
    422: "The request breaks a rule",
    500: "Something is wrong here",
    503: "Not now; ask again later",
}
_REF: Final = "#/components/schemas/"

PROBLEM: Final[dict[str, Any]] = {
    "title": "Problem",
    "description": "An RFC 9457 problem document.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "request_id", "retryable", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "enum": sorted(STATUS)},
        "request_id": {"type": "string"},
        "retryable": {"type": "boolean", "description": "Whether the same request may work later"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "message"],
                "properties": {
                    "pointer": {"type": "string", "description": "RFC 6901, into the body"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
        "facts": {"type": "object", "description": "What was got, what the limit was"},
        "line": {"type": "integer", "description": "Of a bank message, from 1"},
        "path": {"type": "string", "description": "Of a bank message, like an XPath"},
        "reason": {"type": "string"},
    },
}


def errors(*codes: str, public: bool = False) -> dict[int | str, dict[str, Any]]:
    """Return the documented errors of a route: those named, and those that any route can have."""
    by_status: dict[int, list[str]] = defaultdict(list)
    for code in dict.fromkeys((*codes, *(() if public else _WITH_KEY), *_EVERYWHERE)):
        by_status[STATUS[code]].append(code)
    return {status: _response(status, found) for status, found in sorted(by_status.items())}


def _response(status: int, codes: list[str]) -> dict[str, Any]:
    """Describe the problem documents of one status."""
    examples = {code: {"value": _problem(status, code)} for code in codes}
    content = {MEDIA_TYPE: {"schema": {"$ref": f"{_REF}Problem"}, "examples": examples}}
    return {"description": f"{_NAMES[status]}: {', '.join(codes)}", "content": content}


def _problem(status: int, code: str) -> dict[str, Any]:
    """Return a problem document as it might come."""
    return {
        "type": f"urn:tradecoin:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "detail": "What exactly is wrong, in a sentence.",
        "code": code,
        "request_id": "5f1c9a7e2b6d4c38",
        "retryable": status == 503,
        "errors": [],
    }


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the app's OpenAPI 3.1 document, made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=app.description,
            routes=app.routes,
            tags=app.openapi_tags,
        )
        schemas = made["components"]["schemas"]
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        schemas["Problem"] = PROBLEM
        for path in made["paths"].values():
            for operation in path.values():
                _add_examples(operation, schemas)
        app.openapi_schema = made
    return app.openapi_schema


def _add_examples(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Give every JSON body of an operation an example."""
    bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
    for body in bodies:
        for kind, media in body.get("content", {}).items():
            if kind == "application/json" and not {"example", "examples"} & set(media):
                media["example"] = example_of(media.get("schema", {}), schemas)


def example_of(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """Make a value that fits a schema, out of the examples that its members have."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].removeprefix(_REF)], schemas)
    if "examples" in schema:
        return schema["examples"][0]
    for name in ("const", "default"):
        if name in schema:
            return schema[name]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], schemas)
    return _plain_example(schema, schemas)


def _plain_example(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """Make a value of a plain type."""
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        return {name: example_of(each, schemas) for name, each in schema.get("properties", {}).items()}
    if kind == "array":
        return [example_of(schema["items"], schemas)] if schema.get("items") else []
    if kind == "integer":
        return max(1, schema.get("minimum", 1))
    return {"boolean": True, "null": None}.get(str(kind), "text")
