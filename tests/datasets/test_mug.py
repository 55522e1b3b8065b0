from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_lab import media
from fer_lab.datasets import TwinScale, count, make_twin, truth_path
from fer_lab.datasets.ck_plus_twin import SEQUENCES
from fer_lab.datasets.doctor import examine
from fer_lab.datasets.mug import EMOTIONS, Mug
from fer_lab.datasets.mug_twin import FPS, PEAKS, everyone
from fer_lab.errors import DataError
from tests.datasets.contract import DataSetContract

WHOLE = TwinScale(None, 10, (0.5, 0.8), 160)


@pytest.fixture(scope="module")
def mug_twin(cache: Path, scale: TwinScale) -> Path:
    return make_twin(Mug(), scale)


def write_take(root: Path, take: str, frames: int = 3) -> None:
    (root / take).mkdir(parents=True)
    for number in range(frames):
        pixels = np.random.default_rng(number).integers(0, 256, (16, 16, 3), dtype=np.uint8)
        media.write_image(root / take / f"img_{number:04d}.jpg", pixels)


def reasons(index: pd.DataFrame) -> dict[str, str]:
    return {row["id"]: row["reason"] for row in index.attrs["skipped"]}


class TestMug(DataSetContract):
    @pytest.fixture(scope="class")
    @classmethod
    def dataset(cls) -> Mug:
        return Mug()

    @pytest.fixture(scope="class")
    @classmethod
    def root(cls, mug_twin: Path) -> Path:
        return mug_twin

    def test_everyone_shows_everything_and_unlabelled_takes_are_listed(self, index: pd.DataFrame) -> None:
        assert (index.groupby("subject")["emotion"].nunique() == 6).all()
        neutral = "neutral: none of anger, disgust, fear, happiness, sadness, surprise"
        assert reasons(index) == {"001/neutral/take000": neutral, "001/take000": "not labelled"}

    def test_takes_are_rendered_in_colour_from_begin_to_end(self, root: Path, index: pd.DataFrame) -> None:
        for row in index.itertuples():
            frames = list(media.frames(root, row.path, row.kind, fps=row.fps))
            assert [frames[0].position, len(frames)] == [0, 8]
            assert 50 <= frames[-1].number + 1 <= 160
            assert np.ptp(frames[0].image.astype(int), axis=2).max() > 20

    def test_the_truth_says_where_a_take_is_strongest(self, root: Path, index: pd.DataFrame) -> None:
        peaks = pd.read_csv(root / PEAKS).set_index("id")["peak"]
        assert set(index["id"]) < set(peaks.index)
        assert peaks.between(0.35, 0.65).all()
        assert truth_path(root, index["id"][0]).is_file()

    def test_a_small_copy_falls_short(self, dataset: Mug, index: pd.DataFrame) -> None:
        assert examine(dataset, index).problems == ("2 of 52 subjects",)

    def test_lengths_count_the_frames_that_a_copy_lacks(self, root: Path, index: pd.DataFrame) -> None:
        fewest, most = map(int, str(count("lengths", root, index)).split(" to "))
        assert 50 <= fewest < most <= 160

    def test_people_emotions_and_formats_are_counted(self, root: Path, index: pd.DataFrame) -> None:
        found = {name: count(name, root, index) for name in ("subjects", "emotions", "formats", "fps", "videos")}
        assert found == {"subjects": 2, "emotions": 6, "formats": "video", "fps": FPS, "videos": len(index)}


def test_a_whole_twin_and_ck_plus_have_the_videos_of_the_thesis() -> None:
    people = everyone(WHOLE)
    takes = [take for person in people for take in person.recordings if take.id.count("/") == 2]
    shown = pd.Series([take.emotion for take in takes]).value_counts()
    assert len({person.identity for person in people}) == 52
    both = {emotion: int(shown[emotion]) + SEQUENCES[emotion] for emotion in EMOTIONS}
    assert both == {"anger": 109, "disgust": 146, "fear": 98, "happiness": 213, "sadness": 115, "surprise": 173}


def test_the_window_does_not_change_the_twin() -> None:
    others = [TwinScale(2, 4, window, 64) for window in ((0.5, 0.8), (0.0, 1.0))]
    assert len({str(Mug().twin_extent(other)) for other in others}) == 1


def test_a_whole_copy_is_whole_and_an_unexpected_gap_is_named(tmp_path: Path) -> None:
    pairs = [(f"{person:03d}", emotion) for person in range(1, 53) for emotion in EMOTIONS]
    facts = {"kind": "sequence", "fps": FPS, "path": "x"}
    index = pd.DataFrame([{"id": f"{s}/{e}", "subject": s, "emotion": e, **facts} for s, e in pairs])
    assert examine(Mug(), index).problems == ()
    report = examine(Mug(), index[index["id"] != "017/fear"])
    assert report.missing == ["017: Fear missing"]


def test_people_may_lie_deeper_and_in_a_zip(tmp_path: Path) -> None:
    write_take(tmp_path, "subjects3/001/Anger/take000")
    write_take(tmp_path, "more/002/happy/take012")
    shutil.make_archive(str(tmp_path / "more"), "zip", tmp_path, "more")
    shutil.rmtree(tmp_path / "more")
    index = Mug().index(tmp_path)
    assert index[["id", "path", "emotion"]].to_numpy().tolist() == [
        ["001/Anger/take000", "subjects3/001/Anger/take000", "anger"],
        ["002/happy/take012", "more.zip/more/002/happy/take012", "happiness"],
    ]
    assert len(list(media.frames(tmp_path, index["path"][1], "sequence", fps=FPS))) == 3


def test_what_is_no_labelled_take_is_listed(tmp_path: Path) -> None:
    for take in ("001/fear/take000", "001/take000", "001/session0/take000", "001/neutral/take000"):
        write_take(tmp_path, take)
    write_take(tmp_path, "copy/001/fear/take000")
    (tmp_path / "001/fear/take000/Thumbs.db").write_bytes(b"x")
    index = Mug().index(tmp_path)
    assert index["id"].tolist() == ["001/fear/take000"]
    found = reasons(index)
    assert found["001/take000"] == "not labelled"
    assert found["001/session0/take000"] == "not labelled (session0)"
    assert found["001/neutral/take000"].startswith("neutral: none of anger, ")
    assert found["copy/001/fear/take000"] == "001/fear/take000 is there already: 001/fear/take000 is taken"
    assert found["001/fear/take000/Thumbs.db"].startswith("not a frame ")
    assert len(found) == 5


def test_a_folder_without_labels_is_refused_with_its_takes(tmp_path: Path) -> None:
    write_take(tmp_path, "001/take000")
    write_take(tmp_path, "002/take000")
    with pytest.raises(DataError, match=r"not labelled: 001/take000, 002/take000"):
        Mug().index(tmp_path)


def test_a_wrong_tree_is_answered_with_the_one_expected(tmp_path: Path) -> None:
    write_take(tmp_path, "anger/001/000")
    with pytest.raises(DataError, match=r"not a frame .*take<three digits>") as caught:
        Mug().index(tmp_path)
    assert "take000/" in str(caught.value)
