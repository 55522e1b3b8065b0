"""Trials are runs of the ledger: trained once, ended early, judged on validation alone, taken up after a kill."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import optuna
import pandas as pd
import pytest
from optuna.trial import TrialState

from fer_lab.configs import compose
from fer_lab.engine import ensure
from fer_lab.ledger import Run, read_run, readable, trials
from fer_lab.runs import Plan, make_plan
from fer_lab.search import trials as module
from fer_lab.search.asked import Search, asked
from fer_lab.search.journal import NAME, SETTING, counted_trials, read_study
from fer_lab.search.trials import claimed, do, prepare
from fer_lab.search.workers import Worker

pytestmark = pytest.mark.slow
CELL = "sase_hidden/geometry"


def words(results: Path, *more: str) -> list[str]:
    own = [f"cell={CELL}", "profile=smoke", "workers=1", "threads=1", f"paths.results={results}", "epochs=3"]
    return [*own, *more]


def plan_of(results: Path, *more: str) -> Plan:
    """What `python run.py` makes of these words."""
    own = words(results, *more)
    return make_plan(compose(own), CELL, own)


def search_in(results: Path, trials: int) -> Search:
    search = asked([*words(results), "space=sase_rate", f"trials={trials}"])
    prepare(search)
    return search


def step(search: Search) -> tuple[str, optuna.trial.FrozenTrial]:
    """Do one trial."""
    with claimed(search) as own:
        assert own is not None
        state = do(search, own)
        return state, read_study(search.folder).trials[own.trial.number]


def test_trials_are_the_runs_of_run_py_and_none_is_trained_again(tmp_path: Path, monkeypatch: Any) -> None:
    parts: list[str] = []
    scores, sums = Run.scores, Run.sums
    monkeypatch.setattr(Run, "scores", lambda run, part, *more: parts.append(part) or scores(run, part, *more))
    monkeypatch.setattr(Run, "sums", lambda run, part: parts.append(part) or sums(run, part))
    search = search_in(tmp_path, 3)
    ensure(as_it_stands := plan_of(tmp_path))
    first, second = step(search), step(search)
    assert (first[0], second[0]) == ("kept", "done")
    assert first[1].user_attrs["runs"] == [as_it_stands.id]
    assert second[1].user_attrs["runs"] == [plan_of(tmp_path, *second[1].user_attrs[SETTING]).id]
    assert trials(tmp_path / "searches") == {second[1].user_attrs["runs"][0]: search.folder.name}  # it trained one
    assert set(parts) == {"val"}
    tested = [
        set(read_run(tmp_path / "runs" / trial.user_attrs["runs"][0]).scores("test", epoch)["epoch"])
        for _, trial in (second,)
        for epoch in range(3)
    ]  # opened once, by the weights that were selected
    assert sorted(map(len, tested)) == [0, 0, 1]
    for _, trial in (first, second):
        history = pd.read_csv(tmp_path / "runs" / trial.user_attrs["runs"][0] / "history.csv")["val/accuracy"]
        assert trial.value == pytest.approx(history.max(), abs=1e-3)
        assert [*trial.intermediate_values.values()] == pytest.approx([*history])
    (tmp_path / "searches" / search.folder.name / NAME).unlink()  # begun anew: what is in the ledger is kept
    prepare(search)
    assert [step(search)[0] for _ in range(2)] == ["kept", "kept"]


def test_a_pruned_run_has_no_test_scores_is_in_no_table_and_can_go_on(
    tmp_path: Path, monkeypatch: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(module.optuna.pruners, "MedianPruner", lambda **_: optuna.pruners.ThresholdPruner(lower=2.0))
    search = search_in(tmp_path, 2)
    state, trial = step(search)
    assert (state, trial.state) == ("pruned", TrialState.PRUNED)
    plan = plan_of(tmp_path)
    assert plan.entry.state() == "pruned"
    found, (left_out,) = readable(tmp_path / "runs")
    assert (found, left_out.finished) == ([], False)
    assert left_out.reason.startswith("pruned: ended after epoch 1")
    assert set(plan.entry.read_scores(0)["part"]) == {"val"}
    before = plan.entry.checkpoint.stat().st_mtime_ns
    again = search_in(tmp_path / "other", 1)  # another search comes by the same run: nothing of it is trained
    os.rename(tmp_path / "runs", tmp_path / "other" / "runs")
    assert step(again)[0] == "pruned"
    os.rename(tmp_path / "other" / "runs", tmp_path / "runs")
    assert plan.entry.checkpoint.stat().st_mtime_ns == before
    assert ensure(plan) == "done"  # whoever asks for it goes on from there
    assert "goes on from its last whole epoch" in plan.entry.log.read_text()
    assert (plan.entry.state(), plan.entry.epochs) == ("done", 3)
    assert not (plan.entry.folder / "pruned.json").exists()


def test_what_cannot_be_trained_is_a_failed_trial_and_the_others_go_on(tmp_path: Path, monkeypatch: Any) -> None:
    search = search_in(tmp_path, 2)
    genuine = module.ensure

    def ensure_(plan: Plan, further: Any) -> str:
        if plan.config["optimizer"]["lr"] == 0.001:
            raise RuntimeError("too large")
        return genuine(plan, further)

    monkeypatch.setattr(module, "ensure", ensure_)
    assert Worker(search, ())() == ""
    states = [(one.state, one.user_attrs.get("why")) for one in read_study(search.folder).trials]
    assert states == [(TrialState.FAIL, "RuntimeError: too large"), (TrialState.COMPLETE, None)]


def test_what_would_stop_every_trial_stops_the_search_and_costs_none(tmp_path: Path, monkeypatch: Any) -> None:
    def full(*_: Any) -> str:
        raise module.StoreError("the disk is full")

    search = search_in(tmp_path, 2)
    with monkeypatch.context() as patch:
        patch.setattr(module, "ensure", full)
        assert Worker(search, ())() == "the disk is full"
    assert Worker(search, ())() == ""
    assert [one.state for one in counted_trials(read_study(search.folder).trials)] == [TrialState.COMPLETE] * 2


def begin(root: Path, results: Path) -> subprocess.Popen[bytes]:
    """A search of two workers in a process of its own."""
    own = [
        sys.executable,
        "-m",
        "fer_lab.search",
        *words(results, "epochs=20"),
        "space=sase_rate",
        "trials=3",
        "jobs=2",
    ]
    return subprocess.Popen(own, cwd=root, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


@pytest.mark.long
def test_two_workers_are_killed_and_the_same_command_goes_on(root: Path, tmp_path: Path) -> None:
    killed = begin(root, tmp_path)
    while not [*tmp_path.glob("runs/*/last.ckpt")]:
        assert killed.poll() is None, killed.communicate()[0].decode()
        time.sleep(0.05)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    broken = {path.parent.name for path in tmp_path.glob("runs/*/last.ckpt")} - {
        path.parent.name for path in tmp_path.glob("runs/*/run.json")
    }
    again = begin(root, tmp_path)
    said = again.communicate()[0].decode()
    assert again.returncode == 0, said
    (folder,) = tmp_path.glob("searches/*")
    trials = counted_trials(read_study(folder).trials)
    assert {one.state for one in trials} <= {TrialState.COMPLETE, TrialState.PRUNED}
    assert len(trials) == len({tuple(one.user_attrs[SETTING]) for one in trials}) == 3
    assert {path.name for path in tmp_path.glob("runs/*/")} == {one.user_attrs["runs"][0] for one in trials}
    for id in broken:
        assert (tmp_path / "runs" / id / "log.txt").read_text().count("goes on from its last whole epoch") == 1
    assert "These are scores of the validation part" in said
