from __future__ import annotations

import gzip
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_lab import media
from fer_lab.datasets.fer2013 import Fer2013
from fer_lab.datasets.folder import Folder
from fer_lab.errors import DataError
from tests.datasets.conftest import SCALE
from tests.datasets.contract import DataSetContract

FOLDERS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
USAGES = ("Training", "PublicTest", "PrivateTest")


def picture(number: int) -> np.ndarray:
    return np.random.default_rng(number).integers(0, 256, (48, 48), dtype=np.uint8)


def table() -> pd.DataFrame:
    """Two images of each class and part."""
    labels = [(emotion, usage) for usage in USAGES for emotion in range(7) for _ in range(2)]
    rows = [
        {"emotion": emotion, "pixels": " ".join(map(str, picture(row).ravel())), "Usage": usage}
        for row, (emotion, usage) in enumerate(labels)
    ]
    return pd.DataFrame(rows)


def write_plain(root: Path) -> None:
    table().to_csv(root / "fer2013.csv", index=False)


def write_icml(root: Path) -> None:
    text = table()[["emotion", "Usage", "pixels"]].to_csv(index=False)
    (root / "icml_face_data.csv").write_text(text.replace("emotion,Usage,pixels", "emotion, Usage, pixels", 1))


def write_gz(root: Path) -> None:
    (root / "fer2013.csv.gz").write_bytes(gzip.compress(table().to_csv(index=False).encode()))


def write_zipped_csv(root: Path) -> None:
    with zipfile.ZipFile(root / "archive.zip", "w") as pack:
        pack.writestr("fer2013/fer2013.csv", table().to_csv(index=False))


def write_folders(root: Path) -> None:
    for row, (emotion, usage) in enumerate(zip(table()["emotion"], table()["Usage"], strict=True)):
        folder = root / ("train" if usage == "Training" else "test") / FOLDERS[emotion]
        folder.mkdir(parents=True, exist_ok=True)
        media.write_image(folder / f"{usage}_{1000 + row}.png", picture(row))


def write_zipped_folders(root: Path) -> None:
    write_folders(root)
    for top in ("train", "test"):
        shutil.make_archive(str(root / top), "zip", root, top)
        shutil.rmtree(root / top)


CSV = (write_plain, write_icml, write_gz, write_zipped_csv)
IMAGES = (write_folders, write_zipped_folders)


class TestFer2013(DataSetContract):
    @pytest.fixture(scope="class")
    @classmethod
    def dataset(cls) -> Fer2013:
        return Fer2013()

    @pytest.fixture(scope="class", params=[*CSV, *IMAGES], ids=lambda write: write.__name__)
    @classmethod
    def root(cls, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
        root = tmp_path_factory.mktemp("fer2013")
        request.param(root)
        return root

    def test_every_form_gives_the_same_pictures(self, dataset: Fer2013, root: Path, index: pd.DataFrame) -> None:
        assert index.groupby(["part_given", "emotion"]).size().tolist() == [2] * 21
        images = dataset.images(root, index)
        assert images.shape == (42, 48, 48)
        assert images.dtype == np.uint8
        for row, image in zip(index["id"].str[-4:].astype(int) % 1000, images, strict=True):
            assert (image == picture(row)).all()

    def test_order_and_choice_of_rows_are_kept(self, dataset: Fer2013, root: Path, index: pd.DataFrame) -> None:
        chosen = index.iloc[[5, 2, 40]]
        assert (dataset.images(root, chosen) == dataset.images(root, index)[[5, 2, 40]]).all()


def test_the_same_id_in_every_csv(tmp_path: Path) -> None:
    indexes = []
    for write in CSV:
        root = tmp_path / write.__name__
        root.mkdir()
        write(root)
        indexes.append(Fer2013().index(root).drop(columns="path"))
    for other in indexes[1:]:
        pd.testing.assert_frame_equal(indexes[0], other)
    assert indexes[0]["id"][0] == "PrivateTest/anger/00000028"


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("emotion", 7, r"fer2013\.csv, line 5: .*7"),
        ("emotion", "happy", r"line 5: .*happy"),
        ("Usage", "Testing", r"line 5: .*Testing"),
    ],
)
def test_unknown_labels_are_named_with_their_line(tmp_path: Path, column: str, value: object, words: str) -> None:
    broken = table().astype({"emotion": object})
    broken.loc[3, column] = value
    broken.to_csv(tmp_path / "fer2013.csv", index=False)
    with pytest.raises(DataError, match=words):
        Fer2013().index(tmp_path)


