"""Pretrained backbones: which weights a configuration means, and how they get into a model.

Files are read as tensors only (safetensors, or ``torch.load(weights_only=True)``): pickled code is never run.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from fer_lab.errors import ConfigError, StoreError
from fer_lab.models import BACKBONE, CONTRACT, MADE_HERE
from fer_lab.models.base import FaceModel
from fer_lab.models.packaged import PackagedBackbone, contract
from fer_lab.models.pretrained import Learned, PretrainedBackbone, Weights
from fer_lab.packages import fetched, packaged, passport_of_file, pinned
from fer_lab.storage import file_digest, read_json

Embedded = Callable[[PretrainedBackbone], Path]
"""From a backbone to the folder of embedded weights of its architecture, sizes and task (``fer_lab.pretraining``)."""


def resolve_weights(backbone: PretrainedBackbone, embedded: Embedded | None = None) -> Weights:
    """The weights that a backbone names; embedded ones are trained if missing, ``imagenet`` ones fetched.

    Args:
        backbone: ``backbone.weights`` is ``embedded`` (trained on identities), ``objects``, ``imagenet``, the name of
            weights that come out of a package, the path of a file, or None (start at random).
        embedded: finds the embedded ones, or trains them.

    Raises:
        ConfigError: there is no such file, its order is not given or that of others is, or there are no such ImageNet
            weights.
        StoreError: the file has another checksum, or ImageNet weights cannot be fetched.
    """
    spec, order = backbone.weights, backbone.channel_order
    if order is not None and spec in (None, "imagenet", *MADE_HERE):
        raise ConfigError(f"source.weights_order={order} with weights={spec}", expected="null: theirs is known")
    if spec is None:
        return Weights("random initialisation", "none")
    if spec in MADE_HERE:
        if embedded is None:
            raise ConfigError(
                f"weights={spec}", expected="fer_lab.pretraining.backbone.embedded_backbone, which has them"
            )
        return _embedded(embedded(backbone))
    if spec in packaged():
        return _of_package(backbone, spec)
    return backbone.imagenet() if spec == "imagenet" else _of_file(backbone, Path(spec))


def load_backbone(model: FaceModel, embedded: Embedded | None = None) -> Weights:
    """Put the pretrained weights that the backbones of a model name into them, and return their record.

    A model without such a backbone (C3D, RNN on features...) starts at random. Backbones of one model start alike:
    what the first one names holds for all.

    Args:
        model: whose backbones are filled.
        embedded: as for ``resolve_weights``.

    Raises:
        ConfigError: see ``resolve_weights``; or the file is of another width.
        StoreError: the file is damaged, holds code, lacks a layer, or has another checksum.
    """
    backbones = [module for module in model.modules() if isinstance(module, PretrainedBackbone)]
    if not backbones:
        return Weights(model.origin, "none")
    weights = resolve_weights(backbones[0], embedded)
    if weights.path is not None:
        tensors = read_tensors(weights.path)
        for backbone in backbones:
            fill(backbone, tensors, weights)
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


def fill(backbone: PretrainedBackbone, tensors: Mapping[str, Tensor], weights: Weights) -> None:
    """Put the tensors of a file into a backbone and set its normalisation; BGR becomes RGB.

    Raises:
        ConfigError: the shapes are those of another width.
        StoreError: a layer is missing.
    """
    path, flip = weights.path or Path(), weights.channel_order == "BGR"
    state = backbone.read(tensors, path)
    for name, own in backbone.kept().items():
        found = state[name]
        if found.numel() != own.numel() or (own.dim() > 1 and found.shape != own.shape):
            raise ConfigError(
                f"{name} of {path} has shape {tuple(found.shape)}",
                expected=f"{tuple(own.shape)} at backbone.width={backbone.width:g}",
                do="use profile=paper (width 1) with published weights",
            )
        with torch.no_grad():
            own.copy_((found.flip(1) if flip and name == backbone.first else found).view_as(own))
    step = -1 if flip else 1
    backbone.normalise_with(weights.mean[::step], weights.std[::step], weights.range)
    if backbone.normalised is not None:
        backbone.normalise_with(*backbone.normalised, 1.0)


def _embedded(folder: Path) -> Weights:
    contract = read_json(folder / CONTRACT)
    mean, std, path = tuple(contract["mean"]), tuple(contract["std"]), folder / BACKBONE
    return Weights(contract["origin"], contract["identity"], path, contract["checksum"], mean=mean, std=std)


def _of_package(backbone: PretrainedBackbone, name: str) -> Weights:
    if not isinstance(backbone, PackagedBackbone) or backbone.comes_with != name:
        raise ConfigError(f"weights={name} with {type(backbone).__name__}", expected="weights of this network",
                          do=f"name the network that they are of: backbone={name}")  # fmt: skip
    known = backbone.known()
    learned = cast(Learned, known.learned)
    return Weights(known.title, learned, fetched(known), pinned(known), **contract(known), passport=known.record())


def _of_file(backbone: PretrainedBackbone, path: Path) -> Weights:
    if not path.is_file():
        raise ConfigError(
            f"there is no weights file {path}",
            expected="a file of weights (docs/data.md says which are known), 'imagenet', 'embedded' or 'objects'",
            do="set the path that the cell names (paths.vgg_face, inception_v2, alexnet or resnet101) to it; "
            "or set to embedded what it starts from: source.weights, source.imagenet, source.<architecture>; "
            "or to objects: source.objects",
        )
    found = file_digest(path)
    if backbone.checksum is not None and found != backbone.checksum.lower():
        raise StoreError(
            f"{path} has SHA-256 {found}",
            expected=backbone.checksum,
            do="fetch the file again, or correct source.weights_checksum",
        )
    known = passport_of_file(path)
    return replace(backbone.of_file(path, found), passport=known.record() if known else None)
