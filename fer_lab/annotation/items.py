"""What is annotated: the pictures and videos of a folder, each under a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fer_lab.annotation.store import FOLDER
from fer_lab.errors import DataError
from fer_lab.media import (
    IMAGE_SUFFIXES,
    VIDEO_SUFFIXES,
    Timeline,
    Unreadable,
    frames,
    kind_of,
    list_files,
    played_type,
    regular_file,
)
from fer_lab.storage import digest

NOT_MEDIA = frozenset({".csv", ".json", ".jsonl", ".md", ".txt", ".yaml", ".zip", ".tar", ".npz", ".npy", ".parquet"})
"""Ends of names whose files are not even looked into."""


@dataclass(frozen=True, slots=True)
class Item:
    """A picture or a video.

    Attributes:
        path: relative to the folder.
        kind: the type that a browser is told: ``image/jpeg``, ``video/mp4`` or ``video/webm``.
        seconds: how long it is, 0 for a picture.
    """

    path: str
    kind: str
    seconds: float = 0.0

    @property
    def is_video(self) -> bool:
        """Whether it has a trace in time."""
        return self.kind.startswith("video/")


@dataclass(frozen=True)
class Items:
    """The items of a folder, numbered from 0 in the order of their paths.

    Attributes:
        root: the folder.
        listed: the items.
        skipped: path and reason of what looks like one and cannot be shown.
    """

    root: Path
    listed: Sequence[Item]
    skipped: Sequence[tuple[str, str]]

    @cached_property
    def listing(self) -> str:
        """A hash of the numbering: what a number means holds only under the same one."""
        return digest([item.path for item in self.listed])

    def number_of(self, path: str) -> int | None:
        """The number of a path, None if it is no longer there."""
        return next((number for number, item in enumerate(self.listed) if item.path == path), None)


def find_items(root: Path) -> Items:
    """The pictures and videos below a folder; the contents of zips and what was annotated are no part of it.

    Raises:
        DataError: there is no such folder, or nothing in it that can be shown.
    """
    if not root.is_dir():
        raise DataError(f"there is no folder {root}", expected="a folder of pictures and videos")
    listed, skipped = [], []
    for path in list_files(root):
        if path.split("/")[0] != FOLDER and Path(path).suffix.lower() not in NOT_MEDIA:
            try:
                listed += _item(root, path)
            except Unreadable as error:
                skipped.append((path, error.reason))
    if not listed:
        why = "; ".join(f"{path}: {reason}" for path, reason in skipped[:3])
        kinds = f"{len(IMAGE_SUFFIXES)} kinds of pictures and {len(VIDEO_SUFFIXES)} of videos are known by their names"
        raise DataError(f"nothing to annotate is in {root}" + (f": {why}" if why else ""), expected=kinds)
    return Items(root, listed, skipped)


def timeline(root: Path, path: str) -> Timeline:
    """When the frames of a video are shown.

    Raises:
        Unreadable: it is no whole video.
    """
    found: list[Timeline] = []

    def note(timeline: Timeline) -> list[int]:
        found.append(timeline)
        return []

    list(frames(root, path, "video", note))
    return found[0]


def _item(root: Path, path: str) -> list[Item]:
    """The item that a file is, if it is a picture or a video."""
    regular_file(root, root / path)
    match kind_of(root, path):
        case "image":
            return [Item(path, "image/jpeg")]
        case "video":
            return [Item(path, played_type(root, path), timeline(root, path).duration)]
        case _:
            return []
