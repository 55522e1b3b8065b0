"""Faces of people who occur in no twin: what the embedded backbone learns to tell apart. No torch here."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fer_lab.pretraining.examples import Examples, draw_each

if TYPE_CHECKING:
    from fer_lab.generator import Identity

FIRST_SEED = 900_000
"""Seeds of identities from here on are kept for this: no twin uses them."""
LOOKS = 100
"""People whose looks are lent: their seeds are the last ones before ``FIRST_SEED``."""
LIGHTS = ("normal", "normal", "weak")
MARGIN = 0.05
DETECTOR_ERROR = 0.02
"""Noise on the true landmarks, as a share of the outer eye distance: about what a detector's error is."""


def portraits(people: int, clips: int, frames: int, size: int, workers: int = 1) -> Examples:
    """Faces of the first ``people`` identities, ``frames`` of each clip; the same ones for the same arguments.

    All are neutral: each clip draws a pose, a light and, by chance, a gaze and blinks. With expressions, knowing a
    person means not seeing what the face does, and the backbone unlearns just that. Each clip also wears somebody
    else's skin, hair and glasses: what is left to know a person by is the form of the face, and form is what an
    expression changes (figures for both: ``pretraining.backbone``).
    Half of the faces are frontalized, half rigidly aligned: the views that the networks will be given.

    Args:
        people: number of identities.
        clips: of each person; the last one is held out.
        frames: of each clip.
        size: side of a face in px.
        workers: processes that share the work; the faces do not depend on them.
    """
    draw = partial(_person, clips=clips, frames=frames, size=size)
    person_of, clip_of, _ = np.indices((people, clips, frames)).reshape(3, -1)
    return Examples(draw_each(draw, people, workers, "people"), person_of, clip_of == clips - 1)


def _person(person: int, clips: int, frames: int, size: int) -> NDArray[np.uint8]:
    """All faces of one person (clips * frames, size, size, 3)."""
    from fer_lab.generator import Identity

    faces: list[NDArray[np.uint8]] = []
    for clip in range(clips):
        rng = np.random.default_rng([FIRST_SEED, person, clip])
        identity = Identity(FIRST_SEED + person, dressed_as=_look(int(rng.integers(LOOKS))))
        faces += _clip(identity, rng, frames, size)
    return np.stack(faces)


@cache
def _look(number: int) -> Identity:
    """Kept for the life of the process: painting a skin takes as long as drawing fifty faces."""
    from fer_lab.generator import Identity

    return Identity(FIRST_SEED - 1 - number)


def _clip(identity: Identity, rng: np.random.Generator, frames: int, size: int) -> list[NDArray[np.uint8]]:
    from fer_lab.generator import perform, render

    seed = int(rng.integers(2**31))
    performance = perform(seed, "neutral", fps=10.0, duration=3.0)
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
