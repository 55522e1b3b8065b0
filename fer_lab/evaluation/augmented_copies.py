"""Pairs of images of which one is the other augmented: mirrored, turned, shifted or zoomed a little, blurred, noisy.

A perceptual hash proposes pairs: the low frequencies of an image and of eight shifted ones, each frequency weighted by
its size, as pictures hold the less of one the higher it is. What is proposed counts only when the pixels, after one
image is laid over the other, correlate above the limit. The laying over is OpenCV's findTransformECC (Evangelidis and
Psarakis 2008, "Parametric image alignment using enhanced correlation coefficient maximization"), which does not see
brightness and contrast.

Rosa Ramos 2018, sec. 6.4, augments so: mirrored, turned by 2 or 3 degrees, blurred, with noise.

This is for pictures as they come. Faces that were aligned are too much alike for it, and need it not: aligning undoes
what turns, shifts and zooms, so that augmented copies of them are near copies, or mirrored near copies.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_lab.errors import DataError
from fer_lab.evaluation.arrays import Images, Ints, Singles
from fer_lab.evaluation.near_copies import BLOCK, NEAR, between_groups, blocks, in_order, sorted_by_group
from fer_lab.processes import usable_cores

SIDE = 48
"""Images are compared at this side, px."""
STEP = 2
"""By so many px an image is shifted for its hash; shifts of up to 3 px of 48 are then found."""
FREQUENCIES = 8
"""Of a hash, each way; the mean is none of them."""
PROPOSED = 0.87
"""Above this correlation of their hashes pairs are proposed."""
MOST = 200_000
"""More pairs than this are not laid over each other, which would take minutes: the images are too much alike."""
MOST_MOVED = SIDE / 6
"""A corner moves at most so far, px; what is laid over by more is no augmentation of this kind."""
STEPS, SMOOTHED = 15, 7
"""Of the laying over: at most so many steps, on images smoothed over so many px, as blur and noise are to pass."""


def augmented_pairs(images: Images, group: Ints, limit: float = NEAR) -> tuple[Ints, NDArray[np.bool_]]:
    """The pairs of images of two groups of which one is the other augmented.

    Args:
        images: uint8 (N, S, S); constant ones are copies of none.
        group: a number for each image, (N,): only pairs of two groups are looked for.
        limit: above this correlation, after one was laid over the other, they are copies, in (0, 1).

    Returns:
        Pairs of rows (M, 2) in order, the lower row first, exact and near copies among them; and of each whether it
        is mirrored (one that is found both ways is not).

    Raises:
        DataError: more than ``MOST`` pairs are proposed.
    """
    small = _small(images)
    upright, mirrored = (_confirmed(small, proposed_pairs(small, group, turn), turn, limit) for turn in (False, True))
    known = {tuple(pair) for pair in upright.tolist()}
    mirrored = np.array([pair for pair in mirrored.tolist() if tuple(pair) not in known], np.int64).reshape(-1, 2)
    pairs = np.concatenate([upright, mirrored])
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return pairs[order], (np.arange(len(pairs)) >= len(upright))[order]


def proposed_pairs(images: Images, group: Ints, mirrored: bool) -> Ints:
    """The pairs (M, 2) of two groups whose hashes correlate above ``PROPOSED``, one of them mirrored or not.

    Args: as ``augmented_pairs``.
    """
    small = _small(images)
    whole = hashes(small)
    rows = np.flatnonzero(np.linalg.norm(whole, axis=1) > 0)
    order = pd.factorize(np.asarray(group))[0].astype(np.int64)  # by their first rows: their numbers mean nothing
    rows, whole, groups = sorted_by_group(rows, whole[rows], order)
    turned = small[:, :, ::-1] if mirrored else small
    shifted = [hashes(turned, *shift)[rows] for shift in product((-STEP, 0, STEP), repeat=2)]
    found = [np.empty((0, 2), np.int64)]
    for start, other in blocks(groups):
        theirs = whole[other : other + BLOCK].T
        like = shifted[0][start : start + BLOCK] @ theirs
        room = np.empty_like(like)
        for own in shifted[1:]:
            np.maximum(like, np.matmul(own[start : start + BLOCK], theirs, out=room), out=like)
        found.append(between_groups(np.add(np.argwhere(like > PROPOSED), (start, other)), groups))
    return in_order(rows[np.concatenate(found)])


def hashes(images: Images, right: int = 0, down: int = 0) -> Singles:
    """Perceptual hashes, (N, 64), of length 1, or 0 for a constant image.

    Args:
        images: uint8 (N, 48, 48).
        right, down: which way the middle that is hashed is shifted, px.
    """
    side = SIDE - 2 * STEP
    middle = images[:, STEP + down : STEP + down + side, STEP + right : STEP + right + side].astype(np.float32)
    numbers = np.arange(FREQUENCIES, dtype=np.float32)
    waves = np.cos(np.pi * (np.arange(side, dtype=np.float32) + 0.5) * numbers[:, None] / side)
    low = (waves @ middle @ waves.T) * np.hypot(numbers[:, None], numbers)
    flat: Singles = low.reshape(len(images), -1)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    unit: Singles = flat * (length > 1) / np.maximum(length, 1)  # rounding leaves a constant image less than 1
    return unit


def _small(images: Images) -> Images:
    if images.shape[1] == SIDE:
        return images
    return np.array([cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for image in images], np.uint8)


def _confirmed(images: Images, pairs: Ints, mirrored: bool, limit: float) -> Ints:
    """Those of the proposed pairs that correlate above the limit when one is laid over the other."""
    if len(pairs) > MOST:
        raise DataError(
            f"{len(pairs)} pairs of images might be augmented copies: they are too much alike to be told apart",
            expected=f"pictures as they come, {MOST} such pairs at most",
            do="leave --augmented out",
        )
    with ThreadPoolExecutor(usable_cores()) as threads:  # OpenCV lets other threads run meanwhile
        alike = threads.map(lambda pair: _is_copy(images, pair, mirrored, limit), pairs.tolist(), chunksize=256)
        kept = np.fromiter(alike, bool, len(pairs))
    sure: Ints = pairs[kept]
    return sure


def _is_copy(images: Images, pair: Sequence[int], mirrored: bool, limit: float) -> bool:
    """Whether one of two images can be laid over the other: a noisy one is better laid upon."""
    one, other = images[pair[0]], np.ascontiguousarray(images[pair[1]][:, ::-1] if mirrored else images[pair[1]])
    return _laid_over(one, other) > limit or _laid_over(other, one) > limit


def _laid_over(one: Images, other: Images) -> float:
    """Correlation of two images after the other was turned, shifted, zoomed and sheared to lie over the one; -1: it
    cannot be."""
    ends = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, STEPS, 1e-4)
    start = np.eye(2, 3, dtype=np.float32)
    try:
        value, warp = cv2.findTransformECC(one, other, start, cv2.MOTION_AFFINE, ends, None, SMOOTHED)  # type: ignore[call-overload]
    except cv2.error:  # it does not converge: they have nothing in common
        return -1.0
    corners = np.array([[x, y, 1] for x in (0, SIDE) for y in (0, SIDE)], np.float64)
    moved = np.linalg.norm(corners @ np.asarray(warp).T - corners[:, :2], axis=1).max()
    return float(value) if moved <= MOST_MOVED else -1.0
