"""Faces as in pictures from the web: turned, lit and exposed in many ways, cut out by a detector, 48 x 48, grey."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fer_lab.datasets.stills import cut_out
from fer_lab.datasets.twins import seed_of
from fer_lab.media import Image

if TYPE_CHECKING:
    from fer_lab.generator import Identity, Truth

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
    rng = np.random.default_rng([seed, 1])
    frame, truth = taken(identity, emotion, seed, RENDERED, rng)
    shift = rng.normal(0, SHIFT_SD, 2)
    face = cut_out(frame, truth.landmarks[0], side, rng.uniform(*ZOOM), (float(shift[0]), float(shift[1])))
    return exposed(face, rng)


def taken(identity: Identity, emotion: str, seed: int, size: int, rng: np.random.Generator) -> tuple[Image, Truth]:
    """A picture of somebody at an expression's strongest, the head turned at random: uint8 (size, size, 3), its truth.

    Args:
        identity: who.
        emotion: what is shown.
        seed: of the performance and the camera's noise.
        size: of the picture, px.
        rng: draws head and light.
    """
    from fer_lab.generator import Difficulty, Performance, perform, render  # takes long to import

    played = perform(
        seed, emotion, fps=FPS, duration=SECONDS, until_apex=True, difficulty=Difficulty(intensity=INTENSITY)
    )
    pose = np.clip(rng.normal(0, POSE_SD), -POSE_LIMIT, POSE_LIMIT)[None]
    last = Performance(played.action_units[-1:], pose, played.gaze[-1:], played.shift[-1:])
    light = LIGHTS[int(rng.integers(len(LIGHTS)))]
    frames, truth = render(identity, last, [0], size=size, light=light, seed=seed)
    return frames[0], truth


def exposed(picture: Image, rng: np.random.Generator) -> Image:
    """A picture, uint8 (H, W) or (H, W, 3), mirrored by chance, lit from a side, as another camera exposes it."""
    height, width = picture.shape[:2]
    light = 1 + rng.uniform(-0.45, 0.45) * np.linspace(-1, 1, width)
    light = light + rng.uniform(-0.3, 0.3) * np.linspace(-1, 1, height)[:, None]
    lit = picture[:, :: 1 - 2 * int(rng.integers(2))] * light.reshape(height, width, *[1] * (picture.ndim - 2))
    mean, contrast = rng.normal(128, 28), rng.uniform(38, 66)
    values = (lit - lit.mean()) / max(float(lit.std()), 1.0) * contrast + mean
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)
