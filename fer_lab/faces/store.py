"""The face store: built once, published whole, memory-mapped, shared by all cells.

<cache>/faces/<key>/
    frames.parquet     one row a face, in the order of the index and then of time
    <view>.npy         uint8 (N, S, S, C)
    landmarks.npy      float32 (N, 68, 2), px of the source frame (not of faces prepared by steps or taken as they come)
    pose.npy           float32 (N, 3), yaw, pitch, roll in degrees (likewise)
    blendshapes.npy    float32 (N, 52), where they are asked for
    skipped.parquet    id, frame (-1: the rest of the file), reason
"""

from __future__ import annotations

import itertools
import logging
import shutil
import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.lib.format import dtype_to_descr, write_array_header_1_0
from numpy.typing import NDArray

from fer_lab import media
from fer_lab.datasets import OF_PICTURES
from fer_lab.errors import ConfigError, DataError, StoreError
from fer_lab.faces import align, detect, dlib_detector, eyes, frontalize, symmetry
from fer_lab.faces.config import MEASURES, FacesConfig, Preparation, RawConfig, StepsConfig
from fer_lab.faces.detectors import detector_of, landmarks_digest
from fer_lab.faces.model_file import find_model
from fer_lab.faces.pixels import Pixels
from fer_lab.faces.stage import SKIPPED_COLUMNS, FoundFaces, find_faces, table
from fer_lab.phases import phase
from fer_lab.processes import pool
from fer_lab.storage import (
    MANIFEST,
    cache_root,
    digest,
    locked,
    make_folder,
    publish,
    read_json,
    require_space,
    whole_once_checked,
)

log = logging.getLogger(__name__)
MAX_FILES_A_SHARD, SHARDS_A_WORKER = 16, 4
"""What a worker does at once: small enough that all workers end together, large enough to be worth a file."""
FRAMES_IN_A_WINDOW = 105
"""Of a video of 3.5 s at 100 frames a second: an estimate of the room that all its frames take."""
Task: TypeAlias = tuple[Path, Sequence[Mapping[Hashable, Any]], Preparation, Path | None, Path]
"""Data root, rows of the index, what to prepare, the landmark model if one is needed, the folder to write into."""


class FaceStore:
    """Faces that were prepared once; arrays are read-only maps of their files."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.key = folder, folder.name

    @cached_property
    def frames(self) -> pd.DataFrame:
        """One row a face: ``row, id, frame, time (s), position (share of the duration), faces_found, inside``.

        ``inside`` is the share of the face's points that lie in the picture, NaN where steps prepare faces without."""
        return pd.read_parquet(self.folder / "frames.parquet")

    @cached_property
    def skipped(self) -> pd.DataFrame:
        """What is in no store: ``id, frame (-1: the rest of the file), reason``."""
        return pd.read_parquet(self.folder / "skipped.parquet")

    @property
    def content(self) -> str:
        """A checksum of the arrays: stores with the same one hold the same faces bit for bit, whatever their key."""
        files: dict[str, list[Any]] = read_json(self.folder / MANIFEST)["files"]
        return digest({name: entry for name, entry in files.items() if name.endswith(".npy")})

    @property
    def has_landmarks(self) -> bool:
        """Whether faces have landmarks and pose; not so where steps prepare them, or images are faces already."""
        return (self.folder / "landmarks.npy").is_file()

    @property
    def landmarks(self) -> NDArray[np.float32]:
        """68 iBUG points of each face, (N, 68, 2), px of the source frame."""
        return self._array("landmarks")

    @property
    def pose(self) -> NDArray[np.float32]:
        """Yaw, pitch, roll of each face, (N, 3), degrees."""
        return self._array("pose")

    @property
    def blendshapes(self) -> NDArray[np.float32]:
        """MediaPipe's blendshapes of each face, (N, 52), in [0, 1], in the order of ``BLENDSHAPES``.

        Raises:
            ConfigError: the store has none.
        """
        return self._array("blendshapes")

    def view(self, name: str) -> Pixels:
        """Faces as prepared in one way, (N, S, S, C).

        Raises:
            ConfigError: the store has no such view.
        """
        return self._array(name)

    def _array(self, name: str) -> NDArray[Any]:
        path = self.folder / f"{name}.npy"
        if not path.is_file():
            known = ", ".join(sorted(p.stem for p in self.folder.glob("*.npy")))
            option = "blendshapes" if name == "blendshapes" else "aligned"
            do = f"set faces={option}, which finds them" if name in MEASURES else "name it in faces.views"
            raise ConfigError(f"no {name!r} in the face store", expected=f"one of {known}", do=do)
        return np.asarray(np.load(path, mmap_mode="r"))  # a plain array over the same memory: memmap is slower


