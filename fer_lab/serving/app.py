"""The service: one picture a request, on loopback only. Nothing that a request says is taken for a path."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from starlette.datastructures import UploadFile
from starlette.middleware.trustedhost import TrustedHostMiddleware

from fer_lab.errors import ConfigError, DataError
from fer_lab.serving.answering import Answering

HOST = "127.0.0.1"
NAMES_OF_HOST = [HOST, "localhost"]
"""What a client may call this machine: a foreign name that leads here (DNS rebinding) is refused."""
LARGEST = 16 << 20
"""Bytes of a request; of how many pixels a picture may be is ``media``'s to say."""
FORM = "multipart/form-data"
PICTURE = "file"
"""The field of a form that holds the picture."""


async def sized(request: Request) -> None:
    """Refuse what does not say how large it is, or is too large, before any of it is read."""
    length = request.headers.get("content-length", "")
    if not length.isdigit():
        raise HTTPException(411, "a request says its Content-Length")
    if int(length) > LARGEST:
        raise HTTPException(413, f"{int(length)} bytes; the limit is {LARGEST}")


async def picture_of(request: Request) -> bytes:
    """The bytes of a picture, sent as they are, or as the field ``file`` of a form."""
    if not request.headers.get("content-type", "").startswith(FORM):
        return await request.body()
    async with request.form(max_files=1, max_fields=0) as form:
        sent = form.get(PICTURE)
        if not isinstance(sent, UploadFile):
            raise HTTPException(422, f"the form has no file in its field {PICTURE!r}")
        return await sent.read()


def application(answering: Answering) -> FastAPI:
    """``GET /`` says which run answers, ``POST /predict`` what it says of a picture.

    Probabilities by class, the box of the face, and which run it is. 422 where the picture cannot be read or shows no
    face, with the reason.
    """
    about = answering.about()
    app = FastAPI(title="fer_lab", docs_url=None, redoc_url=None)  # the pages of either load scripts from elsewhere
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=NAMES_OF_HOST)

    @app.exception_handler(DataError)
    async def refuse(request: Request, error: DataError) -> JSONResponse:
        return JSONResponse({"detail": error.what}, 422)

    @app.get("/")
    def who() -> dict[str, Any]:
        return about

    @app.post("/predict", dependencies=[Depends(sized)])
    async def predict(request: Request) -> dict[str, Any]:
        answer = await run_in_threadpool(answering.answer, await picture_of(request))
        return {"probabilities": answer.outputs, "box": answer.box, "faces_found": answer.faces_found, **about}

    return app


def serve(answering: Answering, port: int, ready: Callable[[str], None]) -> None:
    """Answer until interrupted.

    Args:
        answering: the run.
        port: of loopback; 0 takes a free one.
        ready: is told the address once it is listened at.

    Raises:
        ConfigError: the port is taken.
    """
    try:
        bound = socket.create_server((HOST, port))
    except OSError as error:
        raise ConfigError(f"port {port} cannot be had: {error.strerror}", do="take another --port, or 0") from error
    # Inherited by every connection. asyncio sets it for sockets that name TCP, which this one does not; without it
    # an answer waits 40 ms for the client to have acknowledged its head.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = uvicorn.Config(application(answering), access_log=False, log_level="warning", lifespan="off")
    with bound:
        ready(f"http://{HOST}:{bound.getsockname()[1]}/")
        asyncio.run(uvicorn.Server(config).serve([bound]))