@pytest.mark.parametrize(
    ("pixels", "words"),
    [
        ("1 2 3", "line 5: 3 pixel values"),
        (" ".join(["7"] * 2305), "2305 pixel values"),
        (" ".join(["7"] * 2303 + ["256"]), "values 7 to 256"),
        (" ".join(["7"] * 2303 + ["-1"]), "values -1 to 7"),
        (" ".join(["7"] * 2303 + ["x"]), "line 5: pixels that are no numbers"),
        ("", "line 5: 0 pixel values"),
    ],
)
def test_wrong_pixels_are_named_with_their_line(tmp_path: Path, pixels: str, words: str) -> None:
    broken = table()
    broken.loc[3, "pixels"] = pixels
    broken.to_csv(tmp_path / "fer2013.csv", index=False)
    with pytest.raises(DataError, match=words):
        Fer2013().images(tmp_path, Fer2013().index(tmp_path))


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    table().drop(columns="Usage").to_csv(tmp_path / "fer2013.csv", index=False)
    with pytest.raises(DataError, match="no column Usage"):
        Fer2013().index(tmp_path)


def test_damaged_archives_are_named(tmp_path: Path) -> None:
    (tmp_path / "fer2013.csv.gz").write_bytes(gzip.compress(table().to_csv(index=False).encode())[:1000])
    with pytest.raises(DataError, match=r"fer2013\.csv\.gz"):
        Fer2013().index(tmp_path)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda root: shutil.rmtree(root / "train" / "fear"), "train/ .* has no images of fear"),
        (lambda root: shutil.rmtree(root / "test"), "test/ is not in"),
        (lambda root: (root / "train" / "fear").rename(root / "train" / "bored"), "bored"),
        (lambda root: media.write_image(root / "train" / "fear" / "im1.png", picture(1)), r"fear/im1\.png: the name"),
    ],
)
def test_incomplete_folders_are_refused(tmp_path: Path, spoil: Callable[[Path], object], words: str) -> None:
    write_folders(tmp_path)
    spoil(tmp_path)
    with pytest.raises(DataError, match=words):
        Fer2013().index(tmp_path)


def test_other_sizes_are_refused(tmp_path: Path) -> None:
    write_folders(tmp_path)
    media.write_image(tmp_path / "train" / "fear" / "Training_7.png", np.zeros((40, 48), np.uint8))
    with pytest.raises(DataError, match=r"Training_7\.png has 48 x 40 pixels"):
        Fer2013().images(tmp_path, Fer2013().index(tmp_path))


def test_files_that_are_no_images_are_listed(tmp_path: Path) -> None:
    write_folders(tmp_path)
    (tmp_path / "train" / "fear" / "Thumbs.db").write_bytes(b"x")
    index = Fer2013().index(tmp_path)
    assert index.attrs["skipped"] == [{"id": "train/fear/Thumbs.db", "reason": "not an image"}]
    assert len(index) == 42


@pytest.mark.real
def test_the_real_images(real_data: Path) -> None:
    root = real_data / "fer2013"
    index = Fer2013().index(root)
    counts = index["part_given"].value_counts().to_dict()
    assert counts == {key: count for key, count in Fer2013.published.items() if key != "images"}
    # the printed supports: Moravčík 2021, Table 6.1
    supports = index[index["part_given"] == "PublicTest"]["emotion"].value_counts()
    assert [supports[name] for name in Fer2013.targets["emotion"].names] == [467, 56, 496, 895, 653, 415, 607]
    images = Fer2013().images(root, index.iloc[::50])
    assert images.shape == (len(index.iloc[::50]), 48, 48)
    assert 100 < images.mean() < 160


def plus(votes: dict[str, int], usage: str = "Training", name: str = "fer0000000.png") -> dict[str, object]:
    from fer_lab.datasets.fer_plus import CLASSES, OTHERS

    return {"Usage": usage, "Image name": name, **{key: votes.get(key, 0) for key in (*CLASSES, *OTHERS)}}


def test_votes_of_fer_plus_are_labels(tmp_path: Path) -> None:
    write_plain(tmp_path)
    rows = [plus({"anger": 6, "fear": 3, "neutral": 1}, usage) for usage in table()["Usage"]]
    rows[1] = plus({"NF": 10}, name="")
    rows[2] = plus({"anger": 5, "fear": 5})
    rows[3] = plus({"contempt": 10})
    pd.DataFrame(rows).to_csv(tmp_path / "fer2013new.csv", index=False)
    dataset = Fer2013(plus=True)
    index = dataset.index(tmp_path)
    first = index[index["row"] == 0].iloc[0]
    assert (first["emotion"], first["majority"]) == ("anger", "anger")
    assert (first["anger"], first["fear"], first["neutral"]) == pytest.approx(
        (6 / 9, 3 / 9, 0)
    )  # single votes are slips
    assert index.loc[index["row"] == 3, "majority"].item() == "contempt"
    assert {1, 2}.isdisjoint(index["row"])
    assert [entry["reason"] for entry in index.attrs["skipped"]] == [
        "FER+: no class has more than half of the votes"
    ] * 2
    assert dataset.images(tmp_path, index).shape == (len(index), 48, 48)
    told = {entry["remark"].rpartition(" in ")[2]: entry["remark"] for entry in dataset.remarks(tmp_path, index)}
    assert set(told) == {"Training", "PublicTest", "PrivateTest"}
    assert "agrees with most of the others 0.600 of the time" in told["PrivateTest"]  # six of ten say anger
    plain = Fer2013().index(tmp_path)
    assert "majority" not in plain
    assert plain.attrs["skipped"][0]["id"] == "fer2013new.csv"


