"""Videos of the twin of annotated data, and the traces that annotators record while they watch them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_lab.datasets.base import TwinScale
from fer_lab.datasets.generated import ANGLES, shown_affect
from fer_lab.datasets.twins import IDENTITIES, Recording, performed, record, rendered, save_video, seed_of, share
from fer_lab.phases import counted
from fer_lab.storage import make_folder

NAME, FOLDER = "annotated", "videos"
VIDEOS = 20
"""Videos of as many people; the thesis annotates frames of 1,000 a video, and no videos of its own."""
FIRST = 100
"""Where the people of the videos begin among those set aside for the twin; before are those of the pictures."""
FPS, SECONDS, AGES = 25.0, (4.0, 6.0), (19.0, 58.0)
LAGS: Mapping[str, float] = {"anna": 0.24, "berta": 0.64, "carl": 1.04}
"""Seconds by which each annotator is later than what is shown; people need up to 4 (Mariooryad and Busso 2015)."""
EVERY, SHAKE = 0.1, 0.03
"""Seconds between two points of a trace; standard deviation of each, on a scale of -1 to 1."""
Affect = NDArray[np.float64]


@dataclass(frozen=True)
class Watched:
    """A video: its person, who is in ``subjects.csv``, and its valence and arousal (T, 2), a row a frame."""

    path: str
    subject: Mapping[str, Any]
    affect: Affect


def videos_of(scale: TwinScale) -> int:
    """How many videos there are, each of another person."""
    return VIDEOS if scale.subjects is None else min(VIDEOS, scale.subjects)


def draw(root: Path, scale: TwinScale, workers: int) -> list[Watched]:
    """Write the videos, ``frames_per_window`` frames of each, evenly over all of it."""
    make_folder(root / FOLDER)
    work = partial(_draw, root=root, scale=replace(scale, window=(0.0, 1.0)))
    count = videos_of(scale)
    return sorted(counted("twins", share(work, range(count), workers), count, "videos"), key=lambda own: own.path)


def _draw(number: int, root: Path, scale: TwinScale) -> Watched:
    from fer_lab.generator import Identity  # takes long to import

    seed, emotion = IDENTITIES[NAME][FIRST + number], list(ANGLES)[number % len(ANGLES)]
    recording = Recording(f"{FOLDER}/{number:03d}", emotion, seed, seed, FPS, SECONDS)
    identity = Identity(seed, age_range=AGES)
    numbers, images, _ = record(recording, identity, partial(rendered, fps=FPS, scale=scale), scale.size)
    save_video(root / recording.id, numbers, list(images), FPS)
    affect = shown_affect(performed(recording).action_units.astype(np.float64), emotion)
    return Watched(f"{recording.id}.mp4", {"subject": f"person_{FIRST + number:04d}", **identity.attributes}, affect)


def trace(watched: Watched, annotator: str, off: Affect) -> Affect:
    """What an annotator records: (n, 3) seconds, valence, arousal, later than they are shown.

    Args:
        watched: the video.
        annotator: one of ``LAGS``.
        off: (2,) how far they are off all the time.
    """
    shown = np.arange(len(watched.affect)) / FPS
    times = np.append(np.arange(0, shown[-1], EVERY), len(shown) / FPS).round(3)
    late = [np.interp(times - LAGS[annotator], shown, course) for course in watched.affect.T]
    shaken = np.random.default_rng(seed_of(NAME, annotator, watched.path)).normal(off, SHAKE, (len(times), 2))
    return np.column_stack([times, np.clip(np.stack(late, axis=1) + shaken, -1, 1)])
