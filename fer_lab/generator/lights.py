"""The recording conditions: visible (VIS) or near-infrared (NIR) camera, normal, weak or dark light."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_lab.errors import ConfigError, nearest

MODALITIES = ("VIS", "NIR")
CONDITIONS = ("normal", "weak", "dark")

_Rows = list[list[float]]


@dataclass(frozen=True)
class Light:
    """Lamps, camera gain and camera noise of one recording condition, in linear light.

    Args:
        lamps: direction towards each lamp, x right, y up, z to the camera (any length).
        powers: linear RGB of each lamp.
        ambient: linear RGB that comes from everywhere.
        gain: factor of the camera on linear light.
        noise: standard deviation of the camera's noise, as a share of its range after gamma.
        specular: strength of the highlights on skin.
    """

    lamps: _Rows = field(repr=False)
    powers: _Rows = field(repr=False)
    ambient: list[float] = field(repr=False)
    gain: float
    noise: float
    specular: float

    def directions(self) -> NDArray[np.float32]:
        """Unit directions towards the lamps, (lamps, 3)."""
        lamps = np.array(self.lamps, dtype=np.float32)
        return np.asarray(lamps / np.linalg.norm(lamps, axis=1, keepdims=True), dtype=np.float32)

    def backdrop(self) -> float:
        """How bright a background lit by these lamps is, relative to its albedo."""
        return float(np.mean(self.ambient) * 1.2 + 0.5 * np.mean(self.powers))


def _grey(*values: float) -> _Rows:
    return [[value] * 3 for value in values]


_VIS: dict[str, dict[str, Any]] = {
    "normal": {
        "lamps": [[-0.4, 0.5, 0.77], [0.6, 0.1, 0.79]],
        "powers": [[0.75, 0.73, 0.70], [0.28, 0.29, 0.31]],
        "ambient": [0.32, 0.32, 0.34],
        "gain": 1.0,
        "noise": 0.012,
    },
    "weak": {
        "lamps": [[0.1, -0.1, 1.0], [0.6, 0.1, 0.79]],
        "powers": [[0.30, 0.33, 0.38], [0.06, 0.06, 0.06]],
        "ambient": [0.09, 0.09, 0.10],
        "gain": 0.75,
        "noise": 0.028,
    },
    # Darker or noisier than this, face detectors miss one frame in five.
    "dark": {
        "lamps": [[0.7, 0.2, 0.6], [0.0, -0.4, 0.9]],
        "powers": [[0.20, 0.20, 0.20], [0.12, 0.13, 0.16]],
        "ambient": [0.04, 0.04, 0.045],
        "gain": 0.6,
        "noise": 0.035,
    },
}
# The near-infrared lamp sits beside the lens, so that the room's light hardly changes the picture.
_NIR: dict[str, dict[str, Any]] = {
    "normal": {
        "lamps": [[0.0, 0.15, 1.0], [-0.4, 0.5, 0.77]],
        "powers": _grey(0.85, 0.15),
        "ambient": [0.10] * 3,
        "gain": 0.95,
        "noise": 0.02,
    },
    "weak": {
        "lamps": [[0.0, 0.15, 1.0], [0.5, 0.0, 0.77]],
        "powers": _grey(0.85, 0.05),
        "ambient": [0.06] * 3,
        "gain": 0.9,
        "noise": 0.025,
    },
    "dark": {
        "lamps": [[0.0, 0.15, 1.0]],
        "powers": _grey(0.85),
        "ambient": [0.03] * 3,
        "gain": 0.85,
        "noise": 0.03,
    },
}

LIGHTS: Mapping[tuple[str, str], Light] = MappingProxyType(
    {("VIS", name): Light(**values, specular=0.10) for name, values in _VIS.items()}
    | {("NIR", name): Light(**values, specular=0.05) for name, values in _NIR.items()}
)


def light(modality: str, condition: str) -> Light:
    """The light of a modality (``VIS``, ``NIR``) and a condition (``normal``, ``weak``, ``dark``).

    Raises:
        ConfigError: there is no such modality or condition.
    """
    for name, known in ((modality, MODALITIES), (condition, CONDITIONS)):
        if name not in known:
            raise ConfigError(
                f"unknown recording condition {name!r}",
                expected=f"one of {', '.join(known)}",
                do=f"did you mean {nearest(name, known)}?",
            )
    return LIGHTS[modality, condition]
