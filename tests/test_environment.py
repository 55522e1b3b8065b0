from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from fer_lab import environment
from fer_lab.environment import describe_machine


def test_what_is_not_installed_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name == "av":
            raise PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(environment, "version", version)
    versions = describe_machine()["versions"]
    assert versions == {name: "1.0" for name in environment.PACKAGES if name != "av"}


def test_it_names_what_computed_and_nobody() -> None:
    said = describe_machine("A GPU")
    assert said["gpu"] == "A GPU"
    assert describe_machine()["gpu"] is None
    assert set(said) == {
        "cpu", "instructions", "limits", "gpu", "cores", "memory_gb", "system", "python", "versions", "commit",
    }  # fmt: skip


def test_limits_to_the_instructions_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)  # set where this is tested on a virtual machine
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    assert describe_machine()["limits"] == {"ONEDNN_MAX_CPU_ISA": "AVX2"}


def test_the_commit_and_whether_files_differ_from_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*words: str) -> str:
        who = ["-c", "user.name=n", "-c", "user.email=e"]
        return subprocess.run(
            ["git", *who, *words], cwd=tmp_path, check=True, capture_output=True, text=True
        ).stdout.strip()

    def commit() -> object:
        environment._commit.cache_clear()
        return describe_machine()["commit"]

    monkeypatch.setattr(environment, "CHECKOUT", tmp_path)
    assert commit() is None  # no repository
    (tmp_path / "file").write_text("a")
    git("init", "-q")
    git("add", "file")
    git("commit", "-q", "-m", "m")
    revision = git("rev-parse", "HEAD")
    assert commit() == {"revision": revision, "dirty": False}
    (tmp_path / "file").write_text("b")
    assert commit() == {"revision": revision, "dirty": True}
    monkeypatch.setattr(environment, "CHECKOUT", None)
    assert commit() is None  # an installed package: its version is among the versions
    environment._commit.cache_clear()


@pytest.mark.parametrize(("said", "expected"), [({}, "PASSIVE"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE")])
def test_threads_that_wait_sleep_unless_somebody_says_otherwise(said: dict[str, str], expected: str) -> None:
    code = "import fer_lab, os; print(os.environ['OMP_WAIT_POLICY'])"
    unset = {key: value for key, value in os.environ.items() if key != "OMP_WAIT_POLICY"}
    done = subprocess.run([sys.executable, "-c", code], env=unset | said, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == expected