def stage_versions(config: Preparation | RawConfig) -> dict[str, int]:
    """Integers beside the code that prepares faces; one changes with that stage's output."""
    if isinstance(config, FacesConfig):
        finds = {"detect": detect} if config.detector is None else {"dlib": dlib_detector}
        stages = {**finds, "align": align, "frontalize": frontalize, "symmetry": symmetry}
        if config.eyes is not None:
            stages["eyes"] = eyes
        return {name: stage.VERSION for name, stage in stages.items()}
    return {type(step).__name__: step.VERSION for step in config.steps} if isinstance(config, StepsConfig) else {}


def store_folder(signature: str, config: Preparation | RawConfig) -> Path:
    """Where the faces of a data set are kept, whether they are there or not.

    An option that came later counts as left out while it is off, so that it moves no other store.

    Args:
        signature: the data set's.
        config: what is prepared.
    """
    if isinstance(config, RawConfig):
        return cache_root() / "faces" / digest([signature, "raw", media.VERSION])
    versions = [media.VERSION, *stage_versions(config).values()]
    apart, later = ("model", "steps"), ("blendshapes", "eyes", "detector")
    settings = {
        name: value for name, value in vars(config).items() if name not in apart and (value or name not in later)
    }
    own: Any = (
        landmarks_digest(config)
        if isinstance(config, FacesConfig)
        else [[type(step).__name__, vars(step)] for step in config.steps]
    )
    return cache_root() / "faces" / digest([signature, settings, versions, own])


def build_store(root: Path, index: pd.DataFrame, signature: str, config: Preparation, workers: int = 1) -> FaceStore:
    """The face store of a data set: found, or built under a lock by worker processes that share the files.

    Args:
        root: the data set's folder or zip.
        index: its index.
        signature: its data signature.
        config: what to prepare.
        workers: processes; the store is the same for any number.

    Raises:
        DataError: not one face was found.
        StoreError: no room, or it cannot be written.
    """
    if index.empty:
        raise DataError(
            "the index has no row", expected="files to find faces in", do="see the data set's skipped files"
        )
    stills = int((index["kind"] == "image").sum())
    frames = stills + (len(index) - stills) * (config.frames_per_window or FRAMES_IN_A_WINDOW)
    needed = 2 * frames * config.size**2 * config.channels * len(config.views)

    def fill(part: Path) -> None:
        _build(part, root, index, config, workers)

    return _open(store_folder(signature, config), fill, needed, f"the faces of {len(index)} files")


def build_raw_store(index: pd.DataFrame, signature: str, pixels: Callable[[], NDArray[np.uint8]]) -> FaceStore:
    """A store of images that are faces already: one grey view ``raw``, (N, S, S, 1), nothing detected.

    Args:
        index: the data set's index.
        signature: its data signature.
        pixels: reads the images in the order of the index, uint8 (N, S, S).
    """

    def fill(part: Path) -> None:
        rows = {"row": np.arange(len(index)), "id": index["id"].to_numpy(), "frame": 0, "time": 0.0, "position": 0.0}
        pd.DataFrame(rows).to_parquet(part / "frames.parquet", index=False)
        table([], SKIPPED_COLUMNS).to_parquet(part / "skipped.parquet", index=False)
        images = pixels()
        if len(images) != len(index):
            raise DataError(f"{len(images)} images for {len(index)} rows of the index", expected="one a row")
        require_space(part, images.nbytes, "the images")
        np.save(part / "raw.npy", images[..., None])

    return _open(store_folder(signature, RawConfig()), fill, 0, "images")


