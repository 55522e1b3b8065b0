"""Faces of people who occur in no twin: what the embedded trunk learns to tell apart. No torch here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fer_lab.labels import EMOTIONS

if TYPE_CHECKING:
    from fer_lab.generator import Identity

FIRST_SEED = 900_000
"""Seeds of identities from here on are kept for this: no twin uses them."""
LIGHTS = ("normal", "normal", "normal", "weak", "dark")
MARGIN = 0.05
DETECTOR_ERROR = 0.02
"""Noise on the true landmarks, as a share of the outer eye distance: about what a detector's error is."""


@dataclass(frozen=True)
class Portraits:
    """Faces with the number of the person and of the clip.

    Attributes:
        images: uint8 (n, S, S, 3) RGB.
        people: int64 (n,), 0 .. people - 1.
        clips: int64 (n,).
    """

    images: NDArray[np.uint8]
    people: NDArray[np.int64]
    clips: NDArray[np.int64]

    def where(self, rows: NDArray[np.bool_]) -> Portraits:
        """Some of them."""
        return Portraits(self.images[rows], self.people[rows], self.clips[rows])


def portraits(people: int, clips: int, frames: int, size: int) -> Portraits:
    """Aligned faces of the first ``people`` identities, ``frames`` of each clip; the same ones for the same arguments.

    Every clip draws an expression, a pose and a light of its own, whoever performs it. Half of the faces are
    frontalized, half rigidly aligned: the views that the networks will be given.

    Args:
        people: number of identities.
        clips: of each person.
        frames: of each clip.
        size: side of a face in px.
    """
    from fer_lab.generator import Identity

    images: list[NDArray[np.uint8]] = []
    for person in range(people):
        identity = Identity(FIRST_SEED + person)
        for clip in range(clips):
            images += _clip(identity, np.random.default_rng([FIRST_SEED, person, clip]), frames, size)
    person_of, clip_of, _ = np.indices((people, clips, frames)).reshape(3, -1)
    return Portraits(np.stack(images), person_of, clip_of)


def _clip(identity: Identity, rng: np.random.Generator, frames: int, size: int) -> list[NDArray[np.uint8]]:
    from fer_lab.generator import perform, render

    seed = int(rng.integers(2**31))
    emotion = EMOTIONS[int(rng.integers(len(EMOTIONS)))]
    performance = perform(seed, emotion, genuine=bool(rng.integers(2)), fps=10.0, duration=3.0)
    numbers = sorted(rng.choice(len(performance.pose), frames, replace=False).tolist())
    light = LIGHTS[int(rng.integers(len(LIGHTS)))]
    pictures, truth = render(identity, performance, numbers, size=max(64, 7 * size // 4), light=light, seed=seed)
    return [_crop(picture, marks, rng, size) for picture, marks in zip(pictures, truth.landmarks, strict=True)]


def _crop(
    picture: NDArray[np.uint8], landmarks: NDArray[np.float32], rng: np.random.Generator, size: int
) -> NDArray[np.uint8]:
    """One of the two views, from landmarks as a detector would find them."""
    from fer_lab.faces.align import align
    from fer_lab.faces.frontalize import fit_camera, frontalize
    from fer_lab.faces.sample import sample

    eyes = float(np.linalg.norm(landmarks[45] - landmarks[36]))
    marks = landmarks + rng.normal(0, DETECTOR_ERROR * eyes, landmarks.shape)
    frontal = rng.random() < 0.5
    return sample(picture, frontalize(fit_camera(marks), size, MARGIN) if frontal else align(marks, size, MARGIN))
