"""A folder of results with a table of a twin and one of real data that may not be shown, and the runs of both."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Callable
from contextlib import chdir
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from fer_lab.crates.tables import NEEDED
from fer_lab.crates.write import write_crate
from fer_lab.storage import write_json
from tests.evaluation.kinds import make_scores
from tests.ledgers import write_run

TWIN, REAL = "sase_hidden/cnn_frontal", "fer2013_single/base"
EXTRA = ("rocrate", "mlcroissant", "rocrate_validator")
HERE = ["paths.results=results"]
"""The same words in each test: what they compose is composed once."""
SECRET = "Training/angry/000.png"
DIGEST = r"[0-9a-f]{20}"


def write_table(folder: Path, cell: str, source: str, seeds: str = "0", **more: str) -> Path:
    """A rendered table of one value."""
    folder.mkdir(parents=True)
    line = dict.fromkeys(NEEDED, "") | {"row": "a", "column": "Test Accuracy", "thesis": folder.parent.name}
    line |= {"table": folder.name, "source": source, "profile": "smoke", "protocol": "clean", "cell": cell}
    line |= {"printed": "0.5", "mean": "0.4", "seeds": seeds, "verdict": "not measured", "minus": "", **more}
    with (folder / "table.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(line), lineterminator="\n")
        writer.writeheader()
        writer.writerow(line)
    (folder / "table.md").write_text(f"| a | 0.4 |\n\nwithout a late face: {SECRET}\n")
    return folder


def write_split_run(results: Path, cell: str, source: str, dataset: str, **more: Any) -> str:
    """A finished run with the manifest of its split; its id."""
    test = make_scores("classes", items=24, people=3)
    test["video"] = test["video"].replace("v000", SECRET) if source == "real" else test["video"]
    others = [test.assign(part=part, video=part[0] + test["video"], subject=part) for part in ("train", "val")]
    scores = pd.concat([*others, test], ignore_index=True)
    ids = {part: sorted({*own["video"]}) for part, own in scores.groupby("part")}
    id = f"{cell.replace('/', '.')}-{source}"
    (results / "runs" / id).mkdir(parents=True)
    write_json(results / "runs" / id / "split.json", {
        "ids": ids, "dropped": {"x1": "a copy"}, "protocol": "clean", "seed": 0, "leaked": [], "leak_share": 0.0,
        "inherited": 0, "copies_checked": True, "notes": [],
        "subjects": {"train": ["train"], "val": ["val"], "test": ["s00"]},
    })  # fmt: skip
    config = f"seed: 0\npaths: {{data: {results}}}\nmodel: {{weights: {results}/w.pth, width: 1}}\n"
    facts = {"videos_without_late_face": [SECRET]} if source == "real" else {}
    write_run(results, "classes", [scores], cell=cell, source=source, dataset=dataset, column="c", id=id,
              config=config, facts=facts, **more)  # fmt: skip
    return id


def need_extra() -> None:
    """Skip where the extra is not installed; not in CI, which installs it."""
    if missing := [name for name in EXTRA if find_spec(name) is None]:
        assert "CI" not in os.environ, f"the extra crate is not installed: {', '.join(missing)}"
        pytest.skip("the extra crate is not installed")


@pytest.fixture(scope="session", autouse=True)
def extra() -> None:
    """All tests here write crates, or check them."""
    need_extra()


@pytest.fixture(scope="session")
def pattern(extra: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder, and beside it the crate that is written of it."""
    folder = tmp_path_factory.mktemp("pattern") / "results"
    write_table(folder / "tables" / "garcia_zapata_2018" / "7.8", TWIN, "embedded")
    write_table(folder / "tables" / "moravcik_2021" / "6.1", REAL, "real")
    write_split_run(folder, TWIN, "embedded", "sase_fe")
    write_split_run(folder, REAL, "real", "fer2013")
    with chdir(folder.parent):
        write_crate(folder.parent / "crate", (), HERE)
    return folder


@pytest.fixture
def results(pattern: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the folder, in the working folder."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(pattern, tmp_path / "results"))


@pytest.fixture
def crate(pattern: Path, tmp_path: Path) -> Path:
    """A copy of the crate."""
    return Path(shutil.copytree(pattern.parent / "crate", tmp_path / "crate"))


@pytest.fixture(scope="session")
def read_text() -> Callable[[Path], str]:
    """All files of a folder as one text, names included."""

    def read(folder: Path) -> str:
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return "\n".join(f"{path.relative_to(folder)}\n{path.read_text()}" for path in files)

    return read
