"""What a model answers of files and arrays: the table, people over time, thresholds, baselines."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow

import fer_lab
from fer_lab.errors import ConfigError, DataError
from fer_lab.inference.options import NO_EXPRESSION, Options
from fer_lab.inference.people import spread
from fer_lab.inference.predictor import Predictor
from fer_lab.media import Image, write_image
from tests.inference.filmed import FPS, beside, filmed, write
from tests.inference.made import write_model

WAY = {"metric": "accuracy", "before": 0.5, "after": 0.7, "change": 0.2, "low": 0.1, "high": 0.3, "items": 9,
       "people": 3, "helps": True}  # fmt: skip
BASELINE = {"usual": [0.05, 0.95], "given": WAY, "found": WAY | {"low": -0.1, "helps": False}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def predictor(folder: Path) -> Predictor:
    return fer_lab.load(write_model(folder / "rule.onnx", baseline=BASELINE))


@pytest.fixture(scope="module")
def smiling() -> tuple[list[Image], NDArray[np.float64]]:
    return filmed(3, "happiness", 60)


@pytest.fixture(scope="module")
def resting() -> list[Image]:
    """Somebody whose neutral face the rule takes for happy more often than not."""
    return filmed(8, "neutral", 30)[0]


def test_three_lines_of_python(folder: Path, smiling: tuple[list[Image], Any], tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", smiling[0][40])
    model = fer_lab.load(folder / "rule.onnx") if (folder / "rule.onnx").is_file() else fer_lab.load(
        write_model(folder / "rule.onnx", baseline=BASELINE))  # fmt: skip
    table = model.predict(tmp_path / "a.png")
    assert table[["face", "answer", "reason"]].to_numpy().tolist() == [[1, "happiness", ""]]
    assert table["sure"][0] == pytest.approx(table["happiness"][0])
    assert table.loc[0, ["happiness", "neutral"]].sum() == pytest.approx(1)
    assert table.attrs["generated"]
    assert "trained on generated faces" in table.attrs["model"]


def test_three_lines_end_without_a_word(predictor: Predictor) -> None:
    lines = f"import fer_lab, numpy\nmodel = fer_lab.load({str(predictor.model.path)!r})\n"
    lines += "print(model.predict(numpy.zeros((99, 99, 3), 'uint8'))['reason'][0])"
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True)
    assert done.stdout == "no face\n"
    assert "Exception" not in done.stderr


def test_points_lie_in_the_box(predictor: Predictor, smiling: tuple[list[Image], Any]) -> None:
    table = predictor.predict(smiling[0][0], landmarks=True)
    row = table.iloc[0]
    across = row[[f"x_{i}" for i in range(68)]].to_numpy(np.float64)
    assert across.min() == pytest.approx(row["left"])
    assert across.max() == pytest.approx(row["left"] + row["width"], abs=1e-3)
    assert abs(row["yaw"]) < 20


def test_a_picture_without_a_face_has_a_row_that_says_so(predictor: Predictor) -> None:
    table = predictor.predict(np.full((100, 100, 3), 128, np.uint8))
    assert table["reason"].tolist() == ["no face"]
    assert table[["face", "answer", "sure", "happiness"]].isna().all(axis=None)


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (20, 3)])
def test_pictures_of_any_size_are_looked_at(predictor: Predictor, size: tuple[int, int]) -> None:
    assert predictor.predict(np.zeros((*size, 3), np.uint8))["reason"].tolist() == ["no face"]


def test_what_is_no_picture_is_refused(predictor: Predictor) -> None:
    with pytest.raises(DataError, match=r"picture 0 is float64 \(4, 4, 3\)"):
        predictor.predict(np.zeros((4, 4, 3)))  # type: ignore[arg-type]
    with pytest.raises(DataError, match="picture 1 is uint8"):
        predictor.predict([np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.uint8)])
    with pytest.raises(DataError, match="has no pixels"):
        predictor.predict(np.zeros((0, 4, 3), np.uint8))
    with pytest.raises(DataError, match=r"picture 0 is uint8 \(100, 100\)"):
        predictor.predict(np.zeros((100, 100), np.uint8))


@pytest.mark.parametrize("given", [None, 3, b"a.jpg", [3], ["a.jpg", None], ["a.jpg", np.zeros((4, 4, 3), np.uint8)]])
def test_what_is_neither_name_nor_array_is_refused(predictor: Predictor, given: Any) -> None:
    with pytest.raises(DataError, match="is no picture"):
        predictor.predict(given)


def test_files_of_which_none_can_be_read_are_refused(predictor: Predictor, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"nothing\.jpg: No such file"):
        predictor.predict("nothing.jpg")
    with pytest.raises(DataError, match=r"broken\.png: not a whole image"):
        predictor.predict(tmp_path / "broken.png")


def test_pictures_may_come_one_by_one(predictor: Predictor) -> None:
    assert len(predictor.predict(np.zeros((9, 9, 3), np.uint8) for _ in range(3))) == 3  # type: ignore[arg-type]


def test_a_photograph_that_lies_on_its_side_is_upright(
    predictor: Predictor, smiling: tuple[list[Image], Any], tmp_path: Path
) -> None:
    turned = Pillow.fromarray(smiling[0][40]).rotate(90)
    exif = Pillow.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise to be seen
    data = io.BytesIO()
    turned.save(data, "JPEG", quality=95, exif=exif)
    (tmp_path / "turned.jpg").write_bytes(data.getvalue())
    assert abs(predictor.predict(tmp_path / "turned.jpg")["roll"][0]) < 20


def test_the_answers_follow_what_a_person_does(
    predictor: Predictor, smiling: tuple[list[Image], NDArray[np.float64]], tmp_path: Path
) -> None:
    images, smile = smiling
    table = predictor.predict(write(tmp_path / "a.mp4", images))
    assert table["face"].tolist() == [1] * len(images)
    assert np.allclose(table["time"], np.arange(len(images)) / FPS)
    assert (table["answer"][smile > 0.6] == "happiness").mean() > 0.95
    assert (table["answer"][smile < 0.02] == "neutral").mean() > 0.9
    every = predictor.predict(tmp_path / "a.mp4", every=7)
    assert every["frame"].tolist() == list(range(0, len(images), 7))


def test_arrays_with_a_pace_are_a_video(predictor: Predictor, smiling: tuple[list[Image], Any]) -> None:
    assert predictor.predict(np.stack(smiling[0][:5]), fps=FPS)["face"].tolist() == [1] * 5
    assert predictor.predict(np.stack(smiling[0][:5]))["file"].tolist() == ["0", "1", "2", "3", "4"]


def test_smoothing_takes_flips_off_and_keeps_what_is_there(
    predictor: Predictor, smiling: tuple[list[Image], NDArray[np.float64]], resting: list[Image]
) -> None:
    def flips(images: list[Image], smooth: float) -> int:
        answers = predictor.predict(np.stack(images), fps=FPS, smooth=smooth)["answer"].to_numpy()
        return int((answers[1:] != answers[:-1]).sum())

    assert flips(resting, 0.5) < flips(resting, 0.0)
    images, smile = smiling
    smooth = predictor.predict(np.stack(images), fps=FPS, smooth=0.2)
    assert (smooth["answer"][smile > 0.9] == "happiness").mean() > 0.9
    assert np.allclose(smooth["happiness"] + smooth["neutral"], 1)


def test_below_a_threshold_there_is_no_clear_expression(predictor: Predictor, resting: list[Image]) -> None:
    table = predictor.predict(np.stack(resting), fps=FPS, error=0.1)
    unsure = table["sure"] <= 0.8
    assert unsure.any()
    assert set(table["answer"][unsure]) == {NO_EXPRESSION}
    assert NO_EXPRESSION not in set(predictor.predict(np.stack(resting), fps=FPS, above=0.5)["answer"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"error": 0.02}, "error = 0.02: the model has no threshold for it.*\n.*one of 0.1"),
        ({"above": 1.5}, "above = 1.5"),
        ({"above": 0.5, "error": 0.1}, "one of the two"),
        ({"smooth": -1}, "smooth = -1"),
        ({"every": 0}, "every = 0"),
        ({"faces": 0}, "faces = 0"),
        ({"neutral": ("first",)}, "neutral = first"),
        ({"neutral": ("a.mp4:5-2",)}, "FILE:FROM-TO"),
        ({"neutral": ("found", "first:2")}, "found alone"),
        ({"neutral": ("found",)}, "does not help this model: accuracy 0.500 -> 0.700"),
    ],
)
def test_options_that_cannot_be_followed_are_refused(
    predictor: Predictor, tmp_path: Path, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        predictor.predict(tmp_path, **options)


def test_a_threshold_is_of_classes(folder: Path) -> None:
    values = Predictor(write_model(folder / "values.onnx", "values"))
    with pytest.raises(ConfigError, match="a threshold for values"):
        values.predict(".", above=0.5)


def test_a_neutral_stretch_takes_off_what_a_face_shows_at_rest(predictor: Predictor, resting: list[Image]) -> None:
    plain = predictor.predict(np.stack(resting), fps=FPS)
    rested = predictor.predict(np.stack(resting), fps=FPS, neutral=("first:0.5",))
    assert (plain["answer"] == "happiness").mean() > 0.5
    assert (rested["answer"] == "neutral").all()
    assert Options(neutral=("a:b.mp4:1-2.5",)).stretches[0].file == "a:b.mp4"


def test_a_stretch_of_a_file_that_is_not_there_is_refused(predictor: Predictor, tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", np.zeros((9, 9, 3), np.uint8))
    with pytest.raises(ConfigError, match=r"neutral = b\.mp4: no such video"):
        predictor.predict(tmp_path, neutral=("b.mp4:0-1",))


def test_labels_and_values_have_the_columns_of_their_kind(folder: Path, smiling: tuple[list[Image], Any]) -> None:
    labels = Predictor(write_model(folder / "labels.onnx", "labels")).predict(smiling[0][40])
    assert labels["answer"].tolist() == ["AU12"]
    assert "sure" not in labels
    values = Predictor(write_model(folder / "values.onnx", "values")).predict(smiling[0][40])
    assert values["valence"][0] > 0.5
    assert not {"answer", "sure"} & set(values.columns)


def test_clips_are_cut_one_behind_the_other(
    folder: Path, predictor: Predictor, smiling: tuple[list[Image], Any]
) -> None:
    images = np.stack(smiling[0][:23])
    clips = Predictor(write_model(folder / "clips.onnx", length=5)).predict(images, fps=FPS)
    single = predictor.predict(images, fps=FPS, landmarks=True)
    assert clips["frame"].tolist() == list(range(23))
    answers = clips["happiness"].to_numpy()
    assert [len(set(answers[start : start + 5])) for start in range(0, 20, 5)] == [1] * 4
    assert len(set(answers[20:])) == 1
    mouth = np.hypot(single["x_54"] - single["x_48"], single["y_54"] - single["y_48"])
    eyes = np.hypot(single["x_45"] - single["x_36"], single["y_45"] - single["y_36"])
    order = np.argsort(np.asarray(mouth / eyes)[:20].reshape(4, 5).mean(1))
    assert (np.diff(answers[:20:5][order]) >= 0).all()


def test_fewer_faces_than_a_clip_are_shown_repeatedly(folder: Path, smiling: tuple[list[Image], Any]) -> None:
    clips = Predictor(write_model(folder / "clips.onnx", length=5))
    assert clips.predict(np.stack(smiling[0][:2]), fps=FPS)["answer"].notna().all()
    assert clips.predict(smiling[0][40])["answer"].tolist() == ["happiness"]
    assert spread(2, 5) == [0, 0, 1, 1, 1]
    assert spread(5, 5) == [0, 1, 2, 3, 4]


def test_no_more_faces_than_asked_for(predictor: Predictor, smiling: tuple[list[Image], Any]) -> None:
    row = beside([(160 * place, smiling[0][40]) for place in range(3)])
    assert predictor.predict(row)["face"].tolist() == [1, 2, 3]
    assert predictor.predict(row, faces=1)["face"].tolist() == [1]


def test_addresses_are_not_fetched(predictor: Predictor) -> None:
    with pytest.raises(ConfigError, match="nothing is fetched"):
        predictor.predict("https://example.org/a.jpg")
    with pytest.raises(ConfigError, match=r"https://example\.org/model\.onnx is an address"):
        fer_lab.load("https://example.org/model.onnx")


def test_what_is_trained_on_generated_faces_is_said_at_once(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        fer_lab.load(write_model(folder / "said.onnx"))
    assert "trained on generated faces" in caplog.text
