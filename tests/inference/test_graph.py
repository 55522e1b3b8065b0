"""The checksum of a graph is that of its bytes, whatever a file says of itself; damaged weights are not asked."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from onnx import ModelProto

from fer_lab.errors import StoreError
from fer_lab.exporting.onnx_file import with_contract
from fer_lab.inference.graph import graph_checksum
from fer_lab.inference.model import Model
from tests.inference.bright import contract, model, written


def whole() -> ModelProto:
    return with_contract(model(None), contract())


def test_it_is_of_the_graph_alone() -> None:
    made = whole()
    graph = hashlib.sha256(made.graph.SerializeToString()).hexdigest()
    assert graph_checksum(made.SerializeToString()) == graph
    assert graph_checksum(model("something else").SerializeToString()) == graph
    assert graph_checksum(model(None, weight=0.2).SerializeToString()) != graph
    assert graph_checksum(b"") == hashlib.sha256().hexdigest()


def test_fields_of_other_kinds_are_passed_over() -> None:
    others = b"\x08\x96\x01" + b"\x0d" + bytes(4) + b"\x09" + bytes(8)  # a number, four bytes, eight bytes
    assert graph_checksum(others + b"\x3a\x03abc" + others) == hashlib.sha256(b"abc").hexdigest()


@pytest.mark.parametrize("data", [b"\x3a\x05abc", b"\x3a", b"\x0b", b"\xff" * 12, b"\x0d\x00"])
def test_what_is_no_such_content_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"cut off|kind|no end"):
        graph_checksum(data)


def test_damaged_weights_are_refused_by_the_name_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path / "lamp.onnx", whole())
    assert Model(path).contract.graph == graph_checksum(path.read_bytes())
    damaged, weights = whole(), next(one for one in model(None).graph.initializer if one.name == "weights").raw_data
    path.write_bytes(damaged.SerializeToString().replace(weights, bytes([weights[0] ^ 1]) + weights[1:]))
    with pytest.raises(StoreError, match=r"(?s)lamp\.onnx: its graph or its weights are damaged.*export the run again"):
        Model(path)


def test_a_file_of_before_is_read(tmp_path: Path) -> None:
    assert Model(written(tmp_path / "old.onnx")).contract.graph is None
