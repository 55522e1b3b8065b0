from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_lab import media
from fer_lab.datasets import CkPlus, TwinScale, make_twin
from fer_lab.datasets.doctor import examine
from fer_lab.errors import ConfigError, DataError
from tests.datasets.contract import DataSetContract

SMALL = TwinScale(None, 4, (0.5, 0.8), 96, stills=1)
CLASSES = ("anger", "contempt", "disgust", "fear", "happy", "sadness", "surprise")


@pytest.fixture(scope="module")
def images_twin(cache: Path) -> Path:
    return make_twin(CkPlus("images"), SMALL)


@pytest.fixture(scope="module")
def archive_twin(cache: Path) -> Path:
    return make_twin(CkPlus("archive"), SMALL)


def picture(number: int) -> np.ndarray:
    return np.random.default_rng(number).integers(0, 256, (48, 48), dtype=np.uint8)


def write_images(top: Path, spell: Callable[[str], str] = str) -> None:
    """One sequence of three images of each class."""
    for place, name in enumerate(CLASSES):
        folder = top / spell(name)
        folder.mkdir(parents=True)
        for number in (11, 12, 13):
            media.write_image(folder / f"S{place:03d}_003_{number:08d}.png", picture(100 * place + number))


def write_sequence(
    root: Path, subject: str, number: str, label: str | None, frames: str = "cohn-kanade-images"
) -> None:
    folder = root / frames / subject / number
    folder.mkdir(parents=True)
    for frame in (1, 2, 4):
        media.write_image(folder / f"{subject}_{number}_{frame:08d}.png", picture(frame))
    if label is not None:
        write_label(root, subject, number, label)


def write_label(root: Path, subject: str, number: str, label: str, frame: int = 4) -> None:
    folder = root / "Emotion" / subject / number
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{subject}_{number}_{frame:08d}_emotion.txt").write_text(label)


def reasons(index: pd.DataFrame) -> dict[str, str]:
    return {row["id"]: row["reason"] for row in index.attrs["skipped"]}


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
        assert set(reasons(index).values()) == {"not labelled"}
        assert all((root / folder).is_dir() for folder in reasons(index))

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
    from fer_lab.datasets.ck_plus_twin import SEQUENCES, everyone

    people = everyone(981)
    shown = [[recording.emotion for recording in person.recordings] for person in people]
    assert len(people) == len({person.identity for person in people}) == 118
    assert pd.Series(shown).explode().value_counts().to_dict() == dict(SEQUENCES)
    assert all(1 <= len(emotions) == len(set(emotions)) <= 6 for emotions in shown)
    assert list(SEQUENCES) == list(CkPlus.targets["emotion"])


@pytest.mark.parametrize("stills", [1, 100, 350, 700])
def test_a_smaller_twin_keeps_every_class(stills: int) -> None:
    from fer_lab.datasets.ck_plus_twin import everyone

    shown = [{recording.emotion for recording in person.recordings} for person in everyone(stills)]
    counts = pd.Series([emotion for emotions in shown for emotion in emotions]).value_counts()
    assert len(shown) == max(12, round(118 * stills / 981))
    assert len(counts) == 7
    assert counts.min() >= 2
    assert all(1 <= len(emotions) <= 6 for emotions in shown)


@pytest.mark.parametrize("spell", [str.lower, str.upper, str.title])
def test_classes_may_be_spelt_in_any_case_and_lie_anywhere(tmp_path: Path, spell: Callable[[str], str]) -> None:
    write_images(tmp_path / "archive" / "CK+48", spell)
    index = CkPlus().index(tmp_path)
    assert index["emotion"].value_counts().to_dict() == dict.fromkeys(CkPlus.targets["emotion"], 3)
    assert index.loc[index["peak"], "number"].tolist() == [13] * 7


def test_images_are_read_out_of_a_zip(tmp_path: Path) -> None:
    write_images(tmp_path / "CK+48")
    shutil.make_archive(str(tmp_path / "archive"), "zip", tmp_path, "CK+48")
    shutil.rmtree(tmp_path / "CK+48")
    index = CkPlus().index(tmp_path)
    assert index["path"][0] == "archive.zip/CK+48/anger/S000_003_00000011.png"
    assert (CkPlus().images(tmp_path, index)[0] == picture(11)).all()


def test_pictures_come_in_the_order_of_the_index(tmp_path: Path) -> None:
    write_images(tmp_path)
    index = CkPlus().index(tmp_path).iloc[[5, 2, 14]]
    assert (CkPlus().images(tmp_path, index) == np.stack([picture(113), picture(13), picture(413)])).all()


