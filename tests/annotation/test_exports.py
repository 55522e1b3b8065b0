"""What was said comes out as tables: of frames, for Label Studio, compared, and as a gold trace."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_lab.annotation import FOLDER, Mark, Store, find_items
from fer_lab.annotation.comparison import Compared
from fer_lab.annotation.table import sampled, table, unfinished
from fer_lab.cli import main
from fer_lab.datasets.generated import Generated
from fer_lab.evaluation.agreement import ccc, icc
from tests.media.clips import Clip, Kind, write

Call = Callable[..., tuple[int, str]]
TRUTH = np.linspace(-0.8, 0.8, 20)


def picture(number: int, valence: float, arousal: float) -> Mark:
    return Mark(f"p-{number}", f"faces/{number:02d}.png", {"valence": ((0.0, valence),), "arousal": ((0.0, arousal),)})


def trace(path: str, dimension: str, points: list[tuple[float, float]]) -> Mark:
    return Mark(f"t-{dimension}", path, {dimension: tuple(points)})


def course(late: float, seconds: float, every: float = 0.05) -> list[tuple[float, float]]:
    """A course of 0.7 at its strongest, seen late."""
    times = np.arange(0, seconds + 1e-9, every)
    return [(round(float(t), 3), round(0.7 * float(np.exp(-(((t - late) - 0.4 * seconds) ** 2))), 4)) for t in times]


@pytest.fixture
def annotated(folder: Path) -> Path:
    """Three annotators of 20 pictures, who shift the same truth; two of them of a video of 8 s, 0.8 s apart."""
    write(folder / "long.mp4", Kind("mp4", "mp4", "libx264"), Clip(ticks=range(200)))
    for name, shift, late in (("anna", 0.0, 0.0), ("ben", 0.1, 0.8), ("cleo", -0.1, None)):
        with Store(folder, name) as store:
            for number, value in enumerate(TRUTH):
                store.add(picture(number, float(value) + shift, -float(value)))
            if late is not None:
                store.add(trace("long.mp4", "valence", course(late, 8.0)))
                store.add(trace("long.mp4", "arousal", course(late, 8.0)[:61]))
    return folder


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """A function: call ``fer-lab annotate`` with these words; exit status and output."""

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["fer-lab", "annotate", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), capsys.readouterr().out

    return run


def test_a_trace_between_its_points_and_none_across_a_gap() -> None:
    points = ((0.0, 0.0), (0.4, 0.4), (1.0, 1.0), (1.2, 0.0))
    found = sampled(points, np.array([0.0, 0.1, 0.4, 0.7, 1.0, 1.1, 1.3]))
    assert found == pytest.approx([0, 0.1, 0.4, np.nan, 1, 0.5, np.nan], nan_ok=True)
    assert sampled(((0.5, 0.3),), np.array([0.0, 0.5])) == pytest.approx([np.nan, 0.3], nan_ok=True)
    assert np.isnan(sampled((), np.zeros(2))).all()


def test_the_csv_has_a_row_a_picture_and_a_row_a_frame_of_each_annotator(annotated: Path, call: Call) -> None:
    status, output = call(str(annotated), "--export", "csv")
    assert status == 0
    rows = pd.read_csv(annotated / FOLDER / "annotations.csv")
    assert list(rows) == ["path", "time", "valence", "arousal", "annotator"]
    pictures = rows[rows["time"].isna()]
    assert len(pictures) == 60
    assert pictures[pictures["annotator"] == "ben"]["valence"].to_numpy() == pytest.approx(TRUTH + 0.1, abs=1e-4)
    frames = rows[(rows["path"] == "long.mp4") & (rows["annotator"] == "ben")]
    assert frames["time"].to_numpy() == pytest.approx(np.arange(200) / 25, abs=1e-4)
    expected = np.interp(frames["time"], *np.array(course(0.8, 8.0)).T)
    assert frames["valence"].to_numpy() == pytest.approx(expected, abs=1e-4)
    assert frames["arousal"].notna().sum() == 76  # until 3 s
    assert "not whole: 2" in output
    assert "long.mp4: anna: the trace of arousal covers 3.0 of 8.0 s" in output


def test_only_one_annotator_is_exported_if_asked_for(annotated: Path, call: Call) -> None:
    assert call(str(annotated), "--export", "csv", "--as", "Cleo")[0] == 0
    assert set(pd.read_csv(annotated / FOLDER / "annotations.csv")["annotator"]) == {"cleo"}
    status, output = call(str(annotated), "--export", "csv", "--as", "nobody")
    assert (status, "nothing is annotated in" in output) == (2, True)


def test_what_was_said_of_a_file_that_is_gone_is_named(annotated: Path) -> None:
    (annotated / "faces" / "00.png").unlink()
    items = find_items(annotated)
    assert ("faces/00.png", "ben has annotated it, and it is not there") in unfinished(items, ["ben"])
    assert "faces/00.png" not in set(table(items, ["ben"])["path"])


def test_label_studio_gets_numbers_of_pictures_and_a_series_of_a_video(annotated: Path, call: Call) -> None:
    assert call(str(annotated), "--export", "label-studio")[0] == 0
    tasks = json.loads((annotated / FOLDER / "label_studio.json").read_text())
    images = [task for task in tasks if "image" in task["data"]]
    videos = [task for task in tasks if "video" in task["data"]]
    assert (len(images), len(videos)) == (20, 2)
    assert [one["created_username"] for one in images[0]["annotations"]] == ["anna", "ben", "cleo"]
    assert images[0]["annotations"][1]["result"][0] == {
        "from_name": "valence", "to_name": "image", "type": "number", "value": {"number": -0.7}
    }  # fmt: skip
    series = videos[0]["data"]["trace"]
    assert len(series["time"]) == len(series["valence"]) == len(series["arousal"]) == 200
    assert series["arousal"][-1] is None


def test_annotators_are_compared_and_their_lags_taken_back(annotated: Path, call: Call) -> None:
    status, output = call(str(annotated), "--agreement")
    assert status == 0
    ratings = np.stack([TRUTH, TRUTH + 0.1, TRUTH - 0.1], axis=1)
    assert f"{icc(ratings):.3f}" in output
    assert np.mean([ccc(TRUTH, TRUTH + 0.1), ccc(TRUTH, TRUTH - 0.1), ccc(TRUTH, TRUTH + 0.2)]) == pytest.approx(
        next(one.ccc for one in Compared(find_items(annotated), ["anna", "ben", "cleo"]).agreements()), abs=1e-9
    )
    for words in ("anna -0.40", "ben +0.40", "cleo not known not known"):
        assert words in " ".join(output.split())
    gold = pd.read_csv(annotated / FOLDER / "gold.csv")
    assert set(gold["annotator"]) == {"gold"}
    assert gold[gold["time"].isna()]["valence"].to_numpy() == pytest.approx(TRUTH, abs=1e-4)
    known = gold[gold["path"] == "long.mp4"].dropna()
    expected = np.interp(known["time"], *np.array(course(0.4, 8.0)).T)
    assert known["valence"].to_numpy() == pytest.approx(expected, abs=0.02)


def test_lags_that_are_taken_back_make_videos_agree(annotated: Path) -> None:
    found = {(one.of, one.dimension): one for one in Compared(find_items(annotated), ["anna", "ben"]).agreements()}
    before, after = found["videos", "valence"], found["videos, lags taken back", "valence"]
    assert before.n == 201
    assert before.ccc < 0.9 < 0.99 < after.ccc
    assert before.icc < 0.9 < 0.99 < after.icc


def test_the_gold_trace_of_videos_is_read_as_a_data_set(annotated: Path) -> None:
    items = find_items(annotated)
    rows = Compared(items, ["anna", "ben"]).gold()
    videos = rows[rows["path"] == "long.mp4"]
    shutil.rmtree(annotated / "faces")
    (annotated / "happy.mp4").unlink()
    videos.to_csv(annotated / "labels.csv", index=False)
    index = Generated().index(annotated)
    assert list(index["path"]) == ["long.mp4"]
    frames = pd.DataFrame({"id": "long.mp4", "frame": range(200), "time": np.arange(200) / 25})
    known = Generated().face_targets(annotated, index, frames, "affect")
    assert known is not None
    read = known["y0"].dropna()
    assert len(read) > 180
    assert read.max() == pytest.approx(0.7, abs=0.01)


def test_one_annotator_agrees_with_nobody(folder: Path, call: Call) -> None:
    status, output = call(str(folder), "--agreement")
    assert (status, "nothing is annotated in" in output) == (2, True)
    with Store(folder, "anna") as store:
        store.add(picture(0, 0.5, 0.5))
    status, output = call(str(folder), "--agreement")
    assert (status, "only anna has annotated" in output) == (2, True)
