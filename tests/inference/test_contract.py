"""What a model says of itself comes out as it went in, and what is no such text is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fer_lab.errors import ConfigError, StoreError
from fer_lab.faces import FacesConfig, Grey, RawConfig, Resize, StepsConfig
from fer_lab.inference.contract import FORMAT, Input, made_of, read_contract
from tests.inference.bright import contract

WHOLE = json.loads(contract().text())


def changed(**values: Any) -> str:
    return json.dumps({**WHOLE, **values})


def test_it_comes_out_as_it_went_in() -> None:
    made = contract()
    assert json.loads(made.text())["format"] == FORMAT
    found = read_contract(made.text(), "a.onnx")
    assert found.text() == made.text()
    assert found.inputs == (Input("raw", "uint8", (4, 4, 1), "0 to 255, grey"),)
    assert (found.measured, found.thresholds) == (made.measured, made.thresholds)
    assert (found.names, found.views, found.asked.exclusive) == (("dark", "bright"), ("raw",), True)
    assert isinstance(found.preparation, RawConfig)


def test_what_a_later_version_adds_is_left_unread_and_what_it_may_lack_is_empty() -> None:
    assert read_contract(changed(colour="red"), "a.onnx") == read_contract(contract().text(), "a.onnx")
    without = {key: value for key, value in WHOLE.items() if key not in ("data", "weak", "calibration", "made")}
    assert read_contract(json.dumps(without), "a.onnx").weak == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        changed(inputs=[]),
        changed(inputs=[{"name": "raw"}]),
        changed(inputs=None),
        changed(length=0),
        changed(length="five"),
        changed(length=10**9),
        changed(length=5, inputs=[{"name": "landmarks", "kind": "float32", "shape": [68, 2]}]),
        changed(inputs=[{"name": "raw", "kind": "uint8", "shape": [5, 4, 4, 1]}]),
        changed(generated="no"),
        changed(run={}),
        changed(run=None),
        changed(run={**WHOLE["run"], "id": "../../x"}),
        changed(run={**WHOLE["run"], "id": 7}),
        changed(run={**WHOLE["run"], "title": "Lamps\x1b[2J"}),
        changed(landmarks="../../etc/passwd"),
        changed(landmarks=5),
        changed(graph="0" * 63),
        changed(target={**WHOLE["target"], "names": ["dark", "dark"]}),
        changed(target={**WHOLE["target"], "names": ["dark", "bri\x1b[31mght"]}),
        changed(target={**WHOLE["target"], "names": ["dark", ""]}),
        "[" * 200_000,
        changed(target={}),
        changed(target={"kind": "colours", "names": ["a"], "scale": None}),
        changed(measured=[{"name": "accuracy"}]),
        changed(measured=[{"name": "accuracy", "value": "high", "low": None, "high": None, "items": 1}]),
        changed(thresholds=[{"error": 0.1, "above": 7, "answered": 0.5, "wrong": 0.1}]),
        changed(faces={"_target_": "os.system"}),
        changed(faces={"_target_": "fer_lab.faces.FacesConfig", "views": [{"_target_": "builtins.eval"}]}),
        changed(faces={"_target_": "fer_lab.faces.FacesConfig", "colour": "red"}),
        json.dumps({key: value for key, value in WHOLE.items() if key != "licence"}),
    ],
)
def test_a_damaged_text_is_refused(text: str) -> None:
    with pytest.raises(StoreError, match="its metadata are damaged"):
        read_contract(text, "a.onnx")


def test_none_and_that_of_a_newer_version_are_refused() -> None:
    with pytest.raises(StoreError, match="says nothing of faces"):
        read_contract(None, "a.onnx")
    with pytest.raises(StoreError, match=rf"is of format {FORMAT + 1}\n.*update fer_lab|is of format {FORMAT + 1}"):
        read_contract(changed(format=FORMAT + 1), "a.onnx")


def test_faces_are_prepared_by_what_is_listed_alone() -> None:
    steps = [{"_target_": "fer_lab.faces.Grey"}, {"_target_": "fer_lab.faces.Resize", "size": 48}]
    assert made_of({"_target_": "fer_lab.faces.StepsConfig", "steps": steps}) == StepsConfig((Grey(), Resize(48)))
    assert isinstance(made_of({"_target_": "fer_lab.faces.FacesConfig"}), FacesConfig)
    with pytest.raises(ConfigError, match=r"os\.system"):
        made_of({"_target_": "os.system", "command": "true"})
