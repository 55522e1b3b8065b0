"""Pictures as images that are faces already show theirs, view ``raw``: grey, upright, 48 px, framed as in FER2013.

What decides the frame was measured on 1,500 images of FER2013's Training, in 1,273 of which MediaPipe finds a face: the
medians of where the centre of the 68 points lies, and of how far they are from it (root mean square). Nine in ten faces
lie within .06 of that centre; their sizes differ by a fifth.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_lab.faces.config import RawConfig
from fer_lab.faces.reference import pixel_centres
from fer_lab.faces.sample import SamplingMap, sample

CENTRE, SIZE = (0.501, 0.591), 0.312
"""Of the points, in shares of the picture's side."""


def is_one(image: NDArray[np.uint8]) -> bool:
    """Whether a picture is taken for a face already: it comes at the very size of such images."""
    return image.shape[:2] == (RawConfig.side, RawConfig.side)


def framed(image: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> NDArray[np.uint8]:
    """A face cut out of a picture uint8 (H, W, 3), RGB: grey (S, S, 1); black where the picture ends.

    Args:
        image: the picture.
        landmarks: (68, 2) px of it.
    """
    points = np.asarray(landmarks, np.float64)
    centre = points.mean(0)
    size = float(np.sqrt(np.square(points - centre).sum(1).mean()))
    scale = max(size, 1e-6) / SIZE / RawConfig.side  # px of the picture per px of the view
    source = (pixel_centres(RawConfig.side) - np.multiply(CENTRE, RawConfig.side)) * scale + centre
    seen = np.ones(source.shape[:2], bool)
    return grey(sample(image, SamplingMap(source.astype(np.float32), seen, scale)))


def grey(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture uint8 (H, W, 3), RGB, as (H, W, 1)."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)[..., None]
