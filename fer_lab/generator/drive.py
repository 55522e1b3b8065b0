"""A drive: somebody at the wheel before several cameras, by day and by night, whose face does one thing after another.

Rosa Ramos 2018, ch. 11, shows a network to videos of drivers, of whom nobody knows what they felt; of a generated one
it is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fer_lab.errors import ConfigError, nearest
from fer_lab.generator.action_units import BLINK, au_indices
from fer_lab.generator.identity import Identity
from fer_lab.generator.mesh import Array
from fer_lab.generator.performance import Difficulty, Performance, perform
from fer_lab.generator.renderer import render

CAMERAS: Mapping[str, tuple[float, float]] = {
    "in front": (0.0, 0.0), "from below": (0.0, -25.0), "from the side": (40.0, 0.0),
}  # fmt: skip
"""Where a camera is: by how much yaw and pitch (degrees) of the head that it sees differ."""
LIGHTS: Mapping[str, tuple[str, str]] = {
    "day": ("VIS", "normal"),
    "night": ("VIS", "dark"),
    "infrared": ("NIR", "dark"),
}
"""Modality and light of the renderer."""
NEUTRAL = "neutral"
STRONG, WEAK = 0.7, 0.15
"""Of the strength at its apex: above the first an expression is there, below the second none; between nobody says."""
CLEAR = Difficulty(intensity=(0.8, 1.0), drop=0.0, contam=0.1)


@dataclass(frozen=True)
class Drive:
    """What a driver does.

    Attributes:
        identity: who.
        performance: frame by frame.
        truth: the expression of each frame; '' where one comes or goes.
        fps: frames a second.
    """

    identity: Identity
    performance: Performance
    truth: tuple[str, ...]
    fps: float

    def seen(self, camera: str, light: str, size: int, seed: int = 0) -> NDArray[np.uint8]:
        """The frames of a camera, uint8 (n, size, size, 3).

        Raises:
            ConfigError: there is no such camera or light.
        """
        for name, known in ((camera, CAMERAS), (light, LIGHTS)):
            if name not in known:
                raise ConfigError(f"no {name!r}", expected=nearest(name, known))
        yaw, pitch = CAMERAS[camera]
        turned = replace(self.performance, pose=self.performance.pose + np.array([yaw, pitch, 0.0]))
        modality, kind = LIGHTS[light]
        frames = range(len(self.truth))
        return render(self.identity, turned, frames, size=size, modality=modality, light=kind, seed=seed)[0]


def drive(seed: int, emotions: Sequence[str], *, seconds: float, fps: float) -> Drive:
    """A driver whose face shows one expression after another, and is neutral at the begin and the end of each.

    Args:
        seed: who drives, and how.
        emotions: in order.
        seconds: that each takes.
        fps: frames a second.

    Raises:
        DataError: an unknown emotion.
        ConfigError: there would be no frame.
    """
    parts = [
        perform(seed + number, emotion, fps=fps, duration=seconds, difficulty=CLEAR)
        for number, emotion in enumerate(emotions)
    ]
    truth = [word for part, emotion in zip(parts, emotions, strict=True) for word in _truth(part.action_units, emotion)]
    return Drive(Identity(seed), _joined(parts), tuple(truth), fps)


def _joined(parts: Sequence[Performance]) -> Performance:
    """One behind the other."""
    names = ("action_units", "pose", "gaze", "shift")
    return Performance(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _truth(units: Array, emotion: str) -> Iterator[str]:
    """Of each frame, by how strong its units are beside the strongest (blinks left out)."""
    shown = np.delete(units, list(au_indices(BLINK)), axis=1).sum(1)
    strength = shown / max(float(shown.max()), 1e-9)
    for share in strength:
        if emotion == NEUTRAL or share < WEAK:
            yield NEUTRAL
        else:
            yield emotion if share > STRONG else ""
