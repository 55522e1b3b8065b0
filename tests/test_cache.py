"""What lies in the cache is listed and removed by its name, under its lock, and nothing else is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fer_lab import cache
from fer_lab.errors import ConfigError, StoreError
from fer_lab.storage import is_whole, locked, publish, write_json


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with an entry or two of some kinds."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("FER_LAB_CACHE", str(folder))
    for place in ("twins/sase_fe-01", "twins/oulu_casia-02", "faces/03", "features/run-faces"):
        with locked(folder / place), publish(folder / place) as part:
            (part / "face.npy").write_bytes(b"x" * 1000)
    write_json(folder / "weights" / "04" / "contract.json", {"origin": "embedded: 3 people"})
    write_json(folder / "hashes" / "05.json", {})
    return folder


def keys(entries: list[cache.Cached]) -> list[str]:
    return [f"{entry.kind}/{entry.key}" for entry in entries]


def test_everything_is_listed_with_what_it_is(root: Path) -> None:
    found = cache.entries()
    assert {f"{entry.kind}/{entry.key}": entry.what for entry in found} == {
        "twins/oulu_casia-02": "twin of oulu_casia",
        "twins/sase_fe-01": "twin of sase_fe",
        "faces/03": "faces, views face",
        "features/run-faces": "features of run run on faces faces",
        "weights/04": "embedded: 3 people",
        "hashes/05.json": "content hashes of the files of a data set",
    }
    assert found[0].size == sum(path.stat().st_size for path in (root / "twins" / "oulu_casia-02").iterdir())


def test_the_last_use_is_that_of_its_files(root: Path) -> None:
    for path in (root / "faces" / "03").iterdir():
        os.utime(path, (100, 50))
    os.utime(root / "faces" / "03" / "face.npy", (2000, 50))
    assert [entry.used for entry in cache.entries("faces")] == [2000]


def test_an_empty_cache_is_an_empty_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FER_LAB_CACHE", str(tmp_path / "none"))
    assert cache.entries() == []
    assert cache.evict("twins") == ([], [])


def test_one_entry_is_removed(root: Path) -> None:
    removed, kept = cache.evict("twins/sase_fe-01")
    assert (keys(removed), kept) == (["twins/sase_fe-01"], [])
    assert not (root / "twins" / "sase_fe-01").exists()
    assert is_whole(root / "twins" / "oulu_casia-02")


def test_a_kind_is_removed(root: Path) -> None:
    assert len(cache.evict("twins")[0]) == 2
    assert {path.suffix for path in (root / "twins").iterdir()} == {".lock"}
    assert {entry.kind for entry in cache.entries()} == {"faces", "features", "weights", "hashes"}


def test_a_file_is_removed(root: Path) -> None:
    cache.evict("hashes/05.json")
    assert cache.entries("hashes") == []


def test_what_is_locked_is_kept(root: Path) -> None:
    with locked(root / "twins" / "sase_fe-01"):
        removed, kept = cache.evict("twins")
    assert (keys(removed), keys(kept)) == (["twins/oulu_casia-02"], ["twins/sase_fe-01"])
    assert is_whole(root / "twins" / "sase_fe-01")
    assert keys(cache.evict("twins")[0]) == ["twins/sase_fe-01"]


def test_what_a_killed_writer_left_belongs_to_its_entry(root: Path) -> None:
    left = root / "faces" / ".07.part-0123abcd"
    left.mkdir()
    (left / "face.npy").write_bytes(b"x" * 10)
    (entry,) = [entry for entry in cache.entries("faces") if entry.key == "07"]
    assert (entry.size, entry.unfinished, entry.what.split(":")[0]) == (10, (left,), "unfinished")
    cache.evict("faces/07")
    assert not left.exists()


@pytest.mark.parametrize(
    "what",
    ["..", "../other", "twins/..", "twins/../faces", "twins/../../other", "twins/", "twins/sase_fe-01/face.npy", "",
     "nothing", "/", "twins//", "twins/sase_fe-01.lock", "twins/*", "."],
)  # fmt: skip
def test_nothing_but_a_listed_name_is_taken(root: Path, what: str) -> None:
    other = root.parent / "other"
    other.mkdir()
    before = keys(cache.entries())
    with pytest.raises(ConfigError):
        cache.evict(what)
    with pytest.raises(ConfigError):
        cache.evict(f"twins/{other}")
    assert other.is_dir()
    assert keys(cache.entries()) == before


def test_links_are_left_alone(root: Path) -> None:
    other = root.parent / "other"
    other.mkdir()
    (other / "face.npy").write_bytes(b"x")
    (root / "faces" / "link").symlink_to(other)
    (root / "faces" / "03" / "inside").symlink_to(other)
    (root / "backbones").symlink_to(other)
    assert keys(cache.entries("faces")) == ["faces/03"]
    with pytest.raises(ConfigError):
        cache.evict("faces/link")
    with pytest.raises(StoreError, match="is a link"):
        cache.evict("backbones")
    cache.evict("faces")
    assert (other / "face.npy").read_bytes() == b"x"
    assert (root / "faces" / "link").is_symlink()
