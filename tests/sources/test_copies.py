"""Near copies among single images: looked for once, counted in the test part, not looked for in videos."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from fer_lab.datamodules.splits import Split
from fer_lab.faces import FaceStore
from fer_lab.sources.copies import near_copied, near_rows

IDS = ("t0", "t1", "t2", "e0", "e1", "v0")


def store(folder: Path, ids: tuple[str, ...]) -> FaceStore:
    """Three pictures; e0 is t0 again, e1 is t1 but for one pixel, v0 is t2 but for one pixel."""
    pixels = np.random.default_rng(0).integers(0, 250, (3, 12, 12)).repeat(4, 1).repeat(4, 2).astype(np.uint8)
    again = pixels.copy()
    again[1:, 3, 3] += 1
    return saved(folder, ids, np.concatenate([pixels, again]))


def saved(folder: Path, ids: tuple[str, ...], images: NDArray[np.uint8]) -> FaceStore:
    folder.mkdir()
    np.save(folder / "raw.npy", images[..., None])
    pd.DataFrame({"row": range(len(ids)), "id": ids}).to_parquet(folder / "frames.parquet")
    return FaceStore(folder)


@pytest.fixture
def faces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FaceStore:
    monkeypatch.setenv("FER_LAB_CACHE", str(tmp_path / "cache"))
    return store(tmp_path / "store", IDS)


def split(copies: dict[str, str] | None) -> Split:
    return Split("thesis", IDS[:3], ("v0",), ("e0", "e1"), dict.fromkeys(IDS, ""), copies)


def test_they_are_looked_for_once(faces: FaceStore, monkeypatch: pytest.MonkeyPatch) -> None:
    first = near_rows(faces, "raw")
    assert first.tolist() == [[0, 3], [1, 4], [2, 5]]
    monkeypatch.setattr("fer_lab.sources.copies.near_pairs", None)
    assert near_rows(faces, "raw").tolist() == first.tolist()


def test_another_cut_of_a_photograph_counts_where_nobody_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FER2013: 21.7 % of PublicTest show a photograph of Training again, most of them cut otherwise."""
    monkeypatch.setenv("FER_LAB_CACHE", str(tmp_path / "cache"))
    noise = np.random.default_rng(0).normal(size=(3, 52, 52, 1))
    whole = np.array([cv2.GaussianBlur(one[..., 0], (0, 0), 4) for one in noise])
    whole = np.uint8(np.clip(128 + 400 * whole, 0, 255))
    cuts = np.stack([whole[0, :48, :48], whole[1, :48, :48], whole[0, 3:51, 2:50], whole[2, :48, :48]])
    faces = saved(tmp_path / "photographs", ("t0", "t1", "e0", "e1"), cuts)
    known = dict(zip(("t0", "t1", "e0", "e1"), "abac", strict=True))
    nobody = Split("clean", ("t0", "t1"), (), ("e0", "e1"), {}, None)
    assert near_copied(nobody, faces, "raw") == 1
    assert near_copied(replace(nobody, subjects=known), faces, "raw") == 0


def test_what_parents_were_trained_on_is_training_too(faces: FaceStore) -> None:
    alone = Split("thesis", IDS[:1], ("v0",), ("e0", "e1"), {})
    assert near_copied(alone, faces, "raw") == 1
    assert near_copied(replace(alone, inherited=("t1",)), faces, "raw") == 2


def test_test_images_with_a_near_copy_in_training_are_counted_without_exact_ones(faces: FaceStore) -> None:
    hashes = dict(zip(IDS, "abcade", strict=True))
    assert near_copied(split(hashes), faces, "raw") == 1
    assert near_copied(split(None), faces, "raw") == 2


def test_faces_of_videos_are_left_to_the_command(tmp_path: Path) -> None:
    videos = store(tmp_path / "videos", ("t0", "t0", "t1", "t1", "e0", "e0"))
    assert near_copied(split(None), videos, "raw") is None
