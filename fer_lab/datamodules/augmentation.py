"""Random changes of whole batches of images: one affine transformation an item, one sampling a batch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from fer_lab.datamodules.share import Share, whole


class Changes(Protocol):
    """Random changes of a training batch, as ``Augmentation``."""

    def __call__(
        self, inputs: tuple[Tensor, ...], generator: torch.Generator, share: Share | None = None
    ) -> tuple[Tensor, ...]:
        """The inputs of a batch, its images changed; all that is random is drawn from the generator.

        Where the inputs are a ``share`` of a batch, it is drawn for all of the batch.
        """


@dataclass(frozen=True)
class Augmentation:
    """Moravčík 2021, sec. 5.1.2: rotation, shift, flip, zoom, shear; nothing by default.

    Amounts mean what they mean in Keras-Preprocessing 1.1.2 (``ImageDataGenerator``), which the author's public code
    uses: each is drawn by itself, uniformly, and they are put together as rotation, shift, shear, zoom, then the flip.

    Args:
        flip: mirror every second item, left to right.
        rotation: largest angle, degrees.
        shift: largest shift of width and of height, a share of the side.
        zoom: largest change of width and of height, a share of each, drawn for each axis by itself.
        shear: largest shear angle, *degrees* (0.4 moves the border of a face of 48 px by 0.17 px).
        erase: side of a square that is made grey somewhere in each image, a share of the image's side, drawn from 0 to
            this (random erasing, Zhong et al. 2020, doi:10.1609/aaai.v34i07.7000).
    """

    flip: bool = False
    rotation: float = 0.0
    shift: float = 0.0
    zoom: float = 0.0
    shear: float = 0.0
    erase: float = 0.0

    def __call__(
        self, inputs: tuple[Tensor, ...], generator: torch.Generator, share: Share | None = None
    ) -> tuple[Tensor, ...]:
        """Change the images among a batch's inputs, all views and all frames of an item alike.

        Args:
            inputs: float images (B, ..., S, S); vectors and sequences of vectors pass unchanged.
            generator: of the CPU, so that the same is drawn on every device.
            share: which items of a batch they are; None: all.
        """
        if self == Augmentation():
            return inputs
        own = share or whole(len(inputs[0]))
        theta = self.matrices(own.total, generator)[own.rows]
        warped = tuple(warp(x, theta.to(x.device)) if x.dim() > 3 else x for x in inputs)
        if not self.erase:
            return warped
        squares = torch.rand((3, own.total), generator=generator)[:, own.rows]
        return tuple(_erased(x, squares.to(x.device), self.erase) if x.dim() > 3 else x for x in warped)

    def matrices(self, count: int, generator: torch.Generator) -> Tensor:
        """From each place of the output to one of the input, (count, 2, 3), in units of half a side."""
        draws = torch.rand((7, count), generator=generator) * 2 - 1
        angle, shear = draws[0] * math.radians(self.rotation), draws[1] * math.radians(self.shear)
        wide, high = 1 + draws[2] * self.zoom, 1 + draws[3] * self.zoom
        across, down = draws[4] * 2 * self.shift, draws[5] * 2 * self.shift
        mirror = torch.where(draws[6] > 0, -1.0, 1.0) if self.flip else torch.ones(count)
        cos, sin, sheared = angle.cos(), angle.sin(), angle + shear
        first = torch.stack([sheared.cos() * wide * mirror, sin * high, cos * across + sin * down], -1)
        second = torch.stack([-sheared.sin() * wide * mirror, cos * high, cos * down - sin * across], -1)
        return torch.stack([first, second], 1)


def warp(images: Tensor, theta: Tensor) -> Tensor:
    """Sample images (B, ..., S, S) bilinearly, each where its ``theta`` (B, 2, 3) says; beyond the border its last
    pixels go on. ``theta`` is as of ``Augmentation.matrices``."""
    flat = images.flatten(1, -3) if images.dim() > 4 else images
    with torch.autocast(images.device.type, enabled=False):  # bf16 cannot name a place to a tenth of a pixel
        grid = affine_grid(theta, [len(flat), 1, *flat.shape[-2:]], align_corners=False)
        warped = grid_sample(flat, grid.to(flat.dtype), padding_mode="border", align_corners=False)
    return warped.reshape(images.shape)


def _erased(images: Tensor, squares: Tensor, largest: float) -> Tensor:
    """Images (B, ..., S, S) with a grey square each: its centre and its side (3, B), shares in [0, 1]."""
    side = images.shape[-1]
    half = squares[2] * largest * side / 2
    places = torch.arange(side, device=images.device) + 0.5
    inside = [(places - squares[axis, :, None] * side).abs() < half[:, None] for axis in (0, 1)]  # (B, S) each
    mask = inside[0][:, :, None] & inside[1][:, None, :]
    shape = (len(images), *[1] * (images.dim() - 3), side, side)
    return images.masked_fill(mask.view(shape), 0.5)
