"""What the writers of all twins share: who is in which twin, what they perform, which frames are rendered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_lab.datasets.base import TwinScale
from fer_lab.errors import ConfigError, StoreError
from fer_lab.media import Timeline, window, write_video
from fer_lab.phases import counted
from fer_lab.processes import pool
from fer_lab.storage import digest, make_folder

if TYPE_CHECKING:
    from fer_lab.generator import Identity, Performance, Truth

Job = TypeVar("Job")
Result = TypeVar("Result")

IDENTITIES: Mapping[str, range] = {
    "sase_fe": range(1_000, 2_000),
    "oulu_casia": range(2_000, 3_000),
    "ck_plus": range(3_000, 4_000),
    "generated": range(4_000, 5_000),
    "mug": range(5_000, 6_000),
    "mmi": range(6_000, 7_000),
    "ised": range(7_000, 8_000),
    "jaffe": range(8_000, 8_100),
    "kdef": range(8_100, 8_400),
    "rafd": range(8_400, 8_700),
    "dartmouth": range(8_700, 9_000),
    "pics_pain": range(9_000, 9_100),
    "cafe": range(9_100, 9_200),
    "face_place": range(9_200, 9_900),
    "internet": range(9_900, 10_000),
    "fer2013": range(10_000, 30_000),
    "emotionet": range(30_000, 31_000),
    "annotated": range(31_000, 32_000),
    "diverse": range(32_000, 33_000),
    "backbone": range(899_000, 1_000_000),
}
"""Seeds of the generator's people, so that nobody is in two twins or in the training of the embedded backbone."""
BYTES_PER_PIXEL = 1.0
"""A generous estimate of what a pixel of a twin takes on disk, for checking that there is room."""
SUPERSAMPLING = 2
Save = Callable[[Path, Sequence[int], Sequence[NDArray[np.uint8]], float], None]
"""Writes a recording: its place without an extension, the numbers of its frames, the frames, frames a second."""


@dataclass(frozen=True)
class Recording:
    """One performance before a camera: a video or an image sequence of a twin.

    Args:
        id: its id in the index of the twin, which is its place below the root without an extension.
        emotion: what is shown.
        seed: of the performance.
        noise: seed of the camera's noise.
        fps: frames a second.
        seconds: shortest and longest duration.
        genuine: whether the emotion is felt.
        until_apex: whether it ends where the expression is strongest.
        peak: where it is strongest, a share of the duration, if it goes there and back without a plateau.
        modality, light: of the camera, as ``fer_lab.generator.render`` calls them.
        intensity: range from which its intensity is drawn; 1 is full.
    """

    id: str
    emotion: str
    seed: int
    noise: int
    fps: float
    seconds: tuple[float, float]
    genuine: bool = True
    until_apex: bool = False
    peak: float | None = None
    modality: str = "VIS"
    light: str = "normal"
    intensity: tuple[float, float] = (0.35, 1.0)


@dataclass(frozen=True)
class Person:
    """A subject of a twin: the unit that a worker process writes. ``identity`` is a seed, ``ages`` are in years."""

    subject: str
    identity: int
    ages: tuple[float, float]
    recordings: tuple[Recording, ...]


def people(name: str, published: int, scale: TwinScale) -> list[int]:
    """The identity seeds of a twin's subjects, in order.

    Raises:
        ConfigError: more subjects than there are identities set aside.
    """
    count = published if scale.subjects is None else scale.subjects
    if not 0 < count <= len(IDENTITIES[name]):
        raise ConfigError(f"{count} subjects in the twin of {name}", expected=f"1 to {len(IDENTITIES[name])}")
    return list(IDENTITIES[name][:count])


def write_people(root: Path, everyone: Sequence[Person], save: Save, scale: TwinScale, workers: int) -> None:
    """Write every recording of every person, the truth of each beside them, and ``subjects.csv``."""
    work = partial(_write_person, root=root, save=save, scale=scale)
    write_subjects(root, list(counted("twins", share(work, everyone, workers), len(everyone), "people")))


def save_video(place: Path, numbers: Sequence[int], images: Sequence[NDArray[np.uint8]], fps: float) -> None:
    """Write a recording as ``<place>.mp4``; a ``Save``."""
    write_video(place.with_name(f"{place.name}.mp4"), [number / fps for number in numbers], images, fps)


def _write_person(person: Person, root: Path, save: Save, scale: TwinScale) -> dict[str, Any]:
    from fer_lab.generator import Identity  # takes long to import

    identity = Identity(person.identity, age_range=person.ages)
    for recording in person.recordings:
        _write_recording(recording, identity, root, save, scale)
    return {"subject": person.subject, **identity.attributes}


def _write_recording(recording: Recording, identity: Identity, root: Path, save: Save, scale: TwinScale) -> None:
    numbers, images, truth = record(recording, identity, partial(rendered, fps=recording.fps, scale=scale), scale.size)
    for place in (root / recording.id, truth_path(root, recording.id)):
        make_folder(place.parent)
    save(root / recording.id, numbers, list(images), recording.fps)
    truth.save(truth_path(root, recording.id))


def record(
    recording: Recording, identity: Identity, choose: Callable[[int], list[int]], size: int
) -> tuple[list[int], NDArray[np.uint8], Truth]:
    """Some frames of a recording.

    Args:
        recording: what is played.
        identity: by whom.
        choose: number of frames of the whole recording -> numbers of those that are rendered.
        size: side of the frames, px.

    Returns:
        The numbers, the frames uint8 (n, size, size, 3) RGB, and what is true of them.
    """
    from fer_lab.generator import render

    performance = performed(recording)
    numbers = choose(len(performance))
    images, truth = render(
        identity,
        performance,
        numbers,
        size=size,
        supersampling=SUPERSAMPLING,
        modality=recording.modality,
        light=recording.light,
        seed=recording.noise,
    )
    return numbers, images, truth


def performed(recording: Recording) -> Performance:
    """What a recording plays, every frame of it."""
    from fer_lab.generator import Difficulty, perform

    return perform(
        recording.seed,
        recording.emotion,
        genuine=recording.genuine,
        fps=recording.fps,
        duration=duration_of(recording.seed, *recording.seconds, recording.fps),
        until_apex=recording.until_apex,
        peak=recording.peak,
        difficulty=Difficulty(intensity=recording.intensity),
    )


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
