"""`fer-lab dashboard`, with a server of this machine in the place of Weights & Biases."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fer_lab.cli.dashboard import dashboard
from fer_lab.errors import ConfigError
from fer_lab.report.workspace import workspace
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
def call(root: Path, server: StandIn) -> Call:
    """A function: call ``fer-lab dashboard`` with these words, in a process that knows no key but the one given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
    kept |= {"WANDB_BASE_URL": f"http://127.0.0.1:{server.server_port}", "WANDB_ERROR_REPORTING": "false"}

    def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "fer_lab.cli", "dashboard", *words]
        own = kept | environment
        return subprocess.run(command, cwd=root, env=own, capture_output=True, text=True, check=False)

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
