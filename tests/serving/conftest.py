"""What tests of the live page share: a generated person, a model that knows that person's expressions, its page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fer_lab import media
from fer_lab.faces import FacesConfig, detector_of, prepare_all
from tests.serving.demoing import Demo, Pixels, filmed
from tests.serving.drawn_models import NAMES, model_at

FACE = FacesConfig(views=("face",), size=32)


@pytest.fixture(scope="session")
def happy() -> Pixels:
    return filmed("happiness", [11])[0]


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory, happy: Pixels) -> Path:
    """A model that knows one person's three expressions."""
    detector = detector_of(FACE)
    shown = {name: happy if name == "happiness" else filmed(name, [11])[0] for name in NAMES["classes"]}
    known = [prepare_all(picture, detector, FACE)[0].views["face"] for picture in shown.values()]
    return model_at(tmp_path_factory.mktemp("models") / "known.onnx", known=known)


@pytest.fixture(scope="session")
def demo(model: Path, cache: Path) -> Iterator[Demo]:
    found = Demo(model, cache)
    yield found
    found.end()


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory, happy: Pixels) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "happy.png"
    media.write_image(path, happy)
    return path
