"""The page that says how the service is asked: made of its own OpenAPI document; loads nothing from anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

TEMPLATE = Path(__file__).parent / "templates" / "reference.html"
HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}
ANSWERED = "200"


def reference() -> APIRouter:
    """``GET /docs``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/docs")
    async def page(request: Request) -> HTMLResponse:
        return HTMLResponse(page_of(request.app.openapi(), str(request.base_url).rstrip("/")), headers=HEADERS)

    return router


def page_of(document: Mapping[str, Any], address: str) -> str:
    """The page of an OpenAPI document.

    Args:
        document: it.
        address: of the service, for its examples.
    """
    from jinja2 import Environment, StrictUndefined  # a tenth of a second, of those who read

    made = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    template = made.from_string(TEMPLATE.read_text())
    return template.render(
        info=document["info"], address=address, has_token="security" in document, paths=list(_operations(document))
    )


def _operations(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for path, operations in document["paths"].items():
        for method, one in operations.items():
            yield {
                "method": method.upper(),
                "path": path,
                "what": " ".join(one.get("description", "").split()),
                "parameters": [_parameter(each) for each in one.get("parameters", [])],
                "kinds": list(one.get("requestBody", {}).get("content", {})),
                "answers": [_answer(*each) for each in sorted(one["responses"].items())],
            }


def _parameter(one: Mapping[str, Any]) -> tuple[str, str, str]:
    """Its name, what it may be, and what it does."""
    schema = one["schema"]
    kinds = [each["type"] for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
    return one["name"], " or ".join(kinds), one.get("description", "")


def _answer(status: str, answer: Mapping[str, Any]) -> tuple[str, str, str]:
    """Its status, what it stands for, and its form; of what was answered FastAPI has nothing to say."""
    return status, "answered" if status == ANSWERED else answer["description"], _fields(answer)


def _fields(answer: Mapping[str, Any]) -> str:
    """The form of a whole answer, as JSON that stands for its schema."""
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    if "error" in schema.get("properties", {}) or not schema.get("properties"):
        return ""
    return json.dumps(_shape(schema), indent=2, ensure_ascii=False)


def _shape(schema: Mapping[str, Any]) -> Any:
    if "properties" in schema:
        return {name: _shape(one) for name, one in schema["properties"].items()}
    if "items" in schema:
        return [schema["description"]] if "description" in schema else [_shape(schema["items"])]
    return schema.get("description") or schema.get("type", "")
