"""Frames of a camera or a video, answered as they come over one connection; the latest wins where they come faster."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import TypeAdapter, ValidationError

from fer_lab.serving.gate import PROTOCOL
from fer_lab.serving.refusals import Refused
from fer_lab.serving.room import client_of
from fer_lab.serving.said import check_query, threshold_of

if TYPE_CHECKING:
    from fer_lab.serving.app import Service

TRUTH = TypeAdapter(bool)


def streams(service: Service) -> APIRouter:
    """``/stream?model=&error=&above=&points=``: a frame (the bytes of a picture) a message in, JSON a message out.

    Each frame is answered, in order: ``frame`` is its number, from 0 on; one that was overtaken by a later one before
    its turn says ``skipped``, one that cannot be answered says why.
    """
    router = APIRouter()

    @router.websocket("/stream")
    async def stream(socket: WebSocket) -> None:
        try:
            asked = _asked(service, socket)
            if service.metrics.open_streams >= service.limits.streams:
                raise Refused(503, f"{service.limits.streams} streams are open, which is the limit")
        except Refused as refused:
            await socket.send_denial_response(refused.response)
            return
        with service.metrics.stream():  # counted before it is accepted, which others may ask meanwhile
            await socket.accept(subprotocol=_protocol(socket))
            await _Stream(service, socket, *asked).run()

    return router


class _Stream:
    """One connection: a task that takes frames in, and the answering of the latest."""

    def __init__(
        self, service: Service, socket: WebSocket, name: str | None, above: float | None, points: bool
    ) -> None:
        self._service, self._socket, self._name = service, socket, name
        self._above, self._points = above, points
        self._latest: tuple[int, bytes] | None = None
        self._skipped: list[int] = []
        self._came = asyncio.Event()
        self._is_over = False

    async def run(self) -> None:
        """Until the client leaves, is silent for too long, or the service stops."""
        reading = asyncio.create_task(self._read())
        try:
            with suppress(WebSocketDisconnect, RuntimeError):  # it has gone while it was answered
                while await self._answer_next():
                    pass
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
                await reading

    async def _read(self) -> None:
        number = 0
        with suppress(WebSocketDisconnect, TimeoutError, KeyError):  # gone, silent, or text where bytes are due
            while True:
                data = await asyncio.wait_for(self._socket.receive_bytes(), self._service.limits.idle)
                if self._latest is not None:
                    self._skipped.append(self._latest[0])
                self._latest, number = (number, data), number + 1
                self._came.set()
        self._is_over = True
        self._came.set()

    async def _answer_next(self) -> bool:
        """Answer what is there; whether more may come."""
        await self._came.wait()
        self._came.clear()
        skipped, self._skipped = self._skipped, []
        latest, self._latest = self._latest, None
        for number in skipped:
            await self._socket.send_json({"frame": number, "skipped": True})
        if latest is not None:
            await self._socket.send_json({"frame": latest[0], **await self._said(latest[1])})
        if self._is_over and self._latest is None:
            with suppress(RuntimeError):
                await self._socket.close(1000, "frames are bytes of pictures; a stream without any is closed")
            return False
        return True

    async def _said(self, data: bytes) -> dict[str, Any]:
        service = self._service
        try:
            loaded = service.models.named(self._name)  # asked each time: a reload replaces it
            with service.room.pictures(client_of(self._socket), 1):
                said = await service.answered(loaded, data, self._above, self._points)
            return {"model": loaded.about, "above": self._above, **said}
        except Refused as refused:
            return refused.said


def _asked(service: Service, socket: WebSocket) -> tuple[str | None, float | None, bool]:
    """The model, the threshold and whether points are wanted."""
    query = socket.query_params
    check_query(query.keys())
    name = query.get("model")
    numbers = [_number(query.get(key), key) for key in ("error", "above")]
    return name, threshold_of(service.models.named(name).contract, *numbers), _truth(query.get("points"), "points")


def _number(text: str | None, key: str) -> float | None:
    if text is None:
        return None
    with suppress(ValueError):
        if 0 <= (value := float(text)) <= 1:
            return value
    raise Refused(422, f"query.{key}: a number from 0 to 1")


def _truth(text: str | None, key: str) -> bool:
    """As the words of a query are read elsewhere."""
    with suppress(ValidationError):
        return TRUTH.validate_python(text or False)
    raise Refused(422, f"query.{key}: true or false")


def _protocol(socket: WebSocket) -> str | None:
    """What a page has offered that brought its token as a protocol: it wants one of its offers confirmed."""
    offered = socket.scope.get("subprotocols", [])
    return next((one for one in offered if one.startswith(PROTOCOL)), None)
