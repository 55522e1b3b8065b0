"""How far two backbones see the same in images, as when one recipe was followed on two machines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from fer_lab.models import BACKBONE, CONTRACT
from fer_lab.models.pretrained import PretrainedBackbone
from fer_lab.models.weights import fill, read_tensors, resolve_weights
from fer_lab.pretraining.examples import Examples
from fer_lab.storage import read_json


@dataclass(frozen=True)
class Agreement:
    """Of the features of two backbones for the same images.

    Attributes:
        cosine: mean cosine of an image's two feature vectors, -1..1; two trainings that end in another order of the
            channels may see the same all the same.
        cka: linear centred kernel alignment (Kornblith et al. 2019), 0..1; whatever the order of the channels.
    """

    cosine: float
    cka: float


def agreement(first: Path, second: Path, kind: type[PretrainedBackbone], images: Examples) -> Agreement:
    """Compare two embedded backbones of an architecture.

    Args:
        first, second: their folders; they may be of other sizes.
        kind: the architecture.
        images: what both are shown.

    Raises:
        StoreError: a file is missing or damaged.
    """
    one, other = (_features(folder, kind, images) for folder in (first, second))
    cosine = F.cosine_similarity(one, other).mean() if one.shape == other.shape else torch.tensor(torch.nan)
    return Agreement(float(cosine), float(_cka(one, other)))


@torch.inference_mode()
def _features(folder: Path, kind: type[PretrainedBackbone], images: Examples) -> Tensor:
    """Features (n, F) of images."""
    contract = read_json(folder / CONTRACT)
    backbone = kind.embedded(contract["width"], contract["image_size"]).eval()
    weights = resolve_weights(backbone, lambda _: folder)
    fill(backbone, read_tensors(folder / BACKBONE), weights)
    pixels = torch.from_numpy(images.images).permute(0, 3, 1, 2)
    return torch.cat([backbone(part.float() / 255) for part in torch.split(pixels, 128)])


def _cka(one: Tensor, other: Tensor) -> Tensor:
    one, other = (features - features.mean(0) for features in (one, other))
    shared: Tensor = torch.linalg.matrix_norm(one.T @ other) ** 2
    alone: Tensor = torch.linalg.matrix_norm(one.T @ one) * torch.linalg.matrix_norm(other.T @ other)
    return shared.div(alone)
