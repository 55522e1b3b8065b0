"""Worker processes that never outlive their parent."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from types import FrameType

import psutil

CHECK_EVERY = 2.0  # seconds
GRACE = 10.0  # seconds
STOPPED_WITHIN = 1.0  # seconds, all of them; one that the disk holds takes longer
STILL = {psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP, psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}
MARK = "FER_LAB_STARTED_BY_"
TRIM_THRESHOLD, MMAP_MAX = -1, -4  # of mallopt(3)
QUIET = "ignore:resource_tracker:UserWarning"


def usable_cores() -> int:
    """CPUs that this process may use: what affinity and, within a Slurm job, the allocation leave of the machine's."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, int(os.environ.get("SLURM_CPUS_PER_TASK", cores)))


def keep_freed_memory() -> None:
    """Let the allocator keep what this process frees and hand it out again, till its end; glibc's alone is told so.

    Maps of a batch are large enough to be given back to the system each time, and come again as pages that fault one by
    one: a quarter of the time on two cores. A MobileNet at 224 px gives 51 images a second of processor time for 28.
    """
    with suppress(OSError, AttributeError):
        tune = ctypes.CDLL("libc.so.6").mallopt
        tune(MMAP_MAX, 0)
        tune(TRIM_THRESHOLD, 2**31 - 1)


def is_alive(process: psutil.Process) -> bool:
    """Whether a process still runs: it has not ended, and is no zombie that nobody has waited for."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def exit_with_parent(parent: int) -> None:
    """End this process within ``CHECK_EVERY`` seconds of the death of its parent (its pid), a SIGKILL included."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(CHECK_EVERY)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="exit-with-parent").start()


def end_children_with(parent: int) -> None:
    """See to it that nothing that this process starts from now on outlives its SIGKILL: another one waits, and ends it.

    What it starts, and what that starts, is known by a mark in the environment, which it hands down: also workers of a
    launcher that are not ours to equip with ``exit_with_parent``, and what has lost its parent by then.

    Args:
        parent: its pid.
    """
    mark = f"{MARK}{parent}"
    os.environ[mark] = str(psutil.Process(parent).create_time())
    # Trackers of resources say what they give back of killed processes: no news to who has ended them.
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, [os.environ.get("PYTHONWARNINGS"), QUIET]))
    subprocess.Popen(
        [sys.executable, "-m", "fer_lab.processes", str(parent), mark, os.environ[mark]],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def _watch(pid: int, mark: str, value: str) -> None:
    """Wait for the end of a process; kill all that bears its mark, until nothing does."""
    with suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        while is_alive(parent):
            time.sleep(CHECK_EVERY / 2)
    while left := [process for process in psutil.process_iter() if _bears(process, mark, value)]:
        _kill(left)
        psutil.wait_procs(left, timeout=1)


def _bears(process: psutil.Process, mark: str, value: str) -> bool:
    try:
        others = process.pid == os.getpid() or not is_alive(process) or _is_tracker(process)
        return not others and process.environ().get(mark) == value
    except (psutil.Error, OSError):  # another user's, or gone
        return False


def _is_tracker(process: psutil.Process) -> bool:
    """Whether it gives back what killed processes held of the system, and ends by itself after the last of them."""
    with suppress(psutil.NoSuchProcess):  # gone, or a zombie: a signal to all reaches the children, too
        return any("resource_tracker import main" in word for word in process.cmdline())
    return False


def _kill(processes: Iterable[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            process.kill()  # psutil knows a pid that another process has by now


def _kill_children() -> None:
    """Kill all that this process has started. All stand still first: what one starts in its last moment has no parent
    after it, is not found, and writes on into what is removed here."""
    still: set[psutil.Process] = set()
    while new := {child for child in psutil.Process().children(recursive=True) if not _is_tracker(child)} - still:
        for child in new:
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                child.suspend()
        _wait_until_still(new)
        still |= new
    _kill(still)


def _wait_until_still(processes: Iterable[psutil.Process]) -> None:
    """Wait until none runs: a stop comes at the end of a system call, as one that starts a process."""
    last = time.monotonic() + STOPPED_WITHIN
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            while process.status() not in STILL and time.monotonic() < last:
                time.sleep(0.001)


def status_of(command: Sequence[str]) -> int:
    """The exit status of a process of its own session: a Ctrl-C reaches it through this one only, which tells of it.

    As a shell has it: 128 and the number of the signal that has killed it, 137 most often for want of memory.
    """
    status = subprocess.Popen(command, start_new_session=True).wait()
    return status if status >= 0 else 128 - status


INTERRUPTED = "interrupted: what is whole stays, and the same command goes on from there"


class Interrupted(SystemExit):
    """This process was asked to end (Ctrl-C, SIGTERM)."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.status = 128 + number


_asked_to_end = threading.Event()


def is_ending() -> bool:
    """Whether this process was asked to end: what it has started dies of that, and of nothing else."""
    return _asked_to_end.is_set()


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Where SIGINT or SIGTERM asks for the end, kill all children, and raise ``Interrupted`` here.

    Children first, as those who wait for them would wait on; they are not waited for here, as a pool takes a worker
    that somebody else has waited for to be alive, for ever. The exception comes wherever this process is, perhaps
    with a lock in its hands that a thread of a pool needs: what has not ended after ``GRACE`` seconds is left as a
    SIGKILL would leave it. A signal that is ignored (``nohup``, ``&``) stays so.
    """
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    ending = threading.Event()

    def end(number: int, _: FrameType | None) -> None:
        for other in before:
            signal.signal(other, signal.SIG_IGN)  # a second Ctrl-C does not disturb the end
        ending.set()
        _asked_to_end.set()
        threading.excepthook = lambda _: None  # threads of pools have lost their workers: no news to who ends them
        with suppress(psutil.Error, OSError):
            _kill_children()
        raise Interrupted(number)

    source, told = os.pipe()
    os.set_blocking(told, False)
    others = signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    threading.Thread(target=_insist, args=(source, ending), daemon=True, name="insist-on-signals").start()
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items() if not ending.is_set() else ():
            signal.signal(number, handler)
        _asked_to_end.clear()
        signal.set_wakeup_fd(others)
        os.close(told)


def _insist(source: int, ending: threading.Event) -> None:
    """Send a signal again until it is heard: one that comes as its process begins to wait does not end that wait.

    Args:
        source: a pipe with the numbers of signals, at once when they come.
        ending: set by the first that asks for the end. ``GRACE`` seconds after it has come, the process is ended here.
    """
    numbers = iter(lambda: os.read(source, 1), b"")
    number = next((told[0] for told in numbers if told[0] in (signal.SIGINT, signal.SIGTERM)), 0)
    if not number:  # the other end is closed: nobody has asked
        os.close(source)
        return
    last = time.monotonic() + GRACE
    while not ending.wait(0.1) and time.monotonic() < last:
        signal.pthread_kill(threading.main_thread().ident or 0, number)
    time.sleep(max(0.0, last - time.monotonic()))
    os._exit(128 + number)


def _start_worker(parent: int) -> None:
    exit_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the parent ends its workers itself


@contextmanager
def pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """A pool of spawned processes (no fork: detectors and thread pools do not survive one)."""
    if multiprocessing.get_start_method() not in multiprocessing.get_all_start_methods():
        # In a worker of joblib: its start method is handed down to processes that do not know it.
        multiprocessing.set_start_method("spawn", force=True)
    context = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker, initargs=(os.getpid(),))
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)


if __name__ == "__main__":
    _watch(int(sys.argv[1]), *sys.argv[2:])
