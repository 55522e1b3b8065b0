"""Models of a few nodes, whose answers are known: how bright a face of 4 x 4 px is, as two classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from fer_lab.inference.contract import KEY, Contract, Input, Score, Threshold

SIDE = 4


def contract(**changes: Any) -> Contract:
    """What such a model says of itself."""
    known: dict[str, Any] = {
        "run": {"id": "0123456789abcdef", "cell": "e/bright", "seed": 0, "source": "embedded", "profile": "smoke",
                "protocol": "clean", "dataset": "d", "title": "Lamps", "data": "s", "items": {"test": 8}},
        "generated": True,
        "target": {"kind": "classes", "names": ["dark", "bright"], "scale": None, "name": "light"},
        "faces": {"_target_": "fer_lab.faces.RawConfig"},
        "landmarks": None,
        "inputs": (Input("raw", "uint8", (SIDE, SIDE, 1), "0 to 255, grey"),),
        "length": 1,
        "measured": (Score("accuracy", 0.75, 0.5, 0.9, 8), Score("uar", None, None, None, 8)),
        "by_name": (Score("dark", 0.5, None, None, 4), Score("bright", 1.0, 0.9, 1.0, 4)),
        "thresholds": (Threshold(0.1, 0.7, 0.5, 0.0, 0.0, 0.2, {"answered": 0.6, "wrong": 0.1}),
                       Threshold(None, 0.5, 1.0, None)),
        "weights": {"origin": "nothing", "licence": "Apache-2.0, as fer_lab: nothing is taken over"},
        "licence": "Apache-2.0",
    }  # fmt: skip
    return Contract(**{**known, **changes})


def model(
    text: str | None, side: int = SIDE, names: int = 2, output: str = "answers", weight: float = 0.1
) -> onnx.ModelProto:
    """The graph, with this among its metadata."""
    bright = np.array([[-weight, weight] + [0.0] * (names - 2)], np.float32)
    nodes = [
        helper.make_node("Cast", ["raw"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Flatten", ["floats"], ["flat"]),
        helper.make_node("ReduceMean", ["flat", "axes"], ["mean"], keepdims=1),
        helper.make_node("MatMul", ["mean", "weights"], ["scaled"]),
        helper.make_node("Add", ["scaled", "bias"], ["logits"]),
        helper.make_node("Softmax", ["logits"], [output]),
    ]
    held = {"axes": np.array([1], np.int64), "weights": bright, "bias": -128 * bright[0]}
    graph = helper.make_graph(
        nodes, "bright", [helper.make_tensor_value_info("raw", TensorProto.UINT8, ["items", side, side, 1])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["items", names])],
        [numpy_helper.from_array(values, name) for name, values in held.items()],
    )  # fmt: skip
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    if text is not None:
        helper.set_model_props(made, {KEY: text})
    return made


def written(path: Path, made: onnx.ModelProto | None = None) -> Path:
    """A file of it."""
    path.write_bytes((made or model(contract().text())).SerializeToString())
    return path
