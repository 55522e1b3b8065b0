"""What W&B is told of runs, read back from its offline file; nothing goes over a network."""

from __future__ import annotations

import http.server
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import psutil
import pytest
import wandb

from fer_lab.configs import compose
from fer_lab.datasets.fer2013 import Fer2013
from fer_lab.engine import ensure
from fer_lab.errors import ConfigError, StoreError
from fer_lab.evaluation import confusion, make_target
from fer_lab.evaluation.metrics import OVERALL
from fer_lab.ledger import Run, read_run
from fer_lab.report.workspace import workspace
from fer_lab.runs import make_plan
from fer_lab.runs.plan import Plan
from fer_lab.runs.wandb_run import send
from fer_lab.runs.wandb_values import METRICS, PARTS, check_faces, mode, without_places
from tests.engine.offline_file import Offline, read_offline

pytestmark = pytest.mark.slow

CELL = "fer2013_final/final"
SMOKE = (f"cell={CELL}", "profile=smoke", "threads=1", "workers=1", "epochs=2")
PATIENCE = 90.0  # seconds until a killed run must have begun
MakePlan = Callable[..., Plan]


@pytest.fixture(scope="module")
def asked() -> Iterator[list[str]]:
    """What W&B's server would be asked; a server of this machine stands in for it."""
    paths: list[str] = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            paths.append(self.path)
            self.send_error(500)

        do_GET = do_POST  # noqa: N815

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server, pytest.MonkeyPatch.context() as patch:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        patch.setenv("WANDB_BASE_URL", f"http://127.0.0.1:{server.server_port}")
        for name in ("WANDB_API_KEY", "WANDB_MODE", "WANDB_PROJECT"):
            patch.delenv(name, raising=False)
        wandb.teardown()  # settings that another test has left
        yield paths
        wandb.teardown()
        server.shutdown()


