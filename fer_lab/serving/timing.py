"""How long an exported model takes to answer pictures: the network alone, one by one, and as a service."""

from __future__ import annotations

import http.client
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from fer_lab.environment import describe_machine
from fer_lab.errors import DataError, StoreError
from fer_lab.faces import Face
from fer_lab.inference.found import MOST, inputs_of
from fer_lab.inference.model import Model
from fer_lab.ledger.timings import WAYS, Times, Timing
from fer_lab.media.unreadable import Unreadable
from fer_lab.phases import counted
from fer_lab.processes import usable_cores
from fer_lab.serving.crew import Crew
from fer_lab.serving.limits import Limits

WARM_UP = 3
"""Pictures that are answered before anything is timed."""
BATCH = 128
"""Faces that the network alone is asked about at once."""


class _Asked:
    """A model in this process, asked picture by picture as its service asks it."""

    def __init__(self, path: Path, threads: int, device: str) -> None:
        self.model = Model(path, threads, device)
        self._crew, self._pixels = Crew(self.model.contract, MOST, 1), Limits().pixels

    def faces(self, picture: bytes) -> list[Face]:
        """Of a picture; none where it cannot be read."""
        with suppress(Unreadable):
            return [face for face in self._crew.look(picture, self._pixels).found if isinstance(face, Face)]
        return []

    def predict(self, faces: Sequence[Face]) -> None:
        """Answer faces, if there are any."""
        if faces:
            self.model.predict(inputs_of(self.model.contract, faces))


def time_answers(
    path: Path, pictures: Sequence[bytes], what: str, device: str, repeats: int, threads: int | None = None
) -> Timing:
    """Measure, way by way, how long all pictures take, several times.

    Args:
        path: of the exported file.
        pictures: the bytes of image files.
        what: they are, in words.
        device: one of ``inference.model.DEVICES``.
        repeats: how often all are answered, each way.
        threads: that the network computes by on a CPU; all cores without.

    Raises:
        DataError: in none of them is a face.
        ConfigError: there is no such device.
        StoreError: the service ended before it answered.
    """
    count = threads or usable_cores()
    asked = _Asked(path, count, device)
    faces = [asked.faces(picture) for picture in counted("faces", pictures, len(pictures), "pictures")]
    if not any(faces):
        raise DataError(f"no face in {len(pictures)} pictures of {what}", expected="pictures of faces")
    with _service(path, device, count) as address:
        for warm_up in _ways(asked, faces[:WARM_UP], pictures[:WARM_UP], address).values():
            warm_up()
        ways = _ways(asked, faces, pictures, address)
        seconds = {way: _timed(ways[way], repeats, f"{way} on {device}") for way in WAYS}
    facts = {"threads": count, "precision": "float32", "batch": BATCH, "pictures": what}
    no_face = sum(not found for found in faces)
    machine = describe_machine(_gpu() if device == "gpu" else None)
    return Timing(device, len(pictures), no_face, seconds, facts, machine, time.time())


def _ways(
    asked: _Asked, faces: Sequence[Sequence[Face]], pictures: Sequence[bytes], address: str
) -> dict[str, Callable[[], None]]:
    """What answers all of them, by way; ``faces`` are those of the pictures."""
    every = [face for found in faces for face in found]

    def network() -> None:
        for start in range(0, len(every), BATCH):
            asked.predict(every[start : start + BATCH])

    def direct() -> None:
        for picture in pictures:
            asked.predict(asked.faces(picture))

    def service() -> None:
        with closing(http.client.HTTPConnection(address)) as connection:  # the service gives up one that is idle
            for picture in pictures:
                _post(connection, picture)

    return {"network": network, "direct": direct, "service": service}


def _timed(all_of_them: Callable[[], None], repeats: int, what: str) -> Times:
    found = []
    for _ in counted("timing", range(repeats), repeats, what):
        began = time.perf_counter()
        all_of_them()
        found.append(time.perf_counter() - began)
    return Times(tuple(found))


@contextmanager
def _service(path: Path, device: str, threads: int) -> Iterator[str]:
    """The address of a service in a process of its own."""
    options = ["--port", "0", "--device", device, "--threads", str(threads)]
    command = [sys.executable, "-m", "fer_lab.cli", "serve", str(path), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield address_of(process)
        finally:
            process.terminate()
            process.communicate()  # what it still says is read, not cut off


def address_of(process: subprocess.Popen[str]) -> str:
    """Host and port, as a service says them once it listens.

    Raises:
        StoreError: it ended before it did; with what it said.
    """
    said = ""
    for line in process.stdout or ():
        if found := re.search(r"http://([\w.:]+)/", line):
            return found[1]
        said += line
    raise StoreError(f"the service ended before it listened: {said.strip()}", do="start it: fer-lab serve")


def _post(connection: http.client.HTTPConnection, picture: bytes) -> None:
    try:
        connection.request("POST", "/predict", picture, {"Content-Type": "application/octet-stream"})
        response = connection.getresponse()
        response.read()
    except (ConnectionError, http.client.HTTPException) as error:
        raise StoreError(f"the service is gone: {error}", do="look at what it has logged") from error
    if response.status not in (200, 422):
        raise StoreError(f"the service answered with status {response.status}", do="look at what it has logged")


def _gpu() -> str | None:
    """What the driver calls the first GPU; None where it does not say."""
    with suppress(OSError, subprocess.CalledProcessError, IndexError):
        command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0].strip()
    return None
