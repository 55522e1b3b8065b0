"""The process of a service: its socket, its signals, its end."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import threading
from collections.abc import Callable, Sequence

import uvicorn
from fastapi import FastAPI

from fer_lab.errors import ConfigError, FerLabError
from fer_lab.serving.app import Service
from fer_lab.serving.connections import guarded

log = logging.getLogger(__name__)


def serve(
    service: Service,
    app: FastAPI,
    host: str,
    port: int,
    ready: Callable[[str], None],
    proxies: Sequence[str] = (),
) -> None:
    """Answer until interrupted or told to stop; on SIGHUP read the models again.

    Args:
        service: what the application's paths share.
        app: of ``application``.
        host: to listen at.
        port: of it; 0 takes a free one.
        ready: is told the address once it is listened at.
        proxies: addresses whose word is taken for which client asks.

    Raises:
        ConfigError: the address cannot be had.
    """
    bound = _bound(host, port)
    limits = service.limits
    config = uvicorn.Config(
        app,
        http=guarded(limits),
        ws_max_size=limits.bytes,
        ws_max_queue=2,
        access_log=False,
        log_level="error",
        lifespan="off",
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        server_header=False,
        h11_max_incomplete_event_size=limits.head,
        timeout_keep_alive=round(limits.idle),
        timeout_graceful_shutdown=round(limits.stopping),
    )
    with bound:
        number = bound.getsockname()[1]
        ready(f"http://{f'[{host}]' if ':' in host else host}:{number}/")
        asyncio.run(_Server(config, service).serve([bound]))


class _Server(uvicorn.Server):
    """Says that it is stopping, and hears SIGHUP."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service
        self._reloads: set[asyncio.Task[None]] = set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if threading.current_thread() is threading.main_thread():  # no other hears signals
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._on_hangup)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._service.is_stopping = True
        await super().shutdown(sockets)

    def _on_hangup(self) -> None:
        task = asyncio.ensure_future(_reloaded(self._service))
        self._reloads.add(task)
        task.add_done_callback(self._reloads.discard)


async def _reloaded(service: Service) -> None:
    try:
        models = await service.models.reload()
    except FerLabError as error:
        log.error("the models in use stay: %s", error)
        return
    log.info("models read again: %s", ", ".join(f"{one['name']} ({one['version']})" for one in models))


def _bound(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        bound = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise ConfigError(f"{host}, port {port} cannot be had: {error.strerror}",
                          do="take another --port, or 0, and a --host of this machine") from error  # fmt: skip
    # Inherited by every connection. asyncio sets it for sockets that name TCP, which this one does not; without it
    # an answer waits 40 ms for the client to have acknowledged its head.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return bound
