"""Pieces of a face store: made by whoever helps, kept when they are whole, joined once."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_lab import media, storage
from fer_lab.cache import entries, evict
from fer_lab.errors import DataError, StoreError
from fer_lab.faces import FaceStore, Grey, Resize, StepsConfig, build_store, shards
from fer_lab.faces import store as module
from fer_lab.storage import locked

CONFIG = StepsConfig((Grey(), Resize(16)))
FILES = 12


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve pictures and their index; the third cannot be read."""
    root = tmp_path_factory.mktemp("pictures")
    draw = np.random.default_rng(0)
    for number in range(FILES):
        media.write_image(root / f"{number:02d}.png", draw.integers(0, 256, (32, 32, 3), dtype=np.uint8))
    (root / "02.png").write_bytes(b"nothing")
    rows = [
        {"id": f"i{n}", "path": f"{n:02d}.png", "kind": "image", "subject": "1", "fps": np.nan} for n in range(FILES)
    ]
    pd.DataFrame(rows).to_csv(root / "index.csv", index=False)
    return root


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and shards of two pictures each, made by threads: processes take seconds to start."""
    monkeypatch.setenv("FER_LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(shards, "FRAMES_IN_A_SHARD", 2)
    monkeypatch.setattr(shards, "WAIT", 0.02)
    monkeypatch.setattr(shards, "pool", ThreadPoolExecutor)
    return tmp_path / "cache"


def index_of(pictures: Path) -> pd.DataFrame:
    return pd.read_csv(pictures / "index.csv")


def build(pictures: Path, workers: int = 1) -> FaceStore:
    return build_store(pictures, index_of(pictures), "data", CONFIG, workers)


def pieces_of(pictures: Path) -> shards.Shards:
    return shards.shards_of(pictures, index_of(pictures), CONFIG, module.store_folder("data", CONFIG))


def contents(store: FaceStore) -> dict[str, str]:
    return {path.name: storage.file_digest(path) for path in store.folder.iterdir()}


@pytest.fixture
def usual(pictures: Path, tmp_path: Path) -> dict[str, str]:
    """What the store holds that one process makes of one shard."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_LAB_CACHE", str(tmp_path / "another"))
        patch.setattr(shards, "FRAMES_IN_A_SHARD", 1000)
        return contents(build(pictures))


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_files_are_shared_out_in_their_order_whoever_asks(pictures: Path) -> None:
    found = pieces_of(pictures)
    assert [len(piece.rows) for piece in found] == [2] * 6
    assert pd.concat([piece.rows for piece in found])["id"].tolist() == index_of(pictures)["id"].tolist()


@pytest.mark.parametrize("kind", ["image", "video"])
def test_there_are_never_many_more_shards_than_a_cache_should_hold(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "MAX_SHARDS", 10)
    index = pd.DataFrame({"id": [*map(str, range(1000))], "path": "x", "kind": kind, "fps": 25.0})
    found = shards.shards_of(Path(), index, CONFIG, Path("store"))
    assert 9 <= len(found) <= 11
    assert sum(len(piece.rows) for piece in found) == 1000


def test_in_shards_it_is_the_same_store(pictures: Path, cache: Path, usual: dict[str, str]) -> None:
    store = build(pictures)
    assert contents(store) == usual
    assert store.skipped["id"].tolist() == ["i2"]
    assert len(store.view("face")) == FILES - 1
    assert not list((cache / "shards").iterdir())


def test_what_is_whole_is_not_made_again(pictures: Path, usual: dict[str, str], tmp_path: Path) -> None:
    for piece in pieces_of(pictures)[:5]:
        assert piece.make()
    copy = tmp_path / "only the last two"
    shutil.copytree(pictures, copy)
    for number in range(FILES - 2):
        (copy / f"{number:02d}.png").unlink()
    assert contents(build(copy)) == usual


def test_a_damaged_shard_is_made_again(pictures: Path, usual: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
    first, second, *_ = pieces_of(pictures)
    assert first.make()
    assert second.make()
    face = first.folder / "face.npy"
    face.write_bytes(face.read_bytes()[:-1] + b"?")
    (second.folder / "face.npy").unlink()
    assert contents(build(pictures)) == usual
    assert f"{first.folder} of a face store is damaged" in caplog.text


def test_what_another_is_at_is_waited_for(pictures: Path, usual: dict[str, str]) -> None:
    """The other one dies with its shard half made; then it is ours."""
    second = pieces_of(pictures)[1]
    with ThreadPoolExecutor(1) as machine:
        with locked(second.folder):
            (second.folder.parent / f".{second.folder.name}.part-12345678").mkdir()
            assert not second.make()
            store = machine.submit(build, pictures)
            until(lambda: all(p.folder.exists() for p in pieces_of(pictures) if p.folder != second.folder))
            time.sleep(0.1)
            assert not store.done()
        assert contents(store.result(60)) == usual


def test_a_shard_whose_store_is_there_is_not_made(pictures: Path, cache: Path) -> None:
    build(pictures)
    assert pieces_of(pictures)[0].make()
    assert not pieces_of(pictures)[0].folder.exists()


def test_machines_share_the_work(
    pictures: Path, cache: Path, usual: dict[str, str], caplog: pytest.LogCaptureFixture, monkeypatch
) -> None:
    made: list[str] = []
    fill = shards.Shard._fill
    monkeypatch.setattr(shards.Shard, "_fill", lambda piece: (made.append(piece.folder.name), fill(piece)))
    with caplog.at_level("INFO"), ThreadPoolExecutor(3) as machines:
        stores = list(machines.map(build, [pictures] * 3))
    assert [contents(store) for store in stores] == [usual] * 3
    assert sorted(made) == [piece.folder.name for piece in pieces_of(pictures)]  # each once
    assert caplog.text.count("prepared the faces") == 1
    assert not [path for path in (cache / "shards").iterdir() if path.is_dir()]


def test_shards_of_a_store_without_a_face_are_not_kept(pictures: Path, cache: Path) -> None:
    rows = index_of(pictures).iloc[[2]]
    with pytest.raises(DataError, match="not one face in 1 frames and files"):
        build_store(pictures, rows, "data", CONFIG)
    assert not list((cache / "shards").iterdir())


def test_what_a_killed_one_left_is_listed_and_removed(pictures: Path) -> None:
    first, second, *_ = pieces_of(pictures)
    assert first.make()
    assert second.make()
    assert [entry.what for entry in entries("shards")] == ["2 pieces of faces, not all yet"]
    with locked(second.folder):
        assert evict("shards")[0] == []
    assert first.folder.exists()
    assert [entry.kind for entry in evict("shards")[0]] == ["shards"]
    assert not first.folder.exists()


def test_a_disk_that_fills_up_keeps_what_is_whole(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(shards, "join", full)
    with pytest.raises(StoreError, match=r"cannot write[\s\S]*No space left"):
        build(pictures)
    assert all(storage.is_whole(piece.folder) for piece in pieces_of(pictures))
    assert not module.store_folder("data", CONFIG).exists()
