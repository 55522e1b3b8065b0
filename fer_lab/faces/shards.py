"""A face store made piece by piece, by as many processes and machines as there are.

<cache>/shards/<key of the store>/
    000000/        the faces of some files that follow each other in the index: the files of a store, published whole
    000000.lock    held by the process that makes it, wherever that runs; given back by the system when it dies

Which files are in which shard depends on the index and the settings only, so all who see the cache take from the same
list, each what nobody else is at. What is whole stays, whatever happens to its maker. When all are, whoever comes first
joins them in their order into the store, and the shards are removed.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd

from fer_lab.datasets import OF_PICTURES
from fer_lab.errors import DataError, StoreError
from fer_lab.faces.config import FacesConfig, Preparation
from fer_lab.faces.detectors import detector_of
from fer_lab.faces.model_file import find_model
from fer_lab.faces.rows import GrowingArray
from fer_lab.faces.stage import WrittenFaces, find_faces, rows_of
from fer_lab.phases import phase
from fer_lab.processes import pool
from fer_lab.storage import LockedError, cache_root, is_whole, locked, locked_now, publish, remove

log = logging.getLogger(__name__)
FRAMES_IN_A_SHARD, MAX_SHARDS = 128, 1024
"""About how many frames are worth a shard (a second or two), and how many shards a cache has to hold at most."""
FRAMES_IN_A_WINDOW = 105
"""Of a video of 3.5 s at 100 frames a second: an estimate of how many frames it has where all are kept."""
WAIT = 1.0
"""Seconds until those shards are looked at again that others are at."""


@dataclass(frozen=True, eq=False)
class Shard:
    """Some files of an index that follow each other.

    Attributes:
        root: of the data.
        rows: of the index: ``OF_PICTURES``.
        config: what to prepare; of a landmarker, with the file of its model.
        folder: where the faces go.
        store: where those of all shards will be; when it is there, nothing is left to do.
    """

    root: Path
    rows: pd.DataFrame
    config: Preparation
    folder: Path
    store: Path

    def make(self) -> bool:
        """Find the faces, unless they are there or somebody else is at it; whether they are there now."""
        if is_whole(self.folder, checksums=False):
            return True
        try:
            with locked_now(self.folder):
                # In this order: shards are removed when the store is there, and not before.
                if not is_whole(self.folder, checksums=False) and not self.store.exists():
                    self._fill()
        except LockedError:
            return False
        return True

    def _fill(self) -> None:
        detector = detector_of(self.config) if isinstance(self.config, FacesConfig) else None
        with publish(self.folder) as part, WrittenFaces(self.config, part) as found:
            find_faces(self.root, self.rows.to_dict("records"), self.config, detector, found)


Shards: TypeAlias = Sequence[Shard]


def frames_of(index: pd.DataFrame, config: Preparation) -> pd.Series[int]:
    """About how many frames are prepared of each file; of an image one."""
    return (index["kind"] != "image") * ((config.frames_per_window or FRAMES_IN_A_WINDOW) - 1) + 1


def shards_of(root: Path, index: pd.DataFrame, config: Preparation, store: Path) -> Shards:
    """The shards of a face store, in the order of the index.

    Args:
        root: the data set's folder or zip.
        index: its index.
        config: what to prepare.
        store: the folder that it will have.
    """
    if isinstance(config, FacesConfig) and config.detector is None:
        config = replace(config, model=str(find_model(config.model)))
    rows = index[[name for name in OF_PICTURES if name in index]]
    before = frames_of(index, config).cumsum().shift(fill_value=0)
    starts = np.flatnonzero((before // max(FRAMES_IN_A_SHARD, before.iloc[-1] // MAX_SHARDS + 1)).diff() != 0)
    folder = shards_folder(store)
    return [
        Shard(root, rows.iloc[start:stop], config, folder / f"{number:06d}", store)
        for number, (start, stop) in enumerate(zip(starts, [*starts[1:], len(rows)], strict=True))
    ]


def shards_folder(store: Path) -> Path:
    """Where the shards of a store lie until it is whole."""
    return cache_root() / "shards" / store.name


def make(shards: Shards, workers: int) -> None:
    """See to it that every shard is there: made here in processes of their own, or by others.

    A landmarker brings a profiler, whose timers send SIGPROF to its process for as long as that lives, and threads that
    do not survive a fork: neither belongs into a process that trains next.

    Raises:
        StoreError: no room, or a process was killed.
    """
    left = [shard for shard in shards if not is_whole(shard.folder, checksums=False)]
    try:
        with pool(min(workers, len(shards))) as processes:
            while left:
                there = processes.map(Shard.make, left)
                left = [shard for shard, is_there in zip(left, _told(shards, left, there), strict=True) if not is_there]
                time.sleep(WAIT if left else 0)
    except BrokenProcessPool as error:
        raise StoreError("a worker process of the face stage was killed", do="use fewer workers: memory?") from error


def _told(shards: Shards, left: Shards, there: Iterator[bool]) -> Iterator[bool]:
    """The same answers; says how many files are done as they come."""
    files = sum(len(shard.rows) for shard in shards)
    done = files - sum(len(shard.rows) for shard in left)
    for shard in left:
        phase("faces", done, files, "files")
        yield (is_there := next(there))
        done += len(shard.rows) * is_there
    phase("faces", done, files, "files")


def join(shards: Shards, part: Path) -> None:
    """Write the store that shards are of; memory holds their tables, and of their arrays no more than a buffer.

    Args:
        shards: all of a store, whole.
        part: the folder to write into.

    Raises:
        DataError: not one face was found.
    """
    frames, skipped = (_table(shards, name) for name in ("frames", "skipped"))
    if frames.empty:
        reasons = skipped["reason"].value_counts().head(3).to_dict()
        raise DataError(f"not one face in {len(skipped)} frames and files: {reasons}", expected="pictures of faces")
    frames.insert(0, "row", np.arange(len(frames)))
    frames.to_parquet(part / "frames.parquet", index=False)
    skipped.to_parquet(part / "skipped.parquet", index=False)
    for name, (dtype, shape) in rows_of(shards[0].config).items():
        with GrowingArray(part / f"{name}.npy", dtype, shape) as array:
            for shard in shards:
                array.extend(shard.folder / f"{name}.npy")


def discard_damaged(shards: Shards) -> list[Shard]:
    """Remove those shards that are not as they were written; which they are."""
    damaged = [shard for shard in shards if not is_whole(shard.folder)]
    for shard in damaged:
        with locked(shard.folder):
            if shard.folder.exists() and not is_whole(shard.folder):
                log.warning("the shard %s of a face store is damaged: it is made again", shard.folder)
                remove(shard.folder)
    return damaged


def _table(shards: Shards, name: str) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(shard.folder / f"{name}.parquet") for shard in shards], ignore_index=True)


def size(store: Path) -> int:
    """Bytes of the shards of a store that are there already."""
    found = 0
    for path in shards_folder(store).glob("*/*.npy"):
        with suppress(FileNotFoundError):  # somebody else's, who has just given it its name
            found += path.stat().st_size
    return found


def forget(store: Path) -> None:
    """Remove the shards of a store; somebody who still looks at them looks for the store, too."""
    shutil.rmtree(shards_folder(store), ignore_errors=True)