def _open(folder: Path, fill: Callable[[Path], None], needed: int, what: str) -> FaceStore:
    phase("faces", what=what)
    with locked(folder):
        if not whole_once_checked(folder):
            if folder.exists():
                log.warning("the face store %s is damaged: it is built again", folder)
            require_space(folder.parent, needed, what)
            began = time.time()
            log.info("preparing %s", what)
            with publish(folder) as part:
                fill(part)
            log.info("prepared %s in %.0f s", what, time.time() - began)
    return FaceStore(folder)


def _build(part: Path, root: Path, index: pd.DataFrame, config: Preparation, workers: int) -> None:
    rows = index[[name for name in OF_PICTURES if name in index]].to_dict("records")
    count = min(MAX_FILES_A_SHARD, max(1, len(rows) // (SHARDS_A_WORKER * workers)))
    shards = [rows[start : start + count] for start in range(0, len(rows), count)]
    model = find_model(config.model) if isinstance(config, FacesConfig) and config.detector is None else None
    scratch = make_folder(part / "shards")
    tasks = [(root, shard, config, model, scratch / f"{number:06d}") for number, shard in enumerate(shards)]
    _run(tasks, min(workers, len(tasks)))
    _merge(part, [task[-1] for task in tasks], config)
    shutil.rmtree(scratch)


def _run(tasks: Sequence[Task], workers: int) -> None:
    """Do the tasks in processes of their own, be it one.

    A landmarker brings a profiler, whose timers send SIGPROF to its process for as long as that lives, and threads that
    do not survive a fork: neither belongs into a process that trains next.
    """
    try:
        with pool(workers) as processes:
            _tell(tasks, processes.map(_shard, tasks))
    except BrokenProcessPool as error:
        raise StoreError("a worker process of the face stage was killed", do="use fewer workers: memory?") from error


def _tell(tasks: Sequence[Task], finished: Iterable[None]) -> None:
    """Say how many files are done as shards are, in their order."""
    files = np.cumsum([0, *(len(rows) for _, rows, *_ in tasks)]).tolist()
    for done, _ in zip(files, itertools.chain([None], finished), strict=True):
        phase("faces", done, files[-1], "files")


def _shard(task: Task) -> None:
    root, rows, config, model, folder = task
    if isinstance(config, FacesConfig) and model is not None:
        config = replace(config, model=str(model))
    detector = detector_of(config) if isinstance(config, FacesConfig) else None
    _save(find_faces(root, rows, config, detector), make_folder(folder))


def _save(found: FoundFaces, folder: Path) -> None:
    frames, skipped = found.tables()
    frames.to_parquet(folder / "frames.parquet", index=False)
    skipped.to_parquet(folder / "skipped.parquet", index=False)
    for name, array in found.arrays().items():
        np.save(folder / f"{name}.npy", array)


def _merge(part: Path, shards: list[Path], config: Preparation) -> None:
    """One array from those of the shards, a shard at a time: memory does not grow with the data set."""
    frames = pd.concat([pd.read_parquet(shard / "frames.parquet") for shard in shards], ignore_index=True)
    skipped = pd.concat([pd.read_parquet(shard / "skipped.parquet") for shard in shards], ignore_index=True)
    if frames.empty:
        reasons = skipped["reason"].value_counts().head(3).to_dict()
        raise DataError(f"not one face in {len(skipped)} frames and files: {reasons}", expected="pictures of faces")
    frames.insert(0, "row", np.arange(len(frames)))
    frames.to_parquet(part / "frames.parquet", index=False)
    skipped.to_parquet(part / "skipped.parquet", index=False)
    for name in (*config.measures, *config.views):
        _join([shard / f"{name}.npy" for shard in shards], part / f"{name}.npy", len(frames))


def _join(parts: Sequence[Path], whole: Path, length: int) -> None:
    """Write .npy files one after the other; not through a memory map, where a full disk kills the process."""
    first = np.load(parts[0], mmap_mode="r")
    header = {"descr": dtype_to_descr(first.dtype), "fortran_order": False, "shape": (length, *first.shape[1:])}
    with whole.open("wb") as file:
        write_array_header_1_0(file, header)
        for part in parts:
            file.write(np.load(part).tobytes())
