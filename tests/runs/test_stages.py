"""What of the code and the files that prepare faces is part of a run's identity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from fer_lab.configs import compose
from fer_lab.faces import actions, dlib_detector, model_digest
from fer_lab.faces.viola_jones import ViolaJonesCrop
from fer_lab.runs.plan import named_files, stage_versions

FOUND = {"detect", "align", "frontalize", "symmetry"}
EACH = ("aligned", "eyes_dlib", "viola_jones", "raw")
STEPS = {"Grey", "ViolaJonesCrop", "EqualiseHistogram", "Resize", "ThreeChannels"}


def composed(faces: str) -> Mapping[str, Any]:
    return compose(["cell=sase_hidden/cnn_face", "profile=smoke", f"faces={faces}"])


@pytest.mark.parametrize(
    ("faces", "own"),
    [
        ("aligned", FOUND),
        ("eyes", FOUND | {"eyes"}),
        ("eyes_dlib", FOUND - {"detect"} | {"dlib", "eyes"}),
        ("viola_jones", STEPS),
        ("raw", set()),
    ],
)
def test_the_stages_that_faces_go_through_are_told_each_with_its_version(faces: str, own: set[str]) -> None:
    assert set(stage_versions(composed(faces))) - {"media", "items", "split", "augmentation"} == own


def test_another_version_of_a_step_makes_another_run(monkeypatch: pytest.MonkeyPatch) -> None:
    before = stage_versions(composed("viola_jones"))
    monkeypatch.setattr(ViolaJonesCrop, "VERSION", 99)
    assert stage_versions(composed("viola_jones")) == {**before, "ViolaJonesCrop": 99}


@pytest.mark.parametrize("group", ["stored_augmentation", "augmentation"])
def test_what_actions_give_is_part_of_runs_that_have_some_and_of_no_others(
    group: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = stage_versions(composed("aligned"))
    config = compose(["cell=universal/alexnet", "profile=smoke", f"{group}=four_actions"])
    before = stage_versions(config)
    monkeypatch.setattr(actions, "VERSION", 99)
    assert stage_versions(config) == {**before, "actions": 99}
    assert stage_versions(composed("aligned")) == plain
    assert "actions" not in plain


def test_only_faces_with_landmarks_depend_on_the_landmark_model() -> None:
    files = {faces: named_files(composed(faces))["landmarks"] for faces in EACH}
    assert files == {"aligned": model_digest(), "eyes_dlib": dlib_detector.SHA256, "viola_jones": "", "raw": ""}
