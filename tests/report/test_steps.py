"""Figures of faces that are prepared step by step."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fer_lab import media
from fer_lab.errors import ConfigError, StoreError
from fer_lab.faces import Face, StepsConfig, prepare
from fer_lab.generator import Identity, perform, render
from fer_lab.report import steps

EACH = {
    "grey": {"_target_": "fer_lab.faces.Grey"},
    "crop": {"_target_": "fer_lab.faces.ViolaJonesCrop"},
    "equalise": {"_target_": "fer_lab.faces.EqualiseHistogram"},
    "resize": {"_target_": "fer_lab.faces.Resize", "size": 48},
}
DRAWN = {"crop": steps.crop, "equalisation": steps.equalisation, "row": steps.row}


def settings(*names: str) -> dict[str, Any]:
    made = [EACH[name] for name in names or EACH]
    return {"_target_": "fer_lab.faces.StepsConfig", "_convert_": "all", "steps": made}


@pytest.fixture
def shown(tmp_path: Path, material: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A function: the material of a sequence of two frames of a twin, and a flat one; with these faces."""
    images, _ = render(Identity(5), perform(3, "happiness", fps=25.0, duration=1.0), [0, 12], size=96, seed=1)
    for number, image in enumerate([*images, np.full((96, 96, 3), 128, np.uint8)]):
        (tmp_path / "a").mkdir(exist_ok=True)
        media.write_image(tmp_path / "a" / f"{number:03d}.png", image)
    index = pd.DataFrame({"id": ["a"], "path": ["a"], "kind": ["sequence"], "fps": [25.0]})
    store = SimpleNamespace(frames=pd.DataFrame({"id": "a", "frame": [0, 1, 2]}))
    monkeypatch.setattr(steps, "open_source", lambda config: SimpleNamespace(root=tmp_path, index=index))

    def make(faces: dict[str, Any] | None = None, **changes: Any) -> Any:
        monkeypatch.setattr(steps, "compose", lambda overrides: {"faces": faces or settings()})
        return material(store, **changes)

    return make


@pytest.mark.parametrize("name", DRAWN)
def test_each_face_has_a_picture_of_its_own(name: str, shown: Any, picture: Any) -> None:
    first, second = (picture(DRAWN[name](shown(), row)) for row in (0, 1))
    assert (first != second).any()


def test_what_is_shown_last_is_what_is_stored(shown: Any, tmp_path: Path) -> None:
    passed = steps._passed(shown(), 1)
    frame = media.image((tmp_path / "a" / "001.png").read_bytes(), "001.png")
    face = prepare(frame, None, StepsConfig(tuple(one.step for one in passed)))
    assert isinstance(face, Face)
    np.testing.assert_array_equal(passed[0].before, frame)
    np.testing.assert_array_equal(passed[-1].after, face.views["face"])
    assert [one.step.TITLE for one in passed] == ["grey", "Viola-Jones crop", "histogram equalisation", "resize"]


@pytest.mark.parametrize("name", DRAWN)
def test_a_face_that_is_not_there_is_refused(name: str, shown: Any) -> None:
    with pytest.raises(ConfigError, match=r"face 3[\s\S]*0 to 2"):
        DRAWN[name](shown(), 3)


@pytest.mark.parametrize(
    ("draw", "left", "what"),
    [(steps.crop, ("grey", "resize"), "no step crops"), (steps.equalisation, ("grey", "resize"), "no step equalises")],
)
def test_a_step_that_is_not_among_them_cannot_be_shown(draw: Any, left: tuple[str, ...], what: str, shown: Any) -> None:
    with pytest.raises(ConfigError, match=what):
        draw(shown(settings(*left)), 0)


def test_faces_of_landmarks_have_no_steps(shown: Any) -> None:
    with pytest.raises(ConfigError, match="not prepared by steps"):
        steps.row(shown({"_target_": "fer_lab.faces.FacesConfig"}), 0)


def test_a_frame_in_which_no_face_is_found_any_more_is_said(shown: Any) -> None:
    with pytest.raises(StoreError, match="a, frame 2: no face"):
        steps.row(shown(), 2)


def test_real_faces_say_that_they_stay_here(shown: Any, picture: Any) -> None:
    draw = partial(steps.crop, row=0)
    plain, warned = (picture(draw(shown(warning=words))) for words in ("", "not to be published"))
    assert (plain != warned).any()
