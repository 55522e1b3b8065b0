import io
import pickle
import tarfile
import zipfile
from pathlib import Path

import pytest

from fer_lab import media
from fer_lab.errors import DataError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.txt").write_text("plain")
    (tmp_path / ".hidden").write_text("x")
    with zipfile.ZipFile(tmp_path / "pack.zip", "w") as pack:
        pack.writestr("train/x.txt", "packed")
        pack.writestr("trainer/y.txt", "other")
        pack.writestr("__MACOSX/train/._x.txt", "rubbish")
        pack.writestr("empty.txt", "")
    return tmp_path


def test_reads_files_and_members(root: Path) -> None:
    assert media.read_bytes(root, "a/b.txt") == b"plain"
    assert media.read_bytes(root, "pack.zip/train/x.txt") == b"packed"
    assert media.read_bytes(root / "pack.zip", "train/x.txt") == b"packed"


def test_lists_files_and_members(root: Path) -> None:
    assert media.list_files(root) == ["a/b.txt", "pack.zip"]
    assert media.list_files(root, "a") == ["a/b.txt"]
    assert media.list_files(root, "pack.zip/train") == ["pack.zip/train/x.txt"]
    assert media.list_files(root / "pack.zip") == ["empty.txt", "train/x.txt", "trainer/y.txt"]
    for path in media.list_files(root, "pack.zip/trainer"):
        assert media.read_bytes(root, path) == b"other"


def test_what_climbs_out_of_an_archive_is_listed_and_not_read(root: Path) -> None:
    with zipfile.ZipFile(root / "evil.zip", "w") as pack:
        pack.writestr("../../evil.jpg", "x")
    (found,) = media.list_files(root / "evil.zip")
    assert found == "../../evil.jpg"
    with pytest.raises(DataError, match="leaves the data root"):
        media.read_bytes(root / "evil.zip", found)


@pytest.mark.parametrize("path", ["../x", "a/../../x", "/etc/passwd", "pack.zip/../../x"])
def test_never_leaves_the_root(root: Path, path: str) -> None:
    with pytest.raises(DataError, match="leaves the data root"):
        media.read_bytes(root, path)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("none.txt", "no such file"),
        ("pack.zip/none.txt", "no such file"),
        ("pack.zip/empty.txt", "0 bytes"),
        ("bad.zip/x.txt", "damaged"),
    ],
)
def test_says_why_it_cannot_be_read(root: Path, path: str, reason: str) -> None:
    (root / "bad.zip").write_bytes(b"PK nothing")
    with pytest.raises(media.Unreadable, match=reason) as caught:
        media.read_bytes(root, path)
    assert caught.value.path == path


def test_a_damaged_member_is_found(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "pack.zip", "w") as pack:
        pack.writestr("x.txt", "the content " * 20)
    data = (tmp_path / "pack.zip").read_bytes()
    (tmp_path / "pack.zip").write_bytes(data.replace(b"the content the", b"the CONTENT the", 1))
    with pytest.raises(media.Unreadable, match="damaged"):
        media.read_bytes(tmp_path, "pack.zip/x.txt")


def test_what_is_larger_than_a_limit_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert media.read_bytes(root, "a/b.txt", limit=5) == b"plain"
    with pytest.raises(media.Unreadable, match="no more than"):
        media.read_bytes(root, "a/b.txt", limit=4)
    monkeypatch.setattr("fer_lab.media.files.MAX_BYTES", 3)
    with pytest.raises(media.Unreadable, match="no more than"):
        media.read_bytes(root, "pack.zip/train/x.txt")


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_picture_of_zeros_is_refused_before_it_is_inflated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    size = 3 * 10**9
    if kind == "zip":
        small = tmp_path / "small.zip"
        with zipfile.ZipFile(small, "w") as pack:
            pack.writestr("big.png", b"none")
        central = small.read_bytes().rindex(b"PK\1\2") + 24  # where its directory says how large it is
        data = bytearray(small.read_bytes())
        data[central : central + 4] = size.to_bytes(4, "little")
        (tmp_path / "bomb.zip").write_bytes(data)
    else:
        member = tarfile.TarInfo("big.png")
        member.size = size
        with (tmp_path / "bomb.tar").open("wb") as sparse:
            sparse.write(member.tobuf())
            sparse.truncate(512 + size + 2048)
    monkeypatch.setattr(zipfile.ZipFile, "read", None)
    with pytest.raises(media.Unreadable, match=r"it has 3,000 MB, no more than 512 MB are read"):
        list(media.frames(tmp_path, f"bomb.{kind}/big.png", "image"))


