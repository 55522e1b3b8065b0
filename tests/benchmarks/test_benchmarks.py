"""The benchmarks work: each is rehearsed in miniature; what they write says whether a goal is reached."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


def script(name: str) -> ModuleType:
    return importlib.import_module(name)


def test_all_of_them_are_run_and_shown() -> None:
    names, page = script("run_all").BENCHMARKS, (ROOT / "docs" / "benchmarks.md").read_text()
    scripts = (ROOT / "benchmarks").glob("*.py")
    measuring = {path.stem for path in scripts if "main(measure, __file__" in path.read_text()}
    assert set(names) == measuring
    assert [name for name in names if f"(`{name}`)" not in page] == []
    with pytest.raises(SystemExit, match="no benchmark loder"):
        script("run_all").chosen("loader,loder")


@pytest.mark.long
@pytest.mark.parametrize("name", ["loader", "training_step", "run_cost", "faces", "predict"])  # the others take minutes
def test_a_benchmark_is_rehearsed(name: str) -> None:
    found = script(name).measure(True)
    assert found.figures
    for figure in found.figures:
        written = figure.written()
        assert 0 < written["lowest"] <= written["median"] <= written["highest"]


@pytest.mark.parametrize(
    ("wanted", "goal", "reached"), [("at least", 2, True), ("at least", 2.1, False), ("at most", 1.9, False)]
)
def test_a_figure_says_whether_its_goal_is_reached(wanted: str, goal: float, reached: bool) -> None:
    written = script("measuring").Figure("x", [3.0, 1.0, 2.0], goal, wanted, "s").written()
    assert (written["median"], written["lowest"], written["highest"], written["repeats"]) == (2, 1, 3, 3)
    assert written["reached"] is reached


def test_turns_are_taken_and_the_first_does_not_count() -> None:
    calls: list[str] = []

    def action(name: str) -> float:
        calls.append(name)
        return float(len(calls))

    found = script("measuring").in_turns(2, one=lambda: action("one"), two=lambda: action("two"))
    assert calls == ["one", "two"] * 3
    assert found == {"one": [3, 5], "two": [4, 6]}


def test_a_command_that_fails_is_an_error() -> None:
    with pytest.raises(SystemExit, match="no such cell"):
        script("measuring").command(["-c", "raise SystemExit('no such cell')"])


def test_a_quick_run_keeps_no_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measuring = script("measuring")
    monkeypatch.setattr(measuring, "RESULTS", tmp_path)
    found = measuring.Found("made up", [measuring.Figure("x", [0.123456], 0.1)])
    for words in (["--quick"], []):
        monkeypatch.setattr("sys.argv", ["one.py", *words])
        assert list(tmp_path.glob("*")) == []
        measuring.main(lambda quick: found, "one.py", "One.")
    written = json.loads((tmp_path / "one.json").read_text())
    assert written["figures"][0]["median"] == 0.1235
    assert {"cpu", "cores", "commit"} <= set(written["machine"])
