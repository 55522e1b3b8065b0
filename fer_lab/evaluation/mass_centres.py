"""Mass centres of classes, and which of them an image is nearest to. numpy alone.

Moravčík 2021, sec. 6.4.1: the mass centre of a class is the image with the lowest difference to every other image of
the class. Sec. 6.4.2: an image of another data set gets the class whose mass centre differs from it least.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fer_lab.errors import DataError
from fer_lab.evaluation.arrays import Images, Ints
from fer_lab.evaluation.image_differences import BLOCK, DIFFERENCES, differences, summed_differences

MAPPINGS = {f"{name}{word}": (name, bool(word)) for name in DIFFERENCES for word in ("", ", cropped")}
"""What a table calls a mapping (``histogram, cropped``) -> its difference, and whether faces are cropped."""
WHITE = 255
FACE = (0.40, 0.50)
"""Half axes of the face, shares of the picture's side. The mean of FER2013's training images, and what varies least
in them, fill such an ellipse: brows to chin from edge to edge, hair and background at both sides."""


def mass_centres(images: Images, labels: Ints, classes: Sequence[str], difference: str) -> Ints:
    """The mass centre of every class.

    Args:
        images: grey pictures, uint8 (N, S, S).
        labels: the class of each, (N,) in [0, C).
        classes: C names.
        difference: ``absolute``, ``differing``, ``histogram`` or ``intersection`` (``image_differences``).

    Returns:
        The row of each class's mass centre, (C,); the lowest of rows that are equally near.

    Raises:
        ConfigError: there is no such difference.
        DataError: a class without images.
    """
    found = []
    for number, name in enumerate(classes):
        rows = np.flatnonzero(labels == number)
        if not len(rows):
            raise DataError(
                f"no image of the class {name!r} to take a mass centre of",
                expected=f"an image at least of each of: {', '.join(classes)}",
                do="check the data set and the part that is used",
            )
        found.append(rows[summed_differences(images[rows], difference).argmin()])
    return np.array(found, dtype=np.int64)


def assign(images: Images, centres: Images, difference: str) -> Ints:
    """The nearest centre of each image.

    Args:
        images: uint8 (N, S, S).
        centres: one picture a class, uint8 (C, S, S).
        difference: as in ``mass_centres``.

    Returns:
        Its number, (N,) in [0, C); the lowest of those equally near.

    Raises:
        ConfigError: there is no such difference.
        DataError: images and centres of different sizes.
    """
    if images.shape[1:] != centres.shape[1:]:
        raise DataError(
            f"images of {images.shape[1:]} pixels and mass centres of {centres.shape[1:]}",
            expected="one size",
            do="bring both data sets to the same size",
        )
    blocks = (images[start : start + BLOCK] for start in range(0, len(images), BLOCK))
    found = [np.stack([differences(block, c, difference) for c in centres]).argmin(0) for block in blocks]
    return np.concatenate(found) if found else np.empty(0, np.int64)


def face_cropped(images: Images) -> Images:
    """Images (N, S, S) with all white that is outside a central ellipse, where faces of FER2013 are.

    Moravčík 2021, sec. 6.4.2, crops faces to be rid of the background and does not say how. The author's public code
    looks for the face with a Haar cascade and makes white what is outside its box; OpenCV 5 brings no cascade of faces
    any more. FER2013 is already cut to the face, so that one fixed outline serves all images, and none is missed.
    """
    middle = (images.shape[1] - 1) / 2
    away = (np.arange(images.shape[1]) - middle) / images.shape[1]
    outside = (away[None, :] / FACE[0]) ** 2 + (away[:, None] / FACE[1]) ** 2 > 1
    return np.where(outside, np.uint8(WHITE), images)
