"""With a key: what goes to the server, for which one of this machine stands in."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import wandb

from fer_lab.engine.wandb_logger import EpochLogger
from tests.wandb_server import StandIn


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandIn]:
    with StandIn() as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        for name in [name for name in os.environ if name.startswith("WANDB_")]:
            monkeypatch.delenv(name)
        settings = {
            "BASE_URL": made.address,
            "API_KEY": "0" * 40,
            "ERROR_REPORTING": "false",
            "DATA_DIR": str(tmp_path),
        }
        for name, value in settings.items():
            monkeypatch.setenv(f"WANDB_{name}", value)
        wandb.teardown()  # settings that another test has left
        yield made
        wandb.teardown()
        made.shutdown()


def log(folder: Path, exit_code: int) -> None:
    """Log the epochs 0 to 3 of a run, as far as the server lacks them."""
    about = {"id": "abc", "name": "one/cell", "group": "one", "tags": ["twin"], "config": {"seed": 0}}
    logger = EpochLogger("fer_lab", folder, **about)
    for epoch in range(logger.experiment.starting_step, 4):
        logger.log_metrics({"epoch": epoch, "val/accuracy": epoch / 10})
    logger.experiment.finish(exit_code=exit_code)


def test_a_failed_run_goes_to_the_server_without_host_and_paths(server: StandIn, tmp_path: Path) -> None:
    log(tmp_path, 1)
    first = server.asked_for("UpsertBucket")[0]
    assert (first["name"], first["displayName"], first["groupName"], first["tags"]) == (
        "abc",
        "one/cell",
        "one",
        ["twin"],
    )
    assert not first["host"]
    assert not re.search(r'"/\w', json.dumps(first))
    assert [row["val/accuracy"] for row in server.history()] == [0, 0.1, 0.2, 0.3]
    assert server.streamed[-1]["exitcode"] == 1


def test_a_resumed_run_sends_the_epochs_that_the_server_lacks(server: StandIn, tmp_path: Path) -> None:
    server.remember({"_step": 1, "epoch": 1}, epochs=2)
    log(tmp_path, 0)
    assert [row["epoch"] for row in server.history()] == [2, 3]
    assert server.streamed[-1]["exitcode"] == 0
