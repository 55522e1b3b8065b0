"""Writing videos: the twins'."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av

from fer_lab.errors import StoreError
from fer_lab.media.timeline import Image

ENCODER = {"preset": "veryfast", "crf": "12", "bf": "0", "threads": "1", "x264-params": "mbtree=0"}
"""x264: nearly transparent; one thread, no B-frames, no macroblock tree, so that the same frames give the same bytes.

The macroblock tree reads memory that it has not written: with it some videos of a twin differ in a few pixels from one
drawing to the next.
"""


def write_video(path: Path, times: Iterable[float], images: Iterable[Image], fps: float) -> None:
    """Write an H.264 MP4 whose frames are shown at ``times``; one after the other, none is kept.

    Args:
        path: the file, ``.mp4``.
        times: seconds, rising, multiples of ``1 / fps`` (rounded to them).
        images: uint8 (H, W, 3) RGB, one a time, even height and width.
        fps: the clock; the last frame is shown for ``1 / fps``, so that the duration is ``times[-1] + 1 / fps``.

    Raises:
        StoreError: it cannot be written (disk full, quota).
    """
    try:
        _encode(path, times, images, fps)
    except (av.error.FFmpegError, OSError) as error:
        raise StoreError(f"cannot write {path}: {error}", do="free some space, or point elsewhere") from error


def _encode(path: Path, times: Iterable[float], images: Iterable[Image], fps: float) -> None:
    clock = 1 / Fraction(fps).limit_denominator(1001)
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=1 / clock, options=ENCODER)
        stream.pix_fmt, stream.time_base, stream.codec_context.time_base = "yuv420p", clock, clock
        for number, (time, pixels) in enumerate(zip(times, images, strict=True)):
            if not number:
                stream.height, stream.width = pixels.shape[:2]
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = round(time / clock), clock
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
