"""What may be done to a face so that it is another picture of the same: mirrored, turned, blurred, with noise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_lab.errors import ConfigError

VERSION = 2
"""Changes with what an action gives."""
PLACES = 1 << 16
"""At so many places, evenly, the normal distribution is inverted: noise is drawn by one look a value."""


@dataclass(frozen=True)
class Action:
    """Mirror, then turn, blur, and add noise (Rosa Ramos 2018, sec. 6.4).

    Args:
        flip: left to right.
        turn: degrees, to the left; negative to the right. Beyond the border its last pixels go on.
        blur: standard deviation of a Gaussian, a share of the image's side.
        noise: standard deviation of what is added to each channel of each pixel, a share of their range.

    Raises:
        ConfigError: a negative blur or noise.
    """

    flip: bool = False
    turn: float = 0.0
    blur: float = 0.0
    noise: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is no action."""
        if min(self.blur, self.noise) < 0:
            raise ConfigError(f"an action with blur={self.blur}, noise={self.noise}", expected="0 or more")

    def __call__(self, image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
        """The image (S, S, C), uint8, so changed."""
        side, changed = image.shape[0], np.ascontiguousarray(image)
        if self.flip:
            changed = np.asarray(cv2.flip(changed, 1), np.uint8)
        if self.turn:
            matrix = cv2.getRotationMatrix2D(((side - 1) / 2, (side - 1) / 2), self.turn, 1.0)
            changed = np.asarray(
                cv2.warpAffine(changed, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE), np.uint8
            )
        if self.blur:
            changed = np.asarray(cv2.GaussianBlur(changed, (0, 0), self.blur * side), np.uint8)
        if self.noise:
            places = rng.integers(PLACES, size=changed.size, dtype=np.uint16)
            noise = _levels(self.noise).take(places).reshape(changed.shape)
            changed = np.asarray(cv2.add(changed, noise, dtype=cv2.CV_8U), np.uint8)  # stays within 0 to 255
        return changed.reshape(image.shape)


@lru_cache
def _levels(noise: float) -> NDArray[np.int16]:
    """Grey levels that are added, (PLACES,), each as likely as another: a normal distribution, rounded.

    Its tails end at 4.3 deviations.
    """
    from scipy.special import ndtri  # a third of a second to import: not whenever a command is called

    share = (np.arange(PLACES) + 0.5) / PLACES
    return np.asarray(np.rint(255 * noise * ndtri(share)).clip(-255, 255), np.int16)
