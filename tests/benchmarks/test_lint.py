"""The measure of lint counts as it says, at the commit that is asked for."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from fer_lab.linting import RULES

ROOT = Path(__file__).parents[2]
TRUTHS = ROOT / "benchmarks" / "linted.yaml"
BAD = "best_acc = 0\nfor epoch in range(9):\n    if test_acc > best_acc:\n        best_acc = test_acc\n"


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("measure_lint", ROOT / "benchmarks" / "lint.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


MEASURE = script()


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    return subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def cloned(tmp_path: Path) -> tuple[Path, str]:
    """A folder of clones with one repository, and its first commit; the faults are gone in the second."""
    folder = tmp_path / "somebody" / "faces"
    folder.mkdir(parents=True)
    git(folder, "init", "-q")
    for name in ("train.py", "other.py"):
        (folder / name).write_text(BAD)
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "bad")
    first = git(folder, "rev-parse", "HEAD")
    git(folder, "rm", "-q", "train.py", "other.py")
    git(folder, "commit", "-qm", "good")
    return tmp_path, first


def entry(commit: str, **more: object) -> dict[str, Any]:
    truths = [
        {"rule": "chosen-on-test", "file": "train.py", "lines": [3, 4]},
        {"rule": "chosen-on-test", "file": "gone.py", "lines": [3, 4]},
    ]
    return {"repository": "somebody/faces", "commit": commit, "set": "held-out", "truths": truths, **more}


def test_found_missed_and_wrong_are_told_apart_at_the_commit(cloned: tuple[Path, str]) -> None:
    rows = MEASURE.measured(cloned[0], [entry(cloned[1])])
    assert [(one.rule, one.found, one.missed, one.wrong) for one in rows] == [
        ("chosen-on-test", ["train.py:3"], ["gone.py:3"], ["other.py:3"])
    ]
    assert MEASURE.rates(rows) == "1 | 1 | 1 | 0.500 | 0.500"
    assert MEASURE.rates([]) == "0 | 0 | 0 | - | -"


def test_a_part_of_a_repository_can_be_asked_for(cloned: tuple[Path, str]) -> None:
    rows = MEASURE.measured(cloned[0], [entry(cloned[1], only="train")])
    assert [one.wrong for one in rows] == [[]]


def test_a_repository_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="somebody/faces"):
        MEASURE.measured(tmp_path, [entry("0" * 40)])


def test_the_truths_are_whole_and_the_page_has_them_all() -> None:
    entries, page = yaml.safe_load(TRUTHS.read_text()), (ROOT / "docs" / "lint.md").read_text()
    assert len({one["repository"] for one in entries}) == len(entries) >= 12
    assert sum(one["set"] == "held-out" for one in entries) >= 4
    for one in entries:
        assert f"{one['repository']}@{one['commit'][:7]}" in page
        for truth in one["truths"]:
            assert truth["rule"] in RULES
            assert MEASURE.told(truth) in page
