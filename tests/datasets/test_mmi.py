from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_lab import media
from fer_lab.datasets import TwinScale, count, make_twin
from fer_lab.datasets.doctor import examine
from fer_lab.datasets.mmi import Mmi, everyone
from fer_lab.errors import DataError
from tests.datasets.contract import DataSetContract


@pytest.fixture(scope="module")
def mmi_twin(cache: Path, scale: TwinScale) -> Path:
    return make_twin(Mmi(), scale)


def write_session(root: Path, number: int, label: str | None = "1", name: str = "S001-100", view: str = "0") -> Path:
    """A session of one picture; its label as the XML file has it, or no such file."""
    folder = root / "Sessions" / str(number)
    folder.mkdir(parents=True)
    media.write_image(folder / f"{name}.png", np.zeros((8, 8, 3), np.uint8))
    (folder / "session.xml").write_text(f'<Session><track view="{view}"/></Session>')
    if label is not None:
        (folder / f"{name}.xml").write_text(f'<Annotation><Metatag Name="Emotion" Value="{label}"/></Annotation>')
    return folder


class TestMmi(DataSetContract):
    @pytest.fixture(scope="class")
    @classmethod
    def dataset(cls) -> Mmi:
        return Mmi()

    @pytest.fixture(scope="class")
    @classmethod
    def root(cls, mmi_twin: Path) -> Path:
        return mmi_twin

    def test_everyone_shows_each_emotion_and_action_units_alone_are_listed(self, index: pd.DataFrame) -> None:
        assert index.groupby("subject")["emotion"].nunique().tolist() == [6, 6]
        assert index.attrs["skipped"] == [{"id": "Sessions/107/S001-007.mp4", "reason": "not labelled with an emotion"}]

    def test_a_small_copy_falls_short(self, dataset: Mmi, root: Path, index: pd.DataFrame) -> None:
        assert examine(dataset, index).problems == ("2 of 19 subjects",)
        assert [count(name, root, index) for name in ("subjects", "emotions", "formats")] == [2, 6, "video"]


def test_a_whole_twin_is_whole() -> None:
    people = everyone(TwinScale(None, 4, (0.5, 0.8), 64))
    rows = [(take.id, take.emotion, person.subject) for person in people for take in person.recordings[:6]]
    index = pd.DataFrame(rows, columns=["id", "emotion", "subject"]).assign(kind="video")
    assert examine(Mmi(), index).problems == ()


def test_videos_and_pictures_are_formats(tmp_path: Path) -> None:
    write_session(tmp_path, 1, "4")
    index = Mmi().index(tmp_path)
    assert index[["id", "kind", "subject", "emotion"]].to_numpy().tolist() == [
        ["Sessions/1/S001-100", "image", "S001", "happiness"]
    ]
    video = index.assign(id="v", kind="video")
    assert count("formats", tmp_path, pd.concat([index, video])) == "static,video"


def test_what_cannot_be_used_is_listed(tmp_path: Path) -> None:
    write_session(tmp_path, 1)
    write_session(tmp_path, 2, "9")
    write_session(tmp_path, 3, None)
    write_session(tmp_path, 4, view="1")
    write_session(tmp_path, 5, name="clip")
    (write_session(tmp_path, 6) / "S001-100.xml").write_text("<Annotation>")
    (write_session(tmp_path, 7) / "S001-100.xml").write_text('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    (write_session(tmp_path, 8) / "session.xml").unlink()
    index = Mmi().index(tmp_path)
    assert index["id"].tolist() == ["Sessions/1/S001-100"]
    found = {entry["id"].split("/")[1]: entry["reason"] for entry in index.attrs["skipped"]}
    assert found["2"] == "its emotion is 9, not 1 to 6"
    assert found["3"].startswith("Sessions/3/S001-100.xml cannot be read")
    assert found["4"] == "seen from the side"
    assert found["5"] == "its name is not S<person>-<number>"
    assert "no XML" in found["6"]
    assert "it defines entities" in found["7"]
    assert found["8"].startswith("Sessions/8/session.xml cannot be read")


def test_a_wrong_tree_is_answered_with_the_one_expected(tmp_path: Path) -> None:
    write_session(tmp_path, 1, name="clip")
    with pytest.raises(DataError, match=r"its name is not S<person>-<number>: Sessions/1/clip\.png") as caught:
        Mmi().index(tmp_path)
    assert "session.xml" in str(caught.value)
