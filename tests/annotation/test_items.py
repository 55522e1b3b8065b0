"""What a folder holds to annotate, and what is left out, with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from fer_lab.annotation import FOLDER, find_items
from fer_lab.errors import DataError
from tests.media.clips import Kind, write


def test_pictures_and_videos_are_numbered_and_what_was_annotated_is_none_of_them(folder: Path) -> None:
    (folder / FOLDER).mkdir()
    (folder / FOLDER / "x.png").write_bytes((folder / "faces" / "00.png").read_bytes())
    (folder / "labels.csv").write_text("path\n")
    items = find_items(folder)
    assert [item.path for item in items.listed] == [*(f"faces/{i:02d}.png" for i in range(20)), "happy.mp4"]
    assert [item.kind for item in items.listed[-2:]] == ["image/jpeg", "video/mp4"]
    assert [item.seconds for item in items.listed[-2:]] == [0, pytest.approx(2.0)]
    assert items.skipped == []
    listing = items.listing
    (folder / "faces" / "00.png").unlink()
    assert find_items(folder).listing != listing


def test_what_browsers_do_not_play_is_left_out_with_the_reason(folder: Path, tmp_path: Path) -> None:
    write(folder / "old.avi", Kind("avi", "avi", "mpeg4"))
    (folder / "broken.mp4").write_bytes(b"no video")
    secret = tmp_path / "secret.png"
    secret.write_bytes((folder / "faces" / "00.png").read_bytes())
    (folder / "link.png").symlink_to(secret)
    skipped = dict(find_items(folder).skipped)
    assert set(skipped) == {"old.avi", "broken.mp4", "link.png"}
    assert "browsers do not play mpeg4 in avi; make it H.264" in skipped["old.avi"]
    assert "outside of the folder" in skipped["link.png"]


def test_a_folder_without_any_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    (tmp_path / "b.mp4").write_bytes(b"no video")
    with pytest.raises(DataError, match=r"nothing to annotate is in .*: b\.mp4: not a whole video"):
        find_items(tmp_path)
    with pytest.raises(DataError, match="there is no folder"):
        find_items(tmp_path / "none")
