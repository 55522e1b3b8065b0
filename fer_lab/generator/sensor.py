"""What a camera makes of linear light."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[Any]

NOISE: NDArray[np.float32] = np.random.default_rng(0).standard_normal(1 << 20).astype(np.float32)
"""Standard normal numbers; drawing new ones for every frame would cost more than rendering it."""


@njit(cache=True, fastmath=True)
def expose(image: Array, pool: Array, start: int, gain: float, noise: float, out: Array) -> None:
    """What a sensor makes of linear light: gain, gamma 2, noise, 8 bit.

    Args:
        image: (H, W, 3) float32 linear.
        pool: (P,) standard normal numbers; drawing them for every frame would cost more than rendering it.
        start: where in the pool this frame begins.
        gain: factor on linear light.
        noise: standard deviation as a share of the range.
        out: (H, W, 3) uint8, overwritten.
    """
    k = start
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            for channel in range(3):
                k = k + 1 if k + 1 < pool.shape[0] else 0
                value = math.sqrt(max(0.0, image[y, x, channel] * gain)) + pool[k] * noise
                out[y, x, channel] = int(min(255.0, max(0.0, value * 255.0 + 0.5)))
