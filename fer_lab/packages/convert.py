"""From the files of packages to tensors by the names that our networks have; nothing pickled is run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from math import prod
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from fer_lab.errors import StoreError
from fer_lab.packages import dlib_file, tfjs

Tensors = dict[str, NDArray[Any]]
VERSION = 1
"""Raised whenever the same file gives other tensors."""
BLOCKS = 13
"""Of MobileNet, each a depthwise and a pointwise convolution."""
PLACES = {"_expand_conv": "conv_pw", "_depthwise_conv": "conv_dw", "_project_conv": "conv_pwl"}
STAGES = (1, 2, 2, 3, 3, 4, 1)
"""Blocks of each stage of EfficientNet-lite0."""
LEVELS = ((32, 3), (64, 4), (128, 3), (256, 3), (256, 1))
"""Channels and blocks of each level of dlib's network, from the image on."""


def _dlib_shapes() -> Iterator[tuple[int, int, int, int]]:
    """Of its convolutions: one of 7x7, then two of 3x3 a block."""
    yield LEVELS[0][0], 3, 7, 7
    channels = LEVELS[0][0]
    for wide, blocks in LEVELS:
        for _ in range(2 * blocks):
            yield wide, channels, 3, 3
            channels = wide


DLIB = tuple(_dlib_shapes())


def efficientnet_lite0(folder: Path) -> Tensors:
    """By timm's names, from a file of PyTorch's old format.

    Raises:
        StoreError: it holds more than tensors, or other ones.
    """
    import torch

    (path,) = folder.glob("*.pth")
    try:
        state = cast(Mapping[str, torch.Tensor], torch.load(path, map_location="cpu", weights_only=True))
    except Exception as error:  # the unpickler raises whatever its bytes lead to
        raise StoreError(f"{path.name} is no file of tensors: {error}", do="fetch it again") from error
    return {_timm(name): value.numpy() for name, value in state.items() if not name.endswith("tracked")}


def _timm(name: str) -> str:
    """``_blocks.3._bn0.weight`` as ``blocks.2.0.bn1.weight``: batch norms are numbered as they come."""
    block = re.fullmatch(r"_blocks\.(\d+)\.(\w+)\.(\w+)", name)
    if block is None:
        layer, _, kind = name.partition(".")
        known = {
            "_conv_stem": "conv_stem",
            "_bn0": "bn1",
            "_conv_head": "conv_head",
            "_bn1": "bn2",
            "_fc": "classifier",
        }
        return f"{known[layer]}.{kind}"
    number, layer, kind = int(block[1]), block[2], block[3]
    stage = next(index for index in range(len(STAGES)) if number < sum(STAGES[: index + 1]))
    first = stage == 0  # the first block expands nothing: depthwise, then what is called conv_pw there
    norm = re.fullmatch(r"_bn(\d)", layer)
    place = f"bn{int(norm[1]) + (0 if first else 1)}" if norm else PLACES[layer]
    place = "conv_pw" if first and place == "conv_pwl" else place
    return f"blocks.{stage}.{number - sum(STAGES[:stage])}.{place}.{kind}"


def faceres(folder: Path) -> Tensors:
    """``stem``, ``block1.depthwise`` .. ``block13.pointwise``, weight and bias each: batch norm is in them."""
    found = tfjs.tensors(folder / "faceres-deep.json")
    made = {"stem.conv.weight": _out_first(found["conv1/convolution/merged_input"]),
            "stem.conv.bias": found["conv1_bn/batchnorm_1/sub"]}  # fmt: skip
    for number in range(1, BLOCKS + 1):
        deep, point = f"conv_dw_{number}", f"conv_pw_{number}"
        each = found[f"{deep}/depthwise_kernel"].transpose(2, 3, 0, 1)
        made[f"block{number}.depthwise.weight"] = each * found[f"{deep}_bn/batchnorm_1/mul"][:, None, None, None]
        made[f"block{number}.depthwise.bias"] = found[f"{deep}_bn/batchnorm_1/sub"]
        made[f"block{number}.pointwise.weight"] = _out_first(found[f"{point}/convolution/merged_input"])
        made[f"block{number}.pointwise.bias"] = found[f"{point}_bn/batchnorm_1/sub"]
    return made


def _out_first(filters: NDArray[Any]) -> NDArray[Any]:
    """TensorFlow's filters (h, w, in, out) as (out, in, h, w)."""
    return filters.transpose(3, 2, 0, 1)


def dlib_resnet(folder: Path) -> Tensors:
    """``conv1`` .. ``conv29``, weight and bias each, from the image on, with the affine layer behind each in them; and
    ``descriptor.weight`` (128, 256), what dlib makes its descriptor with.

    Raises:
        StoreError: the file has other layers.
    """
    (path,) = folder.glob("*.dat")
    found = dlib_file.layers(path)
    wanted = [dlib_file.CONVOLUTION, dlib_file.AFFINE] * len(DLIB) + [dlib_file.CONNECTED]
    if (kinds := [name for name, _ in found]) != wanted:
        raise StoreError(
            f"{path.name} has {len(kinds)} layers: {', '.join(kinds[:4])} ...",
            expected=f"the {len(wanted)} of dlib's ResNet: {', '.join(wanted[:4])} ..., {wanted[-1]}",
        )
    values = [value for _, value in found]
    made: Tensors = {"descriptor.weight": values[-1].reshape(DLIB[-1][0], -1).T}
    for number, shape in enumerate(DLIB, start=1):
        convolution, affine = values[2 * number - 2], values[2 * number - 1]
        gamma, beta = np.split(affine, 2)
        weight, bias = np.split(convolution, [prod(shape)])
        made[f"conv{number}.weight"] = weight.reshape(shape) * gamma[:, None, None, None]
        made[f"conv{number}.bias"] = bias * gamma + beta
    return made


CONVERTERS: Mapping[str, Callable[[Path], Tensors]] = {
    "efficientnet_lite0": efficientnet_lite0,
    "faceres": faceres,
    "dlib_resnet": dlib_resnet,
}
"""Name of a passport -> from the folder of its package's files to tensors by name."""
