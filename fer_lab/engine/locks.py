"""Locks that hold are what keeps two processes from training a run twice: they are tried before anything trains.

A file system may grant one lock to two processes (NFS without its lock service, Lustre without ``-o flock``), or to one
of each machine. So a sweep holds a lock that first a child of its own tries to take, then each of its jobs.
"""

from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock, SoftFileLock, Timeout

from fer_lab.errors import StoreError
from fer_lab.heartbeats import is_this, living
from fer_lab.ledger.sweeps import HEARTBEAT, SWEEP
from fer_lab.storage import make_folder, read_json

HELD = "held.lock"
NOT_OURS = (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EDQUOT)
"""What keeps a file from being made, whatever is known of locks there."""
WAIT = 10.0  # seconds for a lock that nobody else knows
TRY = """
import sys
from filelock import FileLock, Timeout
for path in sys.argv[1:]:
    try:
        with FileLock(path, timeout=0):
            print(path)
    except Timeout:
        pass
"""
"""What a child does: print which of some locks it can take."""


@contextmanager
def tried_locks(sweep: Path, others: Sequence[Path] = ()) -> Iterator[None]:
    """Hold a lock in the folder of a sweep for its jobs (``check_held``), having seen that no other process takes it.

    Args:
        sweep: its folder.
        others: folders of other file systems, perhaps, in which locks are tried as well.

    Raises:
        StoreError: some other process can, or there are no locks.
    """
    paths = {sweep / HELD: sweep, **{other / f".{sweep.name}.{HELD}": other for other in others}}
    with ExitStack() as held:
        for path, folder in paths.items():
            make_folder(folder)
            held.enter_context(_hold(path, folder))
        child = subprocess.run(
            [sys.executable, "-c", TRY, *map(str, paths)], capture_output=True, text=True, check=False
        )
        for taken in child.stdout.splitlines():
            raise _refusal(paths[Path(taken)], "two processes hold the same one")
        if child.returncode:
            raise _refusal(sweep, child.stderr.strip().rpartition("\n")[2])
        yield


@contextmanager
def _hold(path: Path, folder: Path) -> Iterator[None]:
    lock = FileLock(path, timeout=WAIT)
    try:
        lock.acquire()
    except (OSError, Timeout) as error:
        raise _not_ours(folder, error) if error.errno in NOT_OURS else _refusal(folder, f"{error}") from error
    try:
        if isinstance(lock, SoftFileLock):  # what filelock makes of it where there are none: a kill leaves it held
            raise _refusal(folder, "there are none")
        yield
    finally:
        lock.release()
        path.unlink(missing_ok=True)


def check_held(sweep: Path) -> None:
    """Refuse to train where this process can take the lock that its sweep holds, perhaps on another machine.

    Args:
        sweep: the sweep's folder; a process that is the sweep, or works for none, has nothing to try.

    Raises:
        StoreError: it can, though the sweep lives.
    """
    if not (sweep / SWEEP).is_file() or is_this(stated := read_json(sweep / SWEEP)):
        return
    try:
        with FileLock(str(sweep / HELD), timeout=0):
            pass
    except Timeout:
        return
    if living([(stated, sweep / HEARTBEAT)])[0] and (sweep / SWEEP).is_file():
        raise _refusal(sweep, "two processes hold the same one, perhaps of two machines")


def _not_ours(folder: Path, error: OSError) -> StoreError:
    return StoreError(
        f"cannot write {folder}: {error}",
        expected="a folder that can be written, with some space",
        do="see who owns it, or point paths.results and FER_LAB_CACHE elsewhere",
    )


def _refusal(folder: Path, found: str) -> StoreError:
    return StoreError(
        f"locks do not work in {folder}: {found}",
        expected="a file system on which a lock holds for all processes of all machines, and ends with its process",
        do="mount it so (NFS 4, or 3 with its lock service; Lustre with -o flock), or point paths.results and "
        "FER_LAB_CACHE elsewhere",
    )
