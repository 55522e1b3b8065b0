"""The page and what it asks for, on loopback only: requests name numbers and annotators, never files."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from importlib.resources import files
from typing import Any

from aiohttp import web

from fer_lab.annotation.items import Item, Items
from fer_lab.annotation.marks import check_picture, checked_mark
from fer_lab.annotation.store import Store, TakenError, checked_name, said
from fer_lab.errors import ConfigError, FerLabError, StoreError
from fer_lab.media import Unreadable, regular_file, shown_picture

HOST = "127.0.0.1"
NAMES_OF_HOST = frozenset({HOST, "localhost"})
"""What a browser may call this machine: a foreign name that leads here (DNS rebinding) is refused."""
PAGE = {"": ("page.html", "text/html"), "page.css": ("page.css", "text/css"), "icon.svg": ("icon.svg", "image/svg+xml")}
SCRIPTS = ("page.js", "pad.js", "trace.js", "saving.js")
LARGEST_REQUEST = 1 << 18
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Service:
    """What is annotated, and by whom at this moment.

    Args:
        items: numbered.
        name: the only annotator who may enter; None: the page asks who it is.

    Raises:
        TakenError: another process annotates under ``name``.
    """

    def __init__(self, items: Items, name: str | None = None) -> None:
        self.items, self.name = items, name
        self._windows: dict[str, str] = {}
        self._stores: dict[str, Store] = {}
        if name is not None:
            self._stores[name] = Store(items.root, name)

    def app(self) -> web.Application:
        """The routes; nothing else is answered."""
        app = web.Application(middlewares=[_guarded], client_max_size=LARGEST_REQUEST)
        app.add_routes([web.get(f"/{name}", _file(*what)) for name, what in PAGE.items()])
        app.add_routes([web.get(f"/{name}", _file(name, "text/javascript")) for name in SCRIPTS])
        app.add_routes(
            [
                web.get("/start", self.start),
                web.get(r"/media/{listing:[0-9a-f]+}/{number:\d{1,7}}", self.media),
                web.post("/enter", self.enter),
                web.post("/mark", self.mark),
                web.post("/undo", self.undo),
            ]
        )
        return app

    def close(self) -> None:
        """Let other processes annotate under all names."""
        for store in self._stores.values():
            store.close()

    async def start(self, request: web.Request) -> web.Response:
        """Who may enter, and how much there is to do. Names of files are not told: they may say what is right."""
        return web.json_response({"name": self.name, "items": len(self.items.listed)})

    async def enter(self, request: web.Request) -> web.Response:
        """All that the annotator has said so far, of this name only."""
        asked = await _asked(request)
        store = self._store(asked, take_over=asked.get("takeOver") is True)
        numbers = {item.path: number for number, item in enumerate(self.items.listed)}
        known = {numbers[path]: values for path, values in said(store.marks).items() if path in numbers}
        seconds = [item.seconds for item in self.items.listed]
        about = {"name": store.name, "listing": self.items.listing, "seconds": seconds}
        return web.json_response({**about, "said": known, "last": store.last_take})

    async def mark(self, request: web.Request) -> web.Response:
        """Keep a mark: the answer comes when it is on disk."""
        asked = await _asked(request)
        item = self._item(asked.get("listing"), asked.get("number"))
        mark = checked_mark(asked.get("take"), item.path, asked.get("values"))
        if not item.is_video:
            check_picture(mark)
        store = self._store(asked)
        store.add(mark)
        return web.json_response({"last": store.last_take})

    async def undo(self, request: web.Request) -> web.Response:
        """Take back the last take, and say what stands of its item now."""
        asked = await _asked(request)
        store = self._store(asked)
        path = store.undo(str(asked.get("take")))
        number = None if path is None else self.items.number_of(path)
        stands = said(mark for mark in store.marks if mark.path == path).get(path or "", {})
        return web.json_response({"number": number, "said": stands, "last": store.last_take})

    async def media(self, request: web.Request) -> web.StreamResponse:
        """A picture as JPEG, or a video, of which any range may be asked for."""
        item = self._item(request.match_info["listing"], int(request.match_info["number"]))
        kept = {"Cache-Control": "private, max-age=3600"}
        if item.is_video:
            file = regular_file(self.items.root, self.items.root / item.path)
            return web.FileResponse(file, headers={**kept, "Content-Type": item.kind})
        data = await asyncio.to_thread(shown_picture, self.items.root, item.path)
        return web.Response(body=data, content_type=item.kind, headers=kept)

    def _item(self, listing: Any, number: Any) -> Item:
        if listing != self.items.listing:
            raise _conflict("the folder has other files now", stale=True)
        if type(number) is not int or not 0 <= number < len(self.items.listed):
            raise _error(web.HTTPNotFound, f"no item {number!r:.20}")
        return self.items.listed[number]

    def _store(self, asked: Mapping[str, Any], take_over: bool = False) -> Store:
        """The annotator's store, for the window that has it: the first that comes, or that takes it over."""
        name = self.name or checked_name(asked.get("name"))
        window = asked.get("window")
        if not isinstance(window, str) or not 8 <= len(window) <= 64:
            raise _error(web.HTTPBadRequest, "a window says which it is by 8 to 64 characters")
        if not take_over and self._windows.get(name, window) != window:
            raise _conflict(f"{name} is annotating in another window", taken=True)
        if name not in self._stores:
            self._stores[name] = Store(self.items.root, name)
        self._windows[name] = window
        return self._stores[name]


