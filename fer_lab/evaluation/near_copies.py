"""Pairs of images that are nearly the same: another compression, brightness or contrast. numpy alone.

Near copies are pairs whose pixels correlate above a limit. Comparing all pairs pixel by pixel would take an hour, so
that pairs are proposed on reduced images first, and none can be missed: with a and b the images, less their mean and of
length 1, and a = Pa + Qa split into what the reduction keeps and what it loses, their correlation is
<Pa, Pb> + <Qa, Qb> <= <Pa, Pb> + |Qa| |Qb|. The bound on the right is one product of two short vectors.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
NEAR = 0.98
"""Above this correlation of their pixels images are near copies."""
REDUCED = 16
"""Side of the reduced images."""
BLOCK = 2048
"""Images compared at once: a block of 2048 x 2048 correlations takes 17 MB."""
ROUNDING = 1e-5
"""Of sums in single precision: the bound is lowered by it, so that rounding hides no pair."""


def near_pairs(images: NDArray[np.uint8], limit: float = NEAR) -> Ints:
    """The pairs of images whose pixels correlate above a limit.

    Args:
        images: uint8 (N, S, S); constant ones correlate with none.
        limit: in (0, 1).

    Returns:
        Pairs of rows (M, 2) in order, the lower row first; exact copies are among them.
    """
    rows, unit = _standardised(images)
    short = _reduced(unit, images.shape[1])
    found = [np.empty((0, 2), np.int64)]
    for start in range(0, len(rows), BLOCK):
        for other in range(start, len(rows), BLOCK):
            bound = short[start : start + BLOCK] @ short[other : other + BLOCK].T
            near = np.add(np.argwhere(bound > limit - ROUNDING), (start, other))
            found.append(_confirmed(near[near[:, 0] < near[:, 1]], unit, limit))
    pairs = rows[np.concatenate(found)]
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def _standardised(images: NDArray[np.uint8]) -> tuple[Ints, Floats]:
    """Rows that are not constant, and their pixels less the mean and of length 1, (n, S * S)."""
    flat = images.reshape(len(images), -1).astype(np.float32)
    flat -= flat.mean(1, keepdims=True)
    length = np.linalg.norm(flat, axis=1)
    rows = np.flatnonzero(length > 0)
    return rows, flat[rows] / length[rows, None]


def _reduced(unit: Floats, side: int) -> Floats:
    """What blocks of pixels keep of each image, and the length of what they lose, (n, 16 * 16 + 1)."""
    blocks = min(REDUCED, side)
    block = np.arange(side) * blocks // side
    keep = (block == np.arange(blocks)[:, None]).astype(np.float32)
    keep /= np.linalg.norm(keep, axis=1, keepdims=True)  # rows of length 1: no image becomes longer by it
    kept = (keep @ unit.reshape(-1, side, side) @ keep.T).reshape(len(unit), -1)
    lost = np.sqrt(np.maximum(1 - (kept**2).sum(1, keepdims=True), 0))
    return np.concatenate([kept, lost], axis=1)


def _confirmed(pairs: Ints, unit: Floats, limit: float) -> Ints:
    """Those of the proposed pairs whose pixels really correlate above the limit."""
    parts = [pairs[start : start + BLOCK] for start in range(0, len(pairs), BLOCK)]
    sure = [part[np.einsum("ij,ij->i", unit[part[:, 0]], unit[part[:, 1]], dtype=np.float64) > limit] for part in parts]
    return np.concatenate([np.empty((0, 2), np.int64), *sure])
