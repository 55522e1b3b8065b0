from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from fer_lab.datasets import TwinScale, count, make_twin
from fer_lab.datasets.doctor import examine
from fer_lab.datasets.ised import EMOTIONS, Ised, everyone
from fer_lab.errors import DataError
from tests.datasets.contract import DataSetContract


@pytest.fixture(scope="module")
def ised_twin(cache: Path, scale: TwinScale) -> Path:
    return make_twin(Ised(), scale)


def write(root: Path, sheet: str, *clips: str) -> Path:
    """A sheet, and clips of which only the names count."""
    (root / "labels.csv").write_text("clip,subject,emotion\n" + sheet)
    for clip in clips:
        (root / clip).parent.mkdir(exist_ok=True)
        (root / clip).write_bytes(b"x")
    return root


def reasons(index: pd.DataFrame) -> dict[str, str]:
    return {entry["id"]: entry["reason"] for entry in index.attrs["skipped"]}


class TestIsed(DataSetContract):
    @pytest.fixture(scope="class")
    @classmethod
    def dataset(cls) -> Ised:
        return Ised()

    @pytest.fixture(scope="class")
    @classmethod
    def root(cls, ised_twin: Path) -> Path:
        return ised_twin

    def test_everyone_shows_each_of_the_four_emotions(self, root: Path, index: pd.DataFrame) -> None:
        assert index.groupby("subject")["emotion"].nunique().tolist() == [4, 4]
        assert [count(name, root, index) for name in ("subjects", "emotions", "formats")] == [2, 4, "video"]

    def test_a_small_copy_falls_short(self, dataset: Ised, index: pd.DataFrame) -> None:
        assert examine(dataset, index).problems == (f"{len(index)} of 428 videos", "2 of 50 subjects")


def test_a_whole_twin_is_whole() -> None:
    people = everyone(TwinScale(None, 4, (0.5, 0.8), 64))
    rows = [(clip.id, clip.emotion, person.subject) for person in people for clip in person.recordings]
    index = pd.DataFrame(rows, columns=["id", "emotion", "subject"]).assign(kind="video")
    assert examine(Ised(), index).problems == ()
    assert set(index["emotion"]) == set(EMOTIONS)


def test_clips_are_named_with_or_without_folder_and_extension(tmp_path: Path) -> None:
    write(tmp_path, "a,p1,Happy\nclips\\b.avi,p2,sadness\n", "clips/a.avi", "clips/b.avi")
    assert Ised().index(tmp_path)[["id", "path", "subject", "emotion"]].to_numpy().tolist() == [
        ["a", "clips/a.avi", "p1", "happiness"],
        ["b", "clips/b.avi", "p2", "sadness"],
    ]


def test_missing_and_doubled_rows_are_listed_with_their_lines(tmp_path: Path) -> None:
    sheet = "a,p1,happiness\nb,p1,sadness\nc,p2,surprise\nb,p1,disgust\nlost,p2,disgust\nd,,disgust\ne,p2,fear\n"
    write(tmp_path, sheet, *(f"clips/{name}.avi" for name in "abcdef"), "more/a.avi")
    index = Ised().index(tmp_path)
    assert index["id"].tolist() == ["a", "c"]
    assert reasons(index) == {
        "clips/b.avi": "it has 2 rows (labels.csv, line 3, 5)",
        "clips/d.avi": "nobody is named (labels.csv, line 7)",
        "clips/e.avi": "'fear': none of disgust, happiness, sadness, surprise (labels.csv, line 8)",
        "clips/f.avi": "has no row in labels.csv",
        "lost": "there is no such clip (labels.csv, line 6)",
        "more/a.avi": "another clip has its name: clips/a.avi is taken",
    }


def test_a_wrong_sheet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("file,emotion\na,happiness\n")
    with pytest.raises(DataError, match=r"labels\.csv: no column 'clip'"):
        Ised().index(tmp_path)


def test_without_its_sheet_it_shows_what_is_expected(tmp_path: Path) -> None:
    (tmp_path / "a.avi").write_bytes(b"x")
    with pytest.raises(DataError, match=r"there is no labels\.csv") as caught:
        Ised().index(tmp_path)
    assert "export the sheet" in str(caught.value)
