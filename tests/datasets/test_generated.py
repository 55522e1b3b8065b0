from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_lab.datasets import TwinScale, frame_labels, make_twin, signature, truth_path
from fer_lab.datasets.generated import AFFECT, LABELS, PRESENT, UNITS, Generated, circumplex
from fer_lab.errors import DataError
from fer_lab.evaluation.targets import Values
from fer_lab.generator import Truth
from fer_lab.generator.action_units import au_indices
from tests.datasets.contract import DataSetContract

SCALE = TwinScale(subjects=2, frames_per_window=6, window=(0.0, 1.0), size=64)


@pytest.fixture(scope="session")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_twin(Generated(), SCALE, 1)


@pytest.fixture
def copy_of_twin(twin: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(twin, tmp_path / "generated"))


def all_frames(root: Path, index: pd.DataFrame) -> pd.DataFrame:
    """Every frame of every video, as a face store lists them."""
    counts = {name: len(Truth.load(truth_path(root, name.removesuffix(".mp4")))) for name in index["id"]}
    rows = [(name, frame, 0.0) for name, count in counts.items() for frame in range(count)]
    return pd.DataFrame(rows, columns=["id", "frame", "time"])


class TestGenerated(DataSetContract):
    @pytest.fixture(scope="class")
    @classmethod
    def dataset(cls) -> Generated:
        return Generated()

    @pytest.fixture(scope="class")
    @classmethod
    def root(cls, twin: Path) -> Path:
        return twin


def test_labels_are_what_the_generator_did(twin: Path) -> None:
    dataset = Generated()
    index = dataset.index(twin)
    frames = all_frames(twin, index)
    known = dataset.face_targets(twin, index, frames, "action_units")
    assert known is not None
    truth = np.concatenate([Truth.load(truth_path(twin, id[:-4])).action_units for id in index["id"]])
    active = np.stack([truth[:, list(au_indices(unit))].max(axis=1) >= PRESENT for unit in UNITS], axis=1)
    told = known.to_numpy()
    assert 0.05 < np.isnan(told).mean() < 0.15
    assert np.array_equal(told[~np.isnan(told)].astype(bool), active[~np.isnan(told)])
    assert active.any(axis=0).sum() > 9


def test_affect_goes_from_the_origin_to_the_place_of_the_emotion(twin: Path) -> None:
    dataset = Generated()
    index = dataset.index(twin)
    frames = all_frames(twin, index)
    known = dataset.face_targets(twin, index, frames, "affect")
    assert known is not None
    emotion = frames["id"].map(index.set_index("id")["emotion"])
    length = np.hypot(known["y0"], known["y1"])
    assert length.max() <= 1 + 1e-6
    assert (length[emotion == "neutral"] == 0).all()
    assert length[(frames["frame"] == 0) & (emotion != "neutral")].max() < 0.3
    for name in ("happiness", "sadness"):
        strongest = known.loc[length[emotion == name].idxmax()].to_numpy()
        assert strongest / np.linalg.norm(strongest) == pytest.approx(circumplex(name), abs=0.01)
    assert circumplex("happiness")[0] > 0.9 > 0 > circumplex("sadness")[0]


def test_other_labels_are_other_data(copy_of_twin: Path) -> None:
    dataset = Generated()
    before = signature(copy_of_twin, dataset.index(copy_of_twin))
    table = pd.read_csv(copy_of_twin / LABELS)
    table.loc[0, "valence"] = 0.5
    table.to_csv(copy_of_twin / LABELS, index=False)
    assert signature(copy_of_twin, dataset.index(copy_of_twin)) != before


def test_rows_may_have_times_and_no_emotion(copy_of_twin: Path) -> None:
    dataset, path = Generated(), "subject_001/happiness.mp4"
    rows = [(path, 0.0, 0.1, 0.2), (path, 0.5, 0.3, 0.4)]
    pd.DataFrame(rows, columns=["path", "time", *AFFECT]).to_csv(copy_of_twin / LABELS, index=False)
    index = dataset.index(copy_of_twin)
    assert index["id"].tolist() == [path]
    assert len(index.attrs["skipped"]) == 13
    frames = pd.DataFrame({"id": path, "frame": range(4), "time": [0.55, 0.04, 0.25, 0.0]})
    found = dataset.face_targets(copy_of_twin, index, frames, "affect")
    assert found is not None
    assert found["y0"].tolist() == pytest.approx([0.3, 0.1, np.nan, 0.1], nan_ok=True)
    with pytest.raises(DataError, match="no column 'AU1'"):
        dataset.face_targets(copy_of_twin, index, frames, "action_units")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("path,frame,valence,arousal\na.mp4,0,2.5,0", r"line 2: valence .*2\.5"),
        ("path,frame,valence,arousal\na.mp4,0,0,0\na.mp4,1,0,much", "line 3: arousal 'much'"),
        ("path,frame,valence,arousal\na.mp4,0,0,0\na.mp4,0,0,0", "line 3: a.mp4, frame 0 stands in two rows"),
        ("path,time,valence,arousal\na.mp4,0.5,0,0\n\na.mp4,0.5,0,0", r"line 4: a.mp4, time 0\.5 stands in two"),
        ("path,frame,valence,arousal,valence\na.mp4,0,0,0,0", "line 1: the column 'valence' stands twice"),
        ("path,frame,valence,arousal\na.mp4,0,0,\na.mp4,1,0,", "line 1: the column 'arousal' is empty"),
        ("path,frame,valence,arousal\na.mp4,-1,0,0", "line 2: frame -1"),
        ("path,frame,valence,arousal\na.mp4,half,0,0", "line 2: frame 'half'"),
        ("path,valence,arousal\na.mp4,0,0", "'time'"),
        ("video,frame\na.mp4,0", "'path'"),
    ],
)
def test_what_a_labels_file_must_not_say_is_named(tmp_path: Path, rows: str, message: str) -> None:
    (tmp_path / LABELS).write_text(rows + "\n")
    frames = pd.DataFrame({"frame": [0], "time": [0.0]})
    with pytest.raises(DataError, match=message) as caught:
        frame_labels.of_frames(tmp_path / LABELS, Values(AFFECT), pd.Series(["a.mp4"]), frames)
    assert LABELS in caught.value.what
    assert "np." not in str(caught.value)


@pytest.mark.parametrize(("column", "end"), [("frame", r"\d+ frames"), ("time", r"\d\.\d\d s")])
def test_rows_beyond_the_end_of_a_video_are_counted(copy_of_twin: Path, column: str, end: str) -> None:
    path = "subject_001/happiness.mp4"
    rows = [(path, 0, 0.1, 0.2), (path, 400, 0.3, 0.4), (path, 401, 0.3, 0.4)]
    pd.DataFrame(rows, columns=["path", column, *AFFECT]).to_csv(copy_of_twin / LABELS, index=False)
    index = Generated().index(copy_of_twin)
    (reason,) = [row["reason"] for row in index.attrs["skipped"] if row["id"] == path]
    file = re.escape(str(copy_of_twin / LABELS))
    assert re.fullmatch(rf"2 of its rows are beyond its end \({end}\), the first in {file}, line 3", reason)


def test_a_video_with_two_emotions_is_named(copy_of_twin: Path) -> None:
    table = pd.read_csv(copy_of_twin / LABELS)
    table.loc[0, "emotion"] = "fear"
    table.to_csv(copy_of_twin / LABELS, index=False)
    with pytest.raises(DataError, match=r"labels\.csv, line 3: subject_001/anger\.mp4 has emotion fear, anger"):
        Generated().index(copy_of_twin)
