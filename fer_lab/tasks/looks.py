"""What of an item an answer is a mean over: its images as they are or cropped, and their mirror images."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from torch import Tensor
from torch.nn import functional as F

Inputs = Sequence[Tensor]
PLACES = ((0, 0), (0, 2), (2, 0), (2, 2), (1, 1))
"""Of the five crops, down and across: at the beginning, the middle or the end (0, 1, 2)."""


def mean_answer(answer: Callable[[Inputs], Tensor], inputs: Inputs, mirror: bool, crop: float | None) -> Tensor:
    """The mean of what is answered of every look at some items, (B, names).

    Args:
        answer: of the inputs of a batch.
        inputs: images float (B, ..., S, S); vectors and sequences of vectors are the same in every look.
        mirror: look at mirror images, too.
        crop: look at five crops of this share of the side, brought to the images' size, in place of the images: with
            ``mirror`` the ten crops of Krizhevsky et al. 2012, sec. 4.1.
    """
    found = [answer(look) for look in _looks(inputs, mirror, crop)]
    total = found[0]
    for one in found[1:]:
        total = total + one
    return total / len(found)


def _looks(inputs: Inputs, mirror: bool, crop: float | None) -> Iterator[Inputs]:
    cuts = [] if crop is None else [partial(_cut, crop=crop, place=place) for place in PLACES]
    for seen in (_of_images(inputs, cut) for cut in cuts) if cuts else (inputs,):
        yield seen
        if mirror:
            yield _of_images(seen, _mirrored)


def _of_images(inputs: Inputs, change: Callable[[Tensor], Tensor]) -> Inputs:
    return [change(x) if x.dim() > 3 else x for x in inputs]


def _mirrored(images: Tensor) -> Tensor:
    return images.flip(-1)


def _cut(images: Tensor, crop: float, place: tuple[int, int]) -> Tensor:
    """A crop of images (B, ..., S, S), at their size."""
    side = images.shape[-1]
    cut = round(side * crop)
    top, left = ((side - cut) * where // 2 for where in place)
    flat = images.flatten(1, -3)[..., top : top + cut, left : left + cut]
    return F.interpolate(flat, size=(side, side), mode="bilinear", align_corners=False).reshape(images.shape)
