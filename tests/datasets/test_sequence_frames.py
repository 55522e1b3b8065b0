from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_lab import media
from fer_lab.datasets import TwinScale, make_twin
from fer_lab.datasets.ck_plus import CkPlus
from fer_lab.datasets.doctor import examine
from fer_lab.datasets.oulu_casia import OuluCasia
from fer_lab.datasets.sequence_frames import Frames
from fer_lab.errors import ConfigError, DataError
from tests.datasets.contract import DataSetContract

BOTH = Frames(shown=(0.5, 1.0), neutral=(0.0, 0.1))
SCALE = TwinScale(subjects=2, frames_per_window=4, window=(0.5, 0.8), size=64, stills=60)


class TestFramesOfCkPlus(DataSetContract):
    @pytest.fixture(scope="class")
    @classmethod
    def dataset(cls) -> CkPlus:
        return CkPlus("archive", BOTH)

    @pytest.fixture(scope="class")
    @classmethod
    def root(cls, cache: Path) -> Path:
        return make_twin(CkPlus("archive"), SCALE)

    def test_each_sequence_gives_its_first_and_its_last_frames(self, root: Path, index: pd.DataFrame) -> None:
        whole = CkPlus("archive").index(root).set_index("id")["emotion"]
        for sequence, own in index.groupby("sequence"):
            there = sorted(media.numbered(root, str(Path(own["path"].iloc[0]).parent)))
            shown = own[own["emotion"] != "neutral"]["number"].tolist()
            assert own[own["emotion"] == "neutral"]["number"].tolist() == there[:1]
            assert shown == there[1:]  # the twin has those of its window, the first and the last
            assert set(own["emotion"]) == {whole[sequence], "neutral"}

    def test_they_are_no_faces_cut_out(self, dataset: CkPlus, index: pd.DataFrame) -> None:
        assert not dataset.is_faces(index)
        assert "sequences" in examine(dataset, index).counts["what"].tolist()


class TestFramesOfOuluCasia(DataSetContract):
    @pytest.fixture(scope="class")
    @classmethod
    def dataset(cls) -> OuluCasia:
        return OuluCasia(modality="all", light="all", frames=Frames(most=2))

    @pytest.fixture(scope="class")
    @classmethod
    def root(cls, dataset: OuluCasia, cache: Path) -> Path:
        return make_twin(dataset, SCALE)

    def test_every_camera_and_light_gives_as_many(self, dataset: OuluCasia, index: pd.DataFrame) -> None:
        assert set(index.groupby(["modality", "light"]).size()) == {2 * 6 * 2}
        assert index["sequence"].nunique() == 2 * 6 * 6
        assert dataset.expected(index) == {"sequences": 2880, "subjects": 80}
        assert examine(dataset, index).problems[:2] == ("72 of 2880 sequences", "2 of 80 subjects")

    def test_a_missing_light_is_named(self, dataset: OuluCasia, root: Path, tmp_path: Path) -> None:
        shutil.copytree(root, tmp_path / "copy")
        shutil.rmtree(tmp_path / "copy" / "NI" / "Dark")
        with pytest.raises(DataError, match="NI/Dark"):
            dataset.index(tmp_path / "copy")


def test_one_camera_and_light_of_all_is_what_it_is_alone(cache: Path) -> None:
    whole, alone = OuluCasia("all", "all").everyone(SCALE), OuluCasia("NI", "Weak").everyone(SCALE)
    for person, other in zip(whole, alone, strict=True):
        assert set(other.recordings) < set(person.recordings)


@pytest.mark.parametrize(
    ("frames", "taken"),
    [
        (Frames(), [5, 6, 7, 8, 9, 10]),
        (Frames(most=3), [5, 7, 10]),
        (Frames(most=1), [10]),
        (Frames(shown=(1.0, 1.0)), [10]),
        (Frames(neutral=(0.0, 0.1)), [0, 1, 5, 6, 7, 8, 9, 10]),
        (Frames(neutral=(0.0, 0.1), most=1), [1, 10]),
    ],
)
def test_frames_are_taken_by_their_place(frames: Frames, taken: list[int]) -> None:
    found = frames.taken(range(100, 111), "fear")
    assert [number - 100 for number, _ in found] == taken
    assert [label for number, label in found] == ["neutral" if number < 105 else "fear" for number, _ in found]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"shown": [0.5]}, r"frames\.shown=\[0\.5\]"),
        ({"shown": [0.5, 1.5]}, r"frames\.shown"),
        ({"neutral": [0.2, 0.1]}, r"frames\.neutral"),
        ({"neutral": [0.0, 0.5]}, r"an end before 0\.5"),
        ({"most": 0}, r"frames\.most=0"),
    ],
)
def test_places_without_a_meaning_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Frames(**settings)  # type: ignore[arg-type]


def test_frames_are_of_the_archive_alone() -> None:
    with pytest.raises(ConfigError, match=r"data\.dataset\.frames of data\.dataset\.layout=images"):
        CkPlus("images", BOTH)


def test_videos_have_no_frames_that_are_images(tmp_path: Path, cache: Path) -> None:
    person = tmp_path / "VL" / "Strong" / "P001"
    (person / "Anger").mkdir(parents=True)
    for number in (0, 9):
        media.write_image(person / "Anger" / f"{number:03d}.jpeg", np.zeros((8, 8, 3), np.uint8))
    (person / "Fear.avi").write_bytes(b"x")
    index = OuluCasia(frames=Frames()).index(tmp_path)
    assert index["id"].tolist() == ["VL/Strong/P001/Anger/00000009"]
    assert index.attrs["skipped"] == [
        {"id": "VL/Strong/P001/Fear.avi", "reason": "a video: frames are taken of sequences of images"}
    ]
