"""Nothing outlives who started it, a SIGKILL included; a worker that is killed costs what it was at, no more."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import psutil
import pytest

from fer_lab.processes import QUIET, is_alive

PARENT = """
import os, subprocess, sys, time
from fer_lab.processes import QUIET, end_children_with
end_children_with(os.getpid())
sleep = [sys.executable, "-W", QUIET, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(300)"]
lost = f"import subprocess; subprocess.Popen({sleep!r}, start_new_session=True)"  # its parent ends at once
subprocess.Popen(sleep)
subprocess.run([sys.executable, "-c", lost])
time.sleep(300)
"""
BEGIN = """
import faulthandler, multiprocessing, os, signal, subprocess, sys, threading, time
import hydra
from fer_lab import processes
from fer_lab.processes import Interrupted, ended_by_signals, pool

def job(config):
    work(config.number)

def work(number):
    print(f"{{number}}\\n", end="", flush=True)  # at once: workers write side by side
    time.sleep(300)

if __name__ == "__main__":
    faulthandler.dump_traceback_later(50, exit=True)  # where it waits, should it ever
    try:
        with ended_by_signals():
            {}
    except Interrupted as end:
        sys.exit(end.status)
"""
LAUNCHER = """
            sys.argv[1:] = ["-m", "+number=1,2,3", "hydra/launcher=gpus", "hydra.launcher.devices=[]"]
            sys.argv += ["hydra.launcher.n_jobs=2", "hydra.launcher.stagger=0", f"hydra.sweep.dir={sys.path[0]}"]
            hydra.main(version_base="1.3", config_path=None)(job)()
"""
POOL = """
            with pool(2) as workers:
                list(workers.map(work, range(1, 9)))
"""
DEAF = """
            threading.Timer(0.5, lambda: signal.pthread_kill(threading.get_ident(), signal.SIGINT)).start()
            threading.Event().wait()  # not woken by what another thread gets: as by what comes just before it
"""
STUCK = """
            processes.GRACE = 0.5
            try:
                signal.raise_signal(signal.SIGINT)
            finally:
                threading.Event().wait()
"""
WAITED_FOR = """
            child = multiprocessing.get_context("spawn").Process(target=work, args=(1,))
            child.start()
            try:
                signal.raise_signal(signal.SIGINT)
            finally:
                child.join()
                print(child.exitcode)
"""
STARTING = """
            many = "import os, time; print(1, flush=True)\\nwhile os.fork(): time.sleep(0.0005)\\ntime.sleep(60)"
            subprocess.run([sys.executable, "-c", many], env=os.environ | {"STARTING": str(os.getpid())})
"""


def test_what_was_just_started_ends_with_its_killed_parent_whoever_its_parent_is_by_then() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    children = [psutil.Process(int(parent.stdout.readline())) for _ in range(2)]
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    assert psutil.wait_procs(children, timeout=30)[1] == []


def started(tmp_path: Path, lines: str) -> subprocess.Popen[str]:
    """A script that does something until a signal ends it; its workers are started as those of a command are."""
    script = tmp_path / "script.py"
    script.write_text(BEGIN.format(lines))
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # the tests may run where a shell has it ignored
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(
        [sys.executable, "-W", QUIET, str(script)], text=True, preexec_fn=heard, start_new_session=True, **pipes
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("lines", [LAUNCHER, POOL], ids=["launcher", "pool"])
def test_who_is_interrupted_ends_its_workers_first_and_says_no_more_than_its_status(
    tmp_path: Path, number: signal.Signals, lines: str
) -> None:
    process = started(tmp_path, lines)
    assert process.stdout is not None
    assert {process.stdout.readline() for _ in range(2)} == {"1\n", "2\n"}
    workers = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, number)  # as a terminal does: to all that belong together
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (128 + number, "")
    assert psutil.wait_procs(workers, timeout=30)[1] == []


@pytest.mark.parametrize("lines", [DEAF, STUCK], ids=["deaf", "stuck"])
def test_an_interrupt_ends_a_process_whatever_it_waits_for(tmp_path: Path, lines: str) -> None:
    _, said = (process := started(tmp_path, lines)).communicate(timeout=60)
    assert (process.returncode, said) == (128 + signal.SIGINT, "")


def test_an_interrupt_leaves_dead_workers_to_the_pools_that_wait_for_them(tmp_path: Path) -> None:
    assert started(tmp_path, WAITED_FOR).communicate(timeout=60) == (f"{-signal.SIGKILL}\n", "")


def test_an_interrupt_ends_what_starts_while_all_are_ended(tmp_path: Path) -> None:
    process = started(tmp_path, STARTING)
    assert process.stdout is not None
    assert process.stdout.readline() == "1\n"
    os.kill(process.pid, signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert [other for other in psutil.process_iter() if began_by(other, process.pid)] == []


def began_by(other: psutil.Process, pid: int) -> bool:
    """Whether a process that still runs bears the mark of one that is gone."""
    try:
        return is_alive(other) and other.environ().get("STARTING") == str(pid)
    except (psutil.Error, OSError):  # another user's, or gone
        return False


WHILE_IT_STARTS = """
import os, signal, sys

class CtrlC:  # comes when a package is about to be imported
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[1]:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, CtrlC())
from {module} import main
sys.exit(main())
"""


@pytest.mark.parametrize(("module", "package"), [("fer_lab.cli", "typer"), ("fer_lab.run", "hydra")])
def test_a_ctrl_c_while_python_imports_ends_without_a_traceback(root: Path, module: str, package: str) -> None:
    command = [sys.executable, "-c", WHILE_IT_STARTS.format(module=module), package]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, (done.stdout + done.stderr).split(":")[0]) == (130, "interrupted")
    assert "Traceback" not in done.stderr


def test_who_is_asked_to_end_knows_it_until_it_has() -> None:
    code = """
import os, signal, time
from fer_lab.processes import Interrupted, ended_by_signals, is_ending
try:
    with ended_by_signals():
        print(is_ending())
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(60)
        finally:
            print(is_ending())
except Interrupted:
    print(is_ending())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["False", "True", "False"], done.stderr


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="another allocator than glibc's")
@pytest.mark.parametrize("kept", [True, False])
def test_memory_that_was_freed_is_used_again_without_asking_the_system(kept: bool) -> None:
    lines = [
        "import resource, numpy",
        "from fer_lab.processes import keep_freed_memory",
        *(["keep_freed_memory()"] if kept else []),
        "def faults():",
        "    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt",
        "    numpy.ones(1 << 24)  # 128 MB",
        "    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before",
        "faults()",
        "print(faults())",
    ]
    said = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True)
    assert (int(said.stdout) < 10) == kept
