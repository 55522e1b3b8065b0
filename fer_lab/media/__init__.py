"""Decode and encode: the frames of a video, of an image sequence, of an image as it comes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from fer_lab.errors import ConfigError, nearest
from fer_lab.media.encode import write_video
from fer_lab.media.files import archive, list_files, read_bytes, regular_file, split
from fer_lab.media.images import IMAGE_BYTES, grey, image, write_image
from fer_lab.media.kinds import IMAGE_SUFFIXES, VIDEO_SUFFIXES, kind_of
from fer_lab.media.sequence import numbered, sequence_frames
from fer_lab.media.shown import played_type, shown_picture
from fer_lab.media.timeline import Frame, Image, Timeline, Wanted, every, window
from fer_lab.media.unreadable import Unreadable
from fer_lab.media.video import video_frames

__all__ = [
    "IMAGE_BYTES",
    "IMAGE_SUFFIXES",
    "VERSION",
    "VIDEO_SUFFIXES",
    "Frame",
    "Image",
    "Timeline",
    "Unreadable",
    "Wanted",
    "archive",
    "every",
    "frames",
    "grey",
    "image",
    "kind_of",
    "list_files",
    "numbered",
    "played_type",
    "read_bytes",
    "regular_file",
    "shown_picture",
    "split",
    "window",
    "write_image",
    "write_video",
]

VERSION = 1
"""Raised whenever the same file gives other frames or another timeline."""
KINDS = ("video", "sequence", "image")


def frames(root: Path, path: str, kind: str, wanted: Wanted = every, fps: float | None = None) -> Iterator[Frame]:
    """Decode the wanted frames of one row of an index, in the order of time; nothing else is decoded.

    Args:
        root: the data set's folder or zip.
        path: posix path relative to it; may go through a zip.
        kind: ``video``, ``sequence`` (a folder of numbered images) or ``image``.
        wanted: gets the timeline and gives the indexes of the frames wanted, see ``window``.
        fps: frames a second of a sequence; videos bring their own clock.

    Raises:
        Unreadable: the file cannot be read; frames before the damage may have been given already.
        ConfigError: an unknown kind, or a sequence without a frame rate.
    """
    if kind == "video":
        return video_frames(root, path, wanted)
    if kind == "sequence":
        return sequence_frames(root, path, wanted, fps)
    if kind == "image":
        return _still(root, path, wanted)
    raise ConfigError(f"unknown kind of media {kind!r} of {path}", expected=nearest(kind, KINDS))


def _still(root: Path, path: str, wanted: Wanted) -> Iterator[Frame]:
    if wanted(Timeline([0], [0.0], 0.0)):
        yield Frame(0, 0.0, 0.0, image(read_bytes(root, path, IMAGE_BYTES), path))
