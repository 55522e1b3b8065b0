import io
import os
import socket
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fer_lab import media
from tests.media.clips import FRAMES, Clip, Kind, whole, write


def picture(form: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.full((32, 32, 3), 200, np.uint8)).save(buffer, form)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "form"), [("a.jfif", "JPEG"), ("a.avif", "AVIF"), ("a.jpg", "AVIF"), ("person01.happy", "GIF")]
)
def test_a_picture_is_one_whatever_its_name(name: str, form: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(picture(form))
    assert media.kind_of(tmp_path, name) == "image"
    (frame,) = media.frames(tmp_path, name, "image")
    assert np.abs(frame.image.astype(int) - 200).max() < 3


@pytest.mark.parametrize("kind", [Kind("flv", "flv", "flv"), Kind("mjpg", "avi", "mjpeg"), Kind("", "mp4", "mpeg4")])
def test_a_video_is_one_whatever_its_name(kind: Kind, tmp_path: Path) -> None:
    path = whole(tmp_path, kind)
    assert media.kind_of(tmp_path, path.name) == "video"
    assert len(list(media.frames(tmp_path, path.name, "video"))) == FRAMES
    with zipfile.ZipFile(tmp_path / "pack.zip", "w") as pack:
        pack.write(path, "clip")
    assert media.kind_of(tmp_path, "pack.zip/clip") == "video"


def test_what_is_neither_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("file 'secret.mp4'\n")
    (tmp_path / "list.m3u8").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nx.mp4\n#EXT-X-ENDLIST\n")
    os.mkfifo(tmp_path / "pipe")
    for name in ("notes", "list.m3u8", "pipe", "none"):
        assert media.kind_of(tmp_path, name) == ""


def test_only_regular_files_are_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe.mp4")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.mp4")
    Path("zero.mp4").symlink_to("/dev/zero")
    Path("loop.mp4").symlink_to("loop.mp4")
    Path("dangling.mp4").symlink_to("nowhere.mp4")
    reasons = {
        "pipe": "not a regular",
        "socket": "not a regular",
        "zero": "not a",
        "loop": "symbolic",
        "dangling": "no",
    }
    for name, reason in reasons.items():
        for kind in ("video", "image"):
            with pytest.raises(media.Unreadable, match=reason):
                list(media.frames(tmp_path, f"{name}.mp4", kind))


def test_links_out_of_the_folder_are_followed_if_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "real.png").write_bytes(picture("PNG"))
    (tmp_path / "data" / "out.png").symlink_to(tmp_path / "real.png")
    (tmp_path / "data" / "real.png").write_bytes(picture("PNG"))
    (tmp_path / "data" / "in.png").symlink_to("real.png")
    (tmp_path / "linked").symlink_to(tmp_path / "data")
    assert len(list(media.frames(tmp_path / "linked", "in.png", "image"))) == 1
    with pytest.raises(media.Unreadable, match="outside of the folder"):
        list(media.frames(tmp_path / "data", "out.png", "image"))
    monkeypatch.setenv("FER_LAB_FOLLOW_LINKS", "1")
    assert len(list(media.frames(tmp_path / "data", "out.png", "image"))) == 1


@pytest.mark.parametrize("container", ["mp4", "avi", "matroska"])
def test_titles_decide_nothing(container: str, tmp_path: Path) -> None:
    path = write(tmp_path / "x", Kind("", container, "mpeg4"), Clip(title="Gruen"))
    path.write_bytes(path.read_bytes().replace(b"Gruen", b"Gr\xfcen"))
    assert len(list(media.frames(tmp_path, "x", "video"))) == FRAMES


def test_names_that_are_no_text_are_read(tmp_path: Path) -> None:
    path = whole(tmp_path, Kind("mp4", "mp4", "mpeg4"))
    name = os.fsdecode(b"Gr\xfcn.mp4")
    path.rename(tmp_path / name)
    assert len(list(media.frames(tmp_path, name, "video"))) == FRAMES
