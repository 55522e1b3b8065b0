"""Near copies among single images: looked for once, counted in the test part, not looked for in videos."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_lab.datamodules.splits import Split
from fer_lab.faces import FaceStore
from fer_lab.sources.copies import near_copied, near_copies

IDS = ("t0", "t1", "t2", "e0", "e1", "v0")


def store(folder: Path, ids: tuple[str, ...]) -> FaceStore:
    """Three pictures; e0 is t0 again, e1 is t1 but for one pixel, v0 is t2 but for one pixel."""
    folder.mkdir()
    pixels = np.random.default_rng(0).integers(0, 250, (3, 12, 12)).repeat(4, 1).repeat(4, 2).astype(np.uint8)
    again = pixels.copy()
    again[1:, 3, 3] += 1
    np.save(folder / "raw.npy", np.concatenate([pixels, again])[..., None])
    pd.DataFrame({"row": range(len(ids)), "id": ids}).to_parquet(folder / "frames.parquet")
    return FaceStore(folder)


@pytest.fixture
def faces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FaceStore:
    monkeypatch.setenv("FER_LAB_CACHE", str(tmp_path / "cache"))
    return store(tmp_path / "store", IDS)


def split(copies: dict[str, str] | None) -> Split:
    return Split("thesis", IDS[:3], ("v0",), ("e0", "e1"), dict.fromkeys(IDS, ""), copies)


def test_they_are_looked_for_once(faces: FaceStore, monkeypatch: pytest.MonkeyPatch) -> None:
    first = near_copies(faces, "raw")
    assert first.tolist() == [[0, 3], [1, 4], [2, 5]]
    monkeypatch.setattr("fer_lab.sources.copies.near_pairs", None)
    assert near_copies(faces, "raw").tolist() == first.tolist()


def test_test_images_with_a_near_copy_in_training_are_counted_without_exact_ones(faces: FaceStore) -> None:
    hashes = dict(zip(IDS, "abcade", strict=True))
    assert near_copied(split(hashes), faces, "raw") == 1
    assert near_copied(split(None), faces, "raw") == 2


def test_faces_of_videos_are_left_to_the_command(tmp_path: Path) -> None:
    videos = store(tmp_path / "videos", ("t0", "t0", "t1", "t1", "e0", "e0"))
    assert near_copied(split(None), videos, "raw") is None
