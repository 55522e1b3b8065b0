import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import psutil
import pytest

from fer_lab import media, storage
from fer_lab.errors import ConfigError, DataError, StoreError
from fer_lab.faces import (
    BLENDSHAPES,
    EqualiseHistogram,
    FacesConfig,
    FaceStore,
    Grey,
    Resize,
    Step,
    StepsConfig,
    ViolaJonesCrop,
    build_raw_store,
    build_store,
    shards,
)
from fer_lab.faces import store as module
from fer_lab.faces.model_file import SHA256

CONFIG = FacesConfig(size=32, window=(0, 1))
BUILD = """
import logging, sys
from pathlib import Path
import pandas as pd
from fer_lab.faces import FacesConfig, build_store

if __name__ == "__main__":
    root, index, workers = sys.argv[1:]
    logging.basicConfig(level=logging.INFO)
    print(build_store(Path(root), pd.read_csv(index), "data", FacesConfig(size=32, window=(0, 1)), int(workers)).key)
"""


@pytest.fixture(scope="module")
def store(data: Path, index: pd.DataFrame) -> FaceStore:
    """Built by one process."""
    return build_store(data, index, "data", CONFIG, workers=1)


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, for this process and those that it starts."""
    folder = tmp_path / "empty cache"
    monkeypatch.setenv("FER_LAB_CACHE", str(folder))
    return folder


def start(tmp_path: Path, data: Path, index: pd.DataFrame, workers: int = 1) -> subprocess.Popen[str]:
    """Build the store in a process of its own."""
    script, table = tmp_path / "build.py", tmp_path / "index.csv"
    script.write_text(BUILD)
    index.to_csv(table, index=False)
    command = [sys.executable, str(script), str(data), str(table), str(workers)]
    environment = {**os.environ, "PYTHONPATH": str(Path(module.__file__).parents[2])}
    return subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def contents(store: FaceStore) -> dict[str, str]:
    """Checksum of every file."""
    return {path.name: storage.file_digest(path) for path in store.folder.iterdir()}


# --- what it holds ----------------------------------------------------------------------------------------------------


def test_faces_are_in_the_order_of_the_index_and_of_time(store: FaceStore, index: pd.DataFrame) -> None:
    frames = store.frames
    assert frames.columns.tolist() == ["row", "id", "frame", "time", "position", "faces_found", "inside"]
    assert frames["row"].tolist() == list(range(len(frames)))
    assert frames["id"].unique().tolist() == ["a", "b", "c", "damaged", "d", "sequence", "still"]
    assert frames.groupby("id")["time"].apply(lambda times: times.is_monotonic_increasing).all()


def test_arrays_have_a_row_a_face(store: FaceStore) -> None:
    count = len(store.frames)
    assert store.landmarks.shape == (count, 68, 2)
    assert store.pose.shape == (count, 3)
    for view in CONFIG.views:
        assert store.view(view).shape == (count, 32, 32, 3)
        assert store.view(view).dtype == np.uint8
        assert isinstance(store.view(view).base, np.memmap)
        assert not store.view(view).flags.writeable
    same = store.frames["id"].isin(["a", "b"]).to_numpy().nonzero()[0]
    np.testing.assert_array_equal(store.view("face")[same[:6]], store.view("face")[same[6:]])  # the same video twice


def test_nothing_is_dropped_in_silence(store: FaceStore, index: pd.DataFrame) -> None:
    skipped = store.skipped.set_index("id")
    assert set(skipped.index) | set(store.frames["id"]) == set(index["id"])
    assert skipped.loc["noise", "reason"].tolist() == ["no face"] * 6
    assert "0 bytes" in skipped.loc["empty", "reason"]
    assert "truncated.mp4" in skipped.loc["truncated", "reason"]
    assert "003.png" in skipped.loc["damaged", "reason"]
    assert skipped.loc[["empty", "truncated", "damaged"], "frame"].tolist() == [-1, -1, -1]


def test_an_unknown_view_is_refused_with_those_there_are(store: FaceStore) -> None:
    with pytest.raises(ConfigError, match=r"no 'front'[\s\S]*face, frontal"):
        store.view("front")


def test_without_any_face_there_is_no_store(data: Path, index: pd.DataFrame, empty_cache: Path) -> None:
    rows = index[index["id"].isin(["noise", "empty"])]
    with pytest.raises(DataError, match=r"not one face in 7 frames and files: \{'no face': 6"):
        build_store(data, rows, "data", CONFIG)
    assert [path.name for path in (empty_cache / "faces").iterdir() if path.is_dir()] == []


def test_an_index_without_rows_is_refused(data: Path, index: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="the index has no row"):
        build_store(data, index.head(0), "data", CONFIG)


def test_raw_images_must_be_as_many_as_rows(index: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="3 images for 10 rows"):
        build_raw_store(index, "other data", lambda: np.zeros((3, 48, 48), np.uint8))


def test_images_that_are_faces_already_are_kept_as_they_come(empty_cache: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (5, 48, 48), dtype=np.uint8)
    index = pd.DataFrame({"id": [*"abcde"], "path": "x", "kind": "image", "subject": "", "fps": np.nan})
    raw = build_raw_store(index, "data", lambda: images)
    np.testing.assert_array_equal(raw.view("raw"), images[..., None])
    assert raw.frames["id"].tolist() == [*"abcde"]
    assert raw.skipped.columns.tolist() == ["id", "frame", "reason"]
    assert build_raw_store(index, "data", lambda: 1 / 0).key == raw.key  # found, so not read again
    with pytest.raises(ConfigError, match="no 'landmarks'"):
        _ = raw.landmarks


def test_faces_prepared_by_steps_have_one_view_and_no_landmarks(data: Path, index: pd.DataFrame, store) -> None:
    config = StepsConfig((Grey(), ViolaJonesCrop(), EqualiseHistogram(), Resize(32)))
    stepped = build_store(data, index, "data", config, workers=2)
    assert stepped.frames.columns.tolist() == store.frames.columns.tolist()
    assert stepped.frames.drop(columns="inside").equals(store.frames.drop(columns="inside"))
    assert stepped.frames["inside"].isna().all()
    assert stepped.skipped.equals(store.skipped)
    assert stepped.view("face").shape == (len(stepped.frames), 32, 32, 1)
    assert not stepped.has_landmarks
    for ask in (lambda: stepped.landmarks, lambda: stepped.pose):
        with pytest.raises(ConfigError, match=r"no '(landmarks|pose)' in the face store[\s\S]*set faces=aligned"):
            ask()


# --- when it is built -------------------------------------------------------------------------------------------------


def test_it_is_found_and_not_built_again(store: FaceStore, monkeypatch: pytest.MonkeyPatch, data: Path, index) -> None:
    monkeypatch.setattr(shards, "make", None)
    assert build_store(data, index, "data", CONFIG).key == store.key


def test_no_landmarker_is_opened_in_the_process_that_asks(
    data: Path, index: pd.DataFrame, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would leave threads and a profiler's timers in the process that trains next."""
    monkeypatch.setattr(shards, "detector_of", None)
    assert len(build_store(data, index.head(1), "data", CONFIG, workers=1).frames) == 6


