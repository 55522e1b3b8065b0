"""Who is let in: requests that call this service by a name of its own, from no foreign page, with the token."""

from __future__ import annotations

import hmac
import ipaddress
import logging
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fer_lab.serving.limits import Limits
from fer_lab.serving.metrics import Metrics
from fer_lab.serving.names import LOOPBACK
from fer_lab.serving.refusals import Refused, refused

log = logging.getLogger(__name__)
FREE = ("/healthz", "/readyz", "/docs", "/openapi.json")
"""Asked by what starts and watches services, which has no token; and what says how one is shown."""
PROTOCOL = "fer_lab.token."
"""A page cannot give a stream a header: it may offer a protocol of this name with the token behind it."""


@dataclass(frozen=True)
class Door:
    """Who is let in.

    Attributes:
        token: that a request must show; None lets all in, for loopback only.
        names: that the service may be called by, beside those of loopback: a foreign name that leads here (DNS
            rebinding) is refused.
        free: paths, and beginnings of paths that end with ``/``, that need no token.
        head: bytes of a request's line and headers; the server itself counts those only that do not come at once.
    """

    token: str | None = None
    names: Collection[str] = ()
    free: tuple[str, ...] = FREE
    head: int = Limits.head


class Gate:
    """Stands before an application; counts what is answered.

    Args:
        app: it.
        door: who is let in.
        metrics: of the service.
        paths: that are counted by their own name.
    """

    def __init__(self, app: ASGIApp, door: Door, metrics: Metrics, paths: Collection[str]) -> None:
        self._app, self._door, self._metrics, self._paths = app, door, metrics, frozenset(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A request or a stream: refused, or handed on."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        answer = self._counted(scope, send)
        try:
            self._check(scope, Headers(scope=scope))
        except Refused as refused:
            await refused.response(scope, receive, answer)
            return
        if scope.get("method") == "HEAD":  # whatever can be read has a head; the server leaves the rest out
            scope = {**scope, "method": "GET"}
        await self._answered(scope, receive, answer)

    async def _answered(self, scope: Scope, receive: Receive, answer: Send) -> None:
        """By the application; its faults are answered here, as all that is answered farther out goes uncounted."""
        has_begun = False

        async def sent(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await answer(message)

        try:
            await self._app(scope, receive, sent)
        except Exception as error:
            if has_begun or scope["type"] != "http":
                raise
            log.exception("a fault in the answer of %s", scope["path"] if scope["path"] in self._paths else "other")
            await refused(error).response(scope, receive, answer)

    def _check(self, scope: Scope, headers: Headers) -> None:
        line = len(scope["raw_path"]) + len(scope["query_string"])
        if line + sum(len(name) + len(value) for name, value in headers.raw) > self._door.head:
            raise Refused(431, f"more than {self._door.head} bytes of head")
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._is_own(scope, hosts[0]):
            raise Refused(400, "the Host header names another service")
        origin = headers.get("origin")
        if origin is not None and _place_of(origin) != hosts[0].lower():
            raise Refused(403, "pages of other origins may not ask")
        path, free = scope["path"], self._door.free
        is_free = any(path.startswith(one) if one.endswith("/") else path == one for one in free)
        if self._door.token is not None and not is_free and not _shows(headers, self._door.token):
            raise Refused(401, "a token is asked for: Authorization: Bearer ...", {"WWW-Authenticate": "Bearer"})

    def _is_own(self, scope: Scope, host: str) -> bool:
        name = _name_of(host)
        if name in LOOPBACK or name in self._door.names:
            return True
        address = (scope.get("server") or ("",))[0]
        return _is_address(name) and name == address  # by its number, nobody is led here from elsewhere

    def _counted(self, scope: Scope, send: Send) -> Send:
        """Headers for all answers, and their number."""
        path = scope["path"] if scope["path"] in self._paths else "other"

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.requests.labels(path, str(message["status"])).inc()
                headers = MutableHeaders(scope=message)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        return sent


def _place_of(origin: str) -> str:
    """Host and port of an origin; '' of what is none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _name_of(host: str) -> str:
    """Without the port and the brackets of IPv6."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _shows(headers: Headers, token: str) -> bool:
    """Whether the token is among the headers; how long that takes tells nothing of it."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    shown = [given.strip()] if scheme.lower() == "bearer" else []
    offered = headers.get("sec-websocket-protocol", "").split(",")
    shown += [one.strip().removeprefix(PROTOCOL) for one in offered if one.strip().startswith(PROTOCOL)]
    return any(hmac.compare_digest(one.encode(), token.encode()) for one in shown)
