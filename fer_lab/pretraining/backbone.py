"""The embedded backbone: convolutions that were trained to tell the generator's identities apart, never expressions.

It stands in for VGG-Face, or for ImageNet's weights, where no download may be asked for: a network that knows faces
from another task. Where a thesis compares the two, one that was trained on drawn objects stands in for ImageNet's. The
sizes of the smoke and laptop profiles ship with the package; others are made on demand, on a GPU where there is one,
and kept in the cache. Weights are kept in bf16 (half the bytes; what that costs: docs/reproducibility.md) and computed
with in whatever precision a run has.

What was measured when this was chosen (VGG16, width 0.25, 64 px, six expressions of unseen people, linear probe on the
max-pooled features, 5 folds by person, standard error about 0.02, chance 0.17). On a prototype of the generator: random
weights 0.37 and 0.39 (two seeds); faces with expressions and one linear layer on the pooled features 0.26, with three
FC layers on the flattened ones 0.30; neutral faces 0.34 and 0.39. So the faces are neutral, and invariance is left to
FC layers, as in VGG-Face itself. On the generator as it is: random weights 0.32 and 0.37; people in their own skin and
hair 0.33, though 0.98 of held-out faces are known: colours tell people apart, and colours say nothing of a face's form.
Each clip in somebody else's looks: 0.41 after 5 epochs (0.31 known), 0.45 to 0.48 after 12 (0.92 known), and 0.48 with
the FC layers on the max-pooled features, as they are used later; more people or clips and fewer epochs in the same time
0.40 to 0.41; with dropout between the FC layers 0.35, with shifted and turned faces 0.44.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import safetensors.torch
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from fer_lab.environment import describe_machine
from fer_lab.models import BACKBONE, CONTRACT, MADE_HERE
from fer_lab.models.layers import initialise, scaled
from fer_lab.models.precision import autocast
from fer_lab.models.pretrained import PretrainedBackbone
from fer_lab.phases import counted
from fer_lab.pretraining.examples import Examples
from fer_lab.pretraining.portraits import FIRST_SEED
from fer_lab.pretraining.recipes import Recipe, recipe_for
from fer_lab.pretraining.shipped import shipped_backbone
from fer_lab.storage import cache_root, digest, file_digest, is_whole, locked, publish, write_json


def embedded_backbone(backbone: PretrainedBackbone) -> Path:
    """Folder of the embedded backbone (``backbone.safetensors``, ``contract.json``) of an architecture and its sizes.

    That of a size that ships is the package's own, everywhere. Others are trained where missing: one process trains,
    the others wait; the same on one kind of processor.

    Args:
        backbone: any of the architecture; its width and the side of its images count, and its ``weights``: what it
            was trained on, ``objects``, else identities.

    Raises:
        StoreError: what ships is damaged, or what is made cannot be written.
    """
    about, recipe = (backbone.architecture, backbone.width, backbone.image_size), recipe_for(backbone)
    if folder := shipped_backbone(*about, recipe.task):
        return folder
    key = digest([f"{recipe.task} backbone", MADE_HERE[recipe.task], *about, asdict(recipe)])
    folder = cache_root() / "weights" / key
    with locked(folder):
        if not is_whole(folder):
            make_backbone(folder, backbone)
    return folder


def make_backbone(folder: Path, like: PretrainedBackbone) -> Examples:
    """Draw the images, train a backbone on them and write it, whole or not at all; returns the held-out images.

    Args:
        folder: to write into; what stands there is replaced.
        like: a backbone of the architecture and sizes, which names the task as in ``embedded_backbone``.

    Raises:
        StoreError: it cannot be written.
    """
    recipe, start = recipe_for(like), time.perf_counter()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    images = recipe.draw(like.image_size)
    train, test = images.where(~images.held_out), images.where(images.held_out)
    drawn = time.perf_counter()
    with torch.random.fork_rng(devices=[]), _threads(recipe.threads):
        torch.manual_seed(FIRST_SEED)
        backbone = like.embedded(like.width, like.image_size)
        model = train_backbone(backbone, train, recipe, device)
        known = _tested(model, backbone, test, recipe.batch)
    with publish(folder) as part:
        _write(part, backbone)
        contract = {
            **_contract(backbone, recipe, device),
            "checksum": file_digest(part / BACKBONE),
            **known,
            "seconds": {"draw": round(drawn - start, 1), "train": round(time.perf_counter() - drawn, 1)},
        }
        write_json(part / CONTRACT, contract)
    return test


def _write(folder: Path, backbone: PretrainedBackbone) -> None:
    half = {name: value.cpu().bfloat16().contiguous() for name, value in backbone.kept().items()}
    safetensors.torch.save_file(half, folder / BACKBONE)


def _contract(backbone: PretrainedBackbone, recipe: Recipe, device: torch.device) -> dict[str, Any]:
    """What is known of a backbone before it is written; what it was made with, but for host and places."""
    machine = describe_machine(torch.cuda.get_device_name(device) if device.type == "cuda" else None)
    return {
        "architecture": backbone.architecture,
        **recipe.about(),
        "width": backbone.width,
        "image_size": backbone.image_size,
        "channel_order": "RGB",
        "range": 1.0,
        "mean": backbone.mean.flatten().tolist(),
        "std": backbone.std.flatten().tolist(),
        "chance": 1 / recipe.classes,
        "recipe": asdict(recipe),
        "version": MADE_HERE[recipe.task],
        "precision": precision_on(device),
        "made_on": {key: machine[key] for key in ("cpu", "instructions", "limits", "gpu", "versions")},
    }


def precision_on(device: torch.device) -> str:
    """bf16 where the device computes in it (1.5 times as fast on a CPU at these widths)."""
    has_half = device.type == "cuda" or torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return "bf16-mixed" if has_half else "32-true"


@contextmanager
def _threads(number: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def train_backbone(backbone: PretrainedBackbone, train: Examples, recipe: Recipe, device: torch.device) -> nn.Module:
    """Train a backbone to tell classes apart, who it is or what, in place.

    VGG16's thirteen convolutions do not train in minutes as they are: batch norm helps them, and is folded into their
    weights afterwards, so that the architecture is VGG16's. What is random is drawn on the CPU, whatever the device.

    Returns:
        The backbone and the head that tells the classes apart, in evaluation mode.
    """
    with_batch_norm(backbone)
    model = nn.Sequential(backbone, _class_head(backbone, recipe.classes))
    model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    steps = recipe.epochs * math.ceil(len(train.classes) / recipe.batch)
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.peak, weight_decay=0.02, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.peak, steps, pct_start=0.2)
    for images, classes in counted("backbone", _batches(train, recipe, device), steps, "steps"):
        optimizer.zero_grad()
        with autocast(device, precision_on(device)):
            loss = F.cross_entropy(model(images).float(), classes, label_smoothing=0.1)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    model.eval()
    fold_batch_norm(backbone)
    return model


def _class_head(backbone: PretrainedBackbone, classes: int) -> nn.Module:
    """VGG16's three FC layers, with batch norm instead of dropout (few steps); thrown away after training."""
    size = scaled(4096, backbone.width)
    first, second = nn.Linear(backbone.outputs, size), nn.Linear(size, size)
    layers = [first, nn.BatchNorm1d(size), nn.ReLU(), second, nn.BatchNorm1d(size), nn.ReLU()]
    return nn.Sequential(initialise(nn.Sequential(*layers)), nn.Linear(size, classes))


