"""How much images differ, each from one other or from all others in sum. numpy alone.

The sum over all other images separates by pixel (or bin of a histogram), so that no two images are ever held against
each other: for one pixel, all that counts is how often each value occurs there; for one bin, the order of its values.

Moravčík 2021, sec. 6.4.1, names a pixel by pixel difference and one of histograms, without a formula. Four readings:

- ``absolute``: sum of the absolute differences of the pixels;
- ``differing``: number of pixels that differ, as the author's public code counts them;
- ``histogram``: sum of the absolute differences of histograms of 256 bins, each histogram min-max normalised;
- ``intersection``: the same histograms, compared as in the author's public code by the sum of the lower of the two
  values of each bin, with its sign turned. That is no difference in the thesis's sense: an image can overlap more with
  a flat histogram than with its own, so that flat ones attract all others. ``histogram`` has no such preference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_lab.errors import ConfigError, nearest
from fer_lab.evaluation.arrays import Images, Ints

DIFFERENCES = ("absolute", "differing", "histogram", "intersection")
VALUES = 256
"""Values of a pixel, and bins of a histogram."""
STEPS = 1 << 24
"""A normalised bin is a whole number of such parts of 1 (the precision of a single float): sums are then exact, and
what is equally far is found to be so, whichever way it is summed."""
BLOCK = 2048
"""Images looked at together."""


def differences(images: Images, other: Images, difference: str) -> Ints:
    """Difference of each image (N, S, S) to one other (S, S), (N,); bins count in ``1 / STEPS``.

    Raises:
        ConfigError: there is no such difference.
    """
    if _known(difference) in ("absolute", "differing"):
        between = np.abs(images.astype(np.int16) - other)
        return _added(between if difference == "absolute" else between > 0)
    ours, its = histograms(images), histograms(other[None])
    return _added(np.abs(ours - its)) if difference == "histogram" else -_added(np.minimum(ours, its))


def summed_differences(images: Images, difference: str) -> Ints:
    """Sum of the differences of each image (N, S, S) to all others, (N,); bins count in ``1 / STEPS``.

    Raises:
        ConfigError: there is no such difference.
    """
    summed: Mapping[str, Callable[[Images], Ints]] = {
        "absolute": lambda images: _by_pixel(images, _sums_of_distances),
        "differing": lambda images: _by_pixel(images, _others),
        "histogram": lambda images: _by_bin(histograms(images)),
        "intersection": lambda images: _overlaps(histograms(images)),
    }
    return summed[_known(difference)](images)


def histograms(images: Images) -> Ints:
    """How often each value occurs in each image (N, S, S), min-max normalised: (N, 256) in [0, ``STEPS``].

    The scarcest value becomes 0, the most frequent one ``STEPS``; all 0 if every value is equally frequent.
    """
    flat = images.reshape(len(images), -1)
    places = flat + VALUES * np.arange(len(flat))[:, None]
    counts = np.bincount(places.ravel(), minlength=VALUES * len(flat)).reshape(-1, VALUES)
    above: Ints = counts - counts.min(1, keepdims=True)
    normalised: Ints = above * STEPS // np.maximum(above.max(1, keepdims=True), 1)
    return normalised


def _known(difference: str) -> str:
    if difference not in DIFFERENCES:
        raise ConfigError(f"difference {difference!r}", expected=f"one of {nearest(difference, DIFFERENCES)}")
    return difference


def _added(values: NDArray[Any]) -> Ints:
    """Sum of all that belongs to an image, (N,)."""
    added: Ints = values.reshape(len(values), -1).sum(1, dtype=np.int64)
    return added


def _by_pixel(images: Images, cost: Callable[[Ints], Ints]) -> Ints:
    """Sum over the pixels of what a value costs there: looked up, as a pixel has 256 values only."""
    flat = images.reshape(len(images), -1)
    pixels = np.arange(flat.shape[1]) * VALUES
    counts = np.zeros(flat.shape[1] * VALUES, np.int64)
    for start in range(0, len(flat), BLOCK):
        counts += np.bincount((flat[start : start + BLOCK] + pixels).ravel(), minlength=len(counts))
    costs = cost(counts.reshape(-1, VALUES)).ravel()
    blocks = (flat[start : start + BLOCK] for start in range(0, len(flat), BLOCK))
    return np.concatenate([_added(costs[block + pixels]) for block in blocks])


def _sums_of_distances(counts: Ints) -> Ints:
    """For each value how far all counted values (P, 256) are from it in sum, (P, 256)."""
    values = np.arange(VALUES)
    lower, weight = counts.cumsum(1), (counts * values).cumsum(1)
    summed: Ints = 2 * (values * lower - weight) + weight[:, -1:] - values * lower[:, -1:]
    return summed


def _others(counts: Ints) -> Ints:
    """For each value how many of the counted values (P, 256) are another one, (P, 256)."""
    others: Ints = counts.sum(1, keepdims=True) - counts
    return others


def _by_bin(values: Ints) -> Ints:
    """Sum over the bins (columns) of the distances of each row's value to all others, (N,)."""
    total = np.zeros(len(values), np.int64)
    for column in values.T:
        order = np.sort(column)
        before = np.concatenate([[0], order.cumsum()])
        lower = np.searchsorted(order, column)  # values below each; equal ones are at no distance on either side
        total += 2 * (column * lower - before[lower]) + before[-1] - column * len(column)
    return total


def _overlaps(values: Ints) -> Ints:
    """Minus the sum of the lower of two values over all bins and rows, (N,): min(a, b) = (a + b - |a - b|) / 2."""
    own = _added(values)
    overlaps: Ints = (_by_bin(values) - len(own) * own - own.sum()) // 2
    return overlaps
