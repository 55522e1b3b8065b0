from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from fer_lab.datasets import signature
from fer_lab.datasets.sase_fe import SaseFe
from fer_lab.storage import cache_root


@pytest.fixture
def copy(sase_twin: Path, tmp_path: Path) -> Path:
    shutil.copytree(sase_twin, tmp_path / "copy")
    return tmp_path / "copy"


def sign(root: Path) -> str:
    return signature(root, SaseFe().index(root))


def test_where_the_data_lie_does_not_count(sase_twin: Path, copy: Path) -> None:
    assert sign(copy) == sign(sase_twin)


def test_contents_count(copy: Path) -> None:
    before = sign(copy)
    victim = next((copy / "subject_01").glob("*.mp4"))
    victim.write_bytes(victim.read_bytes()[:-1] + b"x")
    assert sign(copy) != before


def test_what_is_no_file_is_not_waited_for(copy: Path) -> None:
    before = sign(copy)
    victim = next((copy / "subject_01").glob("*.mp4"))
    victim.unlink()
    os.mkfifo(victim)
    pipe = sign(copy)
    victim.unlink()
    victim.symlink_to("/dev/zero")
    assert len({before, pipe, sign(copy)}) == 2


def test_hashes_are_kept_by_size_and_time(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = time.time() - 100
    for file in copy.rglob("*.mp4"):
        os.utime(file, (old, old))
    before = sign(copy)
    asked: list[Path] = []
    monkeypatch.setattr("fer_lab.datasets.contents.file_digest", lambda path: asked.append(path) or "other")
    assert sign(copy) == before
    assert not asked
    os.utime(copy / "subject_01" / "anger_genuine.mp4")
    assert sign(copy) != before
    assert len(asked) == 1


def test_fresh_files_are_not_trusted(copy: Path) -> None:
    victim = copy / "subject_01" / "anger_genuine.mp4"
    os.utime(victim)
    state = victim.stat()
    before = sign(copy)
    victim.write_bytes(victim.read_bytes()[::-1])
    os.utime(victim, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert sign(copy) != before


def test_a_damaged_cache_is_made_again(copy: Path) -> None:
    before = sign(copy)
    for file in (cache_root() / "hashes").iterdir():
        file.write_text('{"x": 3}')
    assert sign(copy) == before
