from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_lab import media
from fer_lab.datasets.ck_plus import CkPlus
from fer_lab.errors import ConfigError, DataError

CLASSES = ("anger", "contempt", "disgust", "fear", "happy", "sadness", "surprise")


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


@pytest.mark.parametrize("spell", [str.lower, str.upper, str.title])
def test_classes_may_be_spelt_in_any_case_and_lie_anywhere(tmp_path: Path, spell: Callable[[str], str]) -> None:
    write_images(tmp_path / "archive" / "CK+48", spell)
    index = CkPlus().index(tmp_path)
    assert index["emotion"].value_counts().to_dict() == dict.fromkeys(CkPlus.targets["emotion"].names, 3)
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


def test_the_csv_that_names_nobody_is_named(tmp_path: Path) -> None:
    (tmp_path / "ckextended.csv").write_text("emotion,pixels,Usage\n0,1 2 3,Training\n")
    with pytest.raises(DataError, match=r"ckextended\.csv .* neither who is in a picture"):
        CkPlus().index(tmp_path)
