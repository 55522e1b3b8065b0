"""The files of an index through the stage: decoded, each frame prepared. Nothing is dropped in silence."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_lab import media
from fer_lab.datasets import UNTIL
from fer_lab.errors import DataError
from fer_lab.faces.config import MEASURES, Preparation
from fer_lab.faces.detectors import FaceDetector
from fer_lab.faces.face import Face, prepare
from fer_lab.faces.rows import GrowingArray
from fer_lab.faces.steps import NoFace

FRAME_COLUMNS = {
    "id": "str", "frame": "int64", "time": "float64", "position": "float64", "faces_found": "int64", "inside": "float64"
}  # fmt: skip
SKIPPED_COLUMNS = {"id": "str", "frame": "int64", "reason": "str"}
"""Columns and their types, which an empty table has, too."""
WHOLE_FILE = -1
"""``frame`` of a skipped row that stands for the rest of a file."""


@dataclass
class FoundFaces:
    """Faces in the order of time, and what was skipped, of one file or several, in memory."""

    config: Preparation
    frames: list[tuple[str, int, float, float, int, float]] = field(default_factory=list)
    values: dict[str, list[NDArray[Any]]] = field(default_factory=dict)
    skipped: list[tuple[str, int, str]] = field(default_factory=list)

    def skip(self, name: str, frame: int, reason: str) -> None:
        """List a frame (or the rest of a file) with the reason why it is in no store."""
        self.skipped.append((name, frame, reason))

    def add(self, name: str, frame: media.Frame, face: Face) -> None:
        """Take a face of a file: its row, its views and its ``MEASURES``."""
        self.frames.append((name, frame.number, frame.time, frame.position, face.faces_found, face.inside))
        for measure in self.config.measures:
            self.keep(measure, getattr(face, measure))
        for view, crop in face.views.items():
            self.keep(view, crop)

    def keep(self, array: str, value: NDArray[Any]) -> None:
        """Put one face's row behind the others of an array."""
        self.values.setdefault(array, []).append(value)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Each view, uint8 (n, S, S, C), and where faces have them the ``MEASURES``, float32."""
        return {
            name: np.asarray(self.values.get(name, []), dtype).reshape(-1, *shape)
            for name, (dtype, shape) in rows_of(self.config).items()
        }

    def tables(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Frames and skipped, as tables."""
        return table(self.frames, FRAME_COLUMNS), table(self.skipped, SKIPPED_COLUMNS)


class WrittenFaces(FoundFaces):
    """The same on disk: an array's rows are written as faces are found, so that memory holds none of them.

    Args:
        config: what is prepared.
        folder: where the files of a face store go, a .npy an array; close it (``with``) before they are read.

    Raises:
        OSError: they cannot be written.
    """

    def __init__(self, config: Preparation, folder: Path) -> None:
        super().__init__(config)
        self._folder, self._files = folder, ExitStack()
        self._arrays = {
            name: self._files.enter_context(GrowingArray(folder / f"{name}.npy", dtype, shape))
            for name, (dtype, shape) in rows_of(config).items()
        }

    def keep(self, array: str, value: NDArray[Any]) -> None:
        """See ``FoundFaces.keep``."""
        self._arrays[array].append(value)

    def __enter__(self) -> WrittenFaces:
        return self

    def __exit__(self, *error: object) -> None:
        self._files.close()
        for name, rows in zip(("frames", "skipped"), self.tables(), strict=True):
            rows.to_parquet(self._folder / f"{name}.parquet", index=False)


def rows_of(config: Preparation) -> dict[str, tuple[type, tuple[int, ...]]]:
    """Name of each array of a store -> the type and shape of one face's row, in the order of their files."""
    crop = (config.size, config.size, config.channels)
    measures = {name: (np.float32, MEASURES[name]) for name in config.measures}
    return {**measures, **dict.fromkeys(config.views, (np.uint8, crop))}


def table(rows: Sequence[tuple[Any, ...]], columns: Mapping[str, str]) -> pd.DataFrame:
    """Rows with these columns and types."""
    return pd.DataFrame(rows, columns=list(columns)).astype(dict(columns))


def find_faces(
    root: Path,
    rows: Sequence[Mapping[Hashable, Any]],
    config: Preparation,
    detector: FaceDetector | None,
    into: FoundFaces | None = None,
) -> FoundFaces:
    """The faces of some files; one that cannot be read is listed and never loses the others.

    Args:
        root: the data set's folder or zip.
        rows: rows of the index: ``OF_PICTURES``.
        config: what to prepare.
        detector: this process's; steps need none.
        into: takes them; by default memory.
    """
    found = FoundFaces(config) if into is None else into
    for row in rows:
        name, empty = str(row["id"]), True
        try:
            for frame in _wanted_frames(root, row, config):
                empty = False
                _add(found, name, frame, detector)
            if empty:
                found.skip(name, WHOLE_FILE, f"no frame between {config.window[0]:.0%} and {config.window[1]:.0%}")
        except DataError as error:
            found.skip(name, WHOLE_FILE, error.what)
    return found


def _wanted_frames(root: Path, row: Mapping[Hashable, Any], config: Preparation) -> Iterator[media.Frame]:
    start, stop = (share * float(row.get(UNTIL, 1.0)) for share in config.window)
    wanted = partial(media.window, start=start, stop=stop, keep=config.frames_per_window)
    still = row["kind"] == "image"
    fps = float(row["fps"]) if row["fps"] is not None and not pd.isna(row["fps"]) else None
    return media.frames(root, str(row["path"]), str(row["kind"]), media.every if still else wanted, fps)


def _add(found: FoundFaces, name: str, frame: media.Frame, detector: FaceDetector | None) -> None:
    face = prepare(frame.image, detector, found.config)
    if isinstance(face, NoFace):
        found.skip(name, frame.number, face.reason)
        return
    found.add(name, frame, face)
