"""Exported models without training: what they answer is a rule of the 68 points, how wide the mouth is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from fer_lab.evaluation.targets import make_target
from fer_lab.faces import FacesConfig, landmarks_digest
from fer_lab.inference.contract import KEY, Contract, Input, Score, Threshold
from fer_lab.inference.model import ANSWERS

NAMES = {"classes": ("happiness", "neutral"), "labels": ("AU12", "AU24"), "values": ("valence", "arousal")}
USUAL, STEEP = 0.58, 40.0
"""How wide a mouth is at rest, as a share of the distance of the outer corners of the eyes; how fast it is a smile."""
THRESHOLDS = (Threshold(0.1, 0.8, 0.7, 0.05), Threshold(None, 0.5, 1.0, 0.2))
OPSET = 18


def contract(kind: str = "classes", length: int = 1, **changes: Any) -> Contract:
    """Of such a model."""
    faces = {"_target_": "fer_lab.faces.FacesConfig", "views": ["face"], "size": 32, "max_yaw": 75.0}
    shape = (68, 2) if length == 1 else (length, 68, 2)
    target = make_target(kind, NAMES[kind], (-1, 1) if kind == "values" else None)
    said: dict[str, Any] = {
        "run": {"id": "0123456789abcdef", "cell": "own/rule", "seed": 0, "source": "embedded", "profile": "smoke",
                "protocol": "clean", "dataset": "twins", "title": "twins", "data": "d", "items": {"test": 100}},
        "generated": True,
        "target": {"kind": kind, "names": list(target.names), "scale": target.scale, "name": "expression"},
        "faces": faces, "landmarks": landmarks_digest(FacesConfig(views=("face",), size=32)),
        "inputs": (Input("landmarks", "float32", shape),), "length": length,
        "measured": (Score("accuracy", 0.8, 0.7, 0.9, 100),), "by_name": (),
        "thresholds": THRESHOLDS if kind == "classes" else (), "weights": {}, "licence": "none",
    }  # fmt: skip
    return Contract(**(said | changes))


def write_model(path: Path, kind: str = "classes", length: int = 1, **changes: Any) -> Path:
    """Write such a model; ``changes`` of its contract."""
    said = contract(kind, length, **changes)
    takes = helper.make_tensor_value_info("landmarks", TensorProto.FLOAT, ["items", *said.inputs[0].shape])
    gives = helper.make_tensor_value_info(ANSWERS, TensorProto.FLOAT, ["items", 2])
    graph = helper.make_graph(list(_nodes(kind, length)), "rule", [takes], [gives], _constants(length))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10)
    helper.set_model_props(model, {KEY: said.text()})
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString())
    return path


def _constants(length: int) -> list[onnx.TensorProto]:
    arrays = {
        "left": np.array([48, 36]), "right": np.array([54, 45]), "point": np.array([-1]), "second": np.array([1]),
        "mouth": np.array([0]), "eyes": np.array([1]), "usual": np.float32([USUAL]),
        "steep": np.float32([[STEEP, -STEEP]]),
    }  # fmt: skip
    return [numpy_helper.from_array(np.asarray(value), name) for name, value in arrays.items()]


def _nodes(kind: str, length: int) -> list[onnx.NodeProto]:
    make = helper.make_node
    nodes = [
        make("Gather", ["landmarks", "left"], ["from"], axis=-2),
        make("Gather", ["landmarks", "right"], ["to"], axis=-2),
        make("Sub", ["to", "from"], ["across"]),
        make("ReduceL2", ["across", "point"], ["wide"], keepdims=0),
        make("Gather", ["wide", "mouth"], ["mouths"], axis=-1),
        make("Gather", ["wide", "eyes"], ["apart"], axis=-1),
        make("Div", ["mouths", "apart"], ["each"]),
    ]
    share = "each"
    if length > 1:
        nodes.append(make("ReduceMean", ["each", "second"], ["share"], keepdims=0))
        share = "share"
    nodes += [make("Sub", [share, "usual"], ["smile"]), make("Mul", ["smile", "steep"], ["odds"])]
    last, options = {"classes": ("Softmax", {"axis": -1}), "labels": ("Sigmoid", {}), "values": ("Tanh", {})}[kind]
    return [*nodes, make(last, ["odds"], [ANSWERS], **options)]
