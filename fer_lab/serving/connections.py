"""Connections: how many, and how long each may take to say what it wants. uvicorn itself waits for ever."""

from __future__ import annotations

import asyncio
import json
import sys
from http import HTTPStatus
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from fer_lab.serving.limits import Limits
from fer_lab.serving.refusals import Refused

LINGER = 2.0
"""Seconds in which a client that was refused before it had sent everything may read why."""


def guarded(limits: Limits) -> type[H11Protocol]:
    """The protocol of a service's connections.

    Args:
        limits: of the service.
    """

    class Guarded(Connection):
        pass

    Guarded.limits = limits
    return Guarded


class Connection(H11Protocol):
    """One connection; refuses in JSON what is no request.

    Attributes:
        limits: of the service.
    """

    limits = Limits()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._lingers = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Refuse one too many; the others have so long to say what they want."""
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections:
            self._refuse(Refused(503, f"{self.limits.connections} connections are open, which is the limit"))
            return
        self._expect(self.limits.sending, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for."""
        self._expect(0, None)
        self._is_read()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """The head of a request must be whole in time, however it drips."""
        if self._deadline is None and self.conn.their_state is h11.IDLE:
            self._expect(self.limits.sending, self._too_slow)
        super().data_received(data)

    def handle_events(self) -> None:
        """Once the head is whole, the application watches the time; but not over what comes after its answer."""
        super().handle_events()
        has_ended = self._lingers and self.conn.their_state is not h11.SEND_BODY
        has_begun = not self._lingers and self.conn.their_state is not h11.IDLE
        if (has_ended or has_begun) and not self.transport.is_closing():
            self._lingers = False
            self._expect(0, None)

    def on_response_complete(self) -> None:
        """What is still being sent after its answer is read for a moment, so that the client reads the answer."""
        self._lingers = self.conn.their_state is h11.SEND_BODY
        super().on_response_complete()
        if self._lingers and not self.transport.is_closing():
            self._expect(LINGER, self.transport.abort)

    def timeout_keep_alive_handler(self) -> None:
        """A client that reads nothing would keep the connection open beyond its end."""
        super().timeout_keep_alive_handler()
        self._expect(LINGER, self.transport.abort)

    def pause_writing(self) -> None:
        """A client that does not read its answer is waited for no longer than one that says nothing.

        That has a time of its own: the next request may be there already, and it ends what its head was waited for.
        """
        super().pause_writing()
        self._is_read()
        self._unread = self.loop.call_later(self.limits.idle, self.transport.abort)

    def resume_writing(self) -> None:
        """It reads."""
        self._is_read()
        super().resume_writing()

    def _is_read(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP: 400, or 431 where the head is too large."""
        error = sys.exc_info()[1]
        status = getattr(error, "error_status_hint", 400)
        self._refuse(Refused(status, "the request's head is too large" if status == 431 else "no request of HTTP"))

    def _too_slow(self) -> None:
        self._refuse(Refused(408, f"no request within {self.limits.sending:g} s"))

    def _refuse(self, refused: Refused) -> None:
        """Answer and close; where an answer has begun, close."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE) and not self.transport.is_closing():
            body = json.dumps(refused.said).encode()
            headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), "Connection": "close"}
            lines = [f"HTTP/1.1 {refused.status} {HTTPStatus(refused.status).phrase}"]
            lines += [f"{name}: {value}" for name, value in (headers | refused.headers).items()]
            self.transport.write("\r\n".join([*lines, "", ""]).encode() + body)
        self.transport.close()
        self._expect(LINGER, self.transport.abort)

    def _expect(self, seconds: float, otherwise: Any) -> None:
        """Call ``otherwise`` after so many seconds, in place of what was to be called; None calls nothing."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if otherwise is None else self.loop.call_later(seconds, otherwise)
