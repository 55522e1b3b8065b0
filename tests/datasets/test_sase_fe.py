from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_lab import media
from fer_lab.datasets import TwinScale, truth_path
from fer_lab.datasets.sase_fe import SaseFe
from fer_lab.errors import ConfigError, DataError
from fer_lab.generator import Truth
from tests.datasets.contract import DataSetContract


def timeline(root: Path, path: str) -> media.Timeline:
    seen: list[media.Timeline] = []

    def look(line: media.Timeline) -> list[int]:
        seen.append(line)
        return []

    assert list(media.frames(root, path, "video", look)) == []
    return seen[0]


class TestSaseFe(DataSetContract):
    @pytest.fixture(scope="class")
    @classmethod
    def dataset(cls) -> SaseFe:
        return SaseFe()

    @pytest.fixture(scope="class")
    @classmethod
    def root(cls, sase_twin: Path) -> Path:
        return sase_twin

    def test_twelve_videos_a_subject(self, index: pd.DataFrame) -> None:
        assert len(index) == 24
        assert index["subject"].value_counts().to_dict() == {"subject_01": 12, "subject_02": 12}
        assert set(index["hidden"]) == set(SaseFe.targets["hidden"].names)
        assert (index["hidden"] == index["emotion"] + "_" + index["veracity"]).all()

    def test_people_have_attributes(self, index: pd.DataFrame) -> None:
        assert {"age", "sex", "skin_tone", "glasses", "beard"} <= set(index.columns)
        assert index["age"].between(19, 36).all()

    def test_rate_duration_and_window_are_those_of_the_whole_video(
        self, root: Path, index: pd.DataFrame, scale: TwinScale
    ) -> None:
        for path in index["path"]:
            line = timeline(root, path)
            assert 3.0 <= line.duration <= 4.0
            assert line.duration * 100 == pytest.approx(round(line.duration * 100), abs=1e-6)
            assert len(line.times) == scale.frames_per_window + 2
            frames = list(media.frames(root, path, "video", lambda line: media.window(line, *scale.window)))
            assert [frame.number for frame in frames] == list(range(1, scale.frames_per_window + 1))

    def test_truth_has_a_row_a_frame(self, root: Path, index: pd.DataFrame, scale: TwinScale) -> None:
        for row in index.itertuples():
            truth = Truth.load(truth_path(root, row.id))
            assert truth.landmarks.shape == (scale.frames_per_window + 2, 68, 2)

    def test_durations_do_not_tell_the_label(self, root: Path, index: pd.DataFrame) -> None:
        assert len({timeline(root, path).duration for path in index["path"]}) > 12

    def test_what_is_not_understood_is_listed(self, root: Path, tmp_path: Path) -> None:
        copy = tmp_path / "copy"
        shutil.copytree(root, copy)
        (copy / "subject_01" / "joy_faked.mp4").write_bytes(b"x")
        (copy / "subject_01" / "anger_genuine.txt").write_text("x")
        (copy / "others").mkdir()
        index = SaseFe().index(copy)
        assert len(index) == 24
        assert [row["id"] for row in index.attrs["skipped"]] == [
            "others",
            "subject_01/anger_genuine.txt",
            "subject_01/joy_faked.mp4",
        ]

    def test_names_can_be_given(self, root: Path, tmp_path: Path) -> None:
        folder = tmp_path / "subject_07"
        folder.mkdir()
        shutil.copy(root / "subject_01" / "anger_genuine.mp4", folder / "N2A.mp4")
        index = SaseFe(names={"N2A": ["anger", "genuine"]}).index(tmp_path)
        assert index[["id", "hidden"]].to_numpy().tolist() == [["subject_07/N2A", "anger_genuine"]]
        with pytest.raises(ConfigError, match="N2A"):
            SaseFe(names={"N2A": ["anger", "faked"]})

    def test_a_subject_described_twice_is_refused(self, root: Path, tmp_path: Path) -> None:
        copy = tmp_path / "copy"
        shutil.copytree(root, copy)
        (copy / "subjects.csv").write_text("subject,age\nsubject_01,20\nsubject_01,21\n")
        with pytest.raises(DataError, match=r"subjects\.csv"):
            SaseFe().index(copy)

    def test_genuine_and_deceptive_are_other_performances(self, root: Path) -> None:
        truths = [Truth.load(truth_path(root, f"subject_01/anger_{veracity}")) for veracity in ("genuine", "deceptive")]
        assert not np.allclose(truths[0].action_units, truths[1].action_units)


def test_people_may_have_any_name(sase_twin: Path, tmp_path: Path) -> None:
    for name in ("subject_A7", "subject_m-03"):
        shutil.copytree(sase_twin / "subject_01", tmp_path / name)
    index = SaseFe().index(tmp_path)
    assert index["subject"].value_counts().to_dict() == {"subject_A7": 12, "subject_m-03": 12}
    assert index.attrs["skipped"] == []


def test_videos_that_lie_flat_are_refused(tmp_path: Path) -> None:
    for name in ("S01_happiness_genuine.mp4", "S01_anger_genuine.mp4"):
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(DataError, match=r"2 videos \(S01_anger_genuine.mp4, ...\) lie flat, .*subject_<anything>"):
        SaseFe().index(tmp_path)


def test_videos_beside_the_people_are_listed(sase_twin: Path, tmp_path: Path) -> None:
    shutil.copytree(sase_twin / "subject_01", tmp_path / "subject_01")
    shutil.copytree(sase_twin / "subject_01", tmp_path / "S02")
    (tmp_path / "S01_happiness_genuine.mp4").write_bytes(b"x")
    (tmp_path / "readme.txt").write_text("x")
    index = SaseFe().index(tmp_path)
    assert len(index) == 12
    assert [(row["id"], row["reason"].split(":")[0]) for row in index.attrs["skipped"]] == [
        ("S01_happiness_genuine.mp4", "lies flat"),
        ("S02", "not a folder subject_<anything>"),
        ("readme.txt", "not a folder subject_<anything>"),
    ]
