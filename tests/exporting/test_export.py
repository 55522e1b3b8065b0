"""A finished run as a file: what is inside, what is beside it, how near its answers are, and what it costs in int8."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import safetensors.numpy
import torch
import yaml
from onnxruntime.quantization.shape_inference import quant_pre_process

from fer_lab import evaluation
from fer_lab.errors import ConfigError
from fer_lab.exporting.agreement import agreement, agreement_of, answered, with_answers
from fer_lab.exporting.calibrate import PERCENTILES, TRIED, USUAL, calibrated
from fer_lab.exporting.card import card
from fer_lab.exporting.export import Exported, export_trained
from fer_lab.exporting.hub import write_hub
from fer_lab.exporting.onnx_file import example
from fer_lab.exporting.program import write_program
from fer_lab.exporting.quantise import cost, quantise
from fer_lab.exporting.recomputed import recomputed
from fer_lab.exporting.seen import seen_items
from fer_lab.inference.contract import KEY
from fer_lab.inference.model import Model
from fer_lab.ledger import Run, merge_folds
from fer_lab.runs import Trained, model_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trained(run: Run) -> Trained:
    return model_of(run)


@pytest.fixture(scope="module")
def done(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return export_trained(trained, tmp_path_factory.mktemp("exports") / "model.onnx")


@pytest.fixture(scope="module")
def int8(trained: Trained, done: Exported) -> Path:
    path = done.path.with_suffix(".int8.onnx")
    quantise(trained, done, path)
    return path


def test_the_file_alone_says_all_that_is_known_of_the_run(run: Run, done: Exported) -> None:
    found, scores = Model(done.path).contract, run.scores("test")
    assert found.text() == done.contract.text()
    assert (found.run["id"], found.run["cell"], found.generated, found.names) == (
        run.id, run.cell, True, run.target.names)  # fmt: skip
    assert found.measured[0].value == pytest.approx(evaluation.value_of(scores, run.target.main_metric))
    assert (found.measured[0].name, found.measured[0].items) == ("accuracy", len(scores))
    assert (found.licence, found.weights["licence"][:10], found.weights["learned"]) == (
        "Apache-2.0", "Apache-2.0", ["identities"])  # fmt: skip
    assert found.data["subjects"] == run.facts["subjects"]
    assert found.data["terms"] == []  # those of JAFFE do not bind its twin
    assert found.landmarks
    assert 0 < done.parity < 1e-4
    assert [path.name for path in done.path.parent.iterdir() if path.name.startswith(".")] == []


def test_it_answers_the_test_part_as_the_run_has_it(trained: Trained, done: Exported) -> None:
    seen = seen_items(trained, "test")
    assert seen is not None
    found = agreement(Model(done.path), seen)
    assert found.items == len(trained.run.scores("test"))
    assert found.is_good, str(found)
    assert found.same == 1


def test_its_own_weights_in_float32_answer_what_the_file_answers(trained: Trained, done: Exported) -> None:
    seen, model = seen_items(trained, "test"), Model(done.path)
    assert seen is not None
    found = agreement_of(trained.run.target, answered(model, seen), recomputed(done.network, seen, model))
    assert (found.items, found.same) == (len(seen.rows), 1)
    assert found.apart < 1e-4


def test_where_the_data_are_gone_nothing_is_answered_again(
    trained: Trained, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FER_LAB_CACHE", str(tmp_path))
    assert seen_items(trained, "test") is None


def test_what_int8_costs_is_measured_with_its_own_answers(
    run: Run, trained: Trained, done: Exported, int8: Path
) -> None:
    found, before = Model(int8).contract, Model(done.path)
    told, seen = found.quantised, seen_items(trained, "test")
    assert told is not None
    assert seen is not None
    stored = with_answers(run.target, seen.scores, seen.answers(before))
    mine = with_answers(run.target, seen.scores, seen.answers(Model(int8)))
    accuracy = evaluation.value_of(mine, run.target.main_metric)
    assert (told["how"], told["after"], found.measured[0].value) == ("static", accuracy, accuracy)
    assert told["before"] == evaluation.value_of(stored, run.target.main_metric)
    assert told["difference"] == pytest.approx(told["after"] - told["before"])
    assert told["bytes"]["after"] < 0.4 * told["bytes"]["before"]
    assert told["same"] > 0.8
    assert any(node.op_type == "QuantizeLinear" for node in onnx.load(int8).graph.node)


def test_how_int8_is_calibrated_is_chosen_on_validation(trained: Trained, done: Exported, int8: Path) -> None:
    told, val = Model(int8).contract.quantised, seen_items(trained, "val")
    assert told is not None
    assert val is not None
    chosen = told["chosen"]
    assert chosen["items"] == min(TRIED, len(val.rows))
    assert [float(name) for name in chosen["alike"]] == [*PERCENTILES]
    assert chosen["alike"][f"{told['percentile']:g}"] == max(chosen["alike"].values())
    if chosen["items"] == len(val.rows):  # then its own answers of validation say the same
        found = agreement_of(trained.run.target, answered(Model(int8), val), answered(Model(done.path), val))
        assert found.same == chosen["alike"][f"{told['percentile']:g}"]
    assert f"was chosen on {chosen['items']} validation items" in card(Model(int8).contract, "int8.onnx")


def test_without_validation_the_usual_percentile_is_taken(trained: Trained, done: Exported, tmp_path: Path) -> None:
    prepared, train = tmp_path / "prepared.onnx", seen_items(trained, "train")
    assert train is not None
    quant_pre_process(done.path, prepared, skip_symbolic_shape=True)
    found = calibrated(prepared, train, None, Model(done.path))
    assert (found.told["percentile"], found.told["chosen"]) == (USUAL, None)
    text = card(
        replace(done.contract, quantised={**found.told, "how": "static", "bytes": {"before": 1, "after": 1}}), ""
    )
    assert "the usual one: there was no validation item" in text


def test_without_data_int8_is_made_and_its_cost_left_open(
    trained: Trained, done: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FER_LAB_CACHE", str(tmp_path))
    told = quantise(trained, done, tmp_path / "int8.onnx")
    assert (told["how"], told["items"], "metric" in told) == ("dynamic", 0, False)
    found = Model(tmp_path / "int8.onnx").contract
    assert "was not measured" in card(found, "int8.onnx")


def test_a_difference_of_the_same_people_has_an_interval(run: Run) -> None:
    scores = run.scores("test").assign(subject=lambda x: (x["item"] % 12).astype(str))
    wrong = scores.assign(**dict(zip(run.target.answer_columns, run.target.answers(scores)[:, ::-1].T, strict=True)))
    told = cost(run, scores, wrong)
    assert told["low"] <= told["difference"] <= told["high"]
    assert cost(run, scores, scores)["difference"] == 0


def test_the_card_is_of_the_contract_and_says_first_that_faces_were_generated(done: Exported) -> None:
    text = card(done.contract, "model.onnx")
    _, header, body = text.split("---\n", 2)
    about = yaml.safe_load(header)
    assert about["license"] == "apache-2.0"
    assert about["model-index"][0]["results"][0]["metrics"][0]["type"] == "accuracy"
    assert body.strip().startswith("**Trained on generated faces**")
    heads = [line for line in body.splitlines() if line.startswith("## ")]
    assert heads == [
        "## What it is", "## Intended use, and what it is not for", "## Data", "## How it was measured", "## By name",
        "## Thresholds", "## A person's own baseline", "## Bias, and where it is weak",
        "## Weights and licence", "## How to use it", "## How it was made",
    ]  # fmt: skip
    assert all(name in body for name in done.contract.names)
    real = card(replace(done.contract, generated=False, licence="not stated; bound by its data"), "model.onnx")
    assert "enerated faces**" not in real
    assert "The data name nobody" not in real
    nobody = {**done.contract.data, "subjects": {"train": 0, "val": 0, "test": 0}}
    assert "The data name nobody" in card(replace(done.contract, data=nobody), "model.onnx")
    assert yaml.safe_load(real.split("---\n")[1])["license"] == "other"


def test_the_folder_for_the_hub_is_whole_and_its_example_runs(done: Exported, tmp_path: Path) -> None:
    folder = tmp_path / "hub"
    names = write_hub(done, folder)
    assert {"README.md", "model.onnx", "config.json", "preprocessor_config.json", "model.safetensors", "example.py"} < {
        *names
    }
    said = subprocess.run([sys.executable, folder / "example.py"], capture_output=True, text=True, check=True).stdout
    assert said.startswith("trained on generated faces\ntakes face: uint8 (faces, ")
    assert all(name in said for name in done.contract.names)
    assert len({(folder / name).stat().st_mode for name in names if (folder / name).is_file()}) == 1
    weights = safetensors.numpy.load_file(folder / "model.safetensors")
    assert sum(value.size for value in weights.values()) >= 1000
    assert json.loads((folder / "config.json").read_text())["id2label"]["0"] == done.contract.names[0]
    write_hub(done, folder)  # an earlier export is replaced
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years of work")
    with pytest.raises(ConfigError, match="holds something else"):
        write_hub(done, tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.tex").read_text() == "years of work"


def test_a_program_of_torch_answers_alike(trained: Trained, done: Exported, tmp_path: Path) -> None:
    path = tmp_path / "model.pt2"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert write_program(trained, done, path) <= 1e-4
    told = {KEY: ""}
    program = torch.export.load(path, extra_files=told)
    assert told[KEY] == done.contract.text()
    (faces,) = example(done.network.takes, 3)
    found = program.module()(faces).detach().numpy()
    np.testing.assert_allclose(found, Model(done.path).predict({"face": faces.numpy()}), atol=1e-4)


def test_a_run_of_several_networks_is_refused(run: Run, tmp_path: Path) -> None:
    from fer_lab.exporting.export import export

    with pytest.raises(ConfigError, match="2 networks"):
        export(merge_folds([run, run]), tmp_path / "model.onnx")
    assert not (tmp_path / "model.onnx").exists()
