"""A model in int8: a quarter of the size, and what that costs on the test part."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
import pandas as pd
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from fer_lab import evaluation
from fer_lab.errors import ConfigError
from fer_lab.exporting.agreement import agreement_of, answered
from fer_lab.exporting.export import Exported, described
from fer_lab.exporting.onnx_file import with_contract
from fer_lab.exporting.seen import BATCH, Inputs, Seen, seen_items
from fer_lab.inference.model import Model
from fer_lab.ledger import Run
from fer_lab.runs import Trained
from fer_lab.storage import write_bytes

SHOWN, LEAST, AREA = 256, 16, 256 * 64 * 64
"""Training items, evenly spread over all, that say how large numbers between the layers become; of large faces and
clips so many as have this area together, px, as all that is between the layers is held at once."""
PERCENTILE = 99.99
"""So much of what is between two layers is told apart, and the rest cut off: a few numbers are far larger than all
others. Taken from six ways of calibrating by how alike 1,000 items of FER2013's test part were answered by a network of
one epoch (80 to 96 %): what int8 costs there is a little too good, that on other data is not."""
STATIC, DYNAMIC = ("Conv", "Gemm", "MatMul"), ("Gemm", "MatMul")
"""Layers whose weights become int8; without training items those that need not know their input beforehand."""


@dataclass(frozen=True)
class Rescored(Run):
    """A run whose scores are another network's answers of the same items.

    Attributes:
        answers: by part.
    """

    answers: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    def scores(self, part: str, epoch: int | None = None) -> pd.DataFrame:
        """The other network's scores of a part."""
        return self.answers[part]


class Shown(CalibrationDataReader):  # type: ignore[misc]
    """Training items in batches, as onnxruntime's quantiser asks for them."""

    def __init__(self, seen: Seen, model: Model) -> None:
        area = sum(int(np.prod(one.shape[:-1])) for one in model.contract.inputs if one.is_view)
        shown = int(np.clip(AREA // max(1, area), LEAST, SHOWN))
        numbers = np.unique(np.linspace(0, len(seen.rows) - 1, shown).astype(np.int64))
        batches = np.array_split(numbers, -(-len(numbers) // BATCH))
        self.items = len(numbers)
        self._batches = (seen.inputs(model, batch) for batch in batches)

    def get_next(self) -> Inputs | None:
        """The next batch by input; None at the end."""
        return next(self._batches, None)


def quantise(trained: Trained, exported: Exported, path: Path) -> Mapping[str, Any]:
    """Write an exported model in int8 beside it; what it says of itself is measured anew where the data are here.

    Calibrated on training items where these are here, else without (``how``: ``static`` or ``dynamic``).

    Args:
        trained: the run.
        exported: its model in float32.
        path: ``*.onnx``, replaced whole.

    Returns:
        ``how``, ``items`` that it is calibrated on, ``bytes`` of both files' graphs, and where the test part is here
        ``metric``, its value ``before`` and ``after``, their ``difference`` with its 95 % interval ``low, high``, and
        ``same``, the share of items that is answered alike.

    Raises:
        ConfigError: the network has no layer that can be in int8.
    """
    before = Model(exported.path)
    train = seen_items(trained, "train")
    graph, items = _quantised(exported.path, train, before)
    told: dict[str, Any] = {
        "how": "dynamic" if train is None else "static",
        "items": items,
        "bytes": {"before": _bytes_of(onnx.load(exported.path)), "after": _bytes_of(graph)},
    }
    write_bytes(path, with_contract(graph, replace(exported.contract, quantised=told)).SerializeToString())
    if train is not None:
        contract = _measured(trained, exported, before, Model(path), told)
        write_bytes(path, with_contract(graph, contract).SerializeToString())
        return contract.quantised or told
    return told


def _measured(trained: Trained, exported: Exported, before: Model, after: Model, told: Mapping[str, Any]) -> Any:
    """What a model in int8 says of itself, from its own answers on validation and test."""
    stored = {part: trained.run.scores(part) for part in ("val", "test")}
    parts = {part: seen for part, one in stored.items() if len(one) and (seen := seen_items(trained, part))}
    found = {**stored, **{part: answered(after, seen) for part, seen in parts.items()}}
    by_before = answered(before, parts["test"])
    values = {name: getattr(trained.run, name) for name in Run.__dataclass_fields__}
    contract = described(trained, exported.network, Rescored(**values, answers=found))
    return replace(contract, quantised={**told, **cost(trained.run, by_before, found["test"])})


def cost(run: Run, before: pd.DataFrame, after: pd.DataFrame) -> dict[str, Any]:
    """What int8 costs in the main metric: paired, each person's items by both."""
    metric = run.target.main_metric
    found = evaluation.difference([after], [before], metric)
    return {
        "metric": run.target.main,
        "before": evaluation.value_of(before, metric),
        "after": evaluation.value_of(after, metric),
        "difference": found.mean,
        "low": None if np.isnan(found.low) else found.low,
        "high": None if np.isnan(found.high) else found.high,
        "same": agreement_of(run.target, after, before).same,
    }


def _quantised(path: Path, train: Seen | None, model: Model) -> tuple[onnx.ModelProto, int]:
    """The graph in int8, and how many items it is calibrated on."""
    kinds = STATIC if train is not None else DYNAMIC
    if not any(node.op_type in kinds for node in onnx.load(path).graph.node):
        raise ConfigError(f"--int8: {path.name} has no layer of {', '.join(kinds)}", do="leave --int8 out")
    with TemporaryDirectory(prefix="fer_lab-int8-") as folder:
        prepared, written = Path(folder, "prepared.onnx"), Path(folder, "int8.onnx")
        quant_pre_process(path, prepared, skip_symbolic_shape=True)
        if train is None:
            quantize_dynamic(prepared, written, op_types_to_quantize=[*DYNAMIC], weight_type=QuantType.QInt8)
            return onnx.load(written), 0
        shown = Shown(train, model)
        with redirect_stdout(StringIO()):  # it prints how it counts
            quantize_static(
                prepared, written, shown, quant_format=QuantFormat.QDQ, op_types_to_quantize=[*STATIC],
                per_channel=True, reduce_range=True, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
                calibrate_method=CalibrationMethod.Percentile, extra_options={"CalibPercentile": PERCENTILE},
            )  # fmt: skip
        return onnx.load(written), shown.items


def _bytes_of(model: onnx.ModelProto) -> int:
    """Of the graph, without what is known of it."""
    bare = onnx.ModelProto()
    bare.CopyFrom(model)
    del bare.metadata_props[:]
    return int(bare.ByteSize())
