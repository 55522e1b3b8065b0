"""`fer-lab leaks`, called as a user calls it, on a small FER2013 with known copies."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_lab.cli import main


def row(emotion: int, part: str, picture: int, changed: bool = False) -> tuple[int, str, str]:
    """A picture by its number (-1: a constant one), as a row of the CSV; ``changed`` in one pixel."""
    pixels = np.random.default_rng(max(picture, 0)).integers(0, 250, (8, 8)).repeat(6, 0).repeat(6, 1).ravel()
    pixels = pixels + changed * (np.arange(48 * 48) == 5) if picture >= 0 else np.full(48 * 48, 7)
    return emotion, " ".join(map(str, pixels)), part


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    rows = [row(emotion, "Training", emotion) for emotion in range(7)]
    rows += [row(0, "PublicTest", 0), row(3, "PublicTest", 1), row(4, "PrivateTest", 2, changed=True)]
    rows += [row(5, "PrivateTest", 9), row(6, "PublicTest", -1)]
    pd.DataFrame(rows, columns=["emotion", "pixels", "Usage"]).to_csv(tmp_path / "fer2013.csv", index=False)
    return tmp_path


def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setattr("sys.argv", ["fer-lab", "leaks", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0), capsys.readouterr().out


def test_copies_conflicts_and_constant_images_are_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], copy: Path
) -> None:
    status, output = call(monkeypatch, capsys, "fer2013", f"paths.fer2013={copy}")
    exact, near = output.split("near copies", 1)
    assert status == 0
    assert "12 images, 2 PrivateTest, 3 PublicTest, 7 Training" in exact
    assert re.search(r"PublicTest, Training\W+2\W+2\W+2\b", exact)
    assert re.search(r"PrivateTest, Training\W+0\W+0\W+0\b", exact)
    assert re.search(r"PrivateTest, Training\W+1\W+1\W+1\b", near)
    assert "exact copies under different labels: 2 images in 1 groups" in near
    assert "PublicTest/happiness/00000008, Training/disgust/00000001" in near
    assert "constant images: 1 (1 PublicTest)" in near
    assert "no people are named" in near


def test_videos_are_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for subject in range(2):
        (tmp_path / f"{subject}.png").write_bytes(b"")
    pd.DataFrame({"path": ["0.png", "1.png"], "label": ["fear", "happiness"]}).to_csv(tmp_path / "labels.csv")
    status, output = call(monkeypatch, capsys, "folder", f"paths.folder={tmp_path}")
    assert status == 2
    assert "fer2013, ck_plus" in output


def test_a_folder_without_the_data_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, output = call(monkeypatch, capsys, "fer2013", f"paths.fer2013={tmp_path}")
    assert status == 2
    assert "none of its forms is in" in output
