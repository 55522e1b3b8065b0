"""What the writers of all twins share: who is in which twin, seeds, and which frames are rendered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from fer_lab.datasets.base import TwinScale
from fer_lab.errors import ConfigError, StoreError
from fer_lab.media import Timeline, window
from fer_lab.processes import pool
from fer_lab.storage import digest

Job = TypeVar("Job")
Result = TypeVar("Result")

IDENTITIES: Mapping[str, range] = {
    "sase_fe": range(1_000, 2_000),
    "oulu_casia": range(2_000, 3_000),
    "trunk": range(900_000, 1_000_000),
}
"""Seeds of the generator's people, so that nobody is in two twins or in the training of the embedded trunk."""
BYTES_PER_PIXEL = 1.0
"""A generous estimate of what a pixel of a twin takes on disk, for checking that there is room."""
SUPERSAMPLING = 2


def people(name: str, published: int, scale: TwinScale) -> list[int]:
    """The identity seeds of a twin's subjects, in order.

    Raises:
        ConfigError: more subjects than there are identities set aside.
    """
    count = published if scale.subjects is None else scale.subjects
    if not 0 < count <= len(IDENTITIES[name]):
        raise ConfigError(f"{count} subjects in the twin of {name}", expected=f"1 to {len(IDENTITIES[name])}")
    return list(IDENTITIES[name][:count])


def seed_of(*parts: str | int) -> int:
    """A 32-bit seed, the same in every process, other parts give another one."""
    return int(digest(parts, length=8), 16)


def duration_of(seed: int, shortest: float, longest: float, fps: float) -> float:
    """A duration in seconds, evenly drawn and a whole number of frames."""
    return round(np.random.default_rng(seed).uniform(shortest, longest) * fps) / fps


def rendered(count: int, fps: float, scale: TwinScale) -> list[int]:
    """Which of a performance's frames are rendered: those the window keeps, the first and the last.

    With the first and last, a file has the rate and duration of the whole performance, so that the window of the
    file, read back, keeps exactly the frames that were rendered for it.
    """
    timeline = Timeline(range(count), [number / fps for number in range(count)], count / fps)
    kept = window(timeline, *scale.window, keep=scale.frames_per_window)
    return sorted({0, *kept, count - 1})


def truth_path(root: Path, id_: str) -> Path:
    """Where the ground truth of a twin's row lies: beside the data, one row a frame of the file, in its order."""
    return root / "truth" / f"{id_}.npz"


def write_subjects(root: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write ``subjects.csv``: who the people are, in the order of their names."""
    table = pd.DataFrame.from_records([dict(row) for row in rows]).sort_values("subject")
    table.to_csv(root / "subjects.csv", index=False, lineterminator="\n")


def share(work: Callable[[Job], Result], jobs: Sequence[Job], workers: int) -> Iterator[Result]:
    """Do every job once, in ``workers`` processes (in this one if there is one); results as they come.

    Raises:
        StoreError: a process was killed (most often for want of memory).
    """
    if min(workers, len(jobs)) <= 1:
        yield from map(work, jobs)
        return
    try:
        with pool(min(workers, len(jobs))) as executor:
            for done in as_completed([executor.submit(work, job) for job in jobs]):
                yield done.result()
    except BrokenProcessPool as error:
        raise StoreError("a worker process was killed", do="free memory, or use fewer (workers=1)") from error
