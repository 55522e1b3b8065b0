"""Videos: which frames there are, decoding only those that are wanted, and writing."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from fer_lab.errors import StoreError
from fer_lab.media.files import read_bytes, split
from fer_lab.media.images import MAX_PIXELS
from fer_lab.media.timeline import Frame, Image, Timeline, Wanted
from fer_lab.media.unreadable import Unreadable

ENCODER = {"preset": "veryfast", "crf": "12", "bf": "0", "threads": "1"}
"""x264: nearly transparent; one thread and no B-frames, so that the same frames give the same bytes."""


def video_frames(root: Path, path: str, wanted: Wanted) -> Iterator[Frame]:
    """Decode the wanted frames of a video in the order of time.

    The clock is the file's own (presentation time stamps), so that a variable or sparse frame rate keeps its
    times. The packets are read once without decoding for the timeline; decoding starts at the last key frame before
    the first wanted frame and ends at the last wanted one.

    Raises:
        Unreadable: no video in it, truncated, damaged, or a wanted frame cannot be decoded.
    """
    with _codec_errors(path):
        with _open(root, path) as (container, stream):
            stamps = _stamps(container, stream, path)
        with _open(root, path) as (container, stream):
            timeline = _timeline(container, stream, stamps)
            indexes = sorted(set(wanted(timeline)))
            decoded = _decode(container, stream, [stamps[index] for index in indexes], path)
            converter = VideoReformatter()  # kept for the video: setting one up costs more than using it
            for index, picture in zip(indexes, decoded, strict=True):
                yield Frame(
                    timeline.numbers[index],
                    timeline.times[index],
                    timeline.position(index),
                    _upright(picture, converter),
                )


def write_video(path: Path, times: Sequence[float], images: Sequence[Image], fps: float) -> None:
    """Write an H.264 MP4 whose frames are shown at ``times``.

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


def _encode(path: Path, times: Sequence[float], images: Sequence[Image], fps: float) -> None:
    clock = 1 / Fraction(fps).limit_denominator(1001)
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=1 / clock, options=ENCODER)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt, stream.time_base, stream.codec_context.time_base = "yuv420p", clock, clock
        for time, pixels in zip(times, images, strict=True):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = round(time / clock), clock
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


@contextmanager
def _codec_errors(path: str) -> Iterator[None]:
    try:
        yield
    except (av.error.FFmpegError, EOFError, MemoryError) as error:
        raise Unreadable(path, f"not a whole video ({getattr(error, 'strerror', None) or error})") from error


@contextmanager
def _open(root: Path, path: str) -> Iterator[tuple[Any, Any]]:
    file, member = split(root, path)
    if not member and not file.is_file():
        raise Unreadable(path, "there is no such file")
    if not member and not os.path.getsize(file):
        raise Unreadable(path, "the file is empty (0 bytes)")
    with av.open(io.BytesIO(read_bytes(root, path)) if member else str(file)) as container:
        if not container.streams.video:
            raise Unreadable(path, "there is no video in it")
        stream = container.streams.video[0]
        if stream.width * stream.height > MAX_PIXELS:
            raise Unreadable(path, f"{stream.width} x {stream.height} pixels, more than {MAX_PIXELS}")
        stream.codec_context.thread_count = 1  # the processes of a stage share the cores, one video each
        yield container, stream


def _stamps(container: Any, stream: Any, path: str) -> list[int]:
    """Presentation time stamps of all frames, rising, in units of the stream's time base."""
    packets = [packet for packet in container.demux(stream) if packet.size]
    if not packets:
        raise Unreadable(path, "there are no frames in it")
    if len(packets) < stream.frames or any(packet.is_corrupt for packet in packets):
        raise Unreadable(path, f"truncated: {len(packets)} of {stream.frames} frames are there")
    stamps = [packet.pts for packet in packets if not packet.is_discard]
    if None in stamps or len(set(stamps)) < len(stamps):
        container.seek(0)  # an old container without clean time stamps: only the decoder knows
        stamps = [frame.pts for frame in container.decode(stream)]
    if None in stamps:
        raise Unreadable(path, "its frames have no time stamps")
    return sorted(stamps)


def _timeline(container: Any, stream: Any, stamps: Sequence[int]) -> Timeline:
    base = float(stream.time_base)
    times = [(stamp - stamps[0]) * base for stamp in stamps]
    if stream.duration:
        duration = stream.duration * base
    else:
        duration = container.duration / av.time_base if container.duration else 0.0
    gap = times[-1] / (len(times) - 1) if len(times) > 1 else 1.0
    return Timeline(range(len(times)), times, duration if duration > times[-1] else times[-1] + gap)


def _decode(container: Any, stream: Any, stamps: Sequence[int], path: str) -> Iterator[Any]:
    """Decode the frames with these rising time stamps, starting at a key frame before the first."""
    waiting = list(stamps[::-1])
    if waiting and waiting[-1] > 0:
        container.seek(waiting[-1], stream=stream, backward=True)
    for frame in container.decode(stream) if waiting else ():
        if frame.pts == waiting[-1]:
            if frame.is_corrupt:
                break
            yield frame
            waiting.pop()
        if not waiting:
            return
    if waiting:
        second = float(waiting[-1] * stream.time_base)
        raise Unreadable(path, f"the frame at {second:.3f} s cannot be decoded")


def _upright(frame: Any, converter: VideoReformatter) -> Image:
    pixels = np.asarray(converter.reformat(frame, format="rgb24", threads=1).to_ndarray(), np.uint8)
    quarter_turns = round(frame.rotation / 90)
    return np.ascontiguousarray(np.rot90(pixels, quarter_turns)) if quarter_turns else pixels
