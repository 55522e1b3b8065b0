"""Soft symmetry, view ``frontal_soft``, after Hassner et al. 2015, doi:10.1109/CVPR.2015.7299058.

Where a face is turned away, many pixels of the frontal view lie on one pixel of the picture: they were hidden, or seen
at a slant. How many share a pixel estimates that. What was hidden is taken from the mirrored half, as far as that half
was seen better; what both halves show equally well stays as it is, so that a straight face is left alone.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_lab.faces.sample import SamplingMap

VERSION = 1
BLUR = 0.06
"""Standard deviation of the blur of the estimate, as a share of the view's side: seams would be edges of their own."""


def soften(frontal: NDArray[np.uint8], view: SamplingMap) -> NDArray[np.uint8]:
    """Fill what was hidden from the mirrored half.

    Args:
        frontal: uint8 (S, S, 3), the frontal view without symmetry.
        view: the map that it was sampled with.

    Returns:
        uint8 (S, S, 3).
    """
    share = mirrored_share(view)[..., None]
    mixed = frontal * (1 - share) + frontal[:, ::-1] * share
    return np.asarray(np.rint(mixed) * view.inside[..., None], np.uint8)


def mirrored_share(view: SamplingMap) -> NDArray[np.float32]:
    """How much of each pixel is to come from the other half: by how much more it was hidden; float32 (S, S), [0, 1)."""
    hidden = occlusion(view)
    return np.asarray(np.maximum(hidden - hidden[:, ::-1], 0))


def occlusion(view: SamplingMap) -> NDArray[np.float32]:
    """How much each pixel was hidden, float32 (S, S) in [0, 1): 0 where it has a pixel of the picture for itself.

    The picture is counted at the view's own scale; the count is blurred over the face alone.
    """
    shared = np.where(view.inside, _sharing(view), 0).astype(np.float32)
    sigma = BLUR * len(shared)
    within = cv2.GaussianBlur(view.inside.astype(np.float32), (0, 0), sigma)
    blurred = cv2.GaussianBlur(shared, (0, 0), sigma) / np.maximum(within, 1e-3)
    return np.asarray(np.where(view.inside, 1 - np.exp(np.minimum(1 - blurred, 0)), 0), np.float32)


def _sharing(view: SamplingMap) -> NDArray[np.int64]:
    """(S, S) how many pixels of the face lie on the same pixel of the picture, itself included."""
    places = np.floor(view.source / view.scale).astype(np.int64)
    places -= places.reshape(-1, 2).min(0)
    numbers = places[..., 1] * (places[..., 0].max() + 1) + places[..., 0]
    counts = np.bincount(numbers[view.inside], minlength=int(numbers.max()) + 1)
    return np.asarray(counts[numbers])
