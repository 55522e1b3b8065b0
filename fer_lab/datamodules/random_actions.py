"""Actions of ``fer_lab.faces.actions`` on the images of a batch as they are shown, in place of stored copies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import conv2d, pad

from fer_lab.datamodules.augmentation import warp
from fer_lab.datamodules.share import Share, whole
from fer_lab.errors import ConfigError
from fer_lab.faces.actions import Action


@dataclass(frozen=True)
class RandomActions:
    """Some items of a batch, each changed by one of some actions (Rosa Ramos 2018, sec. 6.4: "during training time").

    The actions are those of the stored copies; an image that is shown again is changed anew, or not at all.

    Args:
        actions: of which each item that is changed has one, drawn evenly.
        share: of the items that are changed, in [0, 1], each item drawn by itself.

    Raises:
        ConfigError: no action, or no share.
    """

    actions: Sequence[Action]
    share: float

    def __post_init__(self) -> None:
        """Refuse what cannot be done."""
        if not self.actions:
            raise ConfigError("augmentation.actions is empty", expected="one or more")
        if not 0 <= self.share <= 1:
            raise ConfigError(f"augmentation.share={self.share}", expected="a share of the images, 0 to 1")

    def __call__(
        self, inputs: tuple[Tensor, ...], generator: torch.Generator, share: Share | None = None
    ) -> tuple[Tensor, ...]:
        """Change the images among a batch's inputs, all views and all frames of an item by the same action.

        Args:
            inputs: float images (B, ..., C, S, S) in [0, 1]; vectors and sequences of vectors pass unchanged.
            generator: of the CPU, so that the same is drawn on every device.
            share: which items of a batch they are; None: all.
        """
        own = share or whole(len(inputs[0]))
        chosen = self.drawn(own.total, generator)
        return tuple(self._changed(x, chosen, own, generator) if x.dim() > 3 else x for x in inputs)

    def drawn(self, count: int, generator: torch.Generator) -> Tensor:
        """The number of the action of each item, int64 (count,); -1 where it stays as it is."""
        numbers = torch.randint(len(self.actions), (count,), generator=generator)
        return numbers.where(torch.rand(count, generator=generator) < self.share, -1)

    def _changed(self, images: Tensor, chosen: Tensor, own: Share, generator: torch.Generator) -> Tensor:
        """Images, those that an action has been chosen for changed; ``chosen`` is of the whole batch."""
        changed = images.clone()
        for number, action in enumerate(self.actions):
            is_chosen = chosen == number
            before, here, every = (int(of.sum()) for of in (is_chosen[: own.start], is_chosen[own.rows], is_chosen))
            rows = is_chosen[own.rows].nonzero()[:, 0].to(images.device)
            if every:
                share = Share(before, before + here, every)
                changed[rows] = applied(action, images[rows], generator, share)
        return changed


def applied(action: Action, images: Tensor, generator: torch.Generator, share: Share | None = None) -> Tensor:
    """What an action makes of images (B, ..., C, S, S) in [0, 1], within the rounding of what it makes of bytes.

    Args:
        action: which.
        images: of which it is made.
        generator: of its noise.
        share: which of the images that have noise drawn these are; None: all.
    """
    noise = _noise(images, generator, share or whole(len(images))) if action.noise else None
    if not len(images):
        return images
    changed = images.flip(-1) if action.flip else images
    if action.turn:
        changed = warp(changed, _turn(action.turn).to(images.device).expand(len(images), -1, -1))
    if action.blur:
        changed = _blurred(changed, action.blur * images.shape[-1])
    if noise is not None:
        changed = (changed + noise * action.noise).clamp(0, 1)
    return changed


def _noise(images: Tensor, generator: torch.Generator, share: Share) -> Tensor:
    """Standard normal noise for images, cut from that of all that have noise drawn."""
    return torch.randn((share.total, *images.shape[1:]), generator=generator)[share.rows].to(images)


def _turn(degrees: float) -> Tensor:
    """From each place of the output to one of the input, (1, 2, 3), in units of half a side: to the left."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return torch.tensor([[[cos, -sin, 0.0], [sin, cos, 0.0]]])


def _blurred(images: Tensor, deviation: float) -> Tensor:
    """Images under a Gaussian of this deviation (px), as wide as OpenCV's for bytes; mirrored beyond the border."""
    reach = round(6 * deviation + 1) // 2
    weights = torch.exp(-((torch.arange(-reach, reach + 1) / deviation) ** 2) / 2).to(images)
    flat = images.reshape(-1, 1, *images.shape[-2:])
    flat = pad(flat, (reach,) * 4, "reflect")
    with torch.autocast(images.device.type, enabled=False):
        for shape in ((1, 1, -1, 1), (1, 1, 1, -1)):
            flat = conv2d(flat, (weights / weights.sum()).view(shape))
    return flat.reshape(images.shape)
