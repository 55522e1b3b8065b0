"""People keep their numbers: by the tracker alone, and in videos of generated people, found by a real detector."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pandas import DataFrame

from fer_lab.inference.predictor import Predictor
from fer_lab.inference.tracking import KEPT, Sight, Tracker
from tests.inference.filmed import beside, filmed, write
from tests.inference.made import write_model

WHITE, BLACK = np.full((24, 24, 3), 220, np.uint8), np.full((24, 24, 3), 40, np.uint8)


def sight(left: float, look: NDArray[np.uint8] = WHITE, size: float = 80) -> Sight:
    return Sight(np.array([left, 50, size, size], np.float64), look)


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return Predictor(write_model(tmp_path_factory.mktemp("model") / "rule.onnx"))


def spans(table: DataFrame) -> dict[int, tuple[int, int]]:
    """The first and the last frame of each person."""
    found = table.groupby("face")["frame"]
    return {int(face): (int(own.min()), int(own.max())) for face, own in found}


def test_a_face_that_moves_keeps_its_number() -> None:
    tracker = Tracker()
    assert [tracker(i / 25, WHITE, [sight(100 + 5 * i)]) for i in range(20)] == [[1]] * 20


def test_who_is_lost_for_a_while_keeps_the_number_and_then_does_not() -> None:
    tracker = Tracker()
    assert tracker(0.0, WHITE, [sight(100)]) == [1]
    assert tracker(KEPT, WHITE, [sight(110)]) == [1]
    assert tracker(2.1 * KEPT, WHITE, [sight(110)]) == [2]
    assert tracker.alive == {2}


def test_another_look_is_another_person() -> None:
    tracker = Tracker()
    assert tracker(0.0, WHITE, [sight(100)]) == [1]
    assert tracker(0.04, WHITE, [sight(100, BLACK)]) == [2]


def test_all_faces_of_a_frame_are_matched_at_once() -> None:
    tracker = Tracker()
    assert tracker(0.0, WHITE, [sight(100), sight(300)]) == [1, 2]
    assert tracker(0.04, WHITE, [sight(290), sight(110)]) == [2, 1]
    assert tracker(0.08, WHITE, [sight(500, size=90), sight(280), sight(120)]) == [3, 2, 1]


def test_a_face_does_not_jump() -> None:
    tracker = Tracker()
    assert tracker(0.0, WHITE, [sight(100)]) == [1]
    assert tracker(0.04, WHITE, [sight(400)]) == [2]
    assert tracker(0.08, WHITE, [sight(400, size=300)]) == [3]


def test_at_a_cut_everybody_begins_anew() -> None:
    tracker = Tracker()
    assert tracker(0.0, WHITE, [sight(100)]) == [1]
    assert tracker(0.04, BLACK, [sight(100)]) == [2]


def test_two_who_pass_each_other_keep_their_numbers(predictor: Predictor, tmp_path: Path) -> None:
    one, other = filmed(3, "happiness", 60)[0], filmed(8, "neutral", 60)[0]
    places = np.linspace(10, 310, 60).round().astype(int)
    images = [beside([(320 - left, b), (left, a)]) for left, a, b in zip(places, one, other, strict=True)]
    table = predictor.predict(write(tmp_path / "pass.mp4", images))
    assert spans(table) == {1: (0, 59), 2: (0, 59)}
    first = table[table["frame"] == 0].set_index("face")["left"]
    last = table[table["frame"] == 59].set_index("face")["left"]
    assert (first[1] < first[2]) == (last[1] > last[2])


def test_a_cut_to_another_person_in_the_same_place_is_seen(predictor: Predictor, tmp_path: Path) -> None:
    images = [*filmed(3, "happiness", 30)[0][:20], *filmed(8, "neutral", 30)[0][:20]]
    table = predictor.predict(write(tmp_path / "cut.mp4", [beside([(160, image)]) for image in images]))
    assert spans(table) == {1: (0, 19), 2: (20, 39)}


def test_who_comes_and_goes_in_real_videos(predictor: Predictor, real_data: Path) -> None:
    table = predictor.predict(real_data / "video" / "face_noface.mov", every=6)
    assert table["face"].dropna().nunique() == 1
    assert set(table["reason"]) == {"", "no face"}
    assert predictor.predict(real_data / "video" / "multi_face.jpg")["face"].tolist() == [1, 2]
