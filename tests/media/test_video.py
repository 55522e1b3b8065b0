import os
import resource
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from fer_lab import media
from fer_lab.errors import ConfigError, StoreError
from fer_lab.media import Timeline

TIMES = [0.0, 1.75, 1.84, 1.94, 2.03, 2.13, 2.79, 3.49]


def test_a_sparse_video_keeps_its_times(video: Path, pictures: list[np.ndarray]) -> None:
    seen: list[Timeline] = []
    frames = list(media.frames(video.parent, video.name, "video", lambda line: seen.append(line) or media.every(line)))
    assert seen[0].duration == pytest.approx(3.5)
    assert [frame.time for frame in frames] == pytest.approx(TIMES)
    assert [frame.position for frame in frames] == pytest.approx([time / 3.5 for time in TIMES])
    assert [frame.number for frame in frames] == list(range(len(TIMES)))
    for frame, picture in zip(frames, pictures, strict=True):
        assert np.abs(frame.image.astype(int) - picture).mean() < 2


def test_only_wanted_frames_come_in_order(video: Path) -> None:
    everything = list(media.frames(video.parent, video.name, "video"))
    some = list(media.frames(video.parent, video.name, "video", lambda line: [5, 2, 5]))
    assert [frame.number for frame in some] == [2, 5]
    assert all((frame.image == everything[frame.number].image).all() for frame in some)
    assert list(media.frames(video.parent, video.name, "video", lambda line: [])) == []


def test_the_window_finds_what_was_written_for_it(video: Path) -> None:
    frames = list(media.frames(video.parent, video.name, "video", media.window))
    assert [frame.time for frame in frames] == pytest.approx([1.75, 1.84, 1.94, 2.03, 2.13, 2.79])


def test_nothing_past_the_last_wanted_frame_is_decoded(video: Path, tmp_path: Path) -> None:
    data = bytearray(video.read_bytes())
    size = struct.unpack(">I", data[data.index(b"mdat") - 4 : data.index(b"mdat")])[0]
    end = data.index(b"mdat") - 4 + size
    data[end - 12 : end] = b"\xff" * 12
    (tmp_path / "x.mp4").write_bytes(bytes(data))
    assert len(list(media.frames(tmp_path, "x.mp4", "video", lambda line: [0, 1, 2]))) == 3


def test_long_videos_start_at_a_key_frame(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (32, 32, 3), dtype=np.uint8)
    pictures = [np.roll(noise, number, 0) for number in range(600)]
    media.write_video(tmp_path / "long.mp4", [number / 100 for number in range(600)], pictures, 100.0)
    everything = list(media.frames(tmp_path, "long.mp4", "video"))
    late = list(media.frames(tmp_path, "long.mp4", "video", lambda line: media.window(line, keep=9)))
    assert len(everything) == 600
    assert len(late) == 9
    assert all((frame.image == everything[frame.number].image).all() for frame in late)


WRITES = """
import pathlib, sys
from fer_lab import media
from fer_lab.generator import Identity, perform, render
act = perform(3, "happiness", genuine=True, fps=100.0, duration=3.5)
images, _ = render(Identity(3), act, range(150, 250, 10), size=160, seed=3)
media.write_video(pathlib.Path(sys.argv[1]), [number / 100 for number in range(10)], list(images), 100.0)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="MALLOC_PERTURB_ is glibc's")
def test_the_same_frames_give_the_same_bytes_whatever_memory_held_before(tmp_path: Path) -> None:
    for fill in ("0", "1", "165"):
        environment = {**os.environ, "MALLOC_PERTURB_": fill}
        subprocess.run([sys.executable, "-c", WRITES, str(tmp_path / f"{fill}.mp4")], env=environment, check=True)
    assert len({file.read_bytes() for file in tmp_path.glob("*.mp4")}) == 1


def test_a_turned_camera_is_set_upright(video: Path, tmp_path: Path) -> None:
    upright = next(media.frames(video.parent, video.name, "video")).image
    one = 1 << 16
    plain = struct.pack(">9i", one, 0, 0, 0, one, 0, 0, 0, 1 << 30)
    turned = struct.pack(">9i", 0, one, 0, -one, 0, 0, 0, 0, 1 << 30)  # shown turned by 90 degrees clockwise
    data = video.read_bytes()
    track = data.index(b"tkhd")
    data = data[:track] + data[track:].replace(plain, turned, 1)
    (tmp_path / "x.mp4").write_bytes(data)
    image = next(media.frames(tmp_path, "x.mp4", "video")).image
    assert (image == np.rot90(upright, -1)).all()
    assert image[:8, -8:].min() > 200  # the white corner went from top left to top right


def test_videos_inside_a_zip(video: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "pack.zip", "w") as pack:
        pack.write(video, "clips/a.mp4")
    packed = list(media.frames(tmp_path, "pack.zip/clips/a.mp4", "video", media.window))
    plain = list(media.frames(video.parent, video.name, "video", media.window))
    assert all((a.image == b.image).all() and a.time == b.time for a, b in zip(packed, plain, strict=True))


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.9])
def test_truncated_videos_are_refused(video: Path, tmp_path: Path, share: float) -> None:
    data = video.read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: int(len(data) * share)])
    with pytest.raises(media.Unreadable, match=r"cannot read cut\.mp4"):
        list(media.frames(tmp_path, "cut.mp4", "video"))


def test_a_video_cut_behind_its_header_is_refused(tmp_path: Path) -> None:
    import av

    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    with av.open(str(tmp_path / "x.mp4"), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width = stream.height = 64
        for number in range(30):
            frame = av.VideoFrame.from_ndarray(np.roll(noise, 7 * number, 0))
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    data = (tmp_path / "x.mp4").read_bytes()
    assert len(list(media.frames(tmp_path, "x.mp4", "video"))) == 30
    (tmp_path / "x.mp4").write_bytes(data[: len(data) // 2])
    with pytest.raises(media.Unreadable):
        list(media.frames(tmp_path, "x.mp4", "video"))


def test_what_is_no_video_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_text("this is no video at all " * 20)
    with pytest.raises(media.Unreadable, match="not a whole video"):
        list(media.frames(tmp_path, "x.mp4", "video"))
    with pytest.raises(media.Unreadable, match="no such file"):
        list(media.frames(tmp_path, "none.mp4", "video"))


def test_huge_pictures_are_refused(video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fer_lab.media.container.MAX_PIXELS", 100)
    with pytest.raises(media.Unreadable, match="96 x 64 pixels"):
        list(media.frames(video.parent, video.name, "video"))


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
    try:
        with pytest.raises(StoreError, match=r"x\.mp4"):
            media.write_video(tmp_path / "x.mp4", [0.0, 0.01, 0.02], [noise] * 3, 100.0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_an_unknown_kind_is_refused(video: Path) -> None:
    with pytest.raises(ConfigError, match="'video'"):
        media.frames(video.parent, video.name, "vidoe")


@pytest.mark.real
def test_real_videos(real_data: Path) -> None:
    folder = real_data / "video"
    files = sorted(path.name for path in folder.iterdir() if path.suffix in (".mp4", ".mov"))
    assert files
    for name in files:
        frames = list(media.frames(folder, name, "video", lambda line: media.window(line, keep=4)))
        assert len(frames) == 4
        assert all(0.5 <= frame.position < 0.8 for frame in frames)
        everything = {frame.number: frame.image for frame in media.frames(folder, name, "video", media.window)}
        assert all((everything[frame.number] == frame.image).all() for frame in frames)
