from pathlib import Path

import numpy as np
import pytest

from fer_lab import faces, media
from fer_lab.faces import Face, FacesConfig, NoFace, prepare
from fer_lab.faces.detect import Detector
from fer_lab.faces.stage import find_faces


@pytest.mark.parametrize("views", [("face", "frontal", "frontal_soft"), ("frontal_soft",)])
def test_one_picture_becomes_what_the_store_has_of_it(data: Path, detector: Detector, views: tuple[str, ...]) -> None:
    config = FacesConfig(views=views, size=32)
    face = prepare(media.image((data / "still.png").read_bytes(), "still.png"), detector, config)
    assert isinstance(face, Face)
    row = {"id": "still", "path": "still.png", "kind": "image", "fps": None}
    stored = find_faces(data, [row], config, detector)
    arrays = stored.arrays()
    assert set(face.views) == set(views)
    for name, found in {**face.views, "landmarks": face.landmarks, "pose": face.pose}.items():
        np.testing.assert_array_equal(found, arrays[name][0])
    assert (face.faces_found, face.inside) == (1, 1.0)
    assert stored.frames[0][-2:] == (face.faces_found, face.inside)


def test_a_picture_without_a_face_says_why(detector: Detector) -> None:
    assert prepare(np.full((96, 96, 3), 128, np.uint8), detector, FacesConfig()) == NoFace("no face")


def test_a_face_that_is_refused_says_why(detector: Detector, twin) -> None:
    image = twin[0][0]
    assert isinstance(prepare(image, detector, FacesConfig(max_yaw=180)), Face)
    assert prepare(image, detector, FacesConfig(max_yaw=0.001)) == NoFace("yaw beyond 0.001 degrees")


def test_three_lines_prepare_a_picture(twin) -> None:
    detector = faces.Detector(faces.find_model())
    face = faces.prepare(twin[0][0], detector, FacesConfig(size=48))
    assert isinstance(face, Face)
    assert face.views["frontal"].shape == (48, 48, 3)