@pytest.fixture(scope="module")
def results(asked: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("results")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WANDB_DATA_DIR", str(folder / "wandb" / "data"))
        yield folder


def planned(results: Path, *overrides: str) -> Plan:
    own = [*SMOKE, "logger=wandb", f"paths.results={results}", *overrides]
    return make_plan(compose(own), CELL, own)


@pytest.fixture(scope="module")
def plan(results: Path) -> Plan:
    """A run that was trained with W&B, and its mistakes shown."""
    made = planned(results, "seed=0", "logger.faces=2")
    ensure(made)
    return made


@pytest.fixture(scope="module")
def run(plan: Plan) -> Run:
    return read_run(plan.entry.folder)


@pytest.fixture(scope="module")
def logged(results: Path, plan: Plan) -> Offline:
    return of(results, plan)[0]


def of(results: Path, plan: Plan, files: int = 1) -> list[Offline]:
    """The files of a run, as soon as W&B's own process has put an end to each."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = [one for one in read_offline(results) if one.id == plan.id]
        if len(found) == files and found[-1].exit_code is not None:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def values(run: Run, epoch: int) -> dict[str, float]:
    matrices = {part: confusion(run.scores(part, epoch)) for part in PARTS}
    losses = {f"{part}/loss": run.target.loss(run.scores(part, epoch)) for part in PARTS}
    return losses | {f"{part}/{name}": float(OVERALL[name](matrices[part])) for part in PARTS for name in METRICS}


def expected(run: Run) -> list[dict[str, float]]:
    """Every value of every epoch that the ledger has."""
    history = pd.read_csv(run.folder / "history.csv").to_dict("records")
    return [{**{str(key): value for key, value in row.items()}, **values(run, int(row["epoch"]))} for row in history]


def test_every_value_of_every_epoch_is_logged(logged: Offline, run: Run) -> None:
    wanted = expected(run)
    assert len(wanted) == 2
    assert {"train/loss", "val/loss", "train/accuracy", "val/accuracy", "test/macro_f1", "val/uar"} <= set(wanted[0])
    assert [sorted(row) for row in logged.epochs()] == [sorted(row) for row in wanted]
    for found, row in zip(logged.epochs(), wanted, strict=True):
        assert found == pytest.approx(row, abs=1e-6)


def test_the_summary_is_that_of_the_selected_epoch(logged: Offline, run: Run) -> None:
    found = {key: value for key, value in logged.summary.items() if key.startswith("selected/")}
    wanted = {f"selected/{key}": value for key, value in values(run, run.selected_epoch).items()}
    assert found == pytest.approx({"selected/epoch": run.selected_epoch, **wanted})
    assert logged.summary["leak_share"] == run.facts["leak_share"]
    assert logged.summary["seconds"] == run.facts["seconds"]


def test_it_is_named_as_in_the_ledger(logged: Offline, plan: Plan) -> None:
    assert (logged.id, logged.name, logged.group, logged.project) == (plan.id, CELL, "fer2013_final", "fer_lab")
    assert logged.tags == ("moravcik_2021", "fer2013", "embedded", "smoke", "clean")
    assert logged.config["seed"] == 0
    assert logged.config["optimizer"]["lr"] == plan.config["optimizer"]["lr"]
    assert (logged.config["cell"], logged.config["source"], logged.config["protocol"]) == (CELL, "embedded", "clean")
    assert logged.exit_code == 0


def test_the_logger_is_no_part_of_the_identity(plan: Plan) -> None:
    own = [*SMOKE, "seed=0"]
    assert make_plan(compose(own), CELL, own).id == plan.id


def test_tables_say_what_the_scores_say(logged: Offline, run: Run) -> None:
    for part in PARTS:
        table, matrix = logged.table(f"confusion/{part}_table"), confusion(run.scores(part))
        assert table["columns"] == ["Actual", "Predicted", "nPredictions"]
        numbers = {(truth, answer): number for truth, answer, number in table["data"]}
        wanted = {(a, b): matrix[i, j] for i, a in enumerate(run.target.names) for j, b in enumerate(run.target.names)}
        assert numbers == wanted
    table = logged.table("per_output")
    assert table["columns"] == ["part", "output", "precision", "recall", "f1", "support", "answered"]
    rows = {(part, name): rest for part, name, *rest in table["data"]}
    assert set(rows) == {(part, name) for part in PARTS for name in run.target.names}
    assert sum(rows["test", name][3] for name in run.target.names) == len(run.scores("test"))


def test_machine_and_places_stay_here(logged: Offline, results: Path) -> None:
    said = json.dumps(logged.config)
    assert str(results) not in said
    assert not re.search(r'"/\w', said)
    (file,) = logged.folder.glob("*.wandb")
    assert socket.gethostname().encode() not in re.findall(rb"[\w.-]+", file.read_bytes())
    assert not (logged.folder / "files" / "wandb-metadata.json").exists()


def test_faces_are_shown_where_they_are_asked_for(logged: Offline) -> None:
    assert len(list((logged.folder / "files" / "media" / "images").glob("mistakes*.png"))) == 2
    (captions,) = [row["mistakes.captions"] for row in logged.history if "mistakes.captions" in row]
    assert all(re.fullmatch(r"\w+ as \w+, 0\.\d\d", caption) for caption in captions)


def test_faces_that_may_not_be_published_are_refused() -> None:
    classes, labels = make_target("classes", ["a"]), make_target("labels", ["a"])
    check_faces(0, False, Fer2013.title, labels)
    with pytest.raises(ConfigError, match=r"faces=3: the faces of FER.* may not be published"):
        check_faces(3, False, Fer2013.title, classes)
    with pytest.raises(ConfigError, match="whole number"):
        check_faces(-1, True, "any", classes)
    with pytest.raises(ConfigError, match="labels have no mistakes"):
        check_faces(3, True, "any", labels)


def test_what_is_sent_later_is_what_was_logged(logged: Offline, plan: Plan, run: Run, tmp_path: Path) -> None:
    send(run, compose(["logger=wandb"])["logger"], tmp_path)
    (sent,) = of(tmp_path, plan)
    for name in ("id", "name", "group", "project", "tags", "exit_code"):
        assert getattr(sent, name) == getattr(logged, name)
    assert len(sent.epochs()) == len(logged.epochs()) == run.epochs
    for found, row in zip(sent.epochs(), logged.epochs(), strict=True):
        assert found == pytest.approx(row, abs=1e-6)
    of_wandb = ("_wandb", "visualize")
    configs = [{k: v for k, v in one.config.items() if not k.startswith(of_wandb)} for one in (sent, logged)]
    assert configs[0] == configs[1]
    told = {key: value for key, value in logged.summary.items() if key.startswith(("selected/", "leak", "seconds"))}
    assert told.items() <= sent.summary.items()
    for name in ("per_output", "confusion/val_table", "confusion/test_table"):
        assert sent.table(name)["data"] == logged.table(name)["data"]


def test_a_finished_run_is_not_logged_again(logged: Offline, results: Path, plan: Plan) -> None:
    before = len(read_offline(results))
    assert ensure(plan) == "kept"
    assert len(read_offline(results)) == before


def test_a_failed_run_is_marked_and_goes_on_under_its_id(
    results: Path, logged: Offline, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = planned(results, "seed=1", "test_scores=final")

    def fail(*_: object) -> None:
        raise StoreError("no space")

    with monkeypatch.context() as patch:
        patch.setattr("fer_lab.engine.train.record", fail)
        with pytest.raises(StoreError, match="no space"):
            ensure(other)
    (failed,) = of(results, other)
    assert (failed.exit_code, len(failed.epochs())) == (1, 2)
    assert ensure(other) == "done"
    first, second = of(results, other, files=2)
    assert (first.exit_code, second.exit_code) == (1, 0)
    assert second.epochs() == first.epochs()  # an offline file is whole by itself: what was trained before is in it
    assert other.id != logged.id
    assert not list(second.folder.rglob("*.png"))  # faces were not asked for
    check_final(second, read_run(other.entry.folder))


def check_final(found: Offline, run: Run) -> None:
    """The test part was opened once: it has a result and no curve."""
    assert not any(key.startswith("test/") for row in found.epochs() for key in row)
    wanted = float(OVERALL["accuracy"](confusion(run.scores("test"))))
    assert found.summary["selected/test/accuracy"] == pytest.approx(wanted)


def test_a_killed_run_goes_on_under_its_id(root: Path, results: Path, logged: Offline) -> None:
    killed = planned(results, "seed=2", "epochs=4")
    command = [sys.executable, "run.py", *SMOKE, "epochs=4", "seed=2", "logger=wandb", f"paths.results={results}"]
    alone = {name: value for name, value in os.environ.items() if name != "WANDB_SERVICE"}  # of this test's process
    process = subprocess.Popen(command, cwd=root, env=alone, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE
    while not killed.entry.checkpoint.is_file():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.002)
    family = psutil.Process(process.pid).children(recursive=True)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not psutil.wait_procs(family, timeout=10)[1]  # W&B's own process neither
    assert not killed.entry.is_finished()
    assert ensure(killed) == "done"
    _, second = of(results, killed, files=2)
    assert second.exit_code == 0
    assert [row["epoch"] for row in second.epochs()] == [0, 1, 2, 3]


def test_every_run_of_a_sweep_is_a_run_there(results: Path, logged: Offline) -> None:
    plans = [planned(results, f"seed={seed}", "epochs=1") for seed in (0, 1)]
    assert [ensure(plan) for plan in plans] == ["done", "done"]  # one after the other, as a sweep's jobs in a process
    found = [of(results, plan)[0] for plan in plans]
    assert [one.exit_code for one in found] == [0, 0]
    assert [one.config["seed"] for one in found] == [0, 1]
    assert len({one.folder for one in found} | {logged.folder}) == 3


def test_the_end_of_a_sweep_says_how_to_send_it(root: Path, results: Path, logged: Offline) -> None:
    command = [sys.executable, "run.py", *SMOKE, "seed=0", "logger=wandb", f"paths.results={results}"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1].endswith(f"wandb sync {results / 'wandb'}/offline-run-*")


def test_nobody_was_asked_anything(asked: list[str], logged: Offline) -> None:
    assert asked == []


def test_the_dashboard_reads_what_is_logged(logged: Offline) -> None:
    made = workspace("me", "fer_lab", {"source": "embedded", "profile": "smoke", "protocol": "clean"})
    text = made._to_model().model_dump_json(by_alias=True, exclude_none=True)
    summary = set(re.findall(r'"(?:summary_metrics\.|summary:)([^"]+)"', text))
    curves = {name for names in re.findall(r'"metrics":\["([^".]+)"\]', text) for name in names.split('","')}
    config = set(re.findall(r'"config:([^".]+)\.value"|"groupBy":"([^".]+)\.value"', text))
    assert len(summary) > len(METRICS)
    assert summary <= set(logged.summary)
    assert {"train/loss", "val/accuracy", "test/uar"} <= curves <= set(logged.epochs()[0])
    assert {name for pair in config for name in pair if name} == {"cell", "seed"} <= set(logged.config)
    assert {"confusion/val_table", "confusion/test_table"} == set(re.findall(r'"value":"([^"]+_table)"', text))


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, "offline"),
        ({"WANDB_API_KEY": ""}, "offline"),
        ({"WANDB_API_KEY": "k"}, "online"),
        ({"WANDB_API_KEY": "k", "WANDB_MODE": "offline"}, "offline"),
        ({"WANDB_MODE": "disabled"}, "disabled"),
    ],
)
def test_offline_unless_a_key_is_set(environment: dict[str, str], wanted: str) -> None:
    assert mode(environment) == wanted


def test_places_are_left_out_however_deep_they_lie() -> None:
    paths = {"results": "results", "vgg": "data/vgg.pth"}
    config = {
        "paths": paths,
        "logger": {"project": "p"},
        "model": {"backbones": [{"weights": "data/vgg.pth"}]},
        "a": "/x",
    }
    assert without_places(config) == {"model": {"backbones": [{"weights": "(a path)"}]}, "a": "(a path)"}
