"""A graph in int8, calibrated on training items; how, is chosen for each network on its own validation items."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pandas as pd
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)

from fer_lab.datamodules.faces import Ints
from fer_lab.exporting.agreement import answered
from fer_lab.exporting.onnx_file import with_contract
from fer_lab.exporting.seen import BATCH, Inputs, Seen
from fer_lab.inference.contract import Contract
from fer_lab.inference.model import Model

SHOWN, TRIED = 256, 512
"""Training items that say how large numbers between the layers become, and validation items that say which way of
telling it is best; evenly spread over all."""
LEAST, AREA = 16, 256 * 64 * 64
"""Of large faces and clips ``SHOWN`` are so many as have this area together, px, as all that is between the layers is
held at once; fewer validation items likewise. At least so many of both."""
PERCENTILES = (99.9, 99.99, 99.999)
"""So much of what is between two layers may be told apart, and the rest cut off: a few numbers are far larger than all
others, and how many are differs from network to network."""
USUAL = 99.99
"""Of these, where there is no validation item to choose by: the middle one."""
LAYERS = ("Conv", "Gemm", "MatMul")
"""Whose weights become int8."""


@dataclass(frozen=True)
class Calibrated:
    """A graph in int8.

    Attributes:
        graph: it.
        told: how it was calibrated: ``items`` of training, ``percentile``, and where it was chosen ``chosen``: the
            validation ``items``, and by percentile the share ``alike`` of them that is answered as in float32.
    """

    graph: onnx.ModelProto
    told: Mapping[str, Any]


def calibrated(prepared: Path, train: Seen, val: Seen | None, model: Model) -> Calibrated:
    """The percentile by which most validation items are answered as in float32, of equals the nearest on average.

    Args:
        prepared: the graph, as onnxruntime's quantiser wants it; files are written beside it.
        train: the training items.
        val: the validation items; None: ``USUAL`` is taken.
        model: in float32.
    """
    if val is None:
        graph, items = _quantised(prepared, train, model, USUAL)
        return Calibrated(graph, {"items": items, "percentile": USUAL, "chosen": None})
    places = spread(val, model, TRIED)
    some = replace(val, rows=val.rows[places], scores=val.scores.iloc[places].reset_index(drop=True))
    found = {one: _quantised(prepared, train, model, one) for one in PERCENTILES}
    tried = {one: _tried(graph, prepared.with_name("tried.onnx"), model.contract) for one, (graph, _) in found.items()}
    expected = answered(model, some)
    alike = {one: _alike(answered(mine, some), expected, model) for one, mine in tried.items()}
    best = max(PERCENTILES, key=alike.__getitem__)
    chosen = {"items": len(places), "alike": {f"{one:g}": share for one, (share, _) in alike.items()}}
    return Calibrated(found[best][0], {"items": found[best][1], "percentile": best, "chosen": chosen})


def spread(seen: Seen, model: Model, most: int) -> Ints:
    """Places of some items, evenly spread over all: up to so many, of large faces and clips fewer."""
    area = sum(int(np.prod(one.shape[:-1])) for one in model.contract.inputs if one.is_view)
    number = int(np.clip(most * AREA // (SHOWN * max(1, area)), LEAST, most))
    return np.unique(np.linspace(0, len(seen.rows) - 1, number).astype(np.int64))


class Shown(CalibrationDataReader):  # type: ignore[misc]
    """Training items in batches, as onnxruntime's quantiser asks for them."""

    def __init__(self, seen: Seen, model: Model) -> None:
        numbers = spread(seen, model, SHOWN)
        batches = np.array_split(numbers, -(-len(numbers) // BATCH))
        self.items = len(numbers)
        self._batches = (seen.inputs(model, batch) for batch in batches)

    def get_next(self) -> Inputs | None:
        """The next batch by input; None at the end."""
        return next(self._batches, None)


def _quantised(prepared: Path, train: Seen, model: Model, percentile: float) -> tuple[onnx.ModelProto, int]:
    """The graph, and how many training items it is calibrated on."""
    written, shown = prepared.with_name("int8.onnx"), Shown(train, model)
    with redirect_stdout(StringIO()):  # it prints how it counts
        quantize_static(
            prepared, written, shown, quant_format=QuantFormat.QDQ, op_types_to_quantize=[*LAYERS],
            per_channel=True, reduce_range=True, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.Percentile, extra_options={"CalibPercentile": percentile},
        )  # fmt: skip
    return onnx.load(written), shown.items


def _tried(graph: onnx.ModelProto, path: Path, contract: Contract) -> Model:
    """A graph as a model that can be asked."""
    whole = onnx.ModelProto()
    whole.CopyFrom(graph)
    path.write_bytes(with_contract(whole, contract).SerializeToString())
    return Model(path)


def _alike(found: pd.DataFrame, expected: pd.DataFrame, model: Model) -> tuple[float, float]:
    """The share of items that is answered as expected, and how near the answers are on average: 0, or below."""
    target = model.contract.asked
    apart = np.abs(target.answers(found) - target.answers(expected)).mean()
    return float(target.agree(found, expected).mean()), -float(apart)
