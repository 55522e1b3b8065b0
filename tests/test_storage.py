"""What is kept on disk is whole or not there."""

import json
import multiprocessing
import os
import resource
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import Timeout

from fer_lab import storage
from fer_lab.errors import StoreError
from fer_lab.ledger import Entry


def test_a_published_folder_is_whole(tmp_path: Path) -> None:
    with storage.publish(tmp_path / "store") as part:
        (part / "a.bin").write_bytes(b"abc")
        assert not (tmp_path / "store").exists()
    assert storage.is_whole(tmp_path / "store")
    assert [p.name for p in tmp_path.iterdir()] == ["store"]


@pytest.mark.parametrize("damage", [b"abd", b"ab", b""])
def test_damage_is_found(tmp_path: Path, damage: bytes) -> None:
    with storage.publish(tmp_path / "store") as part:
        (part / "a.bin").write_bytes(b"abc")
    (tmp_path / "store" / "a.bin").write_bytes(damage)
    assert not storage.is_whole(tmp_path / "store")


def test_a_failed_writer_leaves_nothing(tmp_path: Path) -> None:
    def write_and_fail() -> None:
        with storage.publish(tmp_path / "store") as part:
            (part / "a.bin").write_bytes(b"abc")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert list(tmp_path.iterdir()) == []


def _write_and_hang(folder: Path) -> None:
    with storage.publish(folder) as part:
        (part / "a.bin").write_bytes(b"abc")
        (folder.parent / "begun").touch()
        time.sleep(60)


def test_a_killed_writer_leaves_nothing_under_the_name(tmp_path: Path) -> None:
    process = multiprocessing.get_context("fork").Process(target=_write_and_hang, args=(tmp_path / "store",))
    process.start()
    while not (tmp_path / "begun").exists():
        time.sleep(0.01)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert not (tmp_path / "store").exists()
    with storage.publish(tmp_path / "store") as part:
        (part / "a.bin").write_bytes(b"x")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["begun", "store"]


def _fill_the_disk(folder: Path, told: Path) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        storage.write_bytes(folder / "a.bin", b"x" * 5000)
    except StoreError:
        told.touch()


def test_a_full_disk_is_an_error_and_leaves_the_old_file(tmp_path: Path) -> None:
    storage.write_bytes(tmp_path / "a.bin", b"old")
    process = multiprocessing.get_context("fork").Process(target=_fill_the_disk, args=(tmp_path, tmp_path / "told"))
    process.start()
    process.join()
    assert (tmp_path / "told").exists()
    assert (tmp_path / "a.bin").read_bytes() == b"old"
    assert not list(tmp_path.glob(".a.bin*"))


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A disk with an interrupted run, which can only be read (skips where none can be mounted)."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a disk can be mounted by root alone")
    (folder / "run").mkdir()
    (folder / "run.lock").touch()
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_what_can_only_be_read_is_an_error_to_writers_and_tells_readers_its_state(read_only: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot write .*run\.json.*Read-only"):
        storage.write_json(read_only / "run" / "run.json", {})
    for lock in (storage.locked, storage.locked_now):
        with pytest.raises(StoreError, match=r"cannot lock .*run: .*Read-only"), lock(read_only / "run"):
            pass
    assert not storage.is_locked(read_only / "run")
    assert Entry(read_only, "run").state() == "interrupted"


def test_a_lock_is_seen_from_outside_and_nothing_is_made_to_see_it(tmp_path: Path) -> None:
    assert not storage.is_locked(tmp_path / "run")
    assert not [*tmp_path.iterdir()]
    with storage.locked(tmp_path / "run"):
        assert storage.is_locked(tmp_path / "run")
        assert storage.is_locked(tmp_path / "run")  # to ask does not take it
        with pytest.raises(Timeout), storage.locked(tmp_path / "run", timeout=0.01):
            pass
    assert not storage.is_locked(tmp_path / "run")


def test_a_file_where_a_folder_must_be(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file")
    with pytest.raises(StoreError, match="store"):
        storage.write_json(tmp_path / "store" / "x.json", {})


def test_space_is_checked_before_writing(tmp_path: Path) -> None:
    storage.require_space(tmp_path, 1000, "a test")
    with pytest.raises(StoreError, match=r"a test needs about .* GB"):
        storage.require_space(tmp_path, 10**18, "a test")


def test_digest_does_not_depend_on_order() -> None:
    assert storage.digest({"a": 1, "b": [1, 2]}) == storage.digest(json.loads('{"b": [1, 2], "a": 1}'))
    assert storage.digest({"a": 1}) != storage.digest({"a": 2})


def write_page(folder: Path, text: str) -> None:
    with storage.publish(folder) as part:
        (part / "page").write_text(text)


def test_a_kill_between_the_two_renames_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "site"
    write_page(folder, "old")
    moved = os.replace

    def killed(one: Path, other: Path) -> None:
        if Path(other) == folder:
            raise KeyboardInterrupt
        moved(one, other)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            write_page(folder, "new")
    (aside,) = tmp_path.iterdir()
    assert (aside / "page").read_text() == "old"
    with storage.publish(folder) as part:
        assert (folder / "page").read_text() == "old"
        (part / "page").write_text("newest")
    assert (folder / "page").read_text() == "newest"
    assert storage.is_whole(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