def put(root: Path, path: str, number: int = 1) -> None:
    (root / path).parent.mkdir(exist_ok=True)
    media.write_image(root / path, picture(number))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda root: shutil.rmtree(root / "fear"), "no image of fear"),
        (lambda root: (root / "fear").rename(root / "bored"), r"bored/S003_003_00000011\.png: unknown label 'bored'"),
        (lambda root: put(root, "neutral/S011_001_00000001.png"), "unknown label 'neutral'"),
        (lambda root: put(root, "fear/im1.png"), r"fear/im1\.png: the name does not tell"),
        (lambda root: put(root, "fear/S011_3_12.png"), "the name does not tell"),
        (lambda root: put(root, "fear/S000_003_00000011.png"), r"fear/S000.* and anger/S000.* in two classes"),
        (lambda root: put(root, "fear/S000_003_00000010.png"), "in two classes"),
        (lambda root: put(root, "anger/S000_003_00000011.bmp"), "occur twice"),
    ],
)
def test_wrong_images_are_refused(tmp_path: Path, spoil: Callable[[Path], object], words: str) -> None:
    write_images(tmp_path)
    spoil(tmp_path)
    with pytest.raises(DataError, match=words):
        CkPlus().index(tmp_path)


def test_other_sizes_are_refused(tmp_path: Path) -> None:
    write_images(tmp_path)
    media.write_image(tmp_path / "fear" / "S003_003_00000011.png", np.zeros((40, 48), np.uint8))
    with pytest.raises(DataError, match=r"S003_003_00000011\.png has 48 x 40 pixels"):
        CkPlus().images(tmp_path, CkPlus().index(tmp_path))


def test_files_that_are_no_images_are_listed(tmp_path: Path) -> None:
    write_images(tmp_path)
    (tmp_path / "fear" / "Thumbs.db").write_bytes(b"x")
    index = CkPlus().index(tmp_path)
    assert reasons(index) == {"fear/Thumbs.db": "not an image"}
    assert len(index) == 21


@pytest.mark.parametrize("frames", ["cohn-kanade-images", "extended-cohn-kanade-images/cohn-kanade-images"])
def test_the_archive_is_read_as_distributed(tmp_path: Path, frames: str) -> None:
    write_sequence(tmp_path, "S005", "001", "   3.0000000e+00\n", frames)
    write_sequence(tmp_path, "S011", "006", "   7.0000000e+00\n", frames)
    index = CkPlus().index(tmp_path)
    assert index[["id", "kind", "subject", "fps", "emotion"]].to_numpy().tolist() == [
        ["S005_001", "sequence", "S005", 30.0, "disgust"],
        ["S011_006", "sequence", "S011", 30.0, "surprise"],
    ]
    found = list(media.frames(tmp_path, index["path"][0], "sequence", fps=30.0))
    assert [frame.number for frame in found] == [1, 2, 4]


def test_the_archive_is_read_out_of_its_zips(tmp_path: Path) -> None:
    write_sequence(tmp_path, "S005", "001", "2")
    for name in ("cohn-kanade-images", "Emotion"):
        shutil.make_archive(str(tmp_path / f"{name}_all"), "zip", tmp_path, name)
        shutil.rmtree(tmp_path / name)
    index = CkPlus().index(tmp_path)
    assert index[["path", "emotion"]].to_numpy().tolist() == [
        ["cohn-kanade-images_all.zip/cohn-kanade-images/S005/001", "contempt"]
    ]
    assert len(list(media.frames(tmp_path, index["path"][0], "sequence", fps=30.0))) == 3


def test_what_has_no_usable_label_is_listed(tmp_path: Path) -> None:
    labels = ("1", None, "0", "8", "3.5", "happy", "", "nan")
    for number, label in enumerate(labels, 1):
        write_sequence(tmp_path, "S005", f"{number:03d}", label)
    write_sequence(tmp_path, "S006", "001", "4")
    write_label(tmp_path, "S006", "001", "5", frame=3)
    write_label(tmp_path, "S007", "001", "5")
    put(tmp_path, "cohn-kanade-images/notes.png")
    index = CkPlus().index(tmp_path)
    assert index[["id", "emotion"]].to_numpy().tolist() == [["S005_001", "anger"]]
    found = {name.removeprefix("cohn-kanade-images/"): reason for name, reason in reasons(index).items()}
    assert found["S005/002"] == "not labelled"
    assert found["S005/003"] == "labelled neutral"
    assert found["S005/004"].startswith("its label is 8 in Emotion/S005/004/")
    assert found["S005/005"].startswith("its label is 3.5 in ")
    assert all(found[f"S005/00{number}"].startswith("its label cannot be read: Emotion/") for number in (6, 7))
    assert found["S005/008"].startswith("its label is nan in ")
    assert found["S006/001"].startswith("2 label files: ")
    assert found["Emotion/S007/001/S007_001_00000004_emotion.txt"].startswith("there is no sequence S007/001")
    assert found["notes.png"].startswith("not a frame")
    assert len(found) == 10


def test_the_layout_must_be_told_where_both_are(tmp_path: Path) -> None:
    write_images(tmp_path / "CK+48")
    with pytest.raises(DataError, match=r"data\.dataset\.layout=images"):
        CkPlus("archive").index(tmp_path)
    write_sequence(tmp_path, "S005", "001", "1")
    with pytest.raises(DataError, match=r"set data\.dataset\.layout"):
        CkPlus().index(tmp_path)
    assert len(CkPlus("images").index(tmp_path)) == 21
    assert len(CkPlus("archive").index(tmp_path)) == 1
    with pytest.raises(ConfigError, match="'images'"):
        CkPlus("image")
