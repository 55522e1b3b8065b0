"""What a run is built from: what its parents have learned from, where they are seen, what is stored of a backbone."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from fer_lab.datamodules.augmentation import Augmentation
from fer_lab.engine import build


def plan(data: str, folder: str, *parents: Any) -> Any:
    return SimpleNamespace(config={"data": {"name": data}}, parents=parents, entry=SimpleNamespace(folder=folder))


def test_a_run_has_learned_from_what_all_its_ancestors_on_the_same_data_were_trained_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, foreign = plan("fer2013", "a"), plan("ck_plus", "c")
    second = plan("fer2013", "b", first)
    monkeypatch.setattr(build, "read_run", lambda folder: SimpleNamespace(training_ids=lambda: frozenset(folder)))
    assert build.learned_from(plan("fer2013", "d", second, foreign)) == {"a", "b"}
    assert build.learned_from(plan("fer2013", "d")) == frozenset()


@pytest.mark.parametrize(("mirror", "stored"), [(False, True), (True, False)])
def test_images_stay_images_where_predictions_are_mirrored(
    monkeypatch: pytest.MonkeyPatch, mirror: bool, stored: bool
) -> None:
    """A pooled map and its mirror image are the same: a store would answer as if nothing had been mirrored."""
    monkeypatch.setattr(build, "_stored", lambda *_: "maps")
    data: Any = SimpleNamespace(items="images", store=SimpleNamespace(key="k"))
    task: Any = SimpleNamespace(augmentation=Augmentation(), mirror=mirror, crop=None, model=None)
    build.with_stored_blocks(plan("fer2013", "a"), data, task, torch.device("cpu"))  # type: ignore[arg-type]
    assert data.items == ("maps" if stored else "images")


def test_a_parent_sees_faces_on_the_device_of_the_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With a GPU that is not there: what would compute says where."""
    seen: list[torch.device] = []

    def extract(model: object, batches: object, device: torch.device, precision: str) -> Any:
        seen.append(device)
        return np.ones((3, 2), np.float32)

    monkeypatch.setenv("FER_LAB_CACHE", str(tmp_path))
    monkeypatch.setattr(build, "trained_model", lambda *_: None)
    monkeypatch.setattr(build, "read_run", lambda *_: None)
    monkeypatch.setattr(build, "every_row", lambda *_: None)
    monkeypatch.setattr(build, "Batches", lambda *_: [])
    monkeypatch.setattr(build, "_stored", lambda *args: seen.append(args[-1]))
    monkeypatch.setattr(build, "extract_features", extract)
    parent = plan("fer2013", "a")
    parent.id, parent.precision, parent.config["items"] = "1", "32-true", {"views": ["frontal"]}
    faces: Any = SimpleNamespace(key="k", frames=[0, 1, 2])
    for name in ("cuda", "cpu"):
        assert build.parent_features(parent, faces, torch.device(name)).shape == (3, 2)
    assert [device.type for device in seen] == ["cuda", "cuda", "cpu", "cpu"]
