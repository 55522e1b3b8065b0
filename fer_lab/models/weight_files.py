"""Contracts of files of weights that several architectures have: from Caffe, and torchvision's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from torch import Tensor

from fer_lab.errors import ConfigError, StoreError
from fer_lab.models.pretrained import Weights
from fer_lab.storage import cache_root, file_digest, locked

if TYPE_CHECKING:
    from torchvision.models import WeightsEnum


def all_of(
    wanted: Sequence[str], tensors: Mapping[str, Tensor], path: Path, whose: str, expected: str
) -> dict[str, Tensor]:
    """The tensors that a backbone keeps, of those of a file.

    Args:
        wanted: their names.
        tensors: of the file, by the same names.
        path: the file.
        whose: the network, in words.
        expected: which names are known, in words.

    Raises:
        StoreError: one is missing.
    """
    if missing := [name for name in wanted if name not in tensors]:
        raise StoreError(
            f"{path} lacks {len(missing)} of {whose}'s {len(wanted)} tensors: {', '.join(missing[:4])} ...",
            expected=expected,
            do=f"docs/data.md says how they are saved; the file has {', '.join(list(tensors)[:4])} ...",
        )
    return {name: tensors[name] for name in wanted}


def caffe_weights(path: Path, checksum: str, order: str | None, mean: tuple[float, float, float]) -> Weights:
    """The contract of a file that comes from Caffe: 0-255, BGR unless said otherwise.

    Args:
        path: the file.
        checksum: its SHA-256.
        order: ``RGB`` where it was turned already.
        mean: of its training images, BGR, 0-255.
    """
    turned = order == "RGB"
    own = mean[::-1] if turned else mean
    return Weights(
        f"Caffe ({path.name})", "file", path, checksum, "RGB" if turned else "BGR", 255.0, own, (1.0, 1.0, 1.0)
    )


def torchvision_weights(published: WeightsEnum, width: float) -> Weights:
    """torchvision's weights of ImageNet, fetched into the cache.

    Raises:
        ConfigError: another width than 1 is wanted.
        StoreError: they cannot be fetched.
    """
    if width != 1.0:
        raise ConfigError(
            f"ImageNet weights are of width 1, not backbone.width={width:g}",
            do="use profile=paper, or embedded ones: source.imagenet=embedded, source.objects=objects "
            "(source.weights=embedded where that is set to imagenet)",
        )
    folder = cache_root() / "weights"
    path = folder / Path(published.url).name
    try:
        with locked(path):
            published.get_state_dict(progress=False, check_hash=True, model_dir=str(folder), weights_only=True)
    except (OSError, RuntimeError) as error:
        raise StoreError(
            f"cannot fetch the ImageNet weights from {published.url}: {error}",
            do=f"put the file at {path}, or use source.weights=embedded",
        ) from error
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    return Weights("ImageNet (torchvision)", "imagenet", path, file_digest(path), mean=mean, std=std)
