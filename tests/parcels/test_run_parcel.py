"""The one command of a parcel: an environment of its own, by checksum, then the code that was packed."""

from __future__ import annotations

import ast
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from functools import partial
from pathlib import Path

import pytest

from fer_lab.parcels import run_parcel

SCRIPT = Path(run_parcel.__file__)
TINY = {
    "fer_lab/__init__.py": "",
    "fer_lab/cli.py": "import sys; print('called with', sys.argv[1:])",
    "fer_lab-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: fer_lab\nVersion: 1\n",
    "fer_lab-1.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "fer_lab-1.dist-info/RECORD": "",
}


@pytest.fixture
def parcel(tmp_path: Path) -> Path:
    """The folder of a parcel whose code is tiny and needs nothing."""
    shutil.copy(SCRIPT, tmp_path)
    (tmp_path / "requirements.lock").write_text("# nothing\n")
    (tmp_path / "code").mkdir()
    with zipfile.ZipFile(tmp_path / "code" / "fer_lab-1-py3-none-any.whl", "w") as archive:
        for name, text in TINY.items():
            archive.writestr(name, text)
    return tmp_path


def call(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    root = str(Path(__file__).parents[2])  # where other code of this name lies
    command = [sys.executable, str(folder / "run_parcel.py"), "--data", "/data", *words]
    return subprocess.run(
        command,
        cwd=root,
        env=os.environ | {"PIP_NO_INDEX": "1", "PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_needs_the_standard_library_alone() -> None:
    tree = ast.walk(ast.parse(SCRIPT.read_text()))
    names = {node.module or "" for node in tree if isinstance(node, ast.ImportFrom)}
    assert names <= {"__future__", "collections.abc", "pathlib"}


def test_it_sets_the_environment_up_once_and_hands_on_all_words(parcel: Path) -> None:
    first = call(parcel, "threads=2")
    assert first.returncode == 0, first.stderr
    assert "3/3 installing the code of the parcel" in first.stdout
    words = ["run-parcel", str(parcel), "--data", "/data", "--work", str(parcel / "work"), "--holder", "", "threads=2"]
    assert f"called with {words}" in first.stdout
    second = call(parcel)
    assert second.stdout.splitlines() == [f"called with {words[:-1]}"]


def test_packages_that_cannot_be_had_end_it_with_a_line(parcel: Path) -> None:
    (parcel / "requirements.lock").write_text(f"no-such-package==1 --hash=sha256:{'0' * 64}\n")
    done = call(parcel)
    assert done.returncode == 1
    assert "The packages could not be installed" in done.stderr
    assert "called with" not in done.stdout
    assert not (parcel / "environment" / run_parcel.READY).exists()


def test_an_environment_that_cannot_be_made_ends_it_with_words(parcel: Path) -> None:
    (parcel / "environment").touch()
    done = call(parcel)
    assert done.returncode == 1
    assert "The environment could not be made" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_interrupt_ends_it_with_a_line(parcel: Path) -> None:
    (parcel / "fer_lab").mkdir()
    (parcel / "fer_lab" / "__init__.py").touch()
    (parcel / "fer_lab" / "cli.py").write_text(
        "import time\ntry:\n    print('called', flush=True)\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    pass\n"
    )
    command = [sys.executable, str(parcel / "run_parcel.py"), "--installed", "--data", "/data"]
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # the tests may run where a shell has it ignored
    started = subprocess.Popen(
        command,
        env=os.environ | {"PYTHONPATH": str(parcel)},
        preexec_fn=heard,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "called\n"
    os.killpg(started.pid, signal.SIGINT)
    assert started.communicate()[1] == "Interrupted. Called again, it goes on.\n"
    assert started.returncode == 1
