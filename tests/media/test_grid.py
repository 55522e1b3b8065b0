"""Containers x codecs x what a header can say of a video: frames are those of a plain decode from the start."""

import struct
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from fer_lab import media
from fer_lab.media import Frame, Timeline
from tests.media.clips import FPS, FRAMES, Clip, Kind, plain, whole, write

QUIET = {"x265-params": "log-level=none:pools=1"}
HIDDEN = {"auto-alt-ref": "1", "lag-in-frames": "10"}
MP4 = Kind("mp4", "mp4", "libx264", {"bf": "2"})
MKV = Kind("mkv", "matroska", "libx264", {"bf": "2"})
AVI = Kind("avi", "avi", "mjpeg")
KINDS = [
    MP4, Kind("mp4", "mp4", "libx264", {"bf": "0"}), Kind("mp4", "mp4", "libx264", {"bf": "2", "flags": "-cgop"}),
    Kind("mp4", "mp4", "libx265", QUIET), Kind("mp4", "mp4", "mpeg4", {"bf": "2"}), Kind("mp4", "mp4", "libvpx-vp9"),
    Kind("mov", "mov", "libx264", {"bf": "2"}), Kind("mov", "mov", "mjpeg"),
    MKV, Kind("mkv", "matroska", "mpeg4", {"bf": "2"}), Kind("mkv", "matroska", "libvpx", HIDDEN),
    Kind("webm", "webm", "libvpx"), Kind("webm", "webm", "libvpx-vp9"),
    AVI, Kind("avi", "avi", "mpeg4", {"bf": "0"}), Kind("avi", "avi", "mpeg4", {"bf": "2"}),
    Kind("avi", "avi", "libx264", {"bf": "2"}), Kind("avi", "avi", "libx264", {"bf": "0"}),
    Kind("mpeg", "mpeg", "mpeg1video", {"bf": "2"}), Kind("mpg", "mpeg", "mpeg2video", {"bf": "2"}),
    Kind("mpg", "mpeg", "mpeg2video", {"bf": "0"}), Kind("vob", "vob", "mpeg2video", {"bf": "2"}),
    Kind("ts", "mpegts", "libx264", {"bf": "2"}), Kind("ts", "mpegts", "mpeg2video", {"bf": "2"}),
    Kind("mts", "mpegts", "libx265", QUIET),
    Kind("wmv", "asf", "wmv2"), Kind("wmv", "asf", "msmpeg4"), Kind("asf", "asf", "libx264", {"bf": "2"}),
    Kind("flv", "flv", "flv"), Kind("flv", "flv", "libx264", {"bf": "2"}), Kind("3gp", "3gp", "mpeg4"),
    Kind("ogv", "ogg", "libvpx"),
]  # fmt: skip
BROADCASTS = ("mpeg", "vob", "mpegts")
grid = pytest.mark.parametrize("kind", KINDS, ids=str)
SPARSE = (0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 30, 31, 32, 33, 34, 48, 49, 50)


def read(path: Path, wanted: media.Wanted = media.every) -> tuple[list[Frame], Timeline]:
    seen: list[Timeline] = []

    def look(line: Timeline) -> list[int]:
        seen.append(line)
        return list(wanted(line))

    return list(media.frames(path.parent, path.name, "video", look)), seen[0]


@grid
def test_frames_are_those_of_a_plain_decode(kind: Kind, tmp_path: Path) -> None:
    path = whole(tmp_path, kind)
    expected = plain(path)
    assert len(expected) == FRAMES
    frames, timeline = read(path)
    assert timeline.times == pytest.approx([number / FPS for number in range(FRAMES)], abs=0.0011)
    assert timeline.duration == pytest.approx(FRAMES / FPS, abs=0.0011)
    assert all((frame.image == picture).all() for frame, picture in zip(frames, expected, strict=True))
    for some in ([15, 18, 23], [29], [7, 8], [0]):
        found = {frame.number: frame.image for frame in read(path, lambda line, some=some: some)[0]}
        assert list(found) == some
        assert all((found[number] == expected[number]).all() for number in some)


@pytest.mark.parametrize("kind", [MP4, MKV, Kind("webm", "webm", "libvpx"), Kind("ts", "mpegts", "libx264")], ids=str)
def test_a_variable_rate_keeps_its_times(kind: Kind, tmp_path: Path) -> None:
    path = write(tmp_path / f"x.{kind.suffix}", kind, Clip(SPARSE))
    frames, timeline = read(path)
    assert timeline.times == pytest.approx([tick / FPS for tick in SPARSE], abs=0.0011)
    assert all((frame.image == picture).all() for frame, picture in zip(frames, plain(path), strict=True))


def test_dropped_frames_of_an_avi_leave_the_last_picture_on(tmp_path: Path) -> None:
    frames, timeline = read(write(tmp_path / "x.avi", AVI, Clip(SPARSE)))
    assert [frame.time for frame in frames] == pytest.approx([tick / FPS for tick in SPARSE])
    assert timeline.duration == pytest.approx(51 / FPS)


@pytest.mark.parametrize("seconds", [0.5, 4.0])
@pytest.mark.parametrize("suffix", ["mp4", "mkv", "avi", "mpg", "ts"])
def test_the_duration_is_the_pictures(suffix: str, seconds: float, tmp_path: Path) -> None:
    kind = next(kind for kind in KINDS if kind.suffix == suffix and kind.options.get("bf") == "2")
    path = write(tmp_path / f"x.{suffix}", kind, Clip(sound=seconds))
    assert read(path)[1].duration == pytest.approx(FRAMES / FPS, abs=0.0011)


