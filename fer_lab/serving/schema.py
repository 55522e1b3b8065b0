"""What the OpenAPI document says of the service, beyond what its paths say of themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from fer_lab.serving.gate import Door
from fer_lab.serving.pictures import FORM
from fer_lab.serving.refusals import WHY, WORDS

if TYPE_CHECKING:
    from fer_lab.serving.app import Service

ABOUT = """Exported models of facial expressions: pictures in, faces and answers out. Nothing that is sent is kept."""
BYTES = {"type": "string", "format": "binary"}
PREDICT: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "image/*": {"schema": BYTES},
            "application/octet-stream": {"schema": BYTES},
            FORM: {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "array", "items": BYTES}},
                    "required": ["file"],
                }
            },
        },
    }
}
NUMBER: dict[str, Any] = {"type": "number"}
NUMBERS: dict[str, Any] = {"type": "object", "additionalProperties": {"type": "number"}}
FACE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "box": {
            "type": ["array", "null"],
            "items": NUMBER,
            "description": "left, top, width, height around the face's points, px of the picture",
        },
        "pose": {"type": ["array", "null"], "items": NUMBER, "description": "yaw, pitch, roll, degrees"},
        "probabilities": NUMBERS | {"description": "of classes and labels"},
        "values": NUMBERS | {"description": "of valence, arousal and the like"},
        "sure": NUMBER | {"description": "of classes, the largest probability"},
        "answer": {"type": "string", "description": "the class, or `no clear expression` below the threshold"},
        "answers": {"type": "array", "items": {"type": "string"}, "description": "the labels that are present"},
        "points": {"type": ["array", "null"], "description": "68 of iBUG, px, where asked for"},
    },
    "required": ["box", "pose"],
}
PICTURE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "faces": {"type": "array", "items": FACE, "description": "the largest first"},
        "width": {"type": "integer"},
        "height": {"type": "integer"},
        "notes": {
            "type": "array",
            "items": {"type": "string"},
            "description": "why a face, or the whole picture, is not answered",
        },
        "error": {"type": "string"},
        "detail": {"type": "string"},
    },
}
MODEL: dict[str, Any] = {
    "type": "object",
    "properties": {
        **{name: {"type": "string"} for name in ("name", "version", "trained_on", "run", "cell", "dataset")},
        "generated": {"type": "boolean", "description": "whether all faces that it has ever seen are generated"},
        "data": {"description": "signature of what it was trained on"},
    },
    "required": ["name", "version", "generated"],
}
ERROR: dict[str, Any] = {
    "type": "object",
    "properties": {"error": {"type": "string", "enum": list(WORDS.values())}, "detail": {"type": "string"}},
    "required": ["error", "detail"],
}


def _answer(schema: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {"application/json": {"schema": schema}}}}


def _refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    content = {"application/json": {"schema": ERROR}}
    return {one: {"description": f"{WORDS[one]}: {WHY[one]}", "content": content} for one in statuses}


EVERYWHERE = _refusals(400, 401, 403, 408, 431, 503)
PREDICTED = {
    **_answer(
        {
            "type": "object",
            "properties": {
                "model": MODEL,
                "above": {"type": ["number", "null"]},
                "pictures": {"type": "array", "items": PICTURE},
            },
            "required": ["model", "above", "pictures"],
        }
    ),
    **_refusals(404, 411, 413, 415, 422, 429),
}
MODELS = _answer(
    {"type": "object", "properties": {"models": {"type": "array", "items": MODEL}}, "required": ["models"]}
)
READY: dict[int | str, dict[str, Any]] = _refusals(503)
RELOADED: dict[int | str, dict[str, Any]] = _refusals(422, 503)


def described(app: FastAPI, service: Service) -> None:
    """Add to an application's OpenAPI document what holds of every path: refusals, and the token if there is one."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(made(), service.door)
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(document: dict[str, Any], door: Door) -> None:
    for path, operations in document["paths"].items():
        for operation in operations.values():
            if path in door.free:
                operation["security"] = []
            operation["responses"] = {str(key): one for key, one in EVERYWHERE.items()} | operation["responses"]
    if door.token is not None:
        document.setdefault("components", {})["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
