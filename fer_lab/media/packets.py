"""Which frames a video has and when, from its packets; nothing is decoded where these can be trusted."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import av

from fer_lab.media.container import Video, opened
from fer_lab.media.decode import decoded
from fer_lab.media.timeline import Timeline
from fer_lab.media.unreadable import Unreadable
from fer_lab.media.whole import damage

MAX_PACKETS = 1_000_000
SLACK = 0.1
"""Seconds by which a header may be wrong, besides a last frame shown as long as the longest before it."""
NO_DURATION = ("mpeg", "mpegts", "asf")
"""Containers whose duration of the picture is a guess, or counts what comes before the first frame, too."""
ORDER_OF_DECODING = ("avi", "asf")
"""Containers whose stamps say when a frame is decoded; it is shown then unless frames are reordered."""
HIDDEN_FRAMES = ("vp8",)
"""Codecs with frames of their own packets that are never shown."""


class Packet(NamedTuple):
    """A stored frame, or sound; ``end`` and ``length`` in s."""

    picture: bool
    shown: bool
    stamp: int | None
    key: bool
    end: float
    length: float


@dataclass(frozen=True)
class Plan:
    """The frames of a video.

    Attributes:
        stamps: presentation time stamps, rising, in units of the stream's time base.
        keys: those of the frames at which decoding may start, rising; none if only their order, decoded from the
            beginning, tells which frame is which.
        timeline: the same in seconds.
    """

    stamps: Sequence[int]
    keys: Sequence[int]
    timeline: Timeline

    def starts(self, stamp: int) -> Iterator[int | None]:
        """Where decoding may start to get a frame, nearest first: a seek may land late. None is the beginning."""
        place = bisect_right(self.keys, stamp)
        yield from self.keys[max(0, place - 2) : place][::-1]
        yield None


def read_plan(root: Path, path: str) -> Plan:
    """The frames of a video by its packets; where these do not tell, it is decoded once.

    Raises:
        Unreadable: no video, truncated, or damaged.
    """
    with opened(root, path) as video, (video.root / path).open("rb") as data:
        packets = list(_packets(video))
        if reason := damage(data, video.format) or _truncated(video, packets):
            raise Unreadable(path, reason)
        shown = [packet for packet in packets if packet.picture and packet.shown]
        if not shown:
            raise Unreadable(path, "there are no frames in it")
        stamps = sorted(packet.stamp for packet in shown if packet.stamp is not None)
        keys = sorted(packet.stamp for packet in shown if packet.stamp is not None and packet.key)
        if len(stamps) < len(shown) or not _clear(video, stamps, keys):
            stamps, keys = _by_decoding(video, stamps), []
        times = [video.seconds(stamp - stamps[0]) for stamp in stamps]
        duration = _duration(video, times, max(shown, key=lambda packet: packet.end).length)
        return Plan(stamps, keys, Timeline(range(len(times)), times, duration))


def _packets(video: Video) -> Iterator[Packet]:
    """Sound, too, which may be longer. Empty packets are left out: what was shown before them stays."""
    for number, packet in enumerate(packet for packet in video.container.demux() if packet.size):
        picture, base = packet.stream is video.stream, float(packet.time_base)
        if picture and packet.is_corrupt:
            raise Unreadable(video.path, "truncated or damaged: a frame is not whole")
        if number == MAX_PACKETS:
            raise Unreadable(video.path, f"more than {MAX_PACKETS:,} packets")
        begin, length = packet.dts if packet.pts is None else packet.pts, (packet.duration or 0) * base
        end = (begin or 0) * base + length
        yield Packet(picture, not packet.is_discard, packet.pts, packet.is_keyframe, end, length)


def _truncated(video: Video, packets: Sequence[Packet]) -> str:
    """Whether less is there than the header says, '' if not: of frames where it counts them, of time elsewhere."""
    pictures = sorted(packet.end for packet in packets if packet.picture)
    if video.format.startswith("mov"):
        there, counted = len(pictures), len(video.stream.index_entries)
        return f"truncated: {there} of {counted} frames are there" if there < counted else ""
    said = _said(video) or (video.container.duration or 0) / av.time_base
    end = max((packet.end for packet in packets if packet.picture or not _said(video)), default=0.0)
    longest = max((late - early for early, late in pairwise(pictures)), default=0.0)
    return f"truncated: {end:.2f} of {said:.2f} s are there" if end + longest + SLACK < said else ""


def _said(video: Video) -> float:
    """The duration of the picture as the header says, s; 0 if it does not."""
    return video.seconds(video.stream.duration or 0) if video.format not in NO_DURATION else 0.0


def _clear(video: Video, stamps: Sequence[int], keys: Sequence[int]) -> bool:
    """Whether the packets' stamps are those of the frames that a decoder will show."""
    codec = video.stream.codec_context
    reordered = video.format in ORDER_OF_DECODING and codec.has_b_frames
    hidden = codec.name in HIDDEN_FRAMES
    return not reordered and not hidden and len(set(stamps)) == len(stamps) and keys[:1] == stamps[:1]


def _by_decoding(video: Video, stamps: Sequence[int]) -> list[int]:
    """The stamps of all frames as a decoder gives them, or, if these jump back and forth, those of the packets."""
    with opened(video.root, video.path) as fresh:
        shown = [frame.pts for frame in decoded(fresh)]
    if shown and None not in shown and all(early < late for early, late in pairwise(shown)):
        return shown
    if not shown or len(set(stamps)) != len(shown):
        raise Unreadable(video.path, "its frames have no time stamps")
    return list(stamps)


def _duration(video: Video, times: Sequence[float], last: float) -> float:
    """Of the picture, whatever the sound's, in s; ``last`` is how long the last frame is shown, 0 if not known."""
    if _said(video) > times[-1]:
        return _said(video)
    return times[-1] + (last or (times[-1] / (len(times) - 1) if len(times) > 1 else 1.0))
