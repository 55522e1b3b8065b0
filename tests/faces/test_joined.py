"""Several face stores as one: nothing is copied, and rows come as from one array."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_lab.errors import DataError
from fer_lab.faces import FaceStore, JoinedFaces

Make = Callable[..., FaceStore]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Makes a store of faces, two of each id, whose pixels are random."""

    def make(name: str, ids: list[str], side: int = 8, channels: int = 3) -> FaceStore:
        folder, count = tmp_path / name, 2 * len(ids)
        folder.mkdir()
        rng = np.random.default_rng(len(name))
        np.save(folder / "face.npy", rng.integers(0, 256, (count, side, side, channels), np.uint8))
        np.save(folder / "landmarks.npy", rng.random((count, 68, 2), np.float32))
        np.save(folder / "pose.npy", rng.random((count, 3), np.float32))
        pd.DataFrame({"row": range(count), "id": np.repeat(ids, 2), "frame": 0}).to_parquet(folder / "frames.parquet")
        skipped = pd.DataFrame({"id": ["x", ids[0]], "frame": [-1, 5], "reason": "no face"})
        skipped.to_parquet(folder / "skipped.parquet")
        return FaceStore(folder)

    return make


@pytest.fixture
def stores(make: Make) -> dict[str, FaceStore]:
    return {"two": make("store of two", ["p", "q"]), "one": make("store", ["a", "b", "c"])}


IDS = ["one/a", "one/c", "two/p", "two/q"]


def test_rows_are_those_of_the_members_one_after_the_other(stores: dict[str, FaceStore]) -> None:
    joined = JoinedFaces(stores, IDS)
    assert joined.frames["id"].tolist() == [name for name in IDS for _ in range(2)]
    assert joined.frames["row"].tolist() == list(range(8))
    whole = np.concatenate(
        [np.asarray(stores["one"].view("face"))[[0, 1, 4, 5]], np.asarray(stores["two"].view("face"))]
    )
    assert np.array_equal(np.asarray(joined.view("face")), whole)
    assert joined.landmarks.shape == (8, 68, 2)
    assert np.array_equal(joined.pose[4:], stores["two"].pose)
    assert joined.has_landmarks


@pytest.mark.parametrize(
    "key", [0, -1, slice(2, 7, 2), [5, 0, 5], np.array([[0, 7], [3, 3]]), (..., 0), (slice(0, 3), ..., 1), [True] * 8]
)
def test_it_is_indexed_as_an_array(stores: dict[str, FaceStore], key: object) -> None:
    view = JoinedFaces(stores, IDS).view("face")
    whole = np.asarray(view)
    assert np.array_equal(view[key], whole[key])  # type: ignore[call-overload]
    assert view.shape == whole.shape
    assert all(np.array_equal(one, other) for one, other in zip(view, whole, strict=True))


def test_rows_of_clips_are_taken_as_from_an_array(stores: dict[str, FaceStore]) -> None:
    view, rows = JoinedFaces(stores, IDS).view("face"), np.array([[6, 7], [0, 1]])
    assert np.array_equal(view.take(rows, axis=0), np.asarray(view).take(rows, axis=0))


def test_what_is_skipped_is_named_by_its_member(stores: dict[str, FaceStore]) -> None:
    assert JoinedFaces(stores, IDS).skipped["id"].tolist() == ["one/a", "two/p"]


def test_the_key_is_that_of_the_members_and_of_the_ids(stores: dict[str, FaceStore]) -> None:
    keys = {
        JoinedFaces(stores, IDS).key,
        JoinedFaces(stores, IDS[1:]).key,
        JoinedFaces({"one": stores["one"]}, IDS).key,
    }
    assert len(keys) == 3
    assert JoinedFaces(dict(reversed(stores.items())), IDS[::-1]).key in keys


@pytest.mark.parametrize(("shape", "words"), [((9, 3), "9 x 9 x 3"), ((8, 1), "8 x 8 x 1")])
def test_faces_of_other_sizes_are_refused_with_both(make: Make, shape: tuple[int, int], words: str) -> None:
    joined = JoinedFaces({"one": make("store", ["a"]), "two": make("other", ["a"], *shape)}, ["one/a", "two/a"])
    with pytest.raises(DataError, match=f"one 8 x 8 x 3, two {words}"):
        joined.view("face")
