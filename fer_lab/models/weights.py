"""Pretrained backbones: where they come from, what input they were made for, and how they get into a model.

Files are read as tensors only (safetensors, or ``torch.load(weights_only=True)``): pickled code is never run.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from fer_lab.errors import ConfigError, StoreError
from fer_lab.models import BACKBONE, CONTRACT
from fer_lab.models.base import FaceModel
from fer_lab.models.vgg_backbone import VggBackbone
from fer_lab.storage import cache_root, file_digest, locked, read_json

FACE_MEAN: Mapping[str, tuple[float, float, float]] = {
    "BGR": (93.5940, 104.7624, 129.1863),
    "RGB": (129.1863, 104.7624, 93.5940),
}
"""Of VGG-Face's training faces (Parkhi et al. 2015), 0-255, by the order of channels that a file of it expects."""
TORCHVISION_INDEX = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)  # of the convolutions in vgg16.features


@dataclass(frozen=True)
class Weights:
    """A backbone's weights, and the contract about the input that they were trained on.

    Attributes:
        origin: in words, for records and table feet.
        identity: what was learned: ``face`` (VGG-Face), ``imagenet``, ``identities`` (of the generator), ``none``.
        path: the file; None if the backbone starts at random.
        checksum: SHA-256 of the file.
        channel_order: of the input that the first convolution expects.
        range: largest pixel value, 1 or 255.
        mean: per channel in ``channel_order``, in units of ``range``, subtracted.
        std: per channel in ``channel_order``, divided by.
    """

    origin: str
    identity: Literal["face", "imagenet", "identities", "none"]
    path: Path | None = None
    checksum: str = ""
    channel_order: Literal["RGB", "BGR"] = "RGB"
    range: float = 1.0
    mean: tuple[float, float, float] = (0.5, 0.5, 0.5)
    std: tuple[float, float, float] = (0.25, 0.25, 0.25)

    def record(self) -> dict[str, Any]:
        """What a run's record says about them; no path, so that it is the same on every machine."""
        return {
            "origin": self.origin,
            "identity": self.identity,
            "checksum": self.checksum,
            "channel_order": self.channel_order,
            "range": self.range,
            "mean": list(self.mean),
            "std": list(self.std),
        }


Embedded = Callable[[float, int], Path]
"""From a width and a size of images to the folder of the embedded backbone (``fer_lab.pretraining``)."""


def resolve_weights(
    spec: str | None,
    width: float,
    image_size: int,
    checksum: str | None = None,
    order: str | None = None,
    embedded: Embedded | None = None,
) -> Weights:
    """The weights that a configuration means; ``embedded`` ones are trained if missing, ``imagenet`` ones fetched.

    Args:
        spec: ``embedded``, ``imagenet``, the path of a VGG-Face file, or None (start at random).
        width: of the backbone.
        image_size: side of the images in pixels.
        checksum: SHA-256 that a VGG-Face file must have; None to take it as it is.
        order: of the channels, ``RGB`` or ``BGR``, that a VGG-Face file expects; of the others it is known.
        embedded: finds the embedded ones, or trains them.

    Raises:
        ConfigError: there is no such file, its order is not given or that of others is, or ImageNet weights at another
            width than 1.
        StoreError: the file has another checksum, or ImageNet weights cannot be fetched.
    """
    if order is not None and spec in (None, "embedded", "imagenet"):
        raise ConfigError(f"source.weights_order={order} with weights={spec}", expected="null: theirs is known")
    if spec is None:
        return Weights("random initialisation", "none")
    if spec == "embedded":
        if embedded is None:
            raise ConfigError(
                "weights=embedded", expected="fer_lab.pretraining.backbone.embedded_backbone, which has them"
            )
        return _embedded(embedded(width, image_size))
    return _imagenet(width) if spec == "imagenet" else _vgg_face(Path(spec), checksum, order)


