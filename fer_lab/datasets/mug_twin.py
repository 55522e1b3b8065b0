"""The twin of MUG: who shows what, how often, and when it is strongest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_lab.datasets.base import TwinScale
from fer_lab.datasets.twins import Person, Recording, people, seed_of, write_people
from fer_lab.media import write_image
from fer_lab.storage import make_folder

NAME = "mug"
FPS = 19.0
PEOPLE = 52
TAKES: Mapping[str, int] = {"anger": 64, "disgust": 87, "fear": 73, "happiness": 144, "sadness": 87, "surprise": 90}
"""What Athanasiadis 2022, Table 3.2, counts of each emotion, less the sequences of CK+: everyone shows each."""
FURTHER = 13
"""One person in so many has a neutral take and one that is not labelled."""
SECONDS = (50 / FPS, 160 / FPS)
WAYS = 2
"""A take goes to its peak and back: cut there, it has about as many frames as a profile gives to a window."""
PEAK = (0.35, 0.65)
"""Where a take is strongest, shares of its duration; ours."""
AGES = (20, 35)
INTENSITY = (0.75, 1.15)
PEAKS = "truth/peaks.csv"
"""The truth about the takes: ``id, peak`` (share of the duration)."""


def everyone(scale: TwinScale) -> list[Person]:
    """The people of a twin with their takes; of fewer people, each class has its share, and everyone shows all."""
    seeds = people(NAME, PEOPLE, scale)
    rng = np.random.default_rng(seed_of(NAME, "takes"))
    takes = {emotion: _shared(rng, round(count * len(seeds) / PEOPLE), len(seeds)) for emotion, count in TAKES.items()}
    return [
        _person(place, seed, {name: each[place] for name, each in takes.items()}) for place, seed in enumerate(seeds)
    ]


def write(root: Path, scale: TwinScale, workers: int) -> None:
    """Write every take from begin to end, truth, peaks and ``subjects.csv``."""
    everybody = everyone(scale)
    frames = WAYS * scale.frames_per_window if scale.frames_per_window else None
    write_people(root, everybody, _save, replace(scale, window=(0.0, 1.0), frames_per_window=frames), workers)
    peaks = [(take.id, take.peak) for person in everybody for take in person.recordings]
    pd.DataFrame(peaks, columns=["id", "peak"]).to_csv(root / PEAKS, index=False, lineterminator="\n")


def _shared(rng: np.random.Generator, count: int, number: int) -> list[int]:
    """So many takes among a number of people: as many for each as there are, the rest for some."""
    each = np.full(number, count // number)
    each[rng.choice(number, count % number, replace=False)] += 1
    return [int(takes) for takes in each]


def _person(place: int, identity: int, takes: Mapping[str, int]) -> Person:
    subject = f"{place + 1:03d}"
    shown = [(f"{emotion}/", emotion, number) for emotion, count in takes.items() for number in range(count)]
    if place % FURTHER == 0:
        shown += [("neutral/", "neutral", 0), ("", "surprise", 0)]
    return Person(subject, identity, AGES, tuple(_recordings(subject, identity, shown)))


def _recordings(subject: str, identity: int, shown: Sequence[tuple[str, str, int]]) -> Iterator[Recording]:
    for folder, emotion, number in shown:
        seed = seed_of(NAME, identity, folder, number)
        peak = float(np.random.default_rng([seed, 1]).uniform(*PEAK))
        id_ = f"{subject}/{folder}take{number:03d}"
        yield Recording(id_, emotion, seed, seed, FPS, SECONDS, peak=peak, intensity=INTENSITY)


def _save(place: Path, numbers: Sequence[int], images: Sequence[NDArray[np.uint8]], fps: float) -> None:
    for number, pixels in zip(numbers, images, strict=True):
        write_image(make_folder(place) / f"img_{number:04d}.jpg", pixels)
