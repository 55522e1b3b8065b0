"""A file system whose locks do not hold is found out before anything trains.

It is stood in for by ``flock`` itself, which grants every lock, to this process and, by a ``sitecustomize``, to its
children; or, as where locks hold on one machine only, to a job and not to its sweep.
"""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from fer_lab.engine.liveness import announced
from fer_lab.engine.locks import HELD, check_held, tried_locks
from fer_lab.errors import StoreError
from fer_lab.storage import make_folder

ROOT = Path(__file__).parents[2]
GRANTS_ALL = "import fcntl\nfcntl.flock = lambda file, how: None\n"
JOB = """
import sys
from pathlib import Path
from fer_lab.engine.locks import check_held
check_held(Path(sys.argv[1]))
"""


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "sweeps" / "now")


@pytest.fixture
def grants_all(tmp_path: Path) -> dict[str, str]:
    """The environment of a process for which every lock is granted."""
    (make_folder(tmp_path / "site") / "sitecustomize.py").write_text(GRANTS_ALL)
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path / "site"), str(ROOT)])}


def test_locks_that_hold_are_held_while_the_sweep_runs_and_leave_nothing(sweep: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    with tried_locks(sweep, [cache]), tried_locks(make_folder(tmp_path / "sweeps" / "other"), [cache]):
        assert (sweep / HELD).exists()
    assert not list(cache.iterdir())
    assert not list(sweep.iterdir())


def test_locks_that_all_are_granted_are_refused(
    sweep: Path, tmp_path: Path, grants_all: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", grants_all["PYTHONPATH"])
    monkeypatch.setattr(fcntl, "flock", lambda file, how: None)
    told = f"locks do not work in {sweep}: two processes hold the same one"
    with pytest.raises(StoreError, match=told), tried_locks(sweep, [tmp_path / "cache"]):
        pass


@pytest.mark.filterwarnings("ignore:flock not supported")
@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOLCK, errno.EAGAIN])
def test_where_there_are_no_locks_the_sweep_is_refused(
    sweep: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def flock(file: int, how: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", flock)
    monkeypatch.setattr("fer_lab.engine.locks.WAIT", 0.2)
    with pytest.raises(StoreError, match="locks do not work in"), tried_locks(sweep):
        pass


def test_a_job_that_can_take_the_lock_of_its_sweep_is_refused(sweep: Path, grants_all: dict[str, str]) -> None:
    """As on a machine whose locks are its own."""
    with tried_locks(sweep), announced(sweep):
        check_held(sweep)  # the sweep itself has nothing to try
        words = [sys.executable, "-c", JOB, str(sweep)]
        holds = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
        both = subprocess.run(words, cwd=ROOT, env=grants_all, capture_output=True, text=True, check=False)
    assert holds.returncode == 0, holds.stderr
    assert "two processes hold the same one" in both.stderr


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_a_folder_that_cannot_be_written_says_so_and_nothing_of_locks(
    number: int, sweep: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(lock: FileLock) -> None:
        raise OSError(number, os.strerror(number), lock.lock_file)

    monkeypatch.setattr(FileLock, "acquire", refuse)
    said = rf"cannot write {sweep}: .*\n.*a folder that can be written"
    with pytest.raises(StoreError, match=said) as told, tried_locks(sweep, [tmp_path / "cache"]):
        pass
    assert "mount" not in str(told.value)
