import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest

from fer_lab import media
from fer_lab.errors import ConfigError
from fer_lab.faces import EqualiseHistogram, FacesConfig, Grey, Resize, StepsConfig, ThreeChannels, ViolaJonesCrop
from fer_lab.faces.detect import Detector
from fer_lab.faces.stage import WHOLE_FILE, FoundFaces, find_faces
from fer_lab.generator import Truth

WHOLE = FacesConfig(size=32, window=(0, 1))


def row(path: str, kind: str = "video", fps: float | None = None) -> dict[Any, Any]:
    return {"id": path.split(".")[0], "path": path, "kind": kind, "fps": fps}


def find(data: Path, detector: Detector, *rows: dict[Any, Any], config: FacesConfig = WHOLE) -> FoundFaces:
    return find_faces(data, rows, config, detector)


def test_every_frame_of_the_window_is_there_in_the_order_of_time(data: Path, detector: Detector) -> None:
    frames, skipped = find(data, detector, row("a.mp4"), row("b.mp4")).tables()
    assert skipped.empty
    assert frames["id"].tolist() == ["a"] * 6 + ["b"] * 6
    assert frames["frame"].tolist() == [*range(6)] * 2
    np.testing.assert_allclose(frames["time"][:6], np.arange(6) * 0.12, atol=1e-6)
    assert frames["position"].between(0, 1).all()
    assert (frames["faces_found"] == 1).all()


def test_the_window_and_its_number_of_frames_are_kept_to(data: Path, detector: Detector) -> None:
    config = FacesConfig(size=32, window=(0.3, 0.9), frames_per_window=2)
    frames, _ = find(data, detector, row("a.mp4"), config=config).tables()
    assert len(frames) == 2
    assert frames["position"].between(0.3, 0.9).all()


def test_arrays_fit_the_frames(data: Path, detector: Detector, twin: tuple[np.ndarray, Truth]) -> None:
    arrays = find(data, detector, row("a.mp4")).arrays()
    assert {name: (array.shape, array.dtype.name) for name, array in arrays.items()} == {
        "landmarks": ((6, 68, 2), "float32"),
        "pose": ((6, 3), "float32"),
        "face": ((6, 32, 32, 3), "uint8"),
        "frontal": ((6, 32, 32, 3), "uint8"),
        "frontal_soft": ((6, 32, 32, 3), "uint8"),
    }
    assert np.abs(arrays["landmarks"] - twin[1].landmarks).mean() < 2  # px of the source frame
    assert np.abs(arrays["pose"] - twin[1].pose).max() < 9
    assert arrays["face"].std() > 20
    assert (arrays["frontal"][:, 0, 0] == 0).all()


def test_one_view_alone_is_prepared_if_one_is_asked_for(data: Path, detector: Detector) -> None:
    both = find(data, detector, row("a.mp4")).arrays()
    config = FacesConfig(views=("frontal",), size=32, window=(0, 1))
    one = find(data, detector, row("a.mp4"), config=config).arrays()
    assert "face" not in one
    np.testing.assert_array_equal(one["frontal"], both["frontal"])


def test_stills_and_sequences_are_taken(data: Path, detector: Detector) -> None:
    found = find(data, detector, row("still.png", "image"), row("sequence", "sequence", 25.0))
    frames, _ = found.tables()
    assert frames["id"].tolist() == ["still"] + ["sequence"] * 6
    assert frames["time"].tolist() == pytest.approx([0, *(np.arange(6) / 25)])
    np.testing.assert_array_equal(*found.values["landmarks"][:2])  # the same picture


def test_a_still_is_in_every_window(data: Path, detector: Detector) -> None:
    config = FacesConfig(size=32, window=(0.5, 0.8))
    assert len(find(data, detector, row("still.png", "image"), config=config).frames) == 1


def test_frames_without_a_face_are_listed(data: Path, detector: Detector) -> None:
    _, skipped = find(data, detector, row("noise.mp4")).tables()
    assert skipped["frame"].tolist() == [*range(6)]
    assert set(skipped["reason"]) == {"no face"}


@pytest.mark.parametrize(
    ("path", "reason"),
    [("empty.mp4", "empty"), ("truncated.mp4", "not a whole video"), ("nowhere.mp4", "no such file")],
)
def test_a_file_that_cannot_be_read_is_listed_and_loses_no_other(
    data: Path, detector: Detector, path: str, reason: str
) -> None:
    frames, skipped = find(data, detector, row("a.mp4"), row(path), row("b.mp4")).tables()
    assert frames["id"].value_counts().to_dict() == {"a": 6, "b": 6}
    assert skipped["id"].tolist() == [path.split(".")[0]]
    assert skipped["frame"].tolist() == [WHOLE_FILE]
    assert path in skipped["reason"][0]
    assert reason in skipped["reason"][0]


def test_a_video_without_a_frame_in_the_window_is_listed(data: Path, detector: Detector) -> None:
    config = FacesConfig(size=32, window=(0.01, 0.1))
    assert find(data, detector, row("a.mp4"), config=config).skipped == [("a", -1, "no frame between 1% and 10%")]


def test_what_comes_before_the_damage_is_kept(data: Path, detector: Detector) -> None:
    frames, skipped = find(data, detector, row("damaged", "sequence", 25.0)).tables()
    assert frames["frame"].tolist() == [0, 1, 2]
    assert skipped["frame"].tolist() == [WHOLE_FILE]
    assert "003.png" in skipped["reason"][0]


