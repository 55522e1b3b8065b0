"""What a file is: a video, an image, or neither."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from fer_lab.media.container import opened
from fer_lab.media.files import read_bytes
from fer_lab.media.images import IMAGE_BYTES, opened_image
from fer_lab.media.unreadable import Unreadable

VIDEO_SUFFIXES = frozenset(
    {".mp4", ".mov", ".m4v", ".3gp", ".3g2", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".vob"}
    | {".ts", ".mts", ".m2ts", ".wmv", ".asf", ".flv", ".ogv", ".mxf"}
)
IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".tif", ".tiff", ".webp", ".gif", ".pgm", ".ppm"}
    | {".avif", ".jp2"}
)


def kind_of(root: Path, path: str) -> str:
    """``video``, ``image``, or '' for what is neither: by the name if its end is a usual one, else by the content.

    Args:
        root: the data set's folder or zip.
        path: posix path relative to it; may go through a zip.
    """
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in VIDEO_SUFFIXES:
        return "video"
    if suffix in IMAGE_SUFFIXES or _is_image(root, path):
        return "image"
    return "video" if _is_video(root, path) else ""


def _is_image(root: Path, path: str) -> bool:
    try:
        with opened_image(read_bytes(root, path, IMAGE_BYTES), path):
            return True
    except Unreadable:
        return False


def _is_video(root: Path, path: str) -> bool:
    try:
        with opened(root, path):
            return True
    except Unreadable:
        return False