def test_a_replaced_archive_is_read_anew(root: Path) -> None:
    media.read_bytes(root, "pack.zip/train/x.txt")
    with zipfile.ZipFile(root / "new.zip", "w") as pack:
        pack.writestr("train/x.txt", "another content")
    (root / "new.zip").replace(root / "pack.zip")
    assert media.read_bytes(root, "pack.zip/train/x.txt") == b"another content"


def test_unreadable_travels_between_processes() -> None:
    error = pickle.loads(pickle.dumps(media.Unreadable("a.mp4", "truncated")))
    assert (error.path, error.reason) == ("a.mp4", "truncated")
    assert "a.mp4" in str(error)


@pytest.fixture
def tar(tmp_path: Path) -> Path:
    """A folder with a tar of two files, an empty one, a folder and a link."""
    with tarfile.open(tmp_path / "pack.tar", "w") as pack:
        for name, data in (("train/x.txt", b"packed"), ("trainer/y.txt", b"other"), ("empty.txt", b"")):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            pack.addfile(member, io.BytesIO(data))
        link = tarfile.TarInfo("link.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        pack.addfile(link)
    return tmp_path


def test_a_tar_is_read_and_listed_as_a_zip_is(tar: Path) -> None:
    assert media.read_bytes(tar, "pack.tar/train/x.txt") == b"packed"
    assert media.read_bytes(tar / "pack.tar", "trainer/y.txt") == b"other"
    assert media.list_files(tar) == ["pack.tar"]
    assert media.list_files(tar, "pack.tar/train") == ["pack.tar/train/x.txt"]
    assert media.list_files(tar / "pack.tar") == ["empty.txt", "train/x.txt", "trainer/y.txt"]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("pack.tar/none.txt", "no such file"),
        ("pack.tar/link.txt", "no such file"),
        ("pack.tar/empty.txt", "0 bytes"),
        ("bad.tar/x.txt", "damaged"),
    ],
)
def test_says_why_a_member_of_a_tar_cannot_be_read(tar: Path, path: str, reason: str) -> None:
    (tar / "bad.tar").write_bytes(b"no tar" * 1000)
    with pytest.raises(media.Unreadable, match=reason):
        media.read_bytes(tar, path)


def test_names_in_a_tar_of_a_folder_may_begin_with_a_dot(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "pack.tar", "w") as pack:
        member = tarfile.TarInfo("./x.txt")
        member.size = 3
        pack.addfile(member, io.BytesIO(b"dot"))
    assert media.list_files(tmp_path / "pack.tar") == ["x.txt"]
    assert media.read_bytes(tmp_path / "pack.tar", "x.txt") == b"dot"


def test_a_tar_that_is_cut_loses_no_byte_in_silence(tar: Path) -> None:
    (tar / "cut.tar").write_bytes((tar / "pack.tar").read_bytes()[:515])
    with pytest.raises(media.Unreadable):
        media.read_bytes(tar, "cut.tar/train/x.txt")


def test_a_tar_that_has_changed_is_read_anew(tar: Path) -> None:
    assert media.read_bytes(tar, "pack.tar/train/x.txt") == b"packed"
    with tarfile.open(tar / "pack.tar", "w") as pack:
        member = tarfile.TarInfo("train/x.txt")
        member.size = 3
        pack.addfile(member, io.BytesIO(b"new"))
    assert media.read_bytes(tar, "pack.tar/train/x.txt") == b"new"
