"""Each kind of target the whole way at smoke scale: from generated people to entries of the ledger."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from fer_lab.ledger import Run, read_runs

pytestmark = pytest.mark.slow

OUTPUTS = {"emotion": ("classes", 7), "action_units": ("labels", 12), "affect": ("values", 2)}


def trained(root: Path, results: Path, *arguments: str) -> None:
    command = [sys.executable, "run.py", *arguments, "profile=smoke", "seed=0", "threads=1", f"paths.results={results}"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


@pytest.fixture(scope="module")
def runs(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    results = tmp_path_factory.mktemp("results")
    trained(root, results, "-m", "experiment=kinds", "jobs=1")
    return {run.cell.split("/")[1]: run for run in read_runs(results / "runs")}


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_run_says_its_kind_and_scores_every_face(runs: dict[str, Run], name: str) -> None:
    run, (kind, count) = runs[name], OUTPUTS[name]
    assert (run.target.kind, len(run.target.names), run.column, run.epochs) == (kind, count, name, 2)
    test = run.scores("test")
    letter = "v" if kind == "values" else "p"
    assert {f"{letter}{i}" for i in range(count)} <= set(test)
    assert test.filter(regex=rf"^{letter}\d").notna().all(axis=None)
    assert len(test) == run.facts["items"]["test"]
    assert (run.facts["as_printed"], run.facts["printed_people"]) == (True, 24)  # clean draws the same of these people


def test_what_is_not_known_is_so_in_the_scores(runs: dict[str, Run]) -> None:
    truth = runs["action_units"].scores("train", 1).filter(regex=r"^y\d")
    assert set(truth.stack().dropna().unique()) == {0.0, 1.0}
    assert 0.02 < truth.isna().to_numpy().mean() < 0.2
    assert json.loads((runs["affect"].folder / "run.json").read_text())["scale"] == [-1, 1]
    affect = runs["affect"].scores("train", 1)[["y0", "y1"]]
    assert affect.notna().all(axis=None)
    assert affect.abs().max(axis=None) <= 1


def test_steps_are_another_run_that_ends_where_they_do(root: Path, runs: dict[str, Run], tmp_path: Path) -> None:
    trained(root, tmp_path, "cell=kinds/affect", "steps=7")
    (run,) = read_runs(tmp_path / "runs")
    assert run.id != runs["affect"].id
    assert (run.epochs, run.facts["steps"]) == (2, 7)
    shown = 7 * 32 / run.facts["items"]["train"]  # in batches of 32
    assert run.facts["epochs_of_steps"] == pytest.approx(shown, abs=0.005)
    assert pd.read_csv(run.folder / "history.csv")["step"].tolist() == [5, 7]
