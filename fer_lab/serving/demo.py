"""The live page: its files, what computes in it, and a model for it; one router, for the application of the service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, Response

from fer_lab.faces import FacesConfig, find_model
from fer_lab.inference.model import Model
from fer_lab.serving.page_facts import page_facts
from fer_lab.serving.runtime import NAMES

PLACE = "/demo"
"""Under which all of it lies."""
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".wasm": "application/wasm",
}
"""Of the page's files, by the ends of their names."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; "
    "connect-src 'self'; img-src 'self' blob:; media-src 'self' blob:; style-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Of every answer. Nothing is loaded from elsewhere or sent there, whatever a script would like to (MediaPipe's counts
its uses). Pages that are isolated from others (the first two of ``Cross-Origin``) may compute on several threads."""
FRESH, KEPT = {"Cache-Control": "no-cache"}, {"Cache-Control": "private, max-age=86400"}
METHODS = ["GET", "HEAD"]


def demo_router(model: Callable[[], Model], runtime: Path | None) -> APIRouter:
    """The page of a model under ``PLACE``.

    Args:
        model: that answers in the page; asked each time, as a service may read its file again.
        runtime: the folder of what computes in the page (``serving.runtime``); None where the page cannot do the model.

    Raises:
        DataError: the landmark model is nowhere.
    """
    router = APIRouter(prefix=PLACE, include_in_schema=False)
    add = router.add_api_route
    add("", lambda: RedirectResponse(f"{PLACE}/", headers=HEADERS), methods=METHODS)
    add("/facts.json", lambda: JSONResponse(_facts(model()), headers=HEADERS | FRESH), methods=METHODS)
    add("/{version}.onnx", _network(model), methods=METHODS)
    for name, data in page_files().items():
        add(f"/{name}", _said(data, KINDS[Path(name).suffix]), methods=METHODS)
    add("/", _said(page_files()["page.html"], KINDS[".html"]), methods=METHODS)
    for name, path in _large(model(), runtime).items():
        add(f"/{name}", _from(path), methods=METHODS)
    return router


def page_files() -> Mapping[str, bytes]:
    """The page's own files, by name."""
    found = sorted((files("fer_lab.serving") / "page").iterdir(), key=lambda one: one.name)
    return {one.name: one.read_bytes() for one in found if Path(one.name).suffix in KINDS}


_facts = lru_cache(maxsize=1)(page_facts)


def _large(model: Model, runtime: Path | None) -> Mapping[str, Path]:
    """What finds faces and computes in the page; nothing where the page cannot do the model."""
    if runtime is None:
        return {}
    how = model.contract.preparation
    landmarks = find_model(how.model if isinstance(how, FacesConfig) else None)
    return {"landmarks.task": landmarks, **{f"runtime/{name}": runtime / name for name in NAMES}}


def _network(model: Callable[[], Model]) -> Callable[[str], Response]:
    def give(version: str) -> Response:
        now = model()
        if version != now.version:
            return JSONResponse({"detail": f"the model is of version {now.version} now"}, 404, headers=HEADERS | FRESH)
        return FileResponse(now.path, media_type="application/octet-stream", headers=HEADERS | KEPT)

    return give


def _said(data: bytes, kind: str) -> Callable[[], Response]:
    return lambda: Response(data, media_type=kind, headers=HEADERS | FRESH)


def _from(path: Path) -> Callable[[], Response]:
    kind = KINDS.get(path.suffix, "application/octet-stream")
    return lambda: FileResponse(path, media_type=kind, headers=HEADERS | KEPT)
