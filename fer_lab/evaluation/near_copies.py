"""Pairs of images that are nearly the same: another compression, brightness or contrast. numpy alone.

Near copies are pairs whose pixels correlate above a limit. Comparing all pairs pixel by pixel would take an hour, so
that pairs are proposed on reduced images first, and none can be missed: with a and b the images, less their mean and of
length 1, and a = Pa + Qa split into what the reduction keeps and what it loses, their correlation is
<Pa, Pb> + <Qa, Qb> <= <Pa, Pb> + |Qa| |Qb|. The bound on the right is one product of two short vectors.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from fer_lab.evaluation.arrays import Ints, Singles

NEAR = 0.98
"""Above this correlation of their pixels images are near copies."""
REDUCED = 16
"""Side of the reduced images."""
BLOCK = 2048
"""Images compared at once: a block of 2048 x 2048 correlations takes 17 MB."""
ROUNDING = 1e-5
"""Of sums in single precision: the bound is lowered by it, so that rounding hides no pair."""


def near_pairs(
    images: NDArray[np.uint8], limit: float = NEAR, group: Ints | None = None, mirrored: bool = False
) -> Ints:
    """The pairs of images whose pixels correlate above a limit.

    Args:
        images: uint8 (N, S, S); constant ones correlate with none.
        limit: in (0, 1).
        group: a number for each image, (N,): pairs within one group are left out. None: all pairs.
        mirrored: hold each image against the others' mirror images.

    Returns:
        Pairs of rows (M, 2) in order, the lower row first; exact copies are among them.
    """
    rows, unit = _standardised(images)
    rows, unit, groups = sorted_by_group(rows, unit, group)
    side = images.shape[1]
    others = unit.reshape(-1, side, side)[:, :, ::-1].reshape(unit.shape) if mirrored else unit
    short, shorts = _reduced(unit, side), _reduced(others, side)
    found = [np.empty((0, 2), np.int64)]
    for start, other in blocks(groups):
        bound = short[start : start + BLOCK] @ shorts[other : other + BLOCK].T
        near = np.add(np.argwhere(bound > limit - ROUNDING), (start, other))
        found.append(_confirmed(between_groups(near, groups), unit, others, limit))
    return in_order(rows[np.concatenate(found)])


def sorted_by_group(rows: Ints, vectors: Singles, group: Ints | None) -> tuple[Ints, Singles, Ints]:
    """Rows and their vectors in the order of their groups, and the groups, so that whole blocks can be passed over.

    Without groups every row is one of its own.
    """
    if group is None:
        return rows, vectors, np.arange(len(rows))
    order = np.argsort(group[rows], kind="stable")
    return rows[order], vectors[order], group[rows][order]


def blocks(groups: Ints) -> Iterator[tuple[int, int]]:
    """First places of every two blocks that are to be held against each other; not those of one and the same group."""
    for start in range(0, len(groups), BLOCK):
        for other in range(start, len(groups), BLOCK):
            if groups[start] != groups[min(other + BLOCK, len(groups)) - 1]:
                yield start, other


def between_groups(places: Ints, groups: Ints) -> Ints:
    """Of pairs of places (M, 2) those of two groups, each pair once."""
    one, two = places[:, 0], places[:, 1]
    kept: Ints = places[(one < two) & (groups[one] != groups[two])]
    return kept


def in_order(pairs: Ints) -> Ints:
    """Pairs (M, 2) with the lower row first, sorted."""
    lower_first = np.sort(pairs, axis=1)
    order = np.lexsort((lower_first[:, 1], lower_first[:, 0]))
    ordered: Ints = lower_first[order]
    return ordered


def _standardised(images: NDArray[np.uint8]) -> tuple[Ints, Singles]:
    """Rows that are not constant, and their pixels less the mean and of length 1, (n, S * S)."""
    flat = images.reshape(len(images), -1).astype(np.float32)
    flat -= flat.mean(1, keepdims=True)
    starts = range(0, len(flat), BLOCK)
    length = np.concatenate([np.empty(0, np.float32), *(np.linalg.norm(flat[s : s + BLOCK], axis=1) for s in starts)])
    rows = np.flatnonzero(length > 0)
    if len(rows) < len(flat):
        flat, length = flat[rows], length[rows]
    flat /= length[:, None]  # in place: of all faces of a data set they are the largest array
    return rows, flat


def _reduced(unit: Singles, side: int) -> Singles:
    """What blocks of pixels keep of each image, and the length of what they lose, (n, 16 * 16 + 1)."""
    blocks = min(REDUCED, side)
    block = np.arange(side) * blocks // side
    keep = (block == np.arange(blocks)[:, None]).astype(np.float32)
    keep /= np.linalg.norm(keep, axis=1, keepdims=True)  # rows of length 1: no image becomes longer by it
    kept = np.empty((len(unit), blocks**2), np.float32)
    for start in range(0, len(unit), BLOCK):
        part = unit[start : start + BLOCK].reshape(-1, side, side)
        kept[start : start + BLOCK] = (keep @ part @ keep.T).reshape(len(part), -1)
    lost = np.sqrt(np.maximum(1 - (kept**2).sum(1, keepdims=True), 0))
    return np.concatenate([kept, lost], axis=1)


def _confirmed(pairs: Ints, unit: Singles, others: Singles, limit: float) -> Ints:
    """Those of the proposed pairs whose pixels really correlate above the limit."""
    parts = [pairs[start : start + BLOCK] for start in range(0, len(pairs), BLOCK)]
    alike = [np.einsum("ij,ij->i", unit[part[:, 0]], others[part[:, 1]], dtype=np.float64) for part in parts]
    sure = [part[value > limit] for part, value in zip(parts, alike, strict=True)]
    return np.concatenate([np.empty((0, 2), np.int64), *sure])
