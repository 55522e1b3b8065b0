"""What the frozen first blocks of a backbone make of every face: computed once, shared by all cells, seeds and tables.

<cache>/backbones/<key>/blocks.npy, (N, s, s, C) in the order of the face store: float32, or the bits of bf16 in int16.
The key holds the faces, the view, the blocks' own weights, their structure and sizes, which weights do not tell (a
pooling has none), and the precision: another of them is another store.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.lib.format import dtype_to_descr, write_array_header_1_0
from torch import Tensor

from fer_lab.datamodules.items import Items, View
from fer_lab.models.backbone import Backbone
from fer_lab.models.precision import autocast
from fer_lab.phases import phase
from fer_lab.storage import cache_root, digest, locked, publish, require_space, whole_once_checked

log = logging.getLogger(__name__)
VERSION = 2
BATCH = 128


def with_stored_blocks(
    items: Items, backbones: Sequence[Backbone], faces: str, *, device: torch.device, precision: str, max_gb: float
) -> Items:
    """The same items, where views that go through frozen blocks are replaced by what the blocks give.

    Each backbone is told (``done``) how many blocks its input has been through. Nothing random may come before the
    backbones: augmented items must stay images.

    Args:
        items: as the configuration makes them.
        backbones: of the model, in the order of its inputs, in the mode in which they are trained.
        faces: key of the face store.
        device: where to compute.
        precision: the trainer's.
        max_gb: a store that would be larger (1e9 bytes) is not made: those images stay images.

    Raises:
        StoreError: there is no room, or it cannot be written.
    """
    sources = list(items.sources)
    for place, backbone in enumerate(backbones):
        view, blocks = sources[place], backbone.frozen_blocks()
        if isinstance(view, View) and blocks:
            sources[place] = _stored(view, backbone, blocks, faces, device, precision, max_gb)
    return replace(items, sources=tuple(sources))


def _stored(
    view: View, backbone: Backbone, blocks: int, faces: str, device: torch.device, precision: str, max_gb: float
) -> View:
    precision = backbone.precision or precision
    made_of = [_weights_digest(backbone, blocks), repr(backbone)]
    key = digest([VERSION, faces, view.name, *made_of, blocks, precision, device.type])
    folder = cache_root() / "backbones" / key
    backbone.to(device)
    probe = _maps(view, backbone, slice(0, 1), blocks, precision)
    size = len(view.values) * probe[0].numel() * probe.element_size()
    if size > max_gb * 1e9:
        log.info(
            "the outputs of %d blocks would take %.1f GB: not stored (cache.max_gb=%g)", blocks, size / 1e9, max_gb
        )
        return view
    phase("backbone", what=f"{blocks} frozen blocks")
    with locked(folder):
        if not whole_once_checked(folder):
            if folder.exists():
                log.warning("the backbone store %s is damaged: it is built again", folder)
            require_space(folder.parent, size, "the backbone's outputs")
            with publish(folder) as part:
                _write(part / "blocks.npy", view, backbone, blocks, precision)
    backbone.done = blocks
    return replace(view, values=np.asarray(np.load(folder / "blocks.npy", mmap_mode="r")), kind=probe.dtype)


def _write(path: Path, view: View, backbone: Backbone, blocks: int, precision: str) -> None:
    began, count = time.time(), len(view.values)
    with path.open("wb") as file:
        for start in range(0, count, BATCH):
            phase("backbone", start, count, "faces")
            maps = _maps(view, backbone, slice(start, start + BATCH), blocks, precision)
            values = maps.view(torch.int16 if maps.dtype == torch.bfloat16 else maps.dtype).numpy()
            if start == 0:
                shape = (count, *values.shape[1:])
                header = {"descr": dtype_to_descr(values.dtype), "fortran_order": False, "shape": shape}
                write_array_header_1_0(file, header)
            file.write(values.tobytes())
    log.info("stored what %d frozen blocks make of %d faces in %.0f s", blocks, count, time.time() - began)


@torch.inference_mode()
def _maps(view: View, backbone: Backbone, rows: slice, blocks: int, precision: str) -> Tensor:
    """Maps (B, s, s, C) of some rows, on the CPU."""
    device = next(backbone.parameters()).device
    images = torch.from_numpy(view.values[rows].copy()).movedim(-1, 1).to(device).float() / 255
    with autocast(device, precision):
        maps = backbone.through(images, blocks)
    return maps.movedim(1, -1).contiguous().cpu()


def _weights_digest(backbone: Backbone, blocks: int) -> str:
    """Of everything that decides what the blocks give: their weights and statistics, and the backbone's own buffers."""
    found = hashlib.sha256()
    own = dict(backbone.named_buffers(recurse=False))
    for state in (own, *(block.state_dict() for block in backbone.blocks()[:blocks])):
        for name, value in state.items():
            found.update(name.encode() + value.detach().cpu().contiguous().numpy().tobytes())
    return found.hexdigest()