def test_the_number_of_workers_changes_nothing(
    data: Path, index: pd.DataFrame, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = index[index["id"].isin(["a", "b", "damaged", "empty", "noise"])]
    one = build_store(data, rows, "data", CONFIG, workers=1)
    monkeypatch.setenv("FER_LAB_CACHE", str(empty_cache / "another"))
    two = build_store(data, rows, "data", CONFIG, workers=2)
    assert two.folder != one.folder
    assert two.key == one.key
    assert contents(two) == contents(one)


def test_the_key_is_that_of_what_it_holds(model: Path) -> None:
    def key(signature: str = "data", **options: object) -> str:
        return module.store_folder(signature, FacesConfig(**options)).name

    assert key(model=str(model)) == key()
    options = ({"size": 65}, {"views": ("face",)}, {"window": (0, 1)}, {"margin": 0.1}, {"frames_per_window": 11})
    keys = {key(), key("other data"), *(key(**one) for one in options)}
    for stage in ("detect", "align", "frontalize"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(getattr(module, stage), "VERSION", 99)
            keys.add(key())
    assert len(keys) == 10


def test_steps_their_order_settings_and_versions_are_in_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    def key(*steps: Step, **options: object) -> str:
        return module.store_folder("data", StepsConfig(steps, **options)).name  # type: ignore[arg-type]

    usual = (Grey(), ViolaJonesCrop(), EqualiseHistogram(), Resize(32))
    assert key(*usual) == key(*usual)
    keys = {
        key(*usual),
        key(ViolaJonesCrop(), Grey(), EqualiseHistogram(), Resize(32)),
        key(Grey(), ViolaJonesCrop(min_neighbours=3), EqualiseHistogram(), Resize(32)),
        key(*usual, window=(0.5, 1)),
        key(*usual, frames_per_window=3),
    }
    for step in (Grey, ViolaJonesCrop, EqualiseHistogram, Resize):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(step, "VERSION", 99)
            keys.add(key(*usual))
    assert len(keys) == 9


@pytest.mark.parametrize("damage", ["cut", "altered", "missing"])
def test_a_damaged_store_is_found_and_built_again(
    store: FaceStore, data: Path, index: pd.DataFrame, damage: str, monkeypatch: pytest.MonkeyPatch, caplog
) -> None:
    whole, file = contents(store), store.folder / "pose.npy"
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:-1])
    elif damage == "altered":
        file.write_bytes(file.read_bytes()[:-1] + b"?")
        monkeypatch.setattr("fer_lab.storage._checked", set())  # checksums are read once a process: this is another
    else:
        file.unlink()
    again = build_store(data, index, "data", CONFIG)
    assert "is damaged: it is built again" in caplog.text
    assert contents(again) == whole