async def serve(service: Service, port: int, ready: Callable[[str], None]) -> None:
    """Answer until cancelled.

    Args:
        service: what is served.
        port: of loopback; 0 takes a free one.
        ready: is told the address once it is answered.

    Raises:
        ConfigError: the port is taken.
    """
    runner = web.AppRunner(service.app(), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        ready(f"http://{HOST}:{runner.addresses[0][1]}/")
        await asyncio.Event().wait()
    except OSError as error:
        raise ConfigError(f"port {port} cannot be had: {error.strerror}", do="take another --port, or 0") from error
    finally:
        await runner.cleanup()
        service.close()


@web.middleware
async def _guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what is not asked from this page, and give reasons as JSON."""
    try:
        _check_origin(request)
        response = await handler(request)
    except web.HTTPException as error:
        response = error if error.content_type == "application/json" else _told(error.reason, error.status)
    except TakenError as error:
        response = _told(error.what, 409, taken=True)
    except StoreError as error:
        response = _told(str(error), 507)
    except Unreadable as error:
        response = _told(error.reason, 422)
    except FerLabError as error:
        response = _told(str(error), 400)
    response.headers.update(HEADERS)
    return response


def _check_origin(request: web.Request) -> None:
    host = request.headers.get("Host", "")
    if host.rpartition(":")[0] not in NAMES_OF_HOST and host not in NAMES_OF_HOST:
        raise _error(web.HTTPMisdirectedRequest, f"this page is at {HOST} only")
    if request.headers.get("Origin", f"http://{host}") != f"http://{host}":
        raise _error(web.HTTPForbidden, "another page may not ask for this")
    if request.method == "POST" and request.content_type != "application/json":
        raise _error(web.HTTPUnsupportedMediaType, "JSON is expected")


async def _asked(request: web.Request) -> dict[str, Any]:
    with suppress(ValueError, RecursionError):
        asked = json.loads(await request.read())
        if isinstance(asked, dict):
            return asked
    raise _error(web.HTTPBadRequest, "a JSON object is expected")


def _file(name: str, kind: str) -> Handler:
    """A handler that gives a file of the page."""
    data = (files("fer_lab.annotation") / "page" / name).read_bytes()

    async def give(request: web.Request) -> web.Response:
        return web.Response(body=data, content_type=kind, charset="utf-8", headers={"Cache-Control": "no-cache"})

    return give


def _told(why: str, status: int, **further: bool) -> web.Response:
    return web.json_response({"error": why, **further}, status=status)


def _error(kind: type[web.HTTPException], why: str, **further: bool) -> web.HTTPException:
    return kind(text=json.dumps({"error": why, **further}), content_type="application/json")


def _conflict(why: str, **further: bool) -> web.HTTPException:
    return _error(web.HTTPConflict, why, **further)
