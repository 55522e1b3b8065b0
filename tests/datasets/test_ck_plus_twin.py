from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_lab import media
from fer_lab.datasets import TwinScale, make_twin
from fer_lab.datasets.ck_plus import CkPlus
from fer_lab.datasets.ck_plus_twin import SEQUENCES, everyone
from fer_lab.datasets.doctor import examine
from fer_lab.errors import DataError
from tests.datasets.contract import DataSetContract

SMALL = TwinScale(None, 4, (0.5, 0.8), 96, stills=1)


@pytest.fixture(scope="module")
def images_twin(cache: Path) -> Path:
    return make_twin(CkPlus("images"), SMALL)


@pytest.fixture(scope="module")
def archive_twin(cache: Path) -> Path:
    return make_twin(CkPlus("archive"), SMALL)


class TestImages(DataSetContract):
    @pytest.fixture(scope="class")
    @classmethod
    def dataset(cls) -> CkPlus:
        return CkPlus()

    @pytest.fixture(scope="class")
    @classmethod
    def root(cls, images_twin: Path) -> Path:
        return images_twin

    def test_the_twin_has_three_images_a_sequence(self, index: pd.DataFrame) -> None:
        assert (index.groupby("sequence").size() == 3).all()
        assert (index.groupby("sequence")["peak"].sum() == 1).all()
        assert (index.groupby("sequence")["number"].max() == index[index["peak"]].set_index("sequence")["number"]).all()
        assert (index["sequence"].str[:4] == index["subject"]).all()
        assert index["subject"].nunique() == 12
        assert index.groupby("emotion")["subject"].nunique().between(2, 12).all()

    def test_the_twins_pictures_are_faces(self, dataset: CkPlus, root: Path, index: pd.DataFrame) -> None:
        pixels = dataset.images(root, index)
        assert pixels.shape == (len(index), 48, 48)
        assert dataset.is_faces(index)
        assert pixels.std(axis=(1, 2)).min() > 10

    def test_people_have_attributes(self, index: pd.DataFrame) -> None:
        assert index["age"].between(19, 50).all()

    def test_a_small_copy_falls_short(self, dataset: CkPlus, index: pd.DataFrame) -> None:
        sequences, people = index["sequence"].nunique(), index["subject"].nunique()
        assert examine(dataset, index).problems == (
            f"{len(index)} of 981 images",
            f"{sequences} of 327 sequences",
            f"{people} of 118 subjects",
        )


class TestArchive(DataSetContract):
    @pytest.fixture(scope="class")
    @classmethod
    def dataset(cls) -> CkPlus:
        return CkPlus("archive")

    @pytest.fixture(scope="class")
    @classmethod
    def root(cls, archive_twin: Path) -> Path:
        return archive_twin

    def test_a_twin_has_the_same_sequences_in_both_layouts(self, index: pd.DataFrame, images_twin: Path) -> None:
        images = CkPlus().index(images_twin).drop_duplicates("sequence")
        assert index["id"].tolist() == images["sequence"].tolist()
        assert index["emotion"].tolist() == images["emotion"].tolist()

    def test_unlabelled_sequences_are_listed(self, root: Path, index: pd.DataFrame) -> None:
        assert {row["reason"] for row in index.attrs["skipped"]} == {"not labelled"}
        assert all((root / row["id"]).is_dir() for row in index.attrs["skipped"])

    def test_labels_name_the_last_frame_and_units_are_written(self, root: Path, index: pd.DataFrame) -> None:
        for row in index.itertuples():
            last = sorted((root / row.path).iterdir())[-1].stem
            below = row.path.removeprefix("cohn-kanade-images/")
            assert (root / "Emotion" / below / f"{last}_emotion.txt").read_text().startswith("   ")
            units = np.loadtxt(root / "FACS" / below / f"{last}_facs.txt", ndmin=2)
            assert ((units[:, 1] >= 1) & (units[:, 1] <= 5)).all()
            assert {1, 4, 12, 9, 14, 15, 20, 23, 26} & set(units[:, 0].astype(int))

    def test_raw_faces_are_refused(self, dataset: CkPlus, root: Path, index: pd.DataFrame) -> None:
        assert not dataset.is_faces(index)
        with pytest.raises(DataError, match="faces=aligned"):
            dataset.images(root, index)

    def test_images_are_not_missed_in_an_archive(self, dataset: CkPlus, index: pd.DataFrame) -> None:
        problems = examine(dataset, index).problems
        assert [problem.split(" of ")[1] for problem in problems] == ["327 sequences", "118 subjects"]

    def test_faces_are_found_in_the_frames(self, root: Path, index: pd.DataFrame) -> None:
        from fer_lab.faces.detect import Detector
        from fer_lab.faces.model_file import find_model

        detector = Detector(find_model(None))
        frames = [frame.image for path in index["path"] for frame in media.frames(root, path, "sequence", fps=30.0)]
        assert sum(detector.detect(frame) is not None for frame in frames) >= 0.9 * len(frames)


def test_a_whole_twin_has_the_published_numbers() -> None:
    people = everyone(981)
    shown = [[recording.emotion for recording in person.recordings] for person in people]
    assert len(people) == len({person.identity for person in people}) == 118
    assert pd.Series(shown).explode().value_counts().to_dict() == dict(SEQUENCES)
    assert all(1 <= len(emotions) == len(set(emotions)) <= 6 for emotions in shown)
    assert list(SEQUENCES) == list(CkPlus.targets["emotion"].names)


@pytest.mark.parametrize("stills", [1, 100, 350, 700])
def test_a_smaller_twin_keeps_every_class(stills: int) -> None:
    shown = [{recording.emotion for recording in person.recordings} for person in everyone(stills)]
    counts = pd.Series([emotion for emotions in shown for emotion in emotions]).value_counts()
    assert len(shown) == max(12, round(118 * stills / 981))
    assert len(counts) == 7
    assert counts.min() >= 2
    assert all(1 <= len(emotions) <= 6 for emotions in shown)
