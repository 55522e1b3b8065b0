"""How long a finished run's network takes to answer, measured later and kept beside its scores, one time a device.

``<run>/timings.json`` is no file of the run itself: it is written after the run has finished, has its own
checksum, and goes with the run's folder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from fer_lab.errors import StoreError
from fer_lab.ledger.read import Run
from fer_lab.storage import digest, read_json, write_json

TIMINGS = "timings.json"
DEVICES = ("cpu", "gpu")
WAYS: Mapping[str, str] = {
    "network": "the network alone, of faces that are prepared",
    "direct": "pictures one after the other: decoding, the face, the network",
    "service": "pictures one after the other through a REST service on the same machine",
}
"""What is timed -> what is in the time. Loading the network, and first answers, are in none."""
NAMES = tuple(f"{device}.{way}" for device in DEVICES for way in WAYS)


@dataclass(frozen=True)
class Times:
    """How long all pictures took, each time they were answered, in seconds."""

    repeats: tuple[float, ...]

    @property
    def median(self) -> float:
        """Of the repeats."""
        return median(self.repeats)

    @property
    def spread(self) -> tuple[float, float]:
        """The shortest and the longest."""
        return min(self.repeats), max(self.repeats)


@dataclass(frozen=True)
class Timing:
    """What was measured on one device.

    Attributes:
        device: one of ``DEVICES``.
        images: how many pictures were answered, each time; those in which no face is found are among them.
        no_face: in how many of them none is.
        seconds: way (``WAYS``) -> how long.
        facts: ``threads``, ``precision``, ``batch`` of the network alone, what the pictures are.
        environment: the machine and the code (``environment.describe_machine``).
        when: seconds since 1970.
    """

    device: str
    images: int
    no_face: int
    seconds: Mapping[str, Times]
    facts: Mapping[str, Any]
    environment: Mapping[str, Any]
    when: float


def write_timing(run: Run, timing: Timing) -> None:
    """Keep a measurement beside a run's scores, in place of an earlier one on the same device."""
    kept = [*(one for one in read_timings(run) if one.device != timing.device), timing]
    found: dict[str, Any] = {"run": run.id, "measured": [asdict(one) for one in kept]}
    write_json(run.folder / TIMINGS, found | {"digest": digest(found)})


def read_timings(run: Run) -> Sequence[Timing]:
    """What was measured of a run, one a device; nothing where nothing was, or of a run of several networks.

    Raises:
        StoreError: the file is damaged, or is of another run.
    """
    path = run.folder / TIMINGS
    if len(run.singles) > 1 or not path.is_file():
        return ()
    try:
        return _read(read_json(path), run.id)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise StoreError(
            f"{path} is damaged, or of another run", do="delete it, and measure again: fer-lab time-inference"
        ) from error


def _read(found: Mapping[str, Any], run: str) -> Sequence[Timing]:
    whole = found["digest"] == digest({key: value for key, value in found.items() if key != "digest"})
    if not whole or found["run"] != run:
        raise ValueError(f"checksum or run {found['run']!r}")
    return [_timing(one) for one in found["measured"]]


def _timing(found: Mapping[str, Any]) -> Timing:
    seconds = {way: Times(tuple(times["repeats"])) for way, times in found["seconds"].items()}
    return Timing(**{**found, "seconds": seconds})
