from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_lab import media
from fer_lab.datasets.folder import Folder
from fer_lab.errors import ConfigError, DataError
from tests.datasets.contract import DataSetContract

LABELS = "path,label,subject\na.png,Happy,s1\nclips/b.mp4,ANGER,s2\nseq,sad,s1\n"


def write(root: Path, labels: str = LABELS) -> None:
    grey = np.full((16, 16, 3), 99, np.uint8)
    (root / "clips").mkdir()
    (root / "seq").mkdir()
    media.write_image(root / "a.png", grey)
    media.write_video(root / "clips" / "b.mp4", [0.0, 0.1, 0.2, 0.3], [grey] * 4, 10.0)
    for number in range(5):
        media.write_image(root / "seq" / f"{number}.png", grey)
    (root / "labels.csv").write_text(labels)


COLUMNS = {"subject": "subject"}


class TestFolder(DataSetContract):
    @pytest.fixture(scope="class")
    @classmethod
    def dataset(cls) -> Folder:
        return Folder(columns=COLUMNS, fps=5.0)

    @pytest.fixture(scope="class", params=["folder", "zip"])
    @classmethod
    def root(cls, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
        root = tmp_path_factory.mktemp("folder") / "data"
        root.mkdir()
        write(root)
        if request.param == "folder":
            return root
        return Path(shutil.make_archive(str(root), "zip", root))

    def test_rows(self, index: pd.DataFrame) -> None:
        assert index[["id", "kind", "subject", "label"]].to_numpy().tolist() == [
            ["a.png", "image", "s1", "happiness"],
            ["clips/b.mp4", "video", "s2", "anger"],
            ["seq", "sequence", "s1", "sadness"],
        ]
        assert index.attrs["skipped"] == []


def index_of(root: Path, labels: str, **settings: object) -> pd.DataFrame:
    write(root, labels)
    return Folder(**settings).index(root)  # type: ignore[arg-type]


def test_unknown_labels_offer_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"labels\.csv, line 3: unknown label 'hapiness'") as caught:
        index_of(tmp_path, "path,label\na.png,anger\nclips/b.mp4,hapiness\n")
    assert "'happiness'" in str(caught.value)


def test_further_columns_are_attributes(tmp_path: Path) -> None:
    write(tmp_path, "path,label,age,light\na.png,happy,23,\nseq,sad,60,dark\n")
    dataset = Folder(fps=5.0, attributes=["age", "light"])
    index = dataset.index(tmp_path)
    assert dataset.attributes == ("age", "light")
    assert index["age"].tolist() == ["23", "60"]
    assert index["light"].isna().tolist() == [True, False]
    with pytest.raises(DataError, match=r"'sex'.*data.dataset.attributes"):
        Folder(attributes=["sex"]).index(tmp_path)
    with pytest.raises(ConfigError, match="'label' is a column of every index"):
        Folder(attributes=["label"])


def test_aliases_and_classes_can_be_given(tmp_path: Path) -> None:
    labels = "path,label\na.png,Glad\nclips/b.mp4,bored\n"
    index = index_of(tmp_path, labels, aliases={"GLAD": "happiness"}, classes=("happiness", "bored"))
    assert index["label"].tolist() == ["happiness", "bored"]


def test_missing_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no column 'label' \(data\.dataset\.columns\.label\)") as caught:
        index_of(tmp_path, "path,emotion\na.png,anger\n")
    assert "path, emotion" in str(caught.value)
    with pytest.raises(DataError, match="no column 'who'"):
        Folder(columns={"label": "emotion", "subject": "who"}).index(tmp_path)
    assert len(Folder(columns={"label": "emotion"}).index(tmp_path)) == 1


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(ConfigError, match="'lable'"):
        Folder(columns={"lable": "emotion"})
    with pytest.raises(ConfigError, match="duplicates"):
        Folder(duplicates="first")


def test_duplicates_are_refused_or_left_out(tmp_path: Path) -> None:
    labels = "path,label\na.png,anger\nclips/b.mp4,fear\na.png,sad\n"
    with pytest.raises(DataError, match=r"'a\.png' stands in lines 2, 4"):
        index_of(tmp_path, labels)
    index = Folder(duplicates="skip").index(tmp_path)
    assert index["id"].tolist() == ["clips/b.mp4"]
    assert {"id": "a.png", "reason": "listed 2 times: anger, sad"} in index.attrs["skipped"]


def test_what_cannot_be_used_is_listed(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    index = index_of(tmp_path, "path,label\na.png,anger\nnone.png,fear\nnotes.txt,fear\n")
    reasons = {row["id"]: row["reason"] for row in index.attrs["skipped"]}
    assert reasons["none.png"] == "listed in labels.csv but not there"
    assert reasons["notes.txt"] == "neither a video nor an image"
    assert reasons["clips/b.mp4"] == "has no label"
    assert sum(reason == "has no label" for reason in reasons.values()) == 6


def test_paths_out_of_the_root_are_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "data"
    root.mkdir()
    media.write_image(tmp_path / "secret.png", np.zeros((4, 4, 3), np.uint8))
    index = index_of(root, "path,label\na.png,anger\n../secret.png,fear\n")
    assert index["id"].tolist() == ["a.png"]
    assert index.attrs["skipped"][0]["id"] == "../secret.png"


def test_a_labels_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"labels\.csv"):
        index_of(tmp_path, "")


@pytest.mark.real
def test_faces_in_the_wild(real_data: Path) -> None:
    settings = {"labels": "legend.csv", "files": "images.zip", "columns": {"path": "image", "label": "emotion"}}
    root = real_data / "facial_expressions"
    with pytest.raises(DataError, match="stands in lines"):
        Folder(**settings).index(root)
    dataset = Folder(**settings, duplicates="skip")
    index = dataset.index(root)
    listed = Counter(row["reason"].split(":")[0] for row in index.attrs["skipped"])
    assert len(index) == 1270
    assert listed == {"listed 2 times": 1}
    frames = [next(media.frames(root, path, "image")) for path in index["path"][:40]]
    assert all(frame.image.shape[2] == 3 for frame in frames)


def test_two_spellings_of_a_path_are_one_path(tmp_path: Path) -> None:
    media.write_image(tmp_path / "a.png", np.zeros((8, 8, 3), np.uint8))
    (tmp_path / "labels.csv").write_text("path,label\na.png,happy\n./a.png,sad\n")
    with pytest.raises(DataError, match=r"'a\.png' stands in lines 2, 3"):
        Folder().index(tmp_path)
