"""How long a finished run takes to answer pictures: its network alone, one by one, and as a REST service."""

from __future__ import annotations

import http.client
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress

import torch

from fer_lab.environment import describe_machine
from fer_lab.errors import DataError, StoreError
from fer_lab.faces import Face
from fer_lab.ledger import Run
from fer_lab.ledger.timings import WAYS, Times, Timing
from fer_lab.phases import counted
from fer_lab.runs.trained import BATCH
from fer_lab.serving.answering import Answering

WARM_UP = 3
"""Pictures that are answered before anything is timed."""
DEVICES = {"cpu": "cpu", "gpu": "cuda"}
"""What a timing calls a device -> what torch calls it."""


def time_answers(run: Run, pictures: Sequence[bytes], what: str, device: str, repeats: int) -> Timing:
    """Measure, way by way, how long all pictures take, several times.

    Args:
        run: as ``Answering`` takes it.
        pictures: the bytes of image files.
        what: they are, in words.
        device: ``cpu`` or ``gpu``.
        repeats: how often all are answered, each way.

    Raises:
        DataError: in none of them is a face.
        StoreError: the service ended before it answered.
    """
    answering = Answering(run, DEVICES[device])
    faces = list(_faces(answering, pictures))
    if not faces:
        raise DataError(f"no face in {len(pictures)} pictures of {what}", expected="pictures of faces")
    with _service(run, device) as address:
        for warm_up in _ways(answering, faces[:WARM_UP], pictures[:WARM_UP], address).values():
            warm_up()
        ways = _ways(answering, faces, pictures, address)
        seconds = {way: _timed(ways[way], repeats, f"{way} on {device}") for way in WAYS}
    gpu = torch.cuda.get_device_name() if device == "gpu" else None
    facts = {"threads": torch.get_num_threads(), "precision": run.facts["precision"], "batch": BATCH, "pictures": what}
    no_face = len(pictures) - len(faces)
    return Timing(device, len(pictures), no_face, seconds, facts, describe_machine(gpu), time.time())


def _ways(
    answering: Answering, faces: Sequence[Face], pictures: Sequence[bytes], address: str
) -> dict[str, Callable[[], None]]:
    """What answers all of them, by way; ``faces`` are those of the pictures."""

    def network() -> None:
        for start in range(0, len(faces), BATCH):
            answering.predict(faces[start : start + BATCH])

    def direct() -> None:
        for picture in pictures:
            _answered(answering, picture)

    def service() -> None:
        with closing(http.client.HTTPConnection(address)) as connection:  # the service gives up one that is idle
            for picture in pictures:
                _post(connection, picture)

    return {"network": network, "direct": direct, "service": service}


def _faces(answering: Answering, pictures: Sequence[bytes]) -> Iterator[Face]:
    for picture in counted("faces", pictures, len(pictures), "pictures"):
        try:
            yield answering.face(picture, "a picture")
        except DataError:
            continue  # it is counted among those without a face


def _answered(answering: Answering, picture: bytes) -> None:
    """An answer or a refusal: either takes its time."""
    with suppress(DataError):
        answering.answer(picture)


def _timed(all_of_them: Callable[[], None], repeats: int, what: str) -> Times:
    found = []
    for _ in counted("timing", range(repeats), repeats, what):
        began = time.perf_counter()
        all_of_them()
        found.append(time.perf_counter() - began)
    return Times(tuple(found))


@contextmanager
def _service(run: Run, device: str) -> Iterator[str]:
    """The address of a service in a process of its own."""
    options = ["--port", "0", "--device", device, "--threads", str(torch.get_num_threads())]
    command = [sys.executable, "-m", "fer_lab.cli", "serve", run.id, f"paths.results={run.folder.parents[1]}", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield _address(process)
        finally:
            process.terminate()
            process.communicate()  # what it still says is read, not cut off


def _address(process: subprocess.Popen[str]) -> str:
    """Host and port, as a service says them once it listens."""
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
