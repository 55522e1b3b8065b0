"""``fer-lab doctor`` on complete, incomplete and wrong copies of the data sets of Athanasiadis 2022."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fer_lab import media
from fer_lab.cli import main
from fer_lab.datasets import DataSet, TwinScale, make_twin
from fer_lab.datasets.ck_plus import CkPlus
from fer_lab.datasets.ised import Ised
from fer_lab.datasets.mmi import Mmi
from fer_lab.datasets.mug import Mug

SCALE = TwinScale(subjects=2, frames_per_window=4, window=(0.5, 0.8), size=64, stills=1)
Doctor = Callable[[DataSet, Path], tuple[int, str]]


@pytest.fixture
def doctor(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Doctor:
    """A function: exit status and output of the doctor for a copy; CK+ as the archive."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(dataset: DataSet, copy: Path) -> tuple[int, str]:
        layout = ["data.dataset.layout=archive"] if dataset.name == "ck_plus" else []
        words = [
            "fer-lab",
            "doctor",
            dataset.name,
            "--data",
            str(copy),
            f"paths.results={tmp_path / 'results'}",
            *layout,
        ]
        monkeypatch.setattr("sys.argv", words)
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), capsys.readouterr().out

    return run


@pytest.mark.parametrize("dataset", [Mug(), Mmi(), Ised()], ids=lambda dataset: dataset.name)
def test_whole_incomplete_and_wrong_copies(
    dataset: DataSet, doctor: Doctor, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_twin(dataset, SCALE)
    published = len(dataset.index(root))
    status, output = doctor(dataset, root)
    assert (status, f"2 of {dataset.published['subjects']} subjects" in output.splitlines()[-1]) == (1, True)
    monkeypatch.setattr(type(dataset), "published", {"videos": published, "subjects": 2})
    status, output = doctor(dataset, root)
    assert (status, output.splitlines()[-1]) == (0, "ready")
    (tmp_path / "wrong").mkdir()
    status, output = doctor(dataset, tmp_path / "wrong")
    assert status == 1
    assert all(line.strip() in output for line in dataset.tree.strip().splitlines())


def test_frames_of_ck_plus_in_colour_are_counted_and_named(doctor: Doctor, tmp_path: Path, cache: Path) -> None:
    dataset, copy = CkPlus("archive"), tmp_path / "copy"
    shutil.copytree(make_twin(dataset, SCALE), copy)
    row = dataset.index(copy).iloc[0]
    frame = sorted((copy / row["path"]).iterdir())[0]
    media.write_image(frame, media.image(frame.read_bytes(), frame.name) // np.array([1, 2, 3], np.uint8))
    assert dataset.remarks(copy, dataset.index(copy)) == [{"id": row["id"], "remark": "in colour: 1 frame"}]
    output = doctor(dataset, copy)[1]
    assert "used, and worth knowing: 1" in output
    assert row["id"] in output
