"""The frontal-face cascade: where it finds faces, which of them is cut out, and what it is given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fer_lab.errors import ConfigError, StoreError
from fer_lab.faces import viola_jones
from fer_lab.faces.steps import Cropped, NoFace
from fer_lab.faces.viola_jones import ViolaJonesCrop
from fer_lab.generator import Identity, perform, render

GOLDEN = {
    (5, "happiness", 128): [(26, 18, 76, 76)],
    (5, "happiness", 320): [(69, 46, 185, 185)],
    (7, "surprise", 320): [(57, 43, 209, 209)],
    (11, "anger", 160): [(32, 26, 95, 95)],
}
"""Seed, expression and size of a twin -> what OpenCV 4.14's cascade finds in it, with the same settings and file."""
TWO = [(57, 43, 208, 208), (349, 186, 99, 99)]
ROUNDING = 2
"""px: pictures are rendered in floating point, which differs in last bits from machine to machine."""


def picture(seed: int, emotion: str, size: int) -> np.ndarray:
    return render(Identity(seed), perform(seed, emotion, fps=25.0, duration=1.0), [12], size=size, seed=1)[0][0]


@pytest.fixture(scope="module")
def two() -> np.ndarray:
    """A large face on the left, a small one on the right."""
    found = np.full((320, 480, 3), 128, np.uint8)
    found[:, :320], found[160:, 320:] = picture(7, "surprise", 320), picture(11, "anger", 160)
    return found


@pytest.mark.parametrize("twin", GOLDEN, ids=str)
def test_faces_are_where_another_opencv_finds_them(twin: tuple[int, str, int]) -> None:
    np.testing.assert_allclose(ViolaJonesCrop().boxes(picture(*twin)), GOLDEN[twin], atol=ROUNDING)


def test_of_several_faces_the_largest_is_cut_out_and_all_are_counted(two: np.ndarray) -> None:
    np.testing.assert_allclose(sorted(ViolaJonesCrop().boxes(two)), TWO, atol=ROUNDING)
    crop = ViolaJonesCrop()(two)
    assert isinstance(crop, Cropped)
    assert crop.faces_found == 2
    left, top, side, _ = crop.box
    assert side > 150
    np.testing.assert_array_equal(crop.image, two[top : top + side, left : left + side])


def test_faces_below_the_smallest_size_are_not_looked_for(two: np.ndarray) -> None:
    crop = ViolaJonesCrop(min_size=0.5)(two)
    assert isinstance(crop, Cropped)
    assert crop.faces_found == 1


def test_colour_or_grey_the_same_face_is_found() -> None:
    image = picture(5, "happiness", 128)
    grey = viola_jones.grey(image)
    assert ViolaJonesCrop().boxes(image) == ViolaJonesCrop().boxes(grey)
    crop = ViolaJonesCrop()(grey)
    assert isinstance(crop, Cropped)
    assert crop.image.shape[2] == 1


def test_a_picture_without_a_face_has_no_crop() -> None:
    assert ViolaJonesCrop()(np.full((96, 96, 3), 128, np.uint8)) == NoFace("no face")


@pytest.mark.parametrize("shape", [(10, 200, 3), (200, 23, 1), (1, 1, 3)])
def test_a_picture_smaller_than_the_window_is_said_to_be(shape: tuple[int, int, int]) -> None:
    outcome = ViolaJonesCrop()(np.zeros(shape, np.uint8))
    assert outcome == NoFace(f"a picture of {shape[1]} x {shape[0]} px, smaller than the window of 24 px")


@pytest.mark.parametrize(("key", "value"), [("scale_factor", 1.0), ("min_neighbours", -1), ("min_size", 1.5)])
def test_a_parameter_out_of_range_is_refused(key: str, value: float) -> None:
    with pytest.raises(ConfigError, match=f"faces.steps: ViolaJonesCrop.{key} = "):
        ViolaJonesCrop(**{key: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("damage", ["altered", "missing"])
def test_another_cascade_is_refused(damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / viola_jones.CASCADE.name
    if damage == "altered":
        other.write_bytes(viola_jones.CASCADE.read_bytes().replace(b"-5.04", b"-5.05", 1))
    monkeypatch.setattr(viola_jones, "CASCADE", other)
    viola_jones._cascade.cache_clear()
    with pytest.raises(StoreError, match="missing or damaged"):
        ViolaJonesCrop()(np.zeros((64, 64, 3), np.uint8))
    viola_jones._cascade.cache_clear()


def test_the_cascade_ships_with_its_licence_and_a_notice() -> None:
    assert "Intel License Agreement" in viola_jones.CASCADE.read_text()[:1500]
    notice = Path(viola_jones.__file__).parents[2] / "NOTICE"
    assert viola_jones.CASCADE.name in notice.read_text()