def load_backbone(model: FaceModel, embedded: Embedded | None = None) -> Weights:
    """Put the pretrained weights that the VGG backbones of a model name into them, and return their record.

    A model without such a backbone (C3D, RNN on features...) starts at random. Backbones of one model start alike:
    what the first one names holds for all.

    Args:
        model: whose backbones are filled.
        embedded: as for ``resolve_weights``.

    Raises:
        ConfigError: see ``resolve_weights``; or the file is of another width.
        StoreError: the file is damaged, holds code, lacks a layer, or has another checksum.
    """
    backbones = [module for module in model.modules() if isinstance(module, VggBackbone)]
    if not backbones:
        return resolve_weights(None, 1.0, 0)
    first = backbones[0]
    weights = resolve_weights(
        first.weights, first.width, first.image_size, first.checksum, first.channel_order, embedded
    )
    if weights.path is not None:
        tensors = read_tensors(weights.path)
        state = convolutions(tensors, weights.path)
        for backbone in backbones:
            fill(backbone, state, weights)
        model.take_over(tensors)
    return weights


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a weights file by name; a nested ``state_dict`` is unwrapped.

    Raises:
        StoreError: the file holds pickled code (which is not run), or is damaged.
    """
    try:
        if path.suffix == ".safetensors":
            return safetensors.torch.load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise StoreError(
            f"{path} holds more than tensors; it was not loaded, and none of its code was run",
            expected="a state_dict of tensors (torch.save(model.state_dict(), ...)) or safetensors",
            do="get the weights from a source you trust, and save their tensors as safetensors",
        ) from error
    except Exception as error:  # of a file that is none, the unpickler raises whatever its bytes lead to
        raise StoreError(
            f"cannot read the weights {path}: {type(error).__name__}: {error}", do="fetch the file again"
        ) from error
    state = state.get("state_dict", state) if isinstance(state, Mapping) else {}
    tensors = {str(name): value for name, value in state.items() if isinstance(value, Tensor)}
    if not tensors:
        raise StoreError(f"{path} holds no tensors by name", expected="a state_dict")
    return tensors


def convolutions(state: Mapping[str, Tensor], path: Path) -> dict[str, Tensor]:
    """The 13 convolutions as ``conv1_1.weight`` .. ``conv5_3.bias``, from any of the layouts that circulate.

    Known: ``features.N.weight`` (torchvision), ``conv1_1.weight`` and ``conv_1_1.weight`` (from the Caffe model), each
    also under ``module.``, ``model.`` or ``backbone.``; the FC layers are left out.

    Raises:
        StoreError: a layer is missing.
    """
    names = list(VggBackbone(1 / 16, 32).convolutions())
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


def fill(backbone: VggBackbone, state: Mapping[str, Tensor], weights: Weights) -> None:
    """Put the convolutions of ``state`` into a backbone and set its normalisation; BGR becomes RGB.

    Raises:
        ConfigError: the shapes are those of another width.
    """
    flip = weights.channel_order == "BGR"
    for name, layer in backbone.convolutions().items():
        weight, bias = state[f"{name}.weight"], state[f"{name}.bias"]
        if weight.shape != layer.weight.shape or bias.numel() != layer.out_channels:
            raise ConfigError(
                f"{name} of {weights.path} has shape {tuple(weight.shape)}",
                expected=f"{tuple(layer.weight.shape)} at backbone.width={backbone.width:g}",
                do="use profile=paper (width 1) with published weights",
            )
        with torch.no_grad():
            layer.weight.copy_(weight.flip(1) if flip and name == "conv1_1" else weight)
            cast(Tensor, layer.bias).copy_(bias.flatten())
    step = -1 if flip else 1
    backbone.normalise_with(weights.mean[::step], weights.std[::step], weights.range)
    if backbone.normalised is not None:
        backbone.normalise_with(*backbone.normalised, 1.0)


def _embedded(folder: Path) -> Weights:
    contract = read_json(folder / CONTRACT)
    mean, std = tuple(contract["mean"]), tuple(contract["std"])
    return Weights(contract["origin"], "identities", folder / BACKBONE, contract["checksum"], mean=mean, std=std)


def _vgg_face(path: Path, checksum: str | None, order: str | None) -> Weights:
    if not path.is_file():
        raise ConfigError(
            f"there is no weights file {path}",
            expected="a VGG-Face file (PyTorch or safetensors; features.N or conv1_1 names), 'imagenet' or 'embedded'",
            do="set paths.vgg_face to the file, or source.weights=embedded (imagenet with profile=paper alone)",
        )
    found = file_digest(path)
    if checksum is not None and found != checksum.lower():
        raise StoreError(
            f"{path} has SHA-256 {found}",
            expected=checksum,
            do="fetch the file again, or correct source.weights_checksum",
        )
    if order is None or order not in FACE_MEAN:
        raise ConfigError(
            f"source.weights_order={order} does not say which order of channels {path} (SHA-256 {found}) expects",
            expected="BGR as in VGG's own Caffe and Torch files and ports of these, or RGB as in pytorch-mcn's "
            "vgg_face_dag.pth; the file itself does not say it",
            do="set source.weights_order=BGR or RGB, by where the file is from (docs/data.md)",
        )
    known = cast(Literal["RGB", "BGR"], order)
    return Weights(f"VGG-Face ({path.name})", "face", path, found, known, 255.0, FACE_MEAN[order], (1.0, 1.0, 1.0))


def _imagenet(width: float) -> Weights:
    if width != 1.0:
        raise ConfigError(
            f"ImageNet weights are of width 1, not backbone.width={width:g}",
            do="use profile=paper, or source.weights=embedded",
        )
    from torchvision.models import VGG16_Weights

    published = VGG16_Weights.IMAGENET1K_V1
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
