"""Tensors of a TensorFlow.js graph model: the JSON says names, shapes and order, the binary holds the numbers.

See the converter's own description: ``weightsManifest`` is a list of groups, each of ``paths`` whose bytes, one after
the other, are those of its ``weights``. Quantised ones say so; none that is read here is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_lab.errors import StoreError

TYPES: Mapping[str, str] = {"float32": "<f4", "int32": "<i4"}


def tensors(model: Path) -> dict[str, NDArray[Any]]:
    """All tensors by name, in the layout of TensorFlow: filters (h, w, in, out).

    Args:
        model: the JSON; its binaries lie beside it.

    Raises:
        StoreError: it is no such model, its tensors are of an unknown type, or do not fill its binaries.
    """
    try:
        groups = json.loads(model.read_text())["weightsManifest"]
        return dict(named for group in groups for named in _of_group(model, group))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{model} is no TensorFlow.js model: {type(error).__name__}: {error}",
            expected=f"a weightsManifest whose tensors, {' or '.join(TYPES)}, fill the binaries beside it",
        ) from error


def _of_group(model: Path, group: Mapping[str, Any]) -> Iterator[tuple[str, NDArray[Any]]]:
    data = b"".join((model.parent / Path(path).name).read_bytes() for path in group["paths"])
    start = 0
    for about in group["weights"]:
        kind, count = np.dtype(TYPES[about["dtype"]]), prod(about["shape"])
        if "quantization" in about or len(data) < start + count * kind.itemsize:
            raise ValueError(f"{about['name']} is quantised, or cut off")
        yield about["name"], np.frombuffer(data, kind, count, start).reshape(about["shape"])
        start += count * kind.itemsize
    if start != len(data):
        raise ValueError(f"{len(data) - start} bytes belong to no tensor")
