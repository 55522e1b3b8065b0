"""Downloads from loopback: python benchmarks/fetching.py [--urls 20000] [--out FILE].

A server in another process gives one JPEG of 30 kB under every URL; the downloader checks, writes and syncs each.
Wanted: at least 200 images a second, and memory that does not grow with the number of URLs.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import multiprocessing
import time
from ipaddress import ip_network
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psutil
from PIL import Image

from fer_lab.environment import describe_machine
from fer_lab.fetching.download import download
from fer_lab.fetching.limits import Limits
from fer_lab.fetching.outcomes import Outcome
from fer_lab.phases import Phase, heard
from fer_lab.storage import write_json

BYTES, LANES = 30_000, 32
LOOPBACK = Limits(connections=LANES, per_host=LANES, pause=0.0, private=(ip_network("127.0.0.1/32"),))


def jpeg() -> bytes:
    """Smoothed noise as a JPEG of about ``BYTES``."""
    side, data = 200, b""
    while len(data) < BYTES:
        side += 8
        noise = np.random.default_rng(0).integers(0, 256, (side // 4, side // 4, 3), dtype=np.uint8)
        file = io.BytesIO()
        Image.fromarray(noise).resize((side, side)).save(file, "JPEG", quality=90)
        data = file.getvalue()
    return data


def serve(told: Connection) -> None:
    """Give the same image for ever; says its port and the bytes of the image first."""
    body = jpeg()
    answer = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            writer.close()

    async def run() -> None:
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        told.send((server.sockets[0].getsockname()[1], len(body)))
        await server.serve_forever()

    asyncio.run(run())


def measure(count: int) -> dict[str, object]:
    """Images a second, and the memory of the process in ten places on the way."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    port, size = ours.recv()
    own, memory = psutil.Process(), dict[int, float]()

    def note(phase: Phase) -> None:
        memory[int(phase.done)] = round(own.memory_info().rss / 2**20, 1)

    with TemporaryDirectory() as folder, heard(note):
        urls = [f"http://127.0.0.1:{port}/{number}.jpg" for number in range(count)]
        before, start = own.cpu_times(), time.perf_counter()
        found = download(urls, Path(folder), LOOPBACK)
        seconds, after = time.perf_counter() - start, own.cpu_times()
    server.terminate()
    places = sorted(memory)
    return {
        "what": f"{count} JPEGs of {size} bytes, {LANES} connections",
        "saved": sum(entry.outcome is Outcome.SAVED for entry in found.values()),
        "images_per_second": round(count / seconds, 1),
        "images_per_second_of_processor": round(count / (after.user + after.system - before.user - before.system), 1),
        "rss_mib": {place: memory[place] for place in places[:: max(1, len(places) // 10)]},
        "machine": describe_machine(),
    }


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--urls", type=int, default=20_000)
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks/fetching.json"))
    args = parser.parse_args()
    result = measure(args.urls)
    write_json(args.out, result)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
