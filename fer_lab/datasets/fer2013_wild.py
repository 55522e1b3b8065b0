"""Faces as in pictures from the web: turned, lit and exposed in many ways, cut out by a detector, 48 x 48, grey."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fer_lab.datasets.stills import cut_out
from fer_lab.datasets.twins import seed_of
from fer_lab.media import Image

if TYPE_CHECKING:
    from fer_lab.generator import Identity

RENDERED = 96
"""Side of the frame that a face is cut out of, px."""
FPS, SECONDS = 10.0, 1.5
"""Of the performance, of which only the last frame, where the expression is strongest, is drawn."""
INTENSITY = (0.6, 1.15)
POSE_SD = np.array([14.0, 8.0, 7.0])
POSE_LIMIT = np.array([30.0, 16.0, 16.0])
"""Yaw, pitch, roll of the heads, degrees."""
LIGHTS = ("normal", "normal", "normal", "weak")
ZOOM = (0.95, 1.15)
SHIFT_SD = 0.025


@dataclass(frozen=True)
class Sitting:
    """Some pictures with one skin: the unit that a worker process draws.

    Args:
        rows: numbers of the pictures.
        emotions: what each shows.
        skin: identity whose age, skin, hair and glasses all wear.
        people: identity of each picture's face.
        side: of the pictures, px.
    """

    rows: tuple[int, ...]
    emotions: tuple[str, ...]
    skin: int
    people: tuple[int, ...]
    side: int


def sit(sitting: Sitting) -> tuple[list[int], Image]:
    """Draw a sitting: the numbers of its pictures, and the pictures, uint8 (n, side, side), grey."""
    from fer_lab.generator import Identity  # takes long to import

    worn = Identity(sitting.skin)
    people = {seed: Identity(seed, dressed_as=worn) for seed in dict.fromkeys(sitting.people)}
    faces = [
        _face(people[person], emotion, seed_of("fer2013", row), sitting.side)
        for row, emotion, person in zip(sitting.rows, sitting.emotions, sitting.people, strict=True)
    ]
    return list(sitting.rows), np.stack(faces)


def _face(identity: Identity, emotion: str, seed: int, side: int) -> Image:
    from fer_lab.generator import Difficulty, Performance, perform, render

    rng = np.random.default_rng([seed, 1])
    played = perform(
        seed, emotion, fps=FPS, duration=SECONDS, until_apex=True, difficulty=Difficulty(intensity=INTENSITY)
    )
    pose = np.clip(rng.normal(0, POSE_SD), -POSE_LIMIT, POSE_LIMIT)[None]
    last = Performance(played.action_units[-1:], pose, played.gaze[-1:], played.shift[-1:])
    light = LIGHTS[int(rng.integers(len(LIGHTS)))]
    frames, truth = render(identity, last, [0], size=RENDERED, light=light, seed=seed)
    shift = rng.normal(0, SHIFT_SD, 2)
    face = cut_out(frames[0], truth.landmarks[0], side, rng.uniform(*ZOOM), (float(shift[0]), float(shift[1])))
    return exposed(face, rng)


def exposed(face: Image, rng: np.random.Generator) -> Image:
    """A face mirrored by chance, with light from a side, and with the mean and contrast of another camera."""
    across = np.linspace(-1, 1, len(face))
    light = 1 + rng.uniform(-0.45, 0.45) * across + rng.uniform(-0.3, 0.3) * across[:, None]
    lit = face[:, :: 1 - 2 * int(rng.integers(2))] * light
    mean, contrast = rng.normal(128, 28), rng.uniform(38, 66)
    values = (lit - lit.mean()) / max(float(lit.std()), 1.0) * contrast + mean
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)
