"""With a key: what goes to the server, for which one of this machine stands in."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.wandb_server import StandIn

LOG = """
import sys
from pathlib import Path
from fer_lab.engine.logger import EpochLogger
about = {"id": "abc", "name": "one/cell", "group": "one", "tags": ["twin"], "config": {"seed": 0}}
logger = EpochLogger("fer_lab", Path(sys.argv[1]), **about)
for epoch in range(logger.experiment.starting_step, 4):
    logger.log_metrics({"epoch": epoch, "val/accuracy": epoch / 10})
logger.experiment.finish(exit_code=int(sys.argv[2]))
"""


@pytest.fixture
def server() -> Iterator[StandIn]:
    with StandIn() as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


def log(root: Path, server: StandIn, folder: Path, exit_code: int) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
    kept |= {"WANDB_BASE_URL": server.address, "WANDB_API_KEY": "0" * 40}
    command = [sys.executable, "-c", LOG, str(folder), str(exit_code)]
    return subprocess.run(command, cwd=root, env=kept, capture_output=True, text=True, check=False)


def history(server: StandIn) -> list[dict[str, Any]]:
    files = [sent["files"] for sent in server.streamed if "files" in sent]
    lines = [line for sent in files for line in sent.get("wandb-history.jsonl", {}).get("content", [])]
    return [json.loads(line) for line in lines]


def test_a_failed_run_goes_to_the_server_without_host_and_paths(root: Path, server: StandIn, tmp_path: Path) -> None:
    done = log(root, server, tmp_path, 1)
    assert done.returncode == 0, done.stderr
    first = server.asked_for("UpsertBucket")[0]
    assert (first["name"], first["displayName"], first["groupName"], first["tags"]) == (
        "abc",
        "one/cell",
        "one",
        ["twin"],
    )
    assert not first["host"]
    assert not re.search(r'"/\w', json.dumps(first))
    assert [row["val/accuracy"] for row in history(server)] == [0, 0.1, 0.2, 0.3]
    assert server.streamed[-1]["exitcode"] == 1


def test_a_resumed_run_sends_the_epochs_that_the_server_lacks(root: Path, server: StandIn, tmp_path: Path) -> None:
    last = json.dumps({"_step": 1, "_runtime": 3, "epoch": 1})
    counts = {"historyLineCount": 2, "eventsLineCount": 0, "logLineCount": 0}
    tails = {"historyTail": json.dumps([last]), "eventsTail": "[]", "summaryMetrics": last}
    server.known = {"id": "1", "name": "abc", **counts, **tails, "config": "{}", "tags": [], "wandbConfig": '{"t":1}'}
    done = log(root, server, tmp_path, 0)
    assert done.returncode == 0, done.stderr
    assert [row["epoch"] for row in history(server)] == [2, 3]
    assert server.streamed[-1]["exitcode"] == 0
