"""What computes in the page comes from npm packages, each file by its checksum; npm is stood in for by a script."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from fer_lab.errors import ConfigError, DataError
from fer_lab.packages import Package, registry
from fer_lab.serving import runtime as module
from fer_lab.serving.runtime import PACKAGES, runtime
from tests.packages.archives import tarball

FILES = {"points.mjs": b"export const points = 68;", "wasm/network.wasm": b"\0asm"}
PACKAGE = Package(
    "@own/points", "1.2.3", {name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()}, "MIT"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of one's own, and the place of the stand-in."""
    monkeypatch.setenv("FER_LAB_CACHE", str(tmp_path / "cache"))
    return tmp_path


def npm_of(folder: Path, files: dict[str, bytes] = FILES, end: str = "") -> str:
    """A program that does as ``npm pack`` does, and notes how it was called."""
    packed = tarball(folder / "packed.tgz", files)
    script = folder / "npm"
    place = '"${@: -1}"'
    script.write_text(f'#!/bin/bash\necho "$@" >> {folder}/calls\n{end}\ncp {packed} {place}/own-points-1.2.3.tgz\n')
    script.chmod(0o755)
    return str(script)


def calls(folder: Path) -> list[str]:
    return (folder / "calls").read_text().splitlines()


def in_cache(folder: Path) -> list[Path]:
    """All files of what was fetched, half or whole."""
    return [path for path in (folder / "cache").rglob("*") if path.is_file() and path.suffix != ".lock"]


def test_files_are_fetched_once_by_their_own_names(folder: Path) -> None:
    npm = npm_of(folder, {**FILES, "readme.md": b"not asked for"})
    found = runtime([PACKAGE], npm)
    assert {path.name: path.read_bytes() for path in found.iterdir() if path.suffix != ".json"} == {
        "points.mjs": FILES["points.mjs"],
        "network.wasm": FILES["wasm/network.wasm"],
    }
    assert runtime([PACKAGE], npm) == found
    assert len(calls(folder)) == 1
    assert calls(folder)[0].startswith("pack @own/points@1.2.3 --ignore-scripts")


def test_a_file_with_another_checksum_is_refused_and_nothing_stays(folder: Path) -> None:
    with pytest.raises(DataError, match=r"wasm/network.wasm of @own/points@1.2.3 is not the file expected: SHA-256"):
        runtime([PACKAGE], npm_of(folder, {**FILES, "wasm/network.wasm": b"\0asn"}))
    assert in_cache(folder) == []


def test_a_file_that_was_changed_in_the_cache_is_fetched_again(folder: Path) -> None:
    npm = npm_of(folder)
    (runtime([PACKAGE], npm) / "points.mjs").write_bytes(b"export const points = 5;")
    assert (runtime([PACKAGE], npm) / "points.mjs").read_bytes() == FILES["points.mjs"]
    assert len(calls(folder)) == 2


def test_without_npm_one_is_told_what_to_install(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"needs npm once(.|\n)*apt-get install npm"):
        runtime([PACKAGE], str(folder / "no-npm"))


def test_what_npm_says_is_said(folder: Path) -> None:
    with pytest.raises(DataError, match=r"npm pack @own/points@1.2.3 failed: 404"):
        runtime([PACKAGE], npm_of(folder, end="echo npm error 404 >&2; exit 1"))
    assert in_cache(folder) == []


def test_npm_that_never_ends_is_given_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "SECONDS", 0.2)
    with pytest.raises(DataError, match=r"has not ended within 0.2 s"):
        runtime([PACKAGE], npm_of(folder, end="exec sleep 60"))


@pytest.mark.parametrize("files", [{}, {"points.mjs": FILES["points.mjs"]}], ids=["empty", "a file short"])
def test_an_archive_that_lacks_a_file_is_refused(folder: Path, files: dict[str, bytes]) -> None:
    with pytest.raises(DataError, match=r"the archive of @own/points@1.2.3 cannot be read"):
        runtime([PACKAGE], npm_of(folder, files))
    assert in_cache(folder) == []


def test_an_archive_that_was_cut_off_is_refused(folder: Path) -> None:
    npm = npm_of(folder)
    packed = folder / "packed.tgz"
    packed.write_bytes(packed.read_bytes()[:40])
    with pytest.raises(DataError, match="cannot be read"):
        runtime([PACKAGE], npm)


def test_all_that_is_used_is_pinned_and_served_under_names_that_differ() -> None:
    checksums = [sha256 for package in PACKAGES for sha256 in package.files.values()]
    assert all(len(one) == 64 and int(one, 16) for one in checksums)
    assert len(set(module.NAMES)) == len(checksums)
