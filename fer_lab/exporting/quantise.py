"""A model in int8: a quarter of the size, and what that costs on the test part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
import pandas as pd
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process

from fer_lab import evaluation
from fer_lab.errors import ConfigError
from fer_lab.exporting.agreement import agreement_of, answered
from fer_lab.exporting.calibrate import LAYERS, Calibrated, calibrated
from fer_lab.exporting.export import Exported, described
from fer_lab.exporting.onnx_file import with_contract
from fer_lab.exporting.seen import Seen, seen_items
from fer_lab.inference.contract import Contract
from fer_lab.inference.model import Model
from fer_lab.ledger import Run
from fer_lab.runs import Trained
from fer_lab.storage import write_bytes

DYNAMIC = ("Gemm", "MatMul")
"""Layers whose weights become int8 without training items: those that need not know their input beforehand."""


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


def quantise(trained: Trained, exported: Exported, path: Path) -> Mapping[str, Any]:
    """Write an exported model in int8 beside it; what it says of itself is measured anew where the data are here.

    Calibrated on training items where these are here, as validation items say is best (``calibrate``), else without
    (``how``: ``static`` or ``dynamic``).

    Args:
        trained: the run.
        exported: its model in float32.
        path: ``*.onnx``, replaced whole.

    Returns:
        ``how``, ``items`` that it is calibrated on and what else ``Calibrated.told`` says, ``bytes`` of both files'
        graphs, and where the test part is here ``metric``, its value ``before`` and ``after``, their ``difference``
        with its 95 % interval ``low, high``, and ``same``, the share of items that is answered alike.

    Raises:
        ConfigError: the network has no layer that can be in int8.
    """
    before, parts = Model(exported.path), _parts(trained)
    found = _quantised(exported.path, parts, before)
    graph = found.graph
    told: dict[str, Any] = {
        "how": "static" if "train" in parts else "dynamic",
        "bytes": {"before": _bytes_of(onnx.load(exported.path)), "after": _bytes_of(graph)},
        **found.told,
    }
    write_bytes(path, with_contract(graph, replace(exported.contract, quantised=told)).SerializeToString())
    if "test" in parts:
        contract = _measured(trained, exported, parts, (before, Model(path)), told)
        write_bytes(path, with_contract(graph, contract).SerializeToString())
        return contract.quantised or told
    return told


def _parts(trained: Trained) -> dict[str, Seen]:
    """The items of each part that has any; none where the run's data are not here."""
    known = ("train", *(part for part in ("val", "test") if len(trained.run.scores(part))))
    found = {part: seen_items(trained, part) for part in known}
    return {part: seen for part, seen in found.items() if seen is not None}


def _measured(
    trained: Trained,
    exported: Exported,
    parts: Mapping[str, Seen],
    models: tuple[Model, Model],
    told: Mapping[str, Any],
) -> Contract:
    """What a model in int8 says of itself, from its own answers on validation and test; ``models``: before, after."""
    before, after = models
    stored = {part: trained.run.scores(part) for part in ("val", "test")}
    found = {**stored, **{part: answered(after, parts[part]) for part in stored if part in parts}}
    values = {name: getattr(trained.run, name) for name in Run.__dataclass_fields__}
    contract = described(trained, exported.network, Rescored(**values, answers=found))
    cost_of_it = cost(trained.run, answered(before, parts["test"]), found["test"])
    return replace(contract, quantised={**told, **cost_of_it})


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


def _quantised(path: Path, parts: Mapping[str, Seen], model: Model) -> Calibrated:
    """The graph in int8."""
    kinds = LAYERS if "train" in parts else DYNAMIC
    if not any(node.op_type in kinds for node in onnx.load(path).graph.node):
        raise ConfigError(f"--int8: {path.name} has no layer of {', '.join(kinds)}", do="leave --int8 out")
    with TemporaryDirectory(prefix="fer_lab-int8-") as folder:
        prepared, written = Path(folder, "prepared.onnx"), Path(folder, "int8.onnx")
        quant_pre_process(path, prepared, skip_symbolic_shape=True)
        if "train" in parts:
            return calibrated(prepared, parts["train"], parts.get("val"), model)
        quantize_dynamic(prepared, written, op_types_to_quantize=[*DYNAMIC], weight_type=QuantType.QInt8)
        return Calibrated(onnx.load(written), {"items": 0})


def _bytes_of(model: onnx.ModelProto) -> int:
    """Of the graph, without what is known of it."""
    bare = onnx.ModelProto()
    bare.CopyFrom(model)
    del bare.metadata_props[:]
    return int(bare.ByteSize())
