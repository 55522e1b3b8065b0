"""The benchmarks of size, at a size that takes seconds: they run, and their figures are of what they say."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch):
    """A function: a benchmark as a module."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")

    def module(name: str) -> ModuleType:
        return importlib.import_module(name)

    return module


def run(benchmark: ModuleType, out: Path, *words: str) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["benchmark", *words, "--out", str(out)])
        benchmark.main()
    found: dict[str, Any] = json.loads(out.read_text())
    assert set(found["machine"]) >= {"cpu", "cores"}
    assert "host" not in json.dumps(found)
    return found


def test_faces(load, tmp_path: Path) -> None:
    found = run(load("scale_faces"), tmp_path / "faces.json", "--frames", "30", "--twins")
    (noise,) = found["noise"]
    assert noise["frames"] == 30
    assert noise["store_gb"] == round(30 * 64 * 64 * 3 / 1e9, 3)
    assert noise["memory_gb"] > 0.01


def test_index(load, tmp_path: Path) -> None:
    found = load("scale_index")
    (tmp_path / "copy").mkdir()
    found.write_copy(tmp_path / "copy", 3000)
    took = found.steps(tmp_path / "copy")
    assert took["rows"] == 3000
    assert 1000 < took["filtered"] < 2000
    assert set(took["seconds"]) == {"read", "sign_first", "sign_again", "filter", "split", "check_split"}


def test_ledger(load, tmp_path: Path) -> None:
    """The made-up ledger is one that the commands take for whole."""
    from fer_lab.ledger import read_stamps, scored_runs

    cells = ["sase_hidden/cnn_frontal", "sase_hidden/geometry"]
    load("scale_ledger").write_ledger(tmp_path, cells, 14)
    scored, excluded = scored_runs(tmp_path / "runs")
    assert (len(scored), excluded) == (14, [])
    assert all(0 < one.value < 1 for one in scored)
    for one in scored:
        one.run.check()
    (found,) = read_stamps(tmp_path / "runs").values()
    assert sorted(found.runs) == [(cell, seed) for cell in cells for seed in range(3)]  # the cells as they stand
    assert len(found.excluded) == 8


def test_the_page_shows_what_was_measured(load) -> None:
    page = (ROOT / "docs" / "scaling.md").read_text()
    assert "\n".join(load("scale_page").lines()) in page


@pytest.mark.parametrize("hours", [10, 1_000, 100_000])
def test_the_page_reckons_with_what_was_measured(hours: int) -> None:
    page = (ROOT / "docs" / "scaling.md").read_text()
    gpu = json.loads((ROOT / "results" / "benchmarks" / "gpu_fer2013.json").read_text())
    runs = hours * 3600 * gpu["ten_runs_side_by_side"]["images_per_s_together"] / (60 * 28_006)
    assert f"| {hours:,} | {float(f'{runs:.2g}'):,.0f} |" in page
