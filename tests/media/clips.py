"""Small videos of many kinds, written by PyAV, and the plain way to read them."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np

QUICK = {"g": "8", "threads": "1", "preset": "ultrafast", "deadline": "realtime", "cpu-used": "8"}
FPS, FRAMES, SIDE = 25, 30, 64


@dataclass(frozen=True)
class Kind:
    """A container (the file's suffix), FFmpeg's name of it, and a codec."""

    suffix: str
    container: str
    codec: str
    options: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return "-".join([self.suffix, self.codec, *(f"{key}{value}" for key, value in self.options.items())])


@dataclass(frozen=True)
class Clip:
    """What is written: when its frames are shown, and what lies beside them."""

    ticks: Sequence[int] = tuple(range(FRAMES))
    sound: float = 0.0  # s; none if 0
    aspect: Fraction | None = None
    matrix: Sequence[float] | None = None
    title: str = ""
    muxer: Mapping[str, str] = field(default_factory=dict)


def write(path: Path, kind: Kind, clip: Clip = Clip()) -> Path:
    """Write a clip: a coarse pattern that moves, no two frames alike."""
    with av.open(str(path), "w", format=kind.container, options=dict(clip.muxer)) as container:
        container.metadata.update({"title": clip.title} if clip.title else {})
        stream: Any = container.add_stream(kind.codec, rate=FPS, options={**QUICK, **kind.options})
        stream.width, stream.height = (SIDE, SIDE)
        stream.pix_fmt = "yuvj420p" if kind.codec == "mjpeg" else "yuv420p"
        stream.bit_rate = 400_000
        if clip.aspect:
            stream.codec_context.sample_aspect_ratio = clip.aspect
        if clip.matrix:
            stream.set_display_matrix(clip.matrix)
        sound: Any = container.add_stream("mp2", rate=44_100) if clip.sound else None
        for tick, picture in zip(clip.ticks, pictures(len(clip.ticks), (SIDE, SIDE)), strict=True):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=stream.pix_fmt)
            frame.pts, frame.time_base = tick, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if sound:
            _sing(container, sound, clip.sound)
    return path


def whole(folder: Path, kind: Kind) -> Path:
    """The usual clip of a kind, encoded once for all tests."""
    path = folder / f"x.{kind.suffix}"
    path.write_bytes(_encoded(kind.suffix, kind.container, kind.codec, tuple(kind.options.items())))
    return path


@cache
def _encoded(suffix: str, container: str, codec: str, options: tuple[tuple[str, str], ...]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return write(Path(folder, f"x.{suffix}"), Kind(suffix, container, codec, dict(options))).read_bytes()


def pictures(count: int, size: tuple[int, int]) -> list[np.ndarray]:
    """uint8 (H, W, 3): blocks of 8 px that move by 3 px a frame."""
    width, height = size
    blocks = np.random.default_rng(0).integers(30, 225, (height // 8, width // 8, 3), np.uint8)
    whole = blocks.repeat(8, 0).repeat(8, 1)
    return [np.roll(whole, (3 * number, number), (0, 1)) for number in range(count)]


def _sing(container: Any, stream: Any, seconds: float) -> None:
    for number in range(round(seconds * 44_100 / 1152)):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 2 * 1152), np.int16), format="s16", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = 44_100, number * 1152, Fraction(1, 44_100)
        container.mux(stream.encode(frame))
    container.mux(stream.encode())


def plain(path: Path) -> list[np.ndarray]:
    """All frames, RGB, decoded from the beginning without a seek."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
