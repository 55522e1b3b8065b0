"""A server on loopback that answers as the worst of the Internet does."""

from __future__ import annotations

import asyncio
import gzip
import io
import ssl
import struct
import threading
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

import numpy as np
from PIL import Image

Writer = asyncio.StreamWriter
Handler = Callable[["Server", Writer, str, int], Awaitable[None]]


def picture(form: str = "JPEG", side: int = 48, frames: int = 1) -> bytes:
    """Noise as an image of one or several frames, the first of them dark."""
    noise = np.random.default_rng(0).integers(0, 100, (frames, side, side, 3), dtype=np.uint8)
    noise[1:] += 150
    made = [Image.fromarray(frame) for frame in noise]
    data = io.BytesIO()
    more = {"save_all": True, "append_images": made[1:]} if frames > 1 else {}
    made[0].save(data, form, **more)
    return data.getvalue()


def bomb(side: int) -> bytes:
    """A PNG of few bytes that says that it is large."""
    header = struct.pack(">2I5B", side, side, 8, 0, 0, 0, 0)
    chunks = {b"IHDR": header, b"IDAT": zlib.compress(bytes(10_000)), b"IEND": b""}
    parts = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks.items()
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


JPEG = picture()
HTML = b"<!DOCTYPE html><html><body>This image was moved or deleted</body></html>"


def head(status: str, *lines: str, length: int | None = None) -> bytes:
    sized = [f"Content-Length: {length}"] if length is not None else []
    return "\r\n".join([f"HTTP/1.1 {status}", *sized, *lines, "", ""]).encode()


def gives(body: bytes, status: str = "200 OK", *lines: str) -> Handler:
    async def handle(server: Server, writer: Writer, path: str, times: int) -> None:
        writer.write(head(status, *lines, length=len(body)) + body)

    return handle


def moves(to: Callable[[Server, str], str], status: str = "302 Found") -> Handler:
    async def handle(server: Server, writer: Writer, path: str, times: int) -> None:
        writer.write(head(status, f"Location: {to(server, path)}", length=0))

    return handle


def first(times: int, then: Handler, before: Handler) -> Handler:
    async def handle(server: Server, writer: Writer, path: str, count: int) -> None:
        await (before if count <= times else then)(server, writer, path, count)

    return handle


async def huge(server: Server, writer: Writer, path: str, times: int) -> None:
    writer.write(head("200 OK", length=3 << 30))
    await endless(server, writer, path, times)


async def endless(server: Server, writer: Writer, path: str, times: int) -> None:
    if path == "/endless.jpg":
        writer.write(head("200 OK", "Connection: close"))
    part = bytes(1 << 16)
    for _ in range(3 << 14):
        writer.write(part)
        server.sent += len(part)
        await writer.drain()


async def drip(server: Server, writer: Writer, path: str, times: int) -> None:
    writer.write(head("200 OK", length=len(JPEG)))
    for byte in JPEG:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.05)


async def silent(server: Server, writer: Writer, path: str, times: int) -> None:
    await asyncio.sleep(60)


async def cut(server: Server, writer: Writer, path: str, times: int) -> None:
    writer.write(head("200 OK", length=len(JPEG)) + JPEG[:500])
    await writer.drain()
    writer.close()


async def reset(server: Server, writer: Writer, path: str, times: int) -> None:
    server.reset(writer)


async def garbage(server: Server, writer: Writer, path: str, times: int) -> None:
    writer.write(b"\x00\x01 what is this\r\n\r\n")
    await writer.drain()
    writer.close()


async def short(server: Server, writer: Writer, path: str, times: int) -> None:
    writer.write(head("200 OK", length=500) + JPEG)


SQUEEZED = gzip.compress(bytes(50_000_000))
HANDLERS: dict[str, Handler] = {
    "/good.jpg": gives(JPEG),
    "/animation.gif": gives(picture("GIF", frames=3)),
    "/animation.webp": gives(picture("WEBP", frames=3)),
    "/named.jpg": gives(picture("PNG")),
    "/404.jpg": gives(HTML, "404 Not Found"),
    "/403.jpg": gives(HTML, "403 Forbidden"),
    "/410.jpg": gives(HTML, "410 Gone"),
    "/500.jpg": gives(HTML, "500 Oops"),
    "/418.jpg": gives(HTML, "418 A teapot"),
    "/503.jpg": first(2, gives(JPEG), gives(HTML, "503 Busy")),
    "/429.jpg": first(1, gives(JPEG), gives(b"", "429 Slow down", "Retry-After: 0")),
    "/patience.jpg": gives(b"", "429 Slow down", "Retry-After: 86400"),
    "/date.jpg": gives(b"", "503 Come back", "Retry-After: Fri, 31 Dec 2999 23:59:59 GMT"),
    "/html.jpg": gives(HTML, "200 OK", "Content-Type: image/jpeg"),
    "/empty.jpg": gives(b""),
    "/half.jpg": gives(JPEG[: len(JPEG) // 2]),
    "/bomb.png": gives(bomb(30_000)),
    "/wide.png": gives(bomb(2_000)),
    "/squeezed.jpg": gives(SQUEEZED, "200 OK", "Content-Encoding: gzip"),
    "/huge.jpg": huge,
    "/endless.jpg": endless,
    "/drip.jpg": drip,
    "/silent.jpg": silent,
    "/cut.jpg": cut,
    "/cut_once.jpg": first(1, gives(JPEG), cut),
    "/reset.jpg": reset,
    "/garbage.jpg": garbage,
    "/short.jpg": short,
    "/moved.jpg": moves(lambda server, path: "/good.jpg", "301 Moved"),
    "/loop.jpg": moves(lambda server, path: path),
    "/nowhere.jpg": gives(b"", "302 Found"),
    "/to_private.jpg": moves(lambda server, path: f"http://127.0.0.2:{server.port}/good.jpg"),
    "/to_file.jpg": moves(lambda server, path: "file:///etc/passwd"),
    "/to_secret.jpg": moves(lambda server, path: f"http://me:word@127.0.0.1:{server.port}/good.jpg"),
    "/robots.txt": gives(b"User-agent: fer_lab\nDisallow: /forbidden/\n"),
    "/forbidden/good.jpg": gives(JPEG),
}


class Server:
    """A server on 127.0.0.1; paths that it does not know give ``/good.jpg``.

    Attributes:
        port: on which it listens.
        asked: how often each path was asked for.
        answered: how often each was answered to the end.
        sent: bytes of answers without end.
    """

    def __init__(self, default: Handler) -> None:
        self.port, self.sent, self.default = 0, 0, default
        self.asked, self.answered = Counter[str](), Counter[str]()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    async def answer(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while request := await reader.readuntil(b"\r\n\r\n"):
                path = request.split()[1].decode().split("?")[0]
                self.asked[path] += 1
                await HANDLERS.get(path, self.default)(self, writer, path, self.asked[path])
                await writer.drain()
                self.answered[path] += 1
                if writer.is_closing():
                    break
        writer.close()

    def reset(self, writer: Writer) -> None:
        """Close with an RST."""
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(1, 13, linger)  # SOL_SOCKET, SO_LINGER
        writer.transport.abort()

    async def listen(self, context: ssl.SSLContext | None = None) -> asyncio.Server:
        server = await asyncio.start_server(self.answer, "127.0.0.1", 0, ssl=context)
        self.port = server.sockets[0].getsockname()[1]
        return server


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server in a thread of its own."""
    server, loop = Server(gives(JPEG)), asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)
    listening = loop.run_until_complete(server.listen(context))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield server
    loop.call_soon_threadsafe(listening.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
