"""The twin of EmotioNet is fetched as real images are: from a server, here on loopback under the names of its list.

What the server cannot do truthfully is said where the client asks for it: a name that is not known where names are
looked up; a host that cannot be reached, and a certificate that fails, where a socket would be made.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import ssl
import struct
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from fer_lab.datasets.emotionet_web import UNREACHED, Page
from fer_lab.errors import StoreError
from fer_lab.fetching.download import JOURNAL, download
from fer_lab.fetching.journal import Entry
from fer_lab.fetching.limits import Limits
from fer_lab.fetching.outcomes import Outcome

LIMITS = Limits(pause=0.0, connect=120.0, read=120.0, retries=0)
"""Nobody has to be spared here, and nothing that fails passes; a busy machine may answer late."""
STATUSES: Mapping[Outcome, Sequence[int]] = {
    Outcome.NOT_FOUND: (404,),
    Outcome.NOT_FOR_US: (403, 410, 401, 400),
    Outcome.SERVER: (503, 500, 502, 504),
    Outcome.REDIRECTS: (302, 301),
}
"""What is answered in place of a picture, in turn; the latter lead back to the same URL, without an end."""
LOOPBACK = "127.0.0.1"
ERRNO = {Outcome.TIMED_OUT: errno.ETIMEDOUT, Outcome.REFUSED: errno.ECONNREFUSED, Outcome.NO_ROUTE: errno.EHOSTUNREACH}
PLACES = {outcome: f"127.0.1.{number}" for number, outcome in enumerate((*ERRNO, Outcome.CERTIFICATE), 1)}
"""Stand for hosts that are not reached; nothing is connected to them."""


@dataclass(frozen=True)
class Answer:
    """What the server gives under a path: ``status``, and the ``file`` with the picture or none; status 0: an RST."""

    status: int
    file: Path | None = None


def fetch(pages: Sequence[Page], files: Sequence[Path], folder: Path) -> dict[str, Entry]:
    """Fetch a twin's pictures into its folder, as ``fer-lab fetch`` does; the same bytes whatever port is free.

    Args:
        pages: the rows of the list.
        files: the picture of each row that has one.
        folder: for ``images/`` and the journal.

    Raises:
        StoreError: a URL did not end as it is meant to.
    """
    urls = [page.url for page in pages]
    # in a thread of its own: a notebook has a loop running in this one; once the server is gone it soon ends
    with ThreadPoolExecutor(1) as thread, _serving(_answers(pages, files)) as port:
        found = thread.submit(download, urls, folder, LIMITS, connect=lambda _: _connector(port)).result()
    if other := [found[page.url] for page in pages if found[page.url].outcome is not page.outcome]:
        raise StoreError(
            f"{len(other)} URLs of the twin ended otherwise than meant, the first is {other[0]}",
            expected="connections to 127.0.0.1",
            do="call it again",
        )
    _put_in_order(folder / JOURNAL, urls)
    return found


def _put_in_order(journal: Path, urls: Sequence[str]) -> None:
    """Give a journal's lines the order of the list; they came as URLs ended, which is another each time."""
    places = {url: place for place, url in enumerate(urls)}
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(sorted(lines, key=lambda line: places[json.loads(line)["url"]])))


def _answers(pages: Sequence[Page], files: Sequence[Path]) -> dict[str, Answer]:
    """By path."""
    statuses = {outcome: [*several] for outcome, several in STATUSES.items()}
    found = {}
    for page, file in zip(pages, files, strict=True):
        if several := statuses.get(page.outcome):
            several.append(status := several.pop(0))
            found[_path(page.url)] = Answer(status)
        else:
            found[_path(page.url)] = Answer(200, file) if page.is_there else Answer(0)
    return found


def _path(url: str) -> str:
    return urlsplit(url).path


class _Names(AbstractResolver):
    """Leads every host of a twin's list to the server's port, or to the place that stands for why it is not reached."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._places = {urlsplit(UNREACHED[outcome]).hostname: place for outcome, place in PLACES.items()}
        self._unknown = urlsplit(UNREACHED[Outcome.NO_NAME]).hostname

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host == self._unknown:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        place = self._places.get(host, LOOPBACK)
        return [ResolveResult(hostname=host, host=place, port=self._port, family=socket.AF_INET, proto=0, flags=0)]

    async def close(self) -> None:
        """Nothing is open."""


def _connector(port: int) -> aiohttp.TCPConnector:
    return aiohttp.TCPConnector(resolver=_Names(port), socket_factory=_socket)


def _socket(info: tuple[Any, ...]) -> socket.socket:
    """A socket, or the error with which connecting ends."""
    outcome = next((outcome for outcome, place in PLACES.items() if place == info[4][0]), None)
    if outcome is Outcome.CERTIFICATE:
        raise ssl.SSLCertVerificationError(1, "certificate verify failed: certificate has expired")
    if outcome:
        raise OSError(ERRNO[outcome], os.strerror(ERRNO[outcome]))
    return socket.socket(*info[:3])


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # those that wait to be accepted; what comes beyond is dropped, and waited for in vain

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        super().__init__((LOOPBACK, 0), _Handler)
        self.answers = answers


class _Handler(BaseHTTPRequestHandler):
    protocol_version, wbufsize = "HTTP/1.1", -1
    server: _Server

    def do_GET(self) -> None:
        answer = self.server.answers[self.path]
        if not answer.status:
            self._reset()
            return
        data = answer.file.read_bytes() if answer.file else b""
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(data)))
        if answer.status in STATUSES[Outcome.REDIRECTS]:
            self.send_header("Location", self.path)
        self.end_headers()
        self.wfile.write(data)

    def _reset(self) -> None:
        """Close with an RST."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """The journal says what became of each URL."""


@contextmanager
def _serving(answers: Mapping[str, Answer]) -> Iterator[int]:
    """A server in a thread of its own; its port."""
    with _Server(answers) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
