from __future__ import annotations

import os
import shutil
import unicodedata
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_lab import media
from fer_lab.datasets.folder import Folder
from fer_lab.datasets.look import look
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


def pictures(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        media.write_image(root / name, np.full((8, 8, 3), 99, np.uint8))
    return root


def listed(root: Path, lines: str, name: str = "labels.csv") -> Path:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(lines)
    return root


def test_people_are_the_same_however_spaced_and_questioned_where_only_case_differs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pictures(tmp_path, "0.png", "1.png", "2.png")
    listed(tmp_path, "path,label,subject\n0.png,happy,P00\n1.png,sad,P00 \n2.png,fear,p00\n")
    index = Folder(columns=COLUMNS).index(tmp_path)
    assert index["subject"].tolist() == ["P00", "P00", "p00"]
    assert "'P00' and 'p00'" in caplog.text


def test_few_people_with_many_files_are_questioned(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rows = [f"{number}.png,happy,{'young' if number % 2 else 'old'}" for number in range(204)]
    pictures(tmp_path, *(f"{number}.png" for number in range(204)))
    Folder(columns=COLUMNS).index(listed(tmp_path, "\n".join(["path,label,subject", *rows])))
    assert "'subject' has 2 values for 204 files: are these people?" in caplog.text


AFFECT_NET = "subDirectory_filePath,face_x,expression\n1/0.png,10,1\n1/1.png,10,6\n2/2.png,10,9\n2/3.png,10,10\n"
AFFECT_COLUMNS = {"path": "subDirectory_filePath", "label": "expression"}


def test_numbers_are_labels(tmp_path: Path) -> None:
    pictures(listed(tmp_path, AFFECT_NET), "1/0.png", "1/1.png", "2/2.png", "2/3.png")
    settings = {"columns": AFFECT_COLUMNS, "ignore": [8, 9, 10]}
    known = Folder(**settings).index(tmp_path)
    assert known["label"].tolist() == ["happiness", "anger"]
    assert [entry["reason"] for entry in known.attrs["skipped"]] == [
        "labelled 9, which data.dataset.ignore leaves out",
        "labelled 10, which data.dataset.ignore leaves out",
    ]
    assert Folder(**settings, classes=[1, 6]).index(tmp_path)["label"].tolist() == ["1", "6"]
    assert Folder(**settings, aliases={6: "contempt"}).index(tmp_path)["label"].tolist() == ["happiness", "contempt"]
    with pytest.raises(DataError, match=r"line 4: unknown label '9'") as caught:
        Folder(columns=AFFECT_COLUMNS).index(tmp_path)
    assert "data.dataset.ignore=[9]" in str(caught.value)


def test_own_names_of_classes_go_before_the_usual_ones(tmp_path: Path) -> None:
    pictures(listed(tmp_path, "path,label\na.png,happy\nb.png,SAD\n"), "a.png", "b.png")
    assert Folder(classes=["Happy", "sad"]).index(tmp_path)["label"].tolist() == ["Happy", "sad"]


def test_the_list_of_raf_db_is_read_as_it_comes(tmp_path: Path) -> None:
    names = ["train_00001", "train_00002", "test_0001"]
    pictures(tmp_path, *(f"Image/aligned/{name}_aligned.jpg" for name in names))
    lines = "".join(f"{name}.jpg {number}\n" for name, number in zip(names, (5, 4, 7), strict=True))
    listed(tmp_path, lines, "EmoLabel/list_patition_label.txt")
    index = Folder(labels="EmoLabel/list_patition_label.txt", files="Image/aligned").index(tmp_path)
    assert index[["id", "path", "label", "part_given"]].to_numpy().tolist() == [
        ["test_0001.jpg", "Image/aligned/test_0001_aligned.jpg", "neutral", "test"],
        ["train_00001.jpg", "Image/aligned/train_00001_aligned.jpg", "sadness", "train"],
        ["train_00002.jpg", "Image/aligned/train_00002_aligned.jpg", "happiness", "train"],
    ]


def test_folders_of_classes_need_no_list(tmp_path: Path) -> None:
    pictures(tmp_path, "train/Happy/S1_0.png", "train/sad/S2_0.png", "test/sad/S3_0.png", "test/odd/S4.png")
    index = Folder(people="(S[0-9]+)").index(tmp_path)
    assert index[["subject", "label", "part_given"]].to_numpy().tolist() == [
        ["S3", "sadness", "test"],
        ["S1", "happiness", "train"],
        ["S2", "sadness", "train"],
    ]
    assert index.attrs["skipped"] == [{"id": "test/odd/S4.png", "reason": "has no label"}]
    with pytest.raises(DataError, match=r"no labels file other\.csv in"):
        Folder(labels="other.csv").index(tmp_path)
    with pytest.raises(DataError, match="nor a folder named by a class"):
        Folder(classes=["bored", "calm"]).index(tmp_path)


def test_names_that_are_no_text_are_listed_and_the_others_are_used(tmp_path: Path) -> None:
    pictures(tmp_path, *(f"{label}/{place}.png" for label in ("happy", "sad", "other") for place in "ab"))
    (tmp_path / "sad" / "a.png").rename(tmp_path / "sad" / os.fsdecode(b"Gr\xfcn.png"))
    (tmp_path / "other").rename(tmp_path / os.fsdecode(b"fr\xf6hlich"))
    index = Folder().index(tmp_path)
    assert index["id"].tolist() == ["happy/a.png", "happy/b.png", "sad/b.png"]
    assert [entry["id"] for entry in index.attrs["skipped"]] == [
        "fr\\xf6hlich/a.png", "fr\\xf6hlich/b.png", "sad/Gr\\xfcn.png",
    ]  # fmt: skip
    assert len(look(tmp_path).index) == 3


@pytest.mark.parametrize("people", ["(S", "S", "(S)(.)"])
def test_a_pattern_of_people_has_one_group(tmp_path: Path, people: str) -> None:
    with pytest.raises(ConfigError, match=r"data\.dataset\.people"):
        Folder(people=people).index(pictures(tmp_path, "happy/S1.png"))


def test_people_are_said_in_one_way() -> None:
    with pytest.raises(ConfigError, match="both say who"):
        Folder(people="(S)", columns=COLUMNS)


def test_names_match_however_they_are_spelt(tmp_path: Path) -> None:
    decomposed = unicodedata.normalize("NFD", "José.png")
    pictures(listed(tmp_path, "path,label\nfaces/a.png,happy\nJosé.png,sad\n"), "a.png", decomposed)
    with zipfile.ZipFile(tmp_path / "images.zip", "w") as archive:
        archive.write(tmp_path / "a.png", "faces\\a.png")
        archive.write(tmp_path / decomposed, decomposed)
    for name in ("a.png", decomposed):
        (tmp_path / name).unlink()
    index = Folder(files="images.zip").index(tmp_path)
    assert index["id"].tolist() == ["José.png", "faces/a.png"]
    assert all(media.read_bytes(tmp_path, path) for path in index["path"])


def test_an_empty_path_is_refused_with_its_line(tmp_path: Path) -> None:
    pictures(listed(tmp_path, "path,label\n\na.png,sad\n,happy\n"), "a.png")
    with pytest.raises(DataError, match=r"labels\.csv, line 4: no path"):
        Folder().index(tmp_path)


def test_lines_of_unknown_labels_are_the_files_own(tmp_path: Path) -> None:
    pictures(listed(tmp_path, "path,label\n\n\na.png,sad\nb.png,scared\n"), "a.png", "b.png")
    with pytest.raises(DataError, match=r"labels\.csv, line 5: unknown label 'scared'"):
        Folder().index(tmp_path)


def test_absolute_paths_are_named_one_by_one(tmp_path: Path) -> None:
    pictures(listed(tmp_path, "path,label\nC:\\me\\a.png,sad\n/me/b.png,happy\n"), "a.png", "b.png")
    with pytest.raises(DataError, match=r"an absolute path.*: C:/me/a\.png, /me/b\.png"):
        Folder().index(tmp_path)
