"""`fer-lab dashboard`, with a server of this machine in the place of Weights & Biases."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pandas as pd
import pytest
from omegaconf import OmegaConf

from fer_lab.cli.dashboard import dashboard
from fer_lab.configs import compose
from fer_lab.errors import ConfigError
from fer_lab.report.workspace import workspace
from tests.engine.offline_file import read_offline
from tests.evaluation.kinds import make_scores
from tests.ledgers import write_run
from tests.wandb_server import StandIn

KEY = "0" * 40
STAMP = {"source": "embedded", "profile": "smoke", "protocol": "clean"}
Call = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def server() -> Iterator[StandIn]:
    with StandIn() as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


@pytest.fixture
def call(root: Path, tmp_path: Path, server: StandIn) -> Call:
    """A function: call ``fer-lab dashboard`` with these words, or another command, with no key but the one given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
    kept["PYTHONPATH"] = str(root)
    kept |= {"WANDB_BASE_URL": f"http://127.0.0.1:{server.server_port}", "WANDB_ERROR_REPORTING": "false"}

    def run(*words: str, command: Sequence[str] = (), **environment: str) -> subprocess.CompletedProcess[str]:
        command = command or [sys.executable, "-m", "fer_lab.cli", "dashboard", *words]
        own = kept | environment
        return subprocess.run(command, cwd=tmp_path, env=own, capture_output=True, text=True, check=False)

    return run


def test_without_a_key_it_says_what_it_would_create(call: Call, server: StandIn) -> None:
    done = call("logger.project=mine", "profile=smoke")
    assert done.returncode == 0, done.stderr
    for section in workspace("", "mine", STAMP).sections:
        assert section.name in done.stdout
    assert "BarPlot: UAR, test" in done.stdout
    assert "nothing is sent without WANDB_API_KEY" in done.stdout
    assert "source embedded · profile smoke · protocol clean" in done.stdout
    assert "'mine'" in done.stdout
    assert server.asked == []


def test_with_a_key_the_view_is_stored(call: Call, server: StandIn) -> None:
    done = call(WANDB_API_KEY=KEY)
    assert done.returncode == 0, done.stdout + done.stderr
    (view,) = server.asked_for("upsertView")
    assert (view["entityName"], view["projectName"]) == ("me", "fer_lab")
    sections = json.loads(view["spec"])["section"]["panelBankConfig"]["sections"]
    made = workspace("me", "fer_lab", STAMP)
    assert [section["name"] for section in sections] == [section.name for section in made.sections]
    assert [len(section["panels"]) for section in sections] == [len(section.panels) for section in made.sections]
    assert "/me/fer_lab?nw=abc" in done.stdout


def test_without_a_key_that_is_said_first(call: Call, server: StandIn) -> None:
    first = call("profile=smoke").stdout.splitlines()[0]
    assert first.startswith("nothing is sent without WANDB_API_KEY: get a key at ")
    done = call("profil=smoke")
    assert done.stdout.startswith("nothing is sent without")
    assert done.returncode == 2


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """A ledger with a run of two epochs, as an older version has left it: its history has no loss of validation."""
    part = make_scores("classes")
    scores = pd.concat([part.assign(part="val"), part])
    config = OmegaConf.to_yaml(OmegaConf.create(compose(["cell=fer2013_final/final", "profile=smoke"])))
    run = write_run(tmp_path, "classes", [scores, scores], cell="fer2013_final/final", id="abc", config=config)
    (run.folder / "history.csv").write_text("epoch,step,train/loss,val/accuracy\n0,1,1.9,0.4\n1,2,1.8,0.5\n")
    return tmp_path


def test_finished_runs_are_sent_from_the_ledger_and_twice_is_once(call: Call, server: StandIn, ledger: Path) -> None:
    words = ("--send", "profile=smoke", f"paths.results={ledger}")
    done = call(*words, WANDB_API_KEY=KEY)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [row for row in server.history() if "epoch" in row]
    assert [(row["epoch"], row["train/loss"]) for row in rows] == [(0, 1.9), (1, 1.8)]
    assert {"val/loss", "val/accuracy", "test/uar"} <= set(rows[0])
    assert server.asked_for("UpsertBucket")[0]["displayName"] == "fer2013_final/final"
    server.remember(server.history()[-1], epochs=3)  # the last row has the tables
    done = call(*words, WANDB_API_KEY=KEY)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [row for row in server.history() if "epoch" in row] == rows
    assert {asked["name"] for asked in server.asked_for("UpsertBucket") if asked.get("name")} == {"abc"}


def test_sending_needs_a_key_or_says_how_to_do_without(call: Call, server: StandIn, ledger: Path) -> None:
    words = ("--send", "profile=smoke", f"paths.results={ledger}")
    refused = call(*words)
    assert refused.returncode == 2
    assert "nothing can be sent without WANDB_API_KEY" in refused.stdout
    done = call(*words, WANDB_MODE="offline")
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = read_offline(ledger)
    assert (found.id, found.exit_code, [row["epoch"] for row in found.epochs()]) == ("abc", 0, [0, 1])
    assert found.config["seed"] == 0
    assert found.summary["selected/epoch"] == 1
    assert found.table("confusion/val_table")["columns"] == ["Actual", "Predicted", "nPredictions"]
    assert server.asked == []
    command = f"wandb sync{done.stdout.strip().splitlines()[-1].partition('wandb sync')[2]}"
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    synced = call(command=["sh", "-c", command], WANDB_API_KEY=KEY, PATH=path)
    assert synced.returncode == 0, synced.stdout + synced.stderr
    assert [row["epoch"] for row in server.history() if "epoch" in row] == [0, 1]


def test_a_key_that_is_not_taken_is_said(call: Call, server: StandIn) -> None:
    server.status = 401
    done = call("logger.entity=team", WANDB_API_KEY=KEY)
    assert done.returncode == 2
    assert "error: Weights & Biases:" in done.stdout
    assert "check WANDB_API_KEY" in done.stdout
    assert "Traceback" not in done.stderr


def test_without_its_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "fer_lab.report.workspace")
    monkeypatch.setitem(sys.modules, "wandb_workspaces.workspaces", None)
    with pytest.raises(ConfigError, match=r"extra `dashboards`\n.*pip install wandb-workspaces"):
        dashboard()


def test_only_runs_of_one_source_profile_and_protocol_are_shown() -> None:
    filters = json.loads(workspace("me", "p", STAMP)._to_model().spec.model_dump_json(by_alias=True))
    (run_set,) = filters["section"]["runSets"]
    found = {item["key"]["name"]: item["value"] for item in run_set["filters"]["filters"]}
    assert found == STAMP
