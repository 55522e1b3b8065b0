"""Parameters of the layers of a network that dlib has written, in the order of the file, from the image on.

dlib writes an integer as a byte that says how many follow (and its sign, in the highest bit), lowest first; a text as
its length and its bytes; a tensor as version 2, four sizes, and its numbers as little-endian float32 (dlib/serialize.h,
dlib/cuda/tensor.h). A layer begins with its name and version in one text; what stands between the layers that have
parameters is passed over, as it holds settings that the network here has in its code.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_lab.errors import StoreError

CONVOLUTION, AFFINE, CONNECTED = "con_4", "affine_", "fc_2"
SIZES_BEFORE = {CONVOLUTION: 0, AFFINE: 0, CONNECTED: 2}
"""Integers between the name of a layer that has parameters and these: outputs and inputs of a fully connected one."""
VERSION = 2


def layers(path: Path) -> list[tuple[str, NDArray[Any]]]:
    """Name and parameters (flat, float32) of each layer that has some.

    Raises:
        StoreError: the file is cut off, or is not what dlib writes.
    """
    data = path.read_bytes()
    try:
        found = list(_layers(data))
    except (ValueError, IndexError) as error:
        raise StoreError(f"{path} is no network of dlib: {error}", do="fetch it again") from error
    if not found:
        raise StoreError(f"{path} is no network of dlib", expected=f"layers {', '.join(SIZES_BEFORE)}")
    return found


def _layers(data: bytes) -> Iterator[tuple[str, NDArray[Any]]]:
    marks = {bytes([1, len(name)]) + name.encode(): name for name in SIZES_BEFORE}
    place = 0
    while hits := [(at, mark) for mark in marks if (at := data.find(mark, place)) >= 0]:
        at, mark = min(hits)
        place = at + len(mark)
        for _ in range(SIZES_BEFORE[marks[mark]]):
            _, place = integer(data, place)
        values, place = _tensor(data, place)
        yield marks[mark], values


def integer(data: bytes, place: int) -> tuple[int, int]:
    """An integer, and where what follows it begins.

    Raises:
        ValueError: none stands there.
    """
    size = data[place] & 0x0F
    if not 1 <= size <= 8 or data[place] & 0x70 or place + 1 + size > len(data):
        raise ValueError(f"no integer at byte {place}")
    value = int.from_bytes(data[place + 1 : place + 1 + size], "little")
    return (-value if data[place] & 0x80 else value), place + 1 + size


def _tensor(data: bytes, place: int) -> tuple[NDArray[Any], int]:
    version, place = integer(data, place)
    sizes = []
    for _ in range(4):
        size, place = integer(data, place)
        sizes.append(size)
    count = prod(sizes)
    if version != VERSION or min(sizes) < 0 or place + 4 * count > len(data):
        raise ValueError(f"no tensor of version {VERSION} at byte {place}")
    return np.frombuffer(data, "<f4", count, place), place + 4 * count
