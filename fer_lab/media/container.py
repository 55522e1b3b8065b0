"""Opening a video, whatever it is called, within bounds that hold before anything is decoded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from av.stream import Disposition

from fer_lab.media.unpacked import on_disk
from fer_lab.media.unreadable import Unreadable

CONTAINERS = "mov,matroska,avi,mpeg,mpegts,asf,flv,ogg,dv,mxf,rm,nut,ivf,wtv,yuv4mpegpipe"
"""FFmpeg's names of what is read: files with a clock of their own. Playlists and lists of other files are not."""
MAX_SIDE, MAX_PIXELS = 16_000, 8192 * 4320
"""Of one picture of a video (8K), in px: a decoder keeps up to 17 of them."""
BUFFER = 1 << 18
BOUNDS = {"max_pixels": str(MAX_PIXELS)}
OPTIONS = {"err_detect": "crccheck", "format_whitelist": CONTAINERS, "protocol_whitelist": "file", **BOUNDS}
DECODER = {"err_detect": "crccheck+bitstream+buffer+explode", **BOUNDS}
"""A decoder that meets damage says so, instead of making up what is missing."""


@dataclass(frozen=True)
class Video:
    """An open file: PyAV's container, and of its streams the picture."""

    root: Path
    path: str
    container: Any
    stream: Any

    @property
    def format(self) -> str:
        """FFmpeg's name of the container."""
        return str(self.container.format.name)

    def seconds(self, ticks: int) -> float:
        """A time in units of the picture's clock, in s."""
        return ticks * float(self.stream.time_base)


@contextmanager
def opened(root: Path, path: str) -> Iterator[Video]:
    """A video, at its beginning. What a file says in words (titles) decides nothing.

    Whoever opens it several times unpacks it once before, with ``on_disk``, where it lies in an archive.

    Raises:
        Unreadable: as of ``on_disk``; no container that is read, no picture in it, one too large, or its codec is
            unknown.
    """
    how: dict[str, Any] = {"options": OPTIONS, "metadata_errors": "replace", "buffer_size": BUFFER}
    with refusals(path), on_disk(root, path) as place, av.open(str((place / path).absolute()), **how) as container:
        pictures = [one for one in container.streams.video if not one.disposition & Disposition.attached_pic]
        if not pictures:
            raise Unreadable(path, "there is no video in it")
        context = pictures[0].codec_context
        if context is None:
            raise Unreadable(path, "the codec of its video is unknown")
        check_size(path, context.width, context.height)
        context.thread_count = 1  # the processes of a stage share the cores, one video each
        context.options = DECODER
        yield Video(place, path, container, pictures[0])


@contextmanager
def refusals(path: str) -> Iterator[None]:
    """Whatever FFmpeg or the file system cannot do with this file is a refusal of it."""
    try:
        yield
    except Unreadable:
        raise
    except Exception as error:  # whatever a decoder makes of bytes that somebody else has written
        raise Unreadable(path, f"not a whole video ({getattr(error, 'strerror', None) or error})") from error


def check_size(path: str, width: int, height: int) -> None:
    """Refuse pictures that are larger than ``MAX_SIDE`` or ``MAX_PIXELS``."""
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        limits = f"{MAX_SIDE} a side and {MAX_PIXELS / 1e6:.0f} megapixels"
        raise Unreadable(path, f"{width} x {height} pixels, the limits are {limits}")
