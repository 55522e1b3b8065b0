"""Zip files: the same content is the same bytes, and of a foreign one nothing is believed but what was read."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from fer_lab.errors import StoreError
from fer_lab.parcels import archive as archives
from fer_lab.parcels.archive import Archive, write_zip

ANY = re.compile(r"[a-z]+/?")


def test_the_same_content_is_the_same_file(tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        write_zip(tmp_path / name, [("a", b"1"), ("b", b"2" * 9999)])
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    found = Archive(tmp_path / "one.zip", ANY)
    assert found.names == {"a", "b"}
    assert found.read("b") == b"2" * 9999


def test_nothing_stands_under_its_name_after_an_error(tmp_path: Path) -> None:
    def files() -> object:
        yield "a", b"1"
        raise StoreError("no more")

    with pytest.raises(StoreError, match="no more"):
        write_zip(tmp_path / "a.zip", files())  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_what_is_no_zip(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(StoreError, match="cannot be read"):
        Archive(tmp_path / "a.zip", ANY)


def test_a_bomb(tmp_path: Path) -> None:
    write_zip(tmp_path / "a.zip", [("a", bytes(10_000_000))])
    with pytest.raises(StoreError, match="unpacks to more than 500 times its size"):
        Archive(tmp_path / "a.zip", ANY)


def test_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_zip(tmp_path / "a.zip", [("a", b"1"), ("b", b"2")])
    monkeypatch.setattr(archives, "MEMBERS", 1)
    with pytest.raises(StoreError, match="holds 2 files of 2 bytes"):
        Archive(tmp_path / "a.zip", ANY)


def test_members_twice_folders_and_other_names(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as writing:
        for name in ("a", "folder/", "../up", "ü"):
            writing.writestr(name, b"")
        with pytest.warns(UserWarning, match="Duplicate"):
            writing.writestr("a", b"")
    with pytest.raises(StoreError, match="4 of its files are nothing that is read: 'folder/' is no plain file"):
        Archive(tmp_path / "a.zip", ANY)


def test_a_member_that_is_longer_than_it_says(tmp_path: Path) -> None:
    write_zip(tmp_path / "a.zip", [("a", b"0123456789" * 100)])
    data = (tmp_path / "a.zip").read_bytes()
    (tmp_path / "a.zip").write_bytes(data.replace((1000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    with pytest.raises(StoreError, match=r"a is (damaged|longer)"):
        Archive(tmp_path / "a.zip", ANY).read("a")


def test_checksums_name_what_differs(tmp_path: Path) -> None:
    write_zip(tmp_path / "a.zip", [("about", b""), ("a", b"1"), ("b", b"2")])
    with pytest.raises(StoreError, match="c is missing; b is no file of it; a: its checksum differs"):
        Archive(tmp_path / "a.zip", ANY).check_files({"a": "0", "c": "0"}, but="about")
    with pytest.raises(StoreError, match="has no z"):
        Archive(tmp_path / "a.zip", ANY).read("z")
