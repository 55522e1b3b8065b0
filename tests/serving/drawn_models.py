"""Exported models of tests: one layer on the pixels of a face, with all that such a file says of itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from fer_lab.faces import model_digest
from fer_lab.inference.contract import KEY, Contract, Input, Score, Threshold
from fer_lab.inference.model import ANSWERS

NAMES = {
    "classes": ("anger", "happiness", "surprise"),
    "labels": ("AU1", "AU4", "AU12"),
    "values": ("valence", "arousal"),
}
LAST = {"classes": "Softmax", "labels": "Sigmoid", "values": "Tanh"}
MAIN = {"classes": "accuracy", "labels": "macro_f1", "values": "ccc"}
ALIGNED = {"_target_": "fer_lab.faces.FacesConfig", "views": ["face"], "size": 32}
EYES = {**ALIGNED, "eyes": [0.28, 0.18], "margin": 0.5, "max_yaw": 60.0}
FRONTAL = {**ALIGNED, "views": ["frontal"]}
RAW = {"_target_": "fer_lab.faces.RawConfig", "views": ["raw"]}
MEASURES = {"landmarks": (68, 2), "blendshapes": (52,)}
SHARP = 800.0
"""How much a difference between faces counts: answers are then neither all alike nor all sure."""
RUN = {
    "id": "0123456789abcdef",
    "cell": "drawn/pixels",
    "seed": 0,
    "source": "embedded",
    "profile": "smoke",
    "protocol": "clean",
    "dataset": "generated",
    "title": "drawn people",
    "data": "0123",
    "items": {"train": 9, "val": 9, "test": 120},
}
WEAK = {
    "confused": [{"class": "surprise", "answered": "anger", "share": 0.25}],
    "groups": [{"attribute": "age", "group": "25-39", "mean": 0.6, "low": 0.5, "high": 0.7, "underpowered": True}],
}

Pixels = NDArray[np.uint8]


def model_at(
    path: Path,
    faces: dict[str, Any] = ALIGNED,
    kind: str = "classes",
    known: Sequence[Pixels] = (),
    measures: Mapping[str, tuple[int, ...]] = MappingProxyType({}),
    generated: bool = True,
) -> Path:
    """Write a model that is shown the first view of ``faces``.

    Args:
        path: of the file.
        faces: how they are prepared.
        kind: of target.
        known: a prepared face of each class: the nearest one is answered; without, weights are drawn at random.
        measures: what it is shown besides, such as ``MEASURES``.
        generated: whether it says that it was trained on generated faces.
    """
    view = faces["views"][0]
    side = faces.get("size", 32 if "steps" in faces else 48)
    takes = [Input(view, "uint8", (side, side, 1 if view == "raw" else 3))]
    takes += [Input(name, "float32", shape) for name, shape in measures.items()]
    model = helper.make_model(_graph(takes, kind, known), opset_imports=[helper.make_opsetid("", 18)])
    model.ir_version = 10
    helper.set_model_props(model, {KEY: _contract(faces, kind, takes, generated).text()})
    onnx.save(model, path)
    return path


def _graph(takes: Sequence[Input], kind: str, known: Sequence[Pixels]) -> onnx.GraphProto:
    nodes, weights = [], [numpy_helper.from_array(_offset(kind, known), "offset")]
    for one in takes:
        weights.append(numpy_helper.from_array(_weights(one, len(NAMES[kind]), known), f"{one.name}_weights"))
        nodes += [
            helper.make_node("Cast", [one.name], [f"{one.name}_real"], to=TensorProto.FLOAT),
            helper.make_node("Flatten", [f"{one.name}_real"], [f"{one.name}_flat"]),
            helper.make_node("MatMul", [f"{one.name}_flat", f"{one.name}_weights"], [f"{one.name}_sum"]),
        ]
    nodes.append(helper.make_node("Sum", [*(f"{one.name}_sum" for one in takes), "offset"], ["sum"]))
    nodes.append(helper.make_node(LAST[kind], ["sum"], [ANSWERS]))
    kinds = {"uint8": TensorProto.UINT8, "float32": TensorProto.FLOAT}
    given = [helper.make_tensor_value_info(one.name, kinds[one.kind], ["items", *one.shape]) for one in takes]
    told = [helper.make_tensor_value_info(ANSWERS, TensorProto.FLOAT, ["items", len(NAMES[kind])])]
    return helper.make_graph(nodes, "drawn", given, told, weights)


def _weights(one: Input, outputs: int, known: Sequence[Pixels]) -> NDArray[np.float32]:
    """(pixels, outputs): at random, or such that the nearest of the known faces has the largest sum."""
    size = int(np.prod(one.shape))
    if known and one.is_view:
        return np.stack([2 * SHARP / size * _real(face) / 255 for face in known], 1).astype(np.float32)
    drawn = np.random.default_rng(5).normal(size=(size, outputs)) / np.sqrt(size)
    drawn -= drawn.mean(0)  # how bright a picture is, or where a face lies, counts nothing
    return (drawn * {"blendshapes": 3.0}.get(one.name, 4 / 255)).astype(np.float32)


def _offset(kind: str, known: Sequence[Pixels]) -> NDArray[np.float32]:
    if not known:
        return np.zeros((1, len(NAMES[kind])), np.float32)
    return -np.array([[SHARP * np.square(_real(face)).mean() for face in known]], np.float32)


def _real(face: Pixels) -> NDArray[np.float64]:
    """As a vector, in [0, 1]."""
    return face.reshape(-1) / 255


def _contract(faces: dict[str, Any], kind: str, takes: Sequence[Input], generated: bool) -> Contract:
    looked_for = faces["_target_"].endswith("FacesConfig") and "detector" not in faces
    names = NAMES[kind]
    return Contract(
        run=RUN | ({} if generated else {"source": "real"}),
        generated=generated,
        target={"kind": kind, "name": "emotion", "names": list(names), "scale": [-1, 1] if kind == "values" else None},
        faces=faces,
        landmarks=model_digest() if looked_for else None,
        inputs=tuple(takes),
        length=1,
        measured=(Score(MAIN[kind], 0.62, 0.55, 0.7, 120),),
        by_name=tuple(Score(name, 0.9 - 0.3 * i, 0.8 - 0.3 * i, 0.95 - 0.3 * i, 40) for i, name in enumerate(names)),
        thresholds=(Threshold(0.2, 0.999, 0.4, 0.15), Threshold(None, 0.5, 0.9, 0.3)) if kind == "classes" else (),
        weights={"origin": "drawn at random"},
        licence="Apache-2.0",
        weak=WEAK,
        data={"subjects": {"test": 8}},
        calibration={"ece": 0.08, "by_chance": 0.03},
    )