def test_empty_tables_have_the_same_types_as_others(data: Path, detector: Detector) -> None:
    some, none = find(data, detector, row("damaged", "sequence", 25.0)), find(data, detector)
    for one, other in zip(some.tables(), none.tables(), strict=True):
        assert one.dtypes.to_dict() == other.dtypes.to_dict()


def test_a_face_turned_too_far_is_listed(detector: Detector, turned, tmp_path: Path) -> None:
    media.write_image(tmp_path / "turned.png", turned(yaw=30)[0])
    rows = [row("turned.png", "image")]
    assert len(find(tmp_path, detector, *rows).frames) == 1
    found = find(tmp_path, detector, *rows, config=FacesConfig(size=32, max_yaw=20))
    assert found.skipped == [("turned", 0, "yaw beyond 20 degrees")]
    assert found.arrays()["face"].shape == (0, 32, 32, 3)


@pytest.mark.parametrize(("cut", "kept"), [(0.0, True), (0.15, True), (0.5, False)])
def test_a_face_half_outside_the_picture_is_flagged_or_listed(
    detector: Detector, twin, tmp_path: Path, cut: float, kept: bool
) -> None:
    image, truth = twin[0][0], twin[1].landmarks[0]
    left, width = truth[:, 0].min(), np.ptp(truth[:, 0])
    media.write_image(tmp_path / "cut.png", image[:, max(int(left + cut * width), 0) if cut else 0 :])
    found = find(tmp_path, detector, row("cut.png", "image"))
    assert bool(found.frames) == kept
    assert len(found.frames) + len(found.skipped) == 1
    if kept:
        assert (found.tables()[0]["inside"][0] < 1) == (cut > 0)
        assert all(np.isfinite(values).all() for values in found.arrays().values())
    else:
        assert found.skipped[0][2] in ("no face", "less than 75% of its points in the picture")


def test_points_that_are_no_numbers_make_no_face(data: Path, detector: Detector, monkeypatch) -> None:
    whole = detector.detect

    def without_a_point(image: np.ndarray) -> object:
        answer = whole(image)
        assert answer is not None
        answer.mesh[33] = np.nan
        return answer

    monkeypatch.setattr(detector, "detect", without_a_point)
    assert find(data, detector, row("still.png", "image")).skipped == [("still", 0, "no landmarks")]


@pytest.mark.parametrize(
    ("video", "with_faces", "without"),
    [("single_face.mp4", True, False), ("no_face.mp4", False, True), ("face_noface.mov", True, True)],
)
def test_real_videos(detector: Detector, real_data: Path, video: str, with_faces: bool, without: bool) -> None:
    config = FacesConfig(size=32, window=(0, 1), frames_per_window=8)
    frames, skipped = find(real_data / "video", detector, row(video), config=config).tables()
    assert len(frames) + len(skipped) == 8
    assert bool(len(frames)) == with_faces
    assert bool(len(skipped)) == without
    assert set(skipped["reason"]) <= {"no face"}
    assert pd.Series(frames["time"]).is_monotonic_increasing


STEPS = StepsConfig((Grey(), ViolaJonesCrop(), EqualiseHistogram(), Resize(32), ThreeChannels()))


def test_steps_need_no_detector_and_find_no_landmarks(data: Path) -> None:
    found = find_faces(data, [row("a.mp4"), row("still.png", "image")], STEPS, None)
    frames, skipped = found.tables()
    assert skipped.empty
    assert frames["id"].tolist() == ["a"] * 6 + ["still"]
    assert (frames["faces_found"] == 1).all()
    assert frames["inside"].isna().all()
    assert {name: array.shape for name, array in found.arrays().items()} == {"face": (7, 32, 32, 3)}
    assert (np.ptp(found.arrays()["face"], axis=3) == 0).all()  # grey


def test_a_video_whose_second_half_has_no_face_is_listed_frame_by_frame(data: Path, tmp_path: Path) -> None:
    (tmp_path / "half").mkdir()
    shown = sorted((data / "sequence").iterdir())[:3]
    for number, file in enumerate(shown):
        shutil.copy(file, tmp_path / "half" / f"{number:03d}.png")
    for number in (3, 4, 5):
        media.write_image(tmp_path / "half" / f"{number:03d}.png", np.full((128, 128, 3), 120, np.uint8))
    frames, skipped = find_faces(tmp_path, [row("half", "sequence", 25.0)], STEPS, None).tables()
    assert frames["frame"].tolist() == [0, 1, 2]
    assert skipped["frame"].tolist() == [3, 4, 5]
    assert set(skipped["reason"]) == {"no face"}


def test_a_picture_smaller_than_the_window_is_listed(tmp_path: Path) -> None:
    media.write_image(tmp_path / "small.png", np.zeros((20, 22, 3), np.uint8))
    found = find_faces(tmp_path, [row("small.png", "image")], STEPS, None)
    assert found.skipped == [("small", 0, "a picture of 22 x 20 px, smaller than the window of 24 px")]


def test_a_colour_frame_among_grey_ones_is_prepared_as_the_same_frame_in_grey(tmp_path: Path, twin) -> None:
    picture = twin[0][0]
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    media.write_image(tmp_path / "colour.png", picture)
    media.write_image(tmp_path / "grey.png", np.repeat(grey[..., None], 3, axis=2))
    rows = [row("colour.png", "image"), row("grey.png", "image")]
    one, other = find_faces(tmp_path, rows, STEPS, None).arrays()["face"]
    np.testing.assert_array_equal(one, other)


def test_landmarks_without_a_detector_are_refused(data: Path) -> None:
    with pytest.raises(ConfigError, match="no detector"):
        find_faces(data, [row("still.png", "image")], WHOLE, None)
