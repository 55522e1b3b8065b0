"""The files of an index through the stage: decoded, each frame prepared. Nothing is dropped in silence."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
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
from fer_lab.faces.face import prepare
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
    """Faces in the order of time, and what was skipped, of one file or several."""

    config: Preparation
    frames: list[tuple[str, int, float, float, int, float]] = field(default_factory=list)
    measures: dict[str, list[NDArray[np.float32]]] = field(default_factory=dict)
    views: dict[str, list[NDArray[np.uint8]]] = field(default_factory=dict)
    skipped: list[tuple[str, int, str]] = field(default_factory=list)

    def skip(self, name: str, frame: int, reason: str) -> None:
        """List a frame (or the rest of a file) with the reason why it is in no store."""
        self.skipped.append((name, frame, reason))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Each view, uint8 (n, S, S, C), and where faces have them the ``MEASURES``, float32."""
        side, channels = self.config.size, self.config.channels
        found: dict[str, NDArray[Any]] = {}
        for name in self.config.measures:
            found[name] = np.asarray(self.measures.get(name, []), np.float32).reshape(-1, *MEASURES[name])
        for view in self.config.views:
            found[view] = np.asarray(self.views.get(view, []), np.uint8).reshape(-1, side, side, channels)
        return found

    def tables(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Frames and skipped, as tables."""
        return table(self.frames, FRAME_COLUMNS), table(self.skipped, SKIPPED_COLUMNS)


def table(rows: Sequence[tuple[Any, ...]], columns: Mapping[str, str]) -> pd.DataFrame:
    """Rows with these columns and types."""
    return pd.DataFrame(rows, columns=list(columns)).astype(dict(columns))


def find_faces(
    root: Path, rows: Sequence[Mapping[Hashable, Any]], config: Preparation, detector: FaceDetector | None
) -> FoundFaces:
    """The faces of some files; one that cannot be read is listed and never loses the others.

    Args:
        root: the data set's folder or zip.
        rows: rows of the index: ``OF_PICTURES``.
        config: what to prepare.
        detector: this process's; steps need none.
    """
    found = FoundFaces(config)
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
    for view, crop in face.views.items():
        found.views.setdefault(view, []).append(crop)
    found.frames.append((name, frame.number, frame.time, frame.position, face.faces_found, face.inside))
    for measure in found.config.measures:
        found.measures.setdefault(measure, []).append(getattr(face, measure))
