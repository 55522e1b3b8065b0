"""dlib in place of MediaPipe: the same points of the same faces, as far as the two agree."""

from __future__ import annotations

import importlib
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest

from fer_lab import media
from fer_lab.errors import ConfigError, DataError
from fer_lab.faces import Detector, DlibDetector, FacesConfig, NoFace, dlib_detector, prepare, store_folder
from fer_lab.faces.eyes import eye_centres
from fer_lab.faces.stage import find_faces
from fer_lab.generator import Truth

Twin = tuple[np.ndarray, Truth]
DLIB = DlibDetector()
CONFIG = FacesConfig(views=("face",), size=32, window=(0, 1), eyes=(0.28, 0.18), detector=DLIB)


def apart(one: np.ndarray, other: np.ndarray, unit: np.ndarray) -> float:
    """Mean distance of points, as a share of the distance of the eyes' centres of a face."""
    between = np.linalg.norm(np.subtract(*eye_centres(unit)))
    return float(np.linalg.norm(one - other, axis=-1).mean() / between)


def test_the_points_of_a_twin_are_found_in_their_order_and_where_mediapipe_finds_them(
    detector: Detector, twin: Twin
) -> None:
    for image, truth in zip(twin[0], twin[1].landmarks, strict=True):
        found, other = DLIB.detect(image), detector.detect(image)
        assert found is not None
        assert other is not None
        assert (found.faces_found, found.landmarks.shape, found.landmarks.dtype) == (1, (68, 2), np.float32)
        assert apart(found.landmarks, truth, truth) < 0.1
        assert apart(eye_centres(found.landmarks), eye_centres(other.landmarks), truth) < 0.05


def test_of_two_faces_the_larger_is_kept_and_both_are_counted(twin: Twin) -> None:
    image = twin[0][0]
    both = np.hstack([np.vstack([image, np.full_like(image, 128)]), cv2.resize(image, None, fx=2, fy=2)])
    found, truth = DLIB.detect(both), twin[1].landmarks[0] * 2 + (128, 0)
    assert found is not None
    assert found.faces_found == 2
    assert apart(found.landmarks, truth, truth) < 0.1


def test_faces_are_prepared_and_those_that_are_not_found_are_counted(data: Path, index: pd.DataFrame) -> None:
    assert prepare(np.full((128, 128, 3), 128, np.uint8), DLIB, CONFIG) == NoFace("no face")
    rows: Any = index[index["id"].isin(["sequence", "noise"])].to_dict("records")
    frames, skipped = find_faces(data, rows, CONFIG, DLIB).tables()
    assert (set(frames["id"]), len(frames), frames["faces_found"].max()) == ({"sequence"}, 6, 1)
    assert (set(skipped["id"]), set(skipped["reason"]), len(skipped)) == ({"noise"}, {"no face"}, 6)


def test_faces_that_dlib_finds_are_kept_apart_from_others() -> None:
    configs = [CONFIG, FacesConfig(**{**vars(CONFIG), "detector": None})]
    configs += [FacesConfig(**{**vars(CONFIG), "detector": DlibDetector(upsample=2)})]
    assert len({store_folder("data", config) for config in configs}) == 3


@pytest.mark.parametrize("setting", [{"blendshapes": True}, {"model": "a.task"}])
def test_what_dlib_cannot_say_or_does_not_read_is_refused(setting: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=f"faces.{next(iter(setting))}"):
        FacesConfig(detector=DLIB, **setting)


def test_without_its_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", lacking)
    with pytest.raises(ConfigError, match=r"dlib is not installed[\s\S]*extra `dlib`[\s\S]*pip install dlib-bin"):
        dlib_detector._dlib()
    monkeypatch.setattr(dlib_detector, "PACKAGE", "no_such_package")
    with pytest.raises(ConfigError, match="no_such_package is not installed"):
        dlib_detector._file()


def test_another_file_of_points_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "carrier" / "models").mkdir(parents=True)
    (tmp_path / "carrier" / "__init__.py").touch()
    (tmp_path / "carrier" / "models" / dlib_detector.NAME).write_bytes(b"another")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(dlib_detector, "PACKAGE", "carrier")
    with pytest.raises(DataError, match="SHA-256"):
        dlib_detector._file()


def test_both_agree_on_faces_in_the_wild(detector: Detector, real_data: Path) -> None:
    with zipfile.ZipFile(real_data / "facial_expressions" / "images.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))[::60]
        images = [media.image(archive.read(name), name) for name in names]
    pairs = [(DLIB.detect(image), detector.detect(image)) for image in images]
    both = [(one.landmarks, other.landmarks) for one, other in pairs if one and other]
    assert len(both) > 0.6 * len(images) > 10
    eyes = [apart(eye_centres(one), eye_centres(other), other) for one, other in both]
    assert np.median(eyes) < 0.05
