"""VGG16's weights as they circulate: the names in their files, and the contracts of VGG-Face and of ImageNet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, cast

from torch import Tensor

from fer_lab.errors import ConfigError, StoreError
from fer_lab.models.pretrained import Weights

FACE_MEAN: Mapping[str, tuple[float, float, float]] = {
    "BGR": (93.5940, 104.7624, 129.1863),
    "RGB": (129.1863, 104.7624, 93.5940),
}
"""Of VGG-Face's training faces (Parkhi et al. 2015), 0-255, by the order of channels that a file of it expects."""
TORCHVISION_INDEX = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)  # of the convolutions in vgg16.features


def convolutions(state: Mapping[str, Tensor], names: Sequence[str], path: Path) -> dict[str, Tensor]:
    """The 13 convolutions as ``conv1_1.weight`` .. ``conv5_3.bias``, from any of the layouts that circulate.

    Known: ``features.N.weight`` (torchvision), ``conv1_1.weight`` and ``conv_1_1.weight`` (from the Caffe model), each
    also under ``module.``, ``model.`` or ``backbone.``; the FC layers are left out.

    Args:
        state: the tensors of a file.
        names: of the convolutions, in their order.
        path: the file.

    Raises:
        StoreError: a layer is missing.
    """
    known = {f"features.{n}": name for n, name in zip(TORCHVISION_INDEX, names, strict=True)}
    known |= {name.replace("conv", "conv_"): name for name in names} | {name: name for name in names}
    found: dict[str, Tensor] = {}
    for key, value in state.items():
        layer, _, kind = key.rpartition(".")
        for prefix in ("module.", "model.", "backbone."):
            layer = layer.removeprefix(prefix)
        if layer in known:
            found[f"{known[layer]}.{kind}"] = value
    wanted = [f"{name}.{kind}" for name in names for kind in ("weight", "bias")]
    missing = [name for name in wanted if name not in found]
    if missing:
        raise StoreError(
            f"{path} lacks {len(missing)} of VGG16's {len(wanted)} tensors: {', '.join(missing[:4])} ...",
            expected="names like features.0.weight (torchvision) or conv1_1.weight (Caffe)",
            do=f"check that it is a VGG16; the file has {', '.join(list(state)[:4])} ...",
        )
    return {name: found[name] for name in wanted}


def vgg_face(path: Path, checksum: str, order: str | None) -> Weights:
    """The contract of a VGG-Face file.

    Args:
        path: the file.
        checksum: its SHA-256.
        order: of the channels, ``RGB`` or ``BGR``, that it expects.

    Raises:
        ConfigError: the order is not given.
    """
    if order is None or order not in FACE_MEAN:
        raise ConfigError(
            f"source.weights_order={order} does not say which order of channels {path} (SHA-256 {checksum}) expects",
            expected="BGR as in VGG's own Caffe and Torch files and ports of these, or RGB as in pytorch-mcn's "
            "vgg_face_dag.pth; the file itself does not say it",
            do="set source.weights_order=BGR or RGB, by where the file is from (docs/data.md)",
        )
    known = cast(Literal["RGB", "BGR"], order)
    return Weights(f"VGG-Face ({path.name})", "face", path, checksum, known, 255.0, FACE_MEAN[order], (1.0, 1.0, 1.0))