class _Normed(nn.Sequential):
    """A convolution and the batch norm put behind it."""


def with_batch_norm(backbone: PretrainedBackbone) -> None:
    """Put a batch norm behind every convolution of an architecture that has none, in place."""
    if any(isinstance(layer, nn.BatchNorm2d) for layer in backbone.modules()):
        return
    for block in backbone.blocks():
        for name, layer in list(block.named_children()):
            if isinstance(layer, nn.Conv2d):
                setattr(block, name, _Normed(layer, nn.BatchNorm2d(layer.out_channels)))


def fold_batch_norm(backbone: PretrainedBackbone) -> None:
    """Undo ``with_batch_norm``: each convolution takes over what its batch norm does in evaluation mode."""
    for block in backbone.blocks():
        for name, pair in list(block.named_children()):
            if isinstance(pair, _Normed):
                conv, norm = cast(nn.Conv2d, pair[0]), cast(nn.BatchNorm2d, pair[1])
                setattr(block, name, fuse_conv_bn_eval(conv, norm))


def _batches(examples: Examples, recipe: Recipe, device: torch.device) -> Iterator[tuple[Tensor, Tensor]]:
    images, classes = torch.from_numpy(examples.images), torch.from_numpy(examples.classes)
    for _ in range(recipe.epochs):
        for rows in torch.split(torch.randperm(len(classes)), recipe.batch):
            yield _augment(_tensor(images[rows].to(device))), classes[rows].to(device)


def _tensor(images: Tensor) -> Tensor:
    """Float in [0, 1], NCHW in channels-last memory, from uint8 (B, S, S, 3)."""
    return images.permute(0, 3, 1, 2).float().div(255)


def _augment(x: Tensor) -> Tensor:
    """Mirror half of the images, change gain and offset, take the colour of a quarter: nobody is their light."""
    mirrored, grey = torch.rand(2, len(x), 1, 1, 1).to(x.device)
    x = torch.where(mirrored < 0.5, x.flip(3), x)
    x = torch.where(grey < 0.25, x.mean(1, keepdim=True), x)
    gain, offset = torch.empty(2, len(x), 1, 1, 1).uniform_(-1, 1).to(x.device)
    return torch.clamp(x * (1 + 0.3 * gain) + 0.1 * offset, 0, 1)


@torch.no_grad()
def _tested(model: nn.Module, backbone: PretrainedBackbone, examples: Examples, batch: int) -> dict[str, float]:
    """How well held-out images are known with the weights that are kept, and what rounding them to bf16 has changed.

    What is kept is rounded in place, see ``_write``.
    """
    classes = torch.from_numpy(examples.classes)
    features, said = _outputs(model, backbone, examples, batch)
    for value in backbone.kept().values():
        value.copy_(value.bfloat16())
    rounded, said_then = _outputs(model, backbone, examples, batch)
    return {
        "accuracy": float((said_then == classes).float().mean()),
        "accuracy_before_rounding": float((said == classes).float().mean()),
        "cosine_of_rounded_features": float(F.cosine_similarity(features, rounded).mean()),
    }


def _outputs(model: nn.Module, backbone: PretrainedBackbone, examples: Examples, batch: int) -> tuple[Tensor, Tensor]:
    """Features (n, F) of images, and what they are said to be (n,), on the CPU."""
    device = next(model.parameters()).device
    images = [_tensor(part.to(device)) for part in torch.split(torch.from_numpy(examples.images), batch)]
    return torch.cat([backbone(x).cpu() for x in images]), torch.cat([model(x).argmax(1).cpu() for x in images])
