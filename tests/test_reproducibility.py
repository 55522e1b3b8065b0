"""docs/reproducibility.md shows what results/benchmarks/reproducibility.json holds."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path


def test_the_page_shows_the_committed_measurement(root: Path) -> None:
    spec = importlib.util.spec_from_file_location("reproducibility", root / "benchmarks" / "reproducibility.py")
    assert spec
    assert spec.loader
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    result = json.loads((root / "results" / "benchmarks" / "reproducibility.json").read_text())
    shown = (
        (root / "docs" / "reproducibility.md").read_text().split("<!-- measured -->\n")[1].split("\n<!-- end -->")[0]
    )
    assert shown == benchmark.tables(result)
