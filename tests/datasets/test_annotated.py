from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_lab import media
from fer_lab.annotation.comparison import STEP, Compared
from fer_lab.annotation.items import find_items
from fer_lab.annotation.table import COLUMNS, table
from fer_lab.datasets import TwinScale, affect_table, make_twin, signature
from fer_lab.datasets.affect_table import NO_NUMBER, NO_TIME, NOTHING, TWICE
from fer_lab.datasets.annotated import Annotated
from fer_lab.datasets.annotated_twin import GOLD_TABLE, TABLE
from fer_lab.datasets.annotated_videos import LAGS, VIDEOS, videos_of
from fer_lab.errors import ConfigError, DataError
from tests.datasets.contract import DataSetContract

SCALE = TwinScale(subjects=3, frames_per_window=5, window=(0.0, 1.0), size=64, stills=30)
HEADER = "path,time,valence,arousal,annotator"
Write = Callable[..., Path]


@pytest.fixture(scope="session")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_twin(Annotated(), SCALE, 1)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A folder with the pictures a.png and b.png and the video v.mp4 (4 frames, 10 a second), and a table of rows."""

    def make(*rows: str, header: str = HEADER) -> Path:
        images = [np.full((32, 32, 3), 40 * shade, np.uint8) for shade in range(4)]
        for name in ("a.png", "b.png"):
            media.write_image(tmp_path / name, images[1])
        media.write_video(tmp_path / "v.mp4", [0.0, 0.1, 0.2, 0.3], images, 10)
        (tmp_path / TABLE).parent.mkdir()
        (tmp_path / TABLE).write_text("\n".join([header, *rows]) + "\n")
        return tmp_path

    return make


def known(root: Path, dataset: Annotated, *faces: tuple[str, float]) -> list[list[float]]:
    """Valence and arousal of faces, by path and time."""
    frames = pd.DataFrame([(path, round(10 * time), time) for path, time in faces], columns=["id", "frame", "time"])
    return dataset.face_targets(root, dataset.index(root), frames, "affect").to_numpy().tolist()


class TestAnnotated(DataSetContract):
    @pytest.fixture(scope="class")
    @classmethod
    def dataset(cls) -> Annotated:
        return Annotated()

    @pytest.fixture(scope="class")
    @classmethod
    def root(cls, twin: Path) -> Path:
        return twin


def test_several_annotators_are_their_mean_and_counted(write: Write) -> None:
    root = write("a.png,,0.5,0.1,anna", "a.png,,-0.1,,berta", "b.png,,0.2,0.3,anna")
    index = Annotated().index(root).set_index("id")
    assert index["annotators"].to_dict() == {"a.png": 2, "b.png": 1}
    assert known(root, Annotated(), ("b.png", 0.0), ("a.png", 0.0)) == [[0.2, 0.3], [pytest.approx(0.2), 0.1]]
    assert [row["id"] for row in index.attrs["skipped"]] == ["v.mp4"]


def test_frames_of_videos_have_the_nearest_row_in_time(write: Write) -> None:
    root = write("v.mp4,0.0,0.1,0.2,anna", "v.mp4,0.0,0.3,0.2,berta", "v.mp4,0.19,0.5,NaN,anna", "v.mp4,9,1,1,anna")
    found = known(root, Annotated(), ("v.mp4", 0.2), ("v.mp4", 0.0))
    assert found == [[0.5, pytest.approx(np.nan, nan_ok=True)], [0.2, 0.2]]
    reasons = {row["id"]: row["reason"] for row in Annotated().index(root).attrs["skipped"]}
    assert "1 of its rows are beyond its end" in reasons["v.mp4"]


def test_a_video_longer_than_its_trace_is_known_as_far_as_the_trace_goes(write: Write) -> None:
    root = write("v.mp4,0.0,0.1,0.2,anna", "v.mp4,0.1,0.3,0.4,anna")
    found = known(root, Annotated(), ("v.mp4", 0.1), ("v.mp4", 0.3))
    assert found == [[0.3, 0.4], pytest.approx([np.nan, np.nan], nan_ok=True)]
    assert Annotated().index(root)["id"].tolist() == ["v.mp4"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("b.png,,1.01,0,anna", "outside the scale, -1 to 1"),
        ("b.png,,0,-inf,anna", "outside the scale"),
        ("b.png,,,NaN,anna", NOTHING),
        ("b.png,,happy,0,anna", NO_NUMBER),
        ("v.mp4,,0,0,anna", NO_TIME),
        ("v.mp4,-1,0,0,anna", NO_TIME),
        ("gone.png,,0,0,anna", "not there"),
    ],
)
def test_what_cannot_be_used_is_named_by_its_line(write: Write, row: str, reason: str) -> None:
    root = write("a.png,,0.5,0.1,anna", row)
    index = Annotated().index(root)
    assert index["id"].tolist() == ["a.png"]
    entries = [entry for entry in index.attrs["skipped"] if reason in entry["reason"]]
    place = "gone.png" if reason == "not there" else f"{TABLE}, line 3: {row.split(',')[0]}"
    assert [entry["id"] for entry in entries] == [place]


def test_of_two_answers_under_one_name_neither_counts(write: Write) -> None:
    root = write("a.png,,0.5,0.1,anna", "a.png,,0.1,0.1,anna", "a.png,,0.3,0.3,berta")
    index = Annotated().index(root)
    assert index["annotators"].tolist() == [1]
    assert known(root, Annotated(), ("a.png", 0.0)) == [[0.3, 0.3]]
    assert [row["reason"] for row in index.attrs["skipped"]].count(TWICE) == 2


def test_another_scale_is_a_fact_of_the_data(write: Write) -> None:
    root = write("a.png,7,4", header="path,valence,arousal")
    with pytest.raises(DataError, match="outside the scale, -1 to 1"):
        Annotated().index(root)
    dataset = Annotated(low=1, high=9)
    assert known(root, dataset, ("a.png", 0.0)) == [[7, 4]]
    assert dataset.targets["affect"].scale == (1, 9)
    with pytest.raises(ConfigError, match=r"data\.dataset\.low"):
        Annotated(low=1, high=1)


def test_a_table_without_arousal_and_a_folder_without_a_table_are_refused(write: Write, tmp_path: Path) -> None:
    root = write("a.png,0.5", header="path,valence")
    with pytest.raises(DataError, match="no column 'arousal'"):
        Annotated().index(root)
    with pytest.raises(DataError, match=r"there is no annotations/gold\.csv"):
        Annotated(labels="annotations/gold.csv").index(root)


def test_other_answers_are_other_data_and_need_no_new_faces(twin: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(twin, tmp_path / "annotated"))
    rows = (copy / TABLE).read_text().splitlines()
    (copy / TABLE).write_text("\n".join([rows[0], *rows[2:]]) + "\n")
    one, other = Annotated().index(twin), Annotated().index(copy)
    assert signature(twin, one) != signature(copy, other)
    assert signature(twin, one.drop(columns=["known", "annotators"])) == signature(
        copy, other.drop(columns=["known", "annotators"])
    )


def test_the_twin_is_what_the_export_writes_with_noise(twin: Path) -> None:
    said = affect_table.read(twin, TABLE, Annotated().affect)
    assert not said.attrs["skipped"]
    assert (twin / TABLE).read_text().splitlines()[0].split(",") == list(COLUMNS)
    assert set(said["annotator"]) == set(LAGS)
    spread = said[said["path"].str.endswith(".jpg")].groupby("path")["valence"].std().dropna()
    assert 0.03 < spread.mean() < 0.2
    assert said["valence"].std() > 0.2
    exported = table(find_items(twin), list(LAGS))
    assert exported.to_csv(index=False, lineterminator="\n", float_format="%.4f") == (twin / TABLE).read_text()
    index = Annotated(shows="pictures").index(twin)
    assert set(index["subject"]) == {"person_0001", "person_0002"}


def test_the_lag_of_each_annotator_of_the_twin_is_found_again(twin: Path) -> None:
    late = Compared(find_items(twin), list(LAGS)).late
    drawn = np.array(list(LAGS.values()))
    for dimension, found in late.items():
        assert found == pytest.approx(drawn - drawn.mean(), abs=STEP), dimension


def test_pictures_and_videos_are_read_apart_or_together(twin: Path) -> None:
    both, pictures, videos = (Annotated(shows=shows).index(twin) for shows in ("all", "pictures", "videos"))
    assert sorted([*pictures["id"], *videos["id"]]) == sorted(both["id"])
    assert (len(videos), set(videos["kind"]), set(pictures["kind"])) == (3, {"video"}, {"image"})
    assert set(videos["subject"]) == {"person_0100", "person_0101", "person_0102"}
    assert not pictures.attrs["skipped"]
    with pytest.raises(ConfigError, match=r"data\.dataset\.shows"):
        Annotated(shows="sounds")


def test_frames_of_the_twins_videos_have_values_of_their_time_the_gold_ones_without_what_differs_in_lag(
    twin: Path,
) -> None:
    mean, gold = Annotated(shows="videos"), Annotated(labels=GOLD_TABLE, shows="videos")
    index = mean.index(twin)
    times = media_times(twin, "videos/000.mp4")
    said = affect_table.read(twin, TABLE, mean.affect)
    own = said[said["path"] == "videos/000.mp4"].groupby("time")["valence"].mean()
    faces = [("videos/000.mp4", time) for time in times]
    assert [row[0] for row in known(twin, mean, *faces)] == pytest.approx(own.to_numpy())
    corrected = [row[0] for row in known(twin, gold, *faces)]
    assert np.isfinite(corrected[:-1]).all()
    assert corrected[:-1] != pytest.approx(own.to_numpy()[:-1], abs=0.005)
    assert list(gold.index(twin)["id"]) == list(index["id"])


def media_times(root: Path, path: str) -> list[float]:
    return [frame.time for frame in media.frames(root, path, "video")]


def test_the_twin_is_the_same_bytes_again(twin: Path, tmp_path: Path) -> None:
    Annotated().write_twin(tmp_path, SCALE)
    for name in (TABLE, GOLD_TABLE, "annotations/anna.jsonl", "people.csv", "videos/002.mp4"):
        assert (tmp_path / name).read_bytes() == (twin / name).read_bytes(), name
    assert videos_of(replace(SCALE, subjects=None)) == VIDEOS


def test_what_annotate_exports_is_read_as_it_is(write: Write) -> None:
    root = write()
    lines = '{{"take": "t{0}", "path": "{1}", "values": {{"valence": {2}, "arousal": {2}}}, "at": 0}}\n'
    said = [lines.format(0, "a.png", "[[0, 0.5]]"), lines.format(1, "v.mp4", "[[0, 0.1], [0.4, 0.1]]")]
    (root / "annotations" / "anna.jsonl").write_text("".join(said))
    table(find_items(root), ["anna"]).to_csv(root / TABLE, index=False)
    index = Annotated().index(root)
    assert index["id"].tolist() == ["a.png", "v.mp4"]
    assert known(root, Annotated(), ("a.png", 0.0), ("v.mp4", 0.2)) == [[0.5, 0.5], [pytest.approx(0.1)] * 2]