def matrix(path: Path, a: int, b: int, c: int, d: int) -> None:
    """Write a display matrix into an MP4."""
    one, data = 1 << 16, path.read_bytes()
    track = data.index(b"tkhd")
    plain_, other = (
        struct.pack(">9i", *(value * one for value in (p, q, 0, r, s, 0, 0, 0)), 1 << 30)
        for p, q, r, s in [(1, 0, 0, 1), (a, b, c, d)]
    )
    path.write_bytes(data[:track] + data[track:].replace(plain_, other, 1))


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ((1, 0, 0, 1), lambda x: x),
        ((0, 1, -1, 0), lambda x: np.rot90(x, -1)),
        ((-1, 0, 0, -1), lambda x: np.rot90(x, 2)),
        ((0, -1, 1, 0), lambda x: np.rot90(x, 1)),
        ((-1, 0, 0, 1), np.fliplr),
        ((1, 0, 0, -1), np.flipud),
        ((0, 1, 1, 0), lambda x: x.swapaxes(0, 1)),
        ((0, -1, -1, 0), lambda x: np.rot90(x, 2).swapaxes(0, 1)),
    ],
)
def test_the_whole_display_matrix_is_applied(
    values: tuple[int, int, int, int], shown: Callable[[np.ndarray], np.ndarray], tmp_path: Path
) -> None:
    path = whole(tmp_path, MP4)
    expected = plain(path)
    matrix(path, *values)
    frames, _ = read(path, lambda line: [3, 20])
    assert all((frame.image == shown(expected[frame.number])).all() for frame in frames)


@pytest.mark.parametrize("kind", [MP4, MKV, KINDS[19]], ids=str)
@pytest.mark.parametrize(("aspect", "size"), [("1", (64, 64)), ("2", (128, 64)), ("1/2", (64, 128))])
def test_pixels_become_square(kind: Kind, aspect: str, size: tuple[int, int], tmp_path: Path) -> None:
    if kind.codec == "mpeg2video":
        aspect, size = ("16/9", (114, 64)) if aspect == "2" else ("1", (64, 64))  # it knows few shapes of a picture
    path = write(tmp_path / f"x.{kind.suffix}", kind, Clip(aspect=Fraction(aspect)))
    (frame,), _ = read(path, lambda line: [4])
    assert frame.image.shape[1::-1] == size
    resized = cv2.resize(plain(path)[4], size, interpolation=cv2.INTER_CUBIC)
    assert np.abs(frame.image.astype(int) - resized).mean() < 10


def edited(path: Path, seconds: float, begin: float) -> None:
    """Let the edit list of an MP4 show a part of it."""
    data = bytearray(path.read_bytes())
    place = data.index(b"elst") + 12
    whole, first = struct.unpack(">II", data[place : place + 8])
    clock = struct.unpack(">I", data[(at := data.index(b"mdhd") + 16) : at + 4])[0]
    data[place : place + 8] = struct.pack(">II", round(whole * seconds / (FRAMES / FPS)), first + round(begin * clock))
    path.write_bytes(bytes(data))


@pytest.mark.parametrize(("begin", "count"), [(0, 30), (5, 20), (13, 10)])
def test_edit_lists_are_kept_to(begin: int, count: int, tmp_path: Path) -> None:
    path = whole(tmp_path, MP4)
    pictures = plain(path)
    edited(path, count / FPS, begin / FPS)
    frames, timeline = read(path)
    assert len(frames) == len(plain(path)) == count
    assert timeline.duration == pytest.approx(count / FPS)
    assert timeline.times == pytest.approx([number / FPS for number in range(count)])
    assert all((frame.image == pictures[begin + frame.number]).all() for frame in frames)


@grid
@pytest.mark.parametrize("share", [0.4, 0.95])
def test_what_is_cut_off_is_refused(kind: Kind, share: float, tmp_path: Path) -> None:
    path = whole(tmp_path, kind)
    pictures, data = plain(path), path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    if kind.container not in BROADCASTS:
        with pytest.raises(media.Unreadable):
            read(path, media.window)
        return
    with suppress(media.Unreadable):  # nothing says how long it was: what is used is as it was
        assert all((frame.image == pictures[frame.number]).all() for frame in read(path, media.window)[0])


@pytest.mark.parametrize("suffix", ["mkv", "webm"])
def test_what_was_written_live_is_read_and_refused_if_cut(suffix: str, tmp_path: Path) -> None:
    kind = next(kind for kind in KINDS if kind.suffix == suffix)
    path = write(tmp_path / f"x.{suffix}", kind, Clip(muxer={"live": "1"}))
    assert len(read(path)[0]) == FRAMES
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(media.Unreadable, match="truncated"):
        read(path)


def overwritten(path: Path) -> None:
    """Overwrite bytes of a packet in the middle of the window."""
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.pos]
        packet = packets[len(packets) * 2 // 3]
        where = packet.pos + packet.size // 3
    data = bytearray(path.read_bytes())
    data[where : where + 60] = b"\xff" * 60
    path.write_bytes(bytes(data))


CHECKED = [kind for kind in KINDS if kind.suffix in ("mkv", "ogv") or kind.codec == "mjpeg"]


@pytest.mark.parametrize("kind", CHECKED, ids=str)
def test_damage_within_the_window_is_refused(kind: Kind, tmp_path: Path) -> None:
    path = whole(tmp_path, kind)
    overwritten(path)
    with pytest.raises(media.Unreadable):
        read(path, media.window)


@pytest.mark.parametrize("kind", [MKV, KINDS[-1]], ids=str)
def test_a_byte_that_differs_is_refused_where_there_are_checksums(kind: Kind, tmp_path: Path) -> None:
    path = whole(tmp_path, kind)
    data = bytearray(path.read_bytes())
    data[len(data) * 2 // 3] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(media.Unreadable, match="checksum"):
        read(path, media.window)
