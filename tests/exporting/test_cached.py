"""The file of a run is made once, whoever asks meanwhile, and whole whenever somebody is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from fer_lab.cli.models import model_file
from fer_lab.cli.serve import files_of
from fer_lab.errors import ConfigError, DataError, StoreError
from fer_lab.exporting.cached import exported
from fer_lab.inference.model import Model
from fer_lab.ledger import Run
from fer_lab.processes import is_alive

pytestmark = pytest.mark.slow

ASK = "import sys; from pathlib import Path; from fer_lab.ledger import read_run; " \
      "from fer_lab.exporting.cached import exported; exported(read_run(Path(sys.argv[1]))); " \
      "assert 'torch' not in sys.modules"  # fmt: skip


@pytest.fixture
def place(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FER_LAB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def files(place: Path) -> list[str]:
    return sorted(path.name for path in (place / "exports").glob("*.onnx"))


def test_a_kill_leaves_nothing_half_and_no_process_and_several_who_ask_get_one_file(run: Run, place: Path) -> None:
    asking = subprocess.Popen([sys.executable, "-c", ASK, str(run.folder)])
    while not (children := psutil.Process(asking.pid).children()):
        time.sleep(0.05)
    os.kill(asking.pid, signal.SIGKILL)
    asking.wait()
    psutil.wait_procs(children, timeout=60)
    assert not any(is_alive(child) for child in children)
    told: list[str] = []
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: exported(run, told.append), range(2)))
    assert found[0] == found[1]
    assert files(place) == [found[0].name]
    assert told == [f"exporting run {run.id} of {run.cell}, once"]
    assert Model(found[0]).contract.run["id"] == run.id
    subprocess.run([sys.executable, "-c", ASK, str(run.folder)], check=True)
    assert model_file(run.id, overrides=[f"paths.results={run.folder.parent.parent}"]) == found[0]


def test_a_run_that_cannot_be_exported_says_why(run: Run, place: Path, tmp_path: Path) -> None:
    damaged = replace(run, folder=tmp_path / "nowhere")
    with pytest.raises(StoreError, match=rf"run {run.id} of {run.cell} could not be exported: .*nowhere"):
        exported(damaged)
    assert files(place) == []


def test_what_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no file .*missing\.onnx"):
        model_file(str(tmp_path / "missing.onnx"))
    with pytest.raises(ConfigError, match="0 finished runs 'abc'"):
        model_file("abc", overrides=[f"paths.results={tmp_path}"])
    with pytest.raises(ConfigError, match=r"https://example\.org/a\.onnx is an address"):
        model_file("https://example.org/a.onnx")


def test_what_says_which_run_is_refused_where_a_file_is_named(tmp_path: Path) -> None:
    there, results = tmp_path / "there.onnx", f"paths.results={tmp_path}"
    there.write_bytes(b"")
    for word in ("source=real", "profile=laptop", results, "bla=3"):
        with pytest.raises(ConfigError, match=rf"(?s)^{word} with .*leave {word} out"):
            model_file(str(there), overrides=[word])
        with pytest.raises(ConfigError, match=rf"^{word} with "):
            files_of([str(there)], None, [word])
    with pytest.raises(ConfigError, match=r"^--seed 0 with "):
        model_file(str(there), 0)
    assert model_file(str(there)) == there
    with pytest.raises(ConfigError, match="0 finished runs 'abc'"):  # of several models the words are of the runs
        files_of([str(there), "abc"], 0, [results])
    assert files_of([str(there)], None, []) == {"there": str(there)}
