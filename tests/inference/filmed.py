"""Generated people before a camera: what they do is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fer_lab.generator import AU_NAMES, Difficulty, Identity, perform, render
from fer_lab.media import Image, write_video

FPS, SIDE = 25.0, 160
CLEAR = Difficulty(intensity=(1.0, 1.0), drop=0.0, contam=0.0, blink=0.0)
SMILE = AU_NAMES.index("AU12R") if "AU12R" in AU_NAMES else AU_NAMES.index("AU12")


def filmed(person: int, emotion: str, frames: int, side: int = SIDE) -> tuple[list[Image], NDArray[np.float64]]:
    """A person's frames, uint8 (side, side, 3), and how much they smile in each."""
    acted = perform(person, emotion, fps=FPS, duration=frames / FPS, difficulty=CLEAR)
    images, truth = render(Identity(person), acted, range(frames), size=side, seed=person)
    return list(images), truth.action_units[:, SMILE].astype(np.float64)


def write(path: Path, images: list[Image]) -> Path:
    """Frames as a video."""
    write_video(path, [number / FPS for number in range(len(images))], images, FPS)
    return path


def beside(places: list[tuple[int, Image]], width: int = 480, height: int = 200) -> Image:
    """Pictures pasted into one, at their left edges; the later before the earlier."""
    canvas = np.full((height, width, 3), 90, np.uint8)
    for left, image in places:
        side = image.shape[0]
        top = (height - side) // 2
        canvas[top : top + side, left : left + side] = image
    return canvas