def test_a_twin_has_votes_that_mostly_are_for_what_was_drawn(tmp_path: Path) -> None:
    dataset = Fer2013(form="csv", plus=True)
    dataset.write_twin(tmp_path, replace(SCALE, stills=300))
    index = dataset.index(tmp_path)
    names = list(dataset.targets["votes"].names)
    assert index[names].sum(axis=1).to_numpy() == pytest.approx(1)
    assert (index[names].idxmax(axis=1) == index["majority"]).all()
    assert 0.5 < (index["majority"] == index["emotion"]).mean() < 1
    assert 0 < len(index.attrs["skipped"]) < len(index) / 2  # nobody agrees on some
    assert {"form": "csv"} == Fer2013(form="csv").twin_options() != dataset.twin_options()


@pytest.mark.parametrize(
    ("votes", "share"),
    [
        ([10, 0, 0], 1.0),
        ([9, 1, 0], 0.9),
        ([6, 3, 1], 0.6),
        ([5, 5, 0], 0.0),  # whoever votes leaves five for the other class
        ([1, 1, 1], 0.0),
        ([3, 2, 0], 0.6 * 0.5),  # of the three each leaves two against two; the two leave three against one
        ([1, 0, 0], np.nan),
    ],
)
def test_a_person_is_held_against_the_others(votes: list[int], share: float) -> None:
    from fer_lab.datasets.fer_plus import human_ceiling

    assert human_ceiling(np.array([votes], float))[0] == pytest.approx(share, nan_ok=True)


def test_votes_of_other_rows_are_refused(tmp_path: Path) -> None:
    write_plain(tmp_path)
    with pytest.raises(DataError, match=r"fer2013new\.csv: both are not in"):
        Fer2013(plus=True).index(tmp_path)
    pd.DataFrame([plus({"anger": 9}), plus({"anger": 9})]).to_csv(tmp_path / "fer2013new.csv", index=False)
    with pytest.raises(DataError, match=r"not of the rows of FER2013's CSV \(2 and 42 rows\)"):
        Fer2013(plus=True).index(tmp_path)


@pytest.mark.parametrize("vote", [-1, 0.6, "inf", "nan", "six", ""])
def test_votes_are_whole_numbers(vote: object, tmp_path: Path) -> None:
    write_plain(tmp_path)
    rows = [plus({"anger": 6}, usage) for usage in table()["Usage"]]
    rows[1]["fear"] = vote
    pd.DataFrame(rows).to_csv(tmp_path / "fer2013new.csv", index=False)
    with pytest.raises(DataError, match=r"fer2013new.csv: 1 of 42 rows, the first in line 3, have votes that are none"):
        Fer2013(plus=True).index(tmp_path)


def test_what_is_packed_or_cut_otherwise_is_named(tmp_path: Path) -> None:
    (tmp_path / "fer2013.tar.gz").write_bytes(b"x")
    with pytest.raises(DataError, match=r"unpack fer2013\.tar\.gz: tar -xf fer2013\.tar\.gz"):
        Fer2013().index(tmp_path)
    for part in ("train", "validation"):
        for folder in FOLDERS:
            (tmp_path / "images" / part / folder).mkdir(parents=True)
            media.write_image(tmp_path / "images" / part / folder / "1.png", picture(1))
    with pytest.raises(DataError, match="names do not say the Usage") as caught:
        Fer2013().index(tmp_path)
    assert "fer-lab doctor folder --data" in caught.value.do
    assert set(Folder().index(tmp_path)["part_given"]) == {"train", "val"}  # what the hint leads to


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "fer2013.csv.gz", "wb", compresslevel=1) as file:
        file.write(bytes(20_000_000))
    with pytest.raises(DataError, match=r"fer2013\.csv\.gz cannot be read: line 1 holds zero bytes"):
        Fer2013().index(tmp_path)
