"""Pictures and videos with valence and arousal as annotators have said them (Bartissol 2017, sec. 3.4, 5)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from fer_lab.datasets import affect_table, annotated_twin, frame_labels
from fer_lab.datasets.affect_table import is_video, together
from fer_lab.datasets.annotated_videos import videos_of
from fer_lab.datasets.base import OF_PEOPLE, OF_PICTURES, DataSet, TwinScale, choice, join_subjects, skip
from fer_lab.datasets.generated import AFFECT
from fer_lab.datasets.stills import people_in, wanted
from fer_lab.errors import ConfigError
from fer_lab.evaluation.target import Target
from fer_lab.evaluation.targets import Values
from fer_lab.media import IMAGE_SUFFIXES, VIDEO_SUFFIXES, list_files

SUFFIXES = IMAGE_SUFFIXES | VIDEO_SUFFIXES
SHOWS = ("all", "pictures", "videos")


class Annotated(DataSet):
    """A folder as ``fer-lab annotate --export csv`` leaves it, or any other with such a table.

    Args:
        labels: the table, relative to the root (``affect_table``); that of one annotator, or ``gold.csv``, is one, too.
        shows: ``pictures``, ``videos`` or ``all`` of them.
        low, high: the scale on which people have annotated, beyond which no value is used.
    """

    name = "annotated"
    title = "pictures and videos annotated with valence and arousal"
    reference = "Bartissol 2017, sec. 5: 1,000 of EmotioNet's images, annotated by its author and not published"
    request = "whoever keeps the data; or annotate pictures of your own: fer-lab annotate FOLDER"
    terms = "those of the pictures"
    tree = """
annotated/
  annotations/annotations.csv   columns path, valence, arousal; time (s), of videos; annotator, where there are several
  <any name>.jpg or .mp4        paths as in the table
  people.csv                    may be absent: image,subject, where it is known who is in a picture or video
  subjects.csv                  may be absent: subject,age,sex,skin_tone,glasses,beard
"""
    advice = "run `fer-lab annotate FOLDER --export csv` and set paths.annotated to FOLDER"
    published: Mapping[str, int] = {}
    by_frame = frozenset({"affect"})
    attributes = OF_PEOPLE
    everyone_shows_all = False

    twin_version = 2

    def __init__(
        self, labels: str = annotated_twin.TABLE, shows: str = "all", low: float = -1.0, high: float = 1.0
    ) -> None:
        if not low < high:
            raise ConfigError(f"data.dataset.low={low!r}, high={high!r}", expected="two numbers, the first the smaller")
        self.labels = labels
        self.shows = choice("shows", shows, SHOWS)
        self.affect = Values(AFFECT, low=float(low), high=float(high))
        self.targets: Mapping[str, Target] = {"affect": self.affect}

    def index(self, root: Path) -> pd.DataFrame:
        """One row a picture or video that is there and of which something is said; ``DataSet.index``.

        ``annotators`` is how many have said something of it, ``known`` a hash of what they say together, so that other
        labels are other data. ``attrs["skipped"]`` has the rows of the table that cannot be used (``affect_table``),
        those of frames that a video does not have, files that are not there and files of which nothing is said.

        Raises:
            DataError: there is no table, it or ``people.csv`` cannot be read, or nothing can be used.
        """
        files = list_files(root) if root.is_dir() else []
        if self.labels not in files:
            raise self.missing(root, f"there is no {self.labels} in")
        table = affect_table.read(root, self.labels, self.affect)
        shown = {name for name in files if PurePosixPath(name).suffix.lower() in SUFFIXES and self._asks_for(name)}
        said = {str(path): own for path, own in table.groupby("path") if self._asks_for(str(path))}
        skipped = [*table.attrs["skipped"], *_unmatched(root, self.labels, shown, set(said))]
        there = {path: said[path] for path in sorted(shown & set(said))}
        outside = {path: frame_labels.beyond(root, root / self.labels, path, own)
                   for path, own in there.items() if is_video(path)}  # fmt: skip
        skipped += [skip(path, root, reason) for path, reason in outside.items() if reason]
        people = dict(zip(there, people_in(root, there), strict=True))
        rows = [_row(path, people[path], own) for path, own in there.items()]
        return join_subjects(self.make_index(root, rows, skipped), root)

    def _asks_for(self, path: str) -> bool:
        return self.shows == "all" or is_video(path) == (self.shows == "videos")

    def face_targets(self, root: Path, index: pd.DataFrame, frames: pd.DataFrame, target: str) -> pd.DataFrame:
        """What annotators say of each face's picture, or of the moment nearest to its frame; ``DataSet.face_targets``.

        Raises:
            DataError: the table cannot be read.
        """
        known = together(affect_table.read(root, self.labels, self.affect), AFFECT).drop(columns="annotators")
        paths = frames["id"].map(index.set_index("id")["path"])
        asked = pd.DataFrame({"path": paths.to_numpy(), "time": frames["time"].to_numpy(float)})
        found = frame_labels.nearest_in_time(asked, known)
        return found[list(AFFECT)].astype(np.float64).set_axis(self.affect.truth_columns, axis=1)

    def of_pictures(self, index: pd.DataFrame) -> pd.DataFrame:
        """Neither what is said nor people count: other ones need no new faces."""
        return index[[name for name in OF_PICTURES if name in index]]

    def twin_options(self) -> Mapping[str, Any]:
        """The scale."""
        return {"low": self.affect.low, "high": self.affect.high}

    def twin_extent(self, scale: TwinScale) -> Mapping[str, Any]:
        """How many pictures and videos there are, how large they are, and how many frames videos have."""
        videos = {"videos": videos_of(scale), "frames_per_window": scale.frames_per_window}
        return {"stills": wanted(annotated_twin.ANNOTATED, scale), "size": scale.size, **videos}

    def twin_bytes(self, scale: TwinScale) -> int:
        """About the room it takes on disk."""
        return wanted(annotated_twin.ANNOTATED, scale) * scale.size**2

    def write_twin(self, root: Path, scale: TwinScale, workers: int = 1) -> None:
        """Write pictures as from the web and videos, what three annotators say of them, and who is in them."""
        annotated_twin.write(root, wanted(annotated_twin.ANNOTATED, scale), scale, self.affect.scale, workers)


def _unmatched(root: Path, labels: str, shown: set[str], said: set[str]) -> list[dict[str, str]]:
    """Files of which nothing is said, and what is said of files that are not there."""
    unsaid = [skip(path, root, f"nothing that can be used is said of it in {labels}") for path in sorted(shown - said)]
    return unsaid + [skip(path, root, f"is in {labels} but not there") for path in sorted(said - shown)]


def _row(path: str, subject: str, own: pd.DataFrame) -> dict[str, object]:
    """A row of the index, by the rows of the table."""
    known = {"annotators": own["annotator"].nunique(), "known": frame_labels.digest_of(together(own, AFFECT))}
    return {
        "id": path,
        "path": path,
        "kind": "video" if is_video(path) else "image",
        "subject": subject,
        "fps": np.nan,
        **known,
    }
