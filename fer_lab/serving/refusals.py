"""How a service says no: a status, a word for programs, a sentence for people; always JSON."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

WORDS: Mapping[int, str] = {
    400: "malformed", 401: "token", 403: "forbidden", 404: "unknown", 405: "method", 408: "slow", 411: "length",
    413: "too_much", 415: "kind", 422: "unusable", 429: "too_many", 431: "headers", 500: "fault", 503: "busy",
}  # fmt: skip
"""The word of a status."""
WHY: Mapping[int, str] = {
    400: "no HTTP, no form, or the Host of another service",
    401: "the token is missing or wrong",
    403: "a page of another origin asks",
    404: "there is no such path or model",
    405: "not with this method",
    408: "the request did not come in time",
    411: "no Content-Length",
    413: "more bytes or pictures than the limit",
    415: "neither a picture nor a form",
    422: "no picture, a damaged or too large one, or a query that cannot be followed",
    429: "more pictures at once than one address may have",
    431: "the head is too large",
    500: "a fault of the service",
    503: "more waits than the limit, it took too long, or the service stops: ask again later",
}
"""What it stands for, for people; what is said of a request is more exact."""
RETRY_AFTER = 1
"""Seconds after which one may ask again where too much was asked at once."""


class Refused(Exception):  # noqa: N818 - it is an answer, not a fault
    """A request that is refused.

    Args:
        status: of HTTP, one of ``WORDS``.
        detail: why, for people; nothing of a picture.
        headers: of the answer, beside the usual ones.
    """

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, dict(headers or {})
        if status in (429, 503):
            self.headers.setdefault("Retry-After", str(RETRY_AFTER))

    @property
    def said(self) -> dict[str, Any]:
        """It as JSON."""
        return {"error": WORDS.get(self.status, HTTPStatus(self.status).name.lower()), "detail": self.detail}

    @property
    def response(self) -> JSONResponse:
        """It as an answer."""
        return JSONResponse(self.said, self.status, self.headers)


def say_no(app: FastAPI) -> None:
    """Let an application answer in this form whatever it refuses."""

    async def refuse(_: Request, error: Exception) -> JSONResponse:
        return refused(error).response

    for kind in (Refused, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, refuse)


def refused(error: Exception) -> Refused:
    """What an exception of the framework comes to."""
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        return Refused(422, f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
    if isinstance(error, HTTPException):
        return Refused(error.status_code, str(error.detail), error.headers)
    return error if isinstance(error, Refused) else Refused(500, "a fault of the service; its log says more")
