"""Videos: only the frames that are wanted, each the one that decoding everything from the beginning would give."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import av
from av.video.reformatter import VideoReformatter

from fer_lab.media.container import Video, check_size, opened
from fer_lab.media.decode import decoded
from fer_lab.media.packets import Plan, read_plan
from fer_lab.media.timeline import Frame, Wanted
from fer_lab.media.unpacked import on_disk
from fer_lab.media.unreadable import Unreadable
from fer_lab.media.upright import shown_size, upright


def video_frames(root: Path, path: str, wanted: Wanted) -> Iterator[Frame]:
    """Decode the wanted frames of a video in the order of time.

    The clock is the file's own (presentation time stamps), so that a variable or sparse frame rate keeps its
    times. The packets are read once without decoding for the timeline; then decoding starts at the last key frame
    before wanted frames and ends at the last of them.

    Raises:
        Unreadable: no video in it, truncated, damaged, too large, or a wanted frame cannot be decoded.
    """
    with on_disk(root, path) as place:
        yield from _wanted(place, path, wanted)


def _wanted(root: Path, path: str, wanted: Wanted) -> Iterator[Frame]:
    plan = read_plan(root, path)
    indexes = sorted(set(wanted(plan.timeline)))
    with opened(root, path) as video:
        pictures = _by_stamp(video, plan, indexes) if plan.keys else _by_place(video, indexes)
        converter = VideoReformatter()  # kept for the video: setting one up costs more than using it
        for index, picture in zip(indexes, pictures, strict=True):
            size = shown_size(picture.width, picture.height, video.stream.sample_aspect_ratio)
            check_size(path, *size)
            time, position = plan.timeline.times[index], plan.timeline.position(index)
            yield Frame(index, time, position, upright(picture, size, converter))


def _by_place(video: Video, indexes: Sequence[int]) -> Iterator[Any]:
    """Frames by their place among all, decoded from the beginning."""
    wanted = set(indexes)
    last = max(wanted, default=-1)
    yield from (frame for place, frame in enumerate(islice(decoded(video), last + 1)) if place in wanted)


def _by_stamp(video: Video, plan: Plan, indexes: Sequence[int]) -> Iterator[Any]:
    """Frames by their stamps, decoded from key frames."""
    for stamps in _runs(plan, [plan.stamps[index] for index in indexes]):
        waiting = stamps[::-1]
        for start in plan.starts(stamps[0]):
            if waiting:
                yield from _from_start(video, start, waiting)
        if waiting:
            raise Unreadable(video.path, f"the frame at {video.seconds(waiting[-1]):.3f} s cannot be decoded")


def _runs(plan: Plan, stamps: Sequence[int]) -> list[list[int]]:
    """Wanted frames decoded in one go: a new run begins where a whole group of pictures can be passed over."""
    runs: list[list[int]] = []
    key = 0
    for stamp in stamps:
        before, key = key, bisect_right(plan.keys, stamp)
        if not runs or key > before + 1:
            runs.append([])
        runs[-1].append(stamp)
    return runs


def _from_start(video: Video, start: int | None, waiting: list[int]) -> Iterator[Any]:
    """Decode from a key frame or the beginning; what is found leaves ``waiting`` (falling stamps).

    Ends at the first that is passed or cannot be decoded; from the beginning, where no other way is left, the damage
    is raised.
    """
    if start is None:
        with opened(video.root, video.path) as fresh:
            yield from _matching(fresh, waiting)
        return
    with suppress(av.error.FFmpegError, Unreadable):
        video.container.seek(start, stream=video.stream)
        yield from _matching(video, waiting)


def _matching(video: Video, waiting: list[int]) -> Iterator[Any]:
    for frame in decoded(video):
        if frame.pts is None or frame.pts < waiting[-1]:
            continue
        if frame.pts > waiting[-1]:
            return
        waiting.pop()
        yield frame
        if not waiting:
            return
