"""What may be done to a face so that it is another picture of the same: mirrored, turned, blurred, with noise."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_lab.errors import ConfigError

VERSION = 1
"""Changes with what an action gives."""


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
        side = image.shape[0]
        changed = image[:, ::-1] if self.flip else image
        if self.turn:
            matrix = cv2.getRotationMatrix2D(((side - 1) / 2, (side - 1) / 2), self.turn, 1.0)
            turned = cv2.warpAffine(
                np.ascontiguousarray(changed), matrix, (side, side), borderMode=cv2.BORDER_REPLICATE
            )
            changed = np.asarray(turned, np.uint8).reshape(image.shape)
        if self.blur:
            blurred = cv2.GaussianBlur(np.ascontiguousarray(changed), (0, 0), self.blur * side)
            changed = np.asarray(blurred, np.uint8).reshape(image.shape)
        if self.noise:
            noise = rng.standard_normal(image.shape, np.float32) * np.float32(255 * self.noise)
            changed = np.asarray(np.clip(np.rint(changed + noise), 0, 255), np.uint8)
        return changed