def test_two_builders_at_once_build_once(tmp_path: Path, empty_cache: Path, data: Path, index: pd.DataFrame) -> None:
    rows = index.head(3)
    said = [builder.communicate(timeout=60) for builder in [start(tmp_path, data, rows) for _ in range(2)]]
    assert said[0][0] == said[1][0] != ""
    assert "".join(err for _, err in said).count("prepared the faces") == 1


def test_a_killed_builder_leaves_what_is_whole_and_no_process(
    tmp_path: Path, empty_cache: Path, data: Path, index: pd.DataFrame
) -> None:
    rows = pd.concat([index.assign(id=index["id"] + str(copy)) for copy in range(8)])
    builder = start(tmp_path, data, rows, workers=2)
    until(lambda: len(list(empty_cache.glob("shards/*/*/manifest.json"))) > 1)
    workers = psutil.Process(builder.pid).children(recursive=True)
    os.kill(builder.pid, signal.SIGKILL)
    assert len(workers) >= 2
    assert psutil.wait_procs(workers, timeout=10)[1] == []
    builder.communicate()
    assert [path for path in (empty_cache / "faces").iterdir() if path.is_dir()] == []  # nothing has the store's name
    assert all(storage.is_whole(path.parent) for path in empty_cache.glob("shards/*/[0-9]*/manifest.json"))


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# --- when there is no room --------------------------------------------------------------------------------------------


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """As on a full disk: writing beyond ``size`` bytes fails."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [10_000, 40_000])
def test_a_disk_that_fills_up_is_said_and_nothing_is_published(
    empty_cache: Path, data: Path, index: pd.DataFrame, size: int
) -> None:
    """The smaller limit stops a shard, the larger one the array made of two."""
    with no_file_larger_than(size), pytest.raises(StoreError, match="cannot write"):
        build_store(data, index.head(3), "data", CONFIG)
    assert [path.name for path in (empty_cache / "faces").iterdir() if path.is_dir()] == []


def test_too_little_room_is_said_before_anything_is_done(
    data: Path, index: pd.DataFrame, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage.shutil, "disk_usage", lambda folder: SimpleNamespace(free=1000))
    with pytest.raises(StoreError, match=r"the faces of 10 files needs about 0\.\d\d GB"):
        build_store(data, index, "data", CONFIG)


# --- blendshapes ------------------------------------------------------------------------------------------------------


def test_blendshapes_are_kept_where_they_are_asked_for(data: Path, index: pd.DataFrame, store: FaceStore) -> None:
    asked = build_store(data, index, "data", replace(CONFIG, blendshapes=True), workers=1)
    assert asked.key != store.key
    assert asked.blendshapes.shape == (len(asked.frames), len(BLENDSHAPES))
    assert asked.blendshapes.dtype == np.float32
    smiles = asked.blendshapes[:, BLENDSHAPES.index("mouthSmileLeft")]
    assert smiles.max() > 0.5  # the twin's face goes from rest to a smile
    np.testing.assert_array_equal(asked.landmarks, store.landmarks)
    with pytest.raises(ConfigError, match="no 'blendshapes' in the face store"):
        _ = store.blendshapes


def test_an_option_that_is_off_moves_no_store() -> None:
    off = ("model", "blendshapes", "eyes", "detector")
    before = {name: value for name, value in vars(CONFIG).items() if name not in off}
    versions = [media.VERSION, *module.stage_versions(CONFIG).values()]
    assert module.store_folder("data", CONFIG).name == storage.digest(["data", before, versions, SHA256])


def test_where_the_eyes_come_to_lie_is_part_of_the_key() -> None:
    places = [None, (0.35, 0.35), (0.3, 0.35)]
    assert len({module.store_folder("data", replace(CONFIG, eyes=place)) for place in places}) == len(places)
