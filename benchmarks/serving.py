"""The service under an open load: python benchmarks/serving.py [--quick].

60 pictures a second (640 x 480 JPEG, one generated face) arrive at times that do not wait for answers, over 16
connections, for a minute. A picture's time counts from its arrival, also while all connections are taken. The model is
of the laptop profile, trained for one epoch: what it answers is no matter here. Memory is that of the service.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

import numpy as np
import psutil
from measuring import Figure, Found, command, main
from numpy.typing import NDArray

from fer_lab.generator import Identity, perform, render
from fer_lab.media.images import jpeg_bytes
from fer_lab.serving.timing import address_of

RATE, CONNECTIONS, SECONDS = 60, 16, 60
WIDTH, HEIGHT, FACE = 640, 480, 400
PICTURES = 20
"""Different ones, in turn: different people."""
SETTLED = 5
"""Seconds after which memory is taken as the start's: the first answers have been given."""


@dataclass
class Seen:
    """What became of the pictures.

    Attributes:
        seconds: from arrival to answer, of each.
        wrong: answers that are none: another status, no face, or a connection that broke.
        memory: bytes, each half second.
    """

    seconds: list[float] = field(default_factory=list)
    wrong: int = 0
    memory: list[int] = field(default_factory=list)


def pictures() -> list[bytes]:
    """A generated face in the middle of grey, as files."""
    found = []
    for person in range(PICTURES):
        performance = perform(person, "happiness", fps=10, duration=1.0, until_apex=True)
        images, _ = render(Identity(person), performance, [9], size=FACE, seed=person)
        found.append(jpeg_bytes(_framed(images[0])))
    return found


def _framed(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    whole = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    top, left = (HEIGHT - FACE) // 2, (WIDTH - FACE) // 2
    whole[top : top + FACE, left : left + FACE] = face
    return whole


def model(folder: Path, profile: str) -> Path:
    """An exported model of a profile; its training counts nowhere."""
    words = ["cell=universal/vgg16", "data=jaffe", f"profile={profile}", "epochs=1", f"paths.results={folder}"]
    command(["run.py", *words])
    (run,) = (path.parent for path in (folder / "runs").glob("*/run.json"))
    command(["-m", "fer_lab.exporting", str(run), str(folder / "model.onnx"), str(os.getpid())])
    return folder / "model.onnx"


@contextmanager
def service(path: Path) -> Iterator[tuple[psutil.Process, str, float]]:
    """Its process, host and port, and the seconds until it was ready."""
    began = time.perf_counter()
    words = [sys.executable, "-m", "fer_lab.cli", "serve", str(path), "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            address = address_of(process)
            urlopen(f"http://{address}/readyz").close()
            yield psutil.Process(process.pid), address, time.perf_counter() - began
        finally:
            process.terminate()


async def loaded(process: psutil.Process, address: str, files: Sequence[bytes], seconds: float) -> Seen:
    """Send them, and watch."""
    seen, arrived = Seen(), asyncio.Queue[tuple[float, bytes] | None]()
    host, _, port = address.rpartition(":")
    senders = [asyncio.create_task(_sender(host, int(port), arrived, seen)) for _ in range(CONNECTIONS)]
    watching = asyncio.create_task(_watch(process, seen))
    began = time.perf_counter()
    for number in range(round(RATE * seconds)):
        due = began + number / RATE
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        arrived.put_nowait((due, files[number % len(files)]))
    for _ in senders:
        arrived.put_nowait(None)
    await asyncio.gather(*senders)
    watching.cancel()
    return seen


async def _watch(process: psutil.Process, seen: Seen) -> None:
    while True:
        seen.memory.append(process.memory_info().rss)
        await asyncio.sleep(0.5)


async def _sender(host: str, port: int, arrived: asyncio.Queue[tuple[float, bytes] | None], seen: Seen) -> None:
    """One connection, kept open."""
    reader, writer = await asyncio.open_connection(host, port)
    while (next_one := await arrived.get()) is not None:
        due, data = next_one
        try:
            good = await _asked(reader, writer, host, data)
        except (OSError, asyncio.IncompleteReadError):
            good = False
            reader, writer = await asyncio.open_connection(host, port)
        seen.seconds.append(time.perf_counter() - due)
        seen.wrong += not good
    writer.close()


async def _asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, data: bytes) -> bool:
    """Whether the answer is one, of one face; written by hand, as a client's work is done by the same cores."""
    head = f"POST /predict HTTP/1.1\r\nHost: {host}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
    writer.write(head.encode() + data)
    said = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = re.search(rb"content-length: (\d+)", said)
    body = await reader.readexactly(int(length[1]) if length else 0)
    return said.split()[1] == b"200" and body.count(b'"box"') == 1


def measure(quick: bool) -> Found:
    """Start it, load it, watch it."""
    seconds, profile = (6.0, "smoke") if quick else (float(SECONDS), "laptop")
    with TemporaryDirectory() as folder:
        path, files = model(Path(folder), profile), pictures()
        with service(path) as (process, address, ready):
            idle = process.memory_info().rss
            seen = asyncio.run(loaded(process, address, files, seconds))
    return Found("the service under an open load", _figures(seen, ready, seconds), _measured(seen, idle, seconds))


def _figures(seen: Seen, ready: float, seconds: float) -> list[Figure]:
    start, end = _memory(seen, seconds)
    return [
        Figure("service: 99th percentile of a picture's time", [float(np.quantile(seen.seconds, 0.99))], 0.15,
               "at most", "s"),
        Figure("service: share of pictures that were answered", [1 - seen.wrong / len(seen.seconds)], 1),
        Figure("service: from the command to ready", [ready], 3, "at most", "s"),
        Figure("service: most memory, MB", [max(seen.memory) / 1e6], 400, "at most"),
        Figure("service: memory at the end, as a share of that at first", [end / start], 1.05, "at most"),
    ]  # fmt: skip


def _memory(seen: Seen, seconds: float) -> tuple[float, float]:
    """Bytes after the first answers and at the end, each the mean of some looks."""
    first = round(2 * min(SETTLED, seconds / 3))
    return float(np.mean(seen.memory[first : first + 6])), float(np.mean(seen.memory[-6:]))


def _measured(seen: Seen, idle: int, seconds: float) -> dict[str, object]:
    shares = {f"p{share}": float(np.quantile(seen.seconds, share / 100)) for share in (50, 90, 99, 100)}
    start, end = _memory(seen, seconds)
    memory = {"idle": idle / 1e6, "start": start / 1e6, "end": end / 1e6, "most": max(seen.memory) / 1e6}
    return {
        "pictures": len(seen.seconds),
        "errors": seen.wrong,
        "rate": RATE,
        "connections": CONNECTIONS,
        "seconds": shares,
        "memory_mb": memory,
    }


if __name__ == "__main__":
    main(measure, __file__, __doc__)
