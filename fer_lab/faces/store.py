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

import logging
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_lab import media
from fer_lab.errors import ConfigError, DataError
from fer_lab.faces import align, detect, dlib_detector, eyes, frontalize, shards, symmetry
from fer_lab.faces.config import MEASURES, FacesConfig, Preparation, RawConfig, StepsConfig
from fer_lab.faces.detectors import landmarks_digest
from fer_lab.faces.pixels import Pixels
from fer_lab.faces.stage import SKIPPED_COLUMNS, table
from fer_lab.phases import phase
from fer_lab.storage import (
    MANIFEST,
    cache_root,
    digest,
    locked,
    publish,
    read_json,
    remove,
    require_space,
    whole_once_checked,
)

log = logging.getLogger(__name__)


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
    folder, what = store_folder(signature, config), f"the faces of {len(index)} files"
    needed = 2 * int(shards.frames_of(index, config).sum()) * config.size**2 * config.channels * len(config.views)
    phase("faces", what=what)
    with locked(folder):
        if _is_there(folder, needed - shards.size(folder), what):
            return FaceStore(folder)
    began = time.time()
    pieces = shards.shards_of(root, index, config, folder)
    shards.make(pieces, workers)
    while not _join(pieces, folder, what, began):
        shards.make(pieces, workers)
    return FaceStore(folder)


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

    return _open(store_folder(signature, RawConfig()), fill, "images")


def _open(folder: Path, fill: Callable[[Path], None], what: str) -> FaceStore:
    phase("faces", what=what)
    with locked(folder):
        if not _is_there(folder, 0, what):
            with publish(folder) as part:
                fill(part)
    return FaceStore(folder)


def _is_there(folder: Path, needed: int, what: str) -> bool:
    """Whether a store is whole; one that is damaged is removed, and there is room for another."""
    if whole_once_checked(folder):
        shards.forget(folder)  # of whoever was killed between the last two steps
        return True
    if folder.exists():
        log.warning("the face store %s is damaged: it is built again", folder)
        remove(folder)
    require_space(folder.parent, needed, what)
    log.info("preparing %s", what)
    return False


def _join(pieces: shards.Shards, folder: Path, what: str, began: float) -> bool:
    """Make a store of its shards unless somebody else has; False where one of them turned out damaged, and is gone."""
    with locked(folder):
        if not folder.exists():
            if shards.discard_damaged(pieces):
                return False
            try:
                with publish(folder) as part:
                    shards.join(pieces, part)
            except DataError:  # not one face: what is in the files may be read by a later version
                shards.forget(folder)
                raise
            log.info("prepared %s in %.0f s", what, time.time() - began)
        shards.forget(folder)
    return True
