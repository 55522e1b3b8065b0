"""Nothing outlives the sweep that started it, a SIGKILL included."""

import os
import signal
import subprocess
import sys
import time

import psutil

PARENT = """
import subprocess, sys, time, os
from fer_lab.processes import end_children_with
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
end_children_with(os.getpid())
print(child.pid, flush=True)
time.sleep(300)
"""


def test_a_child_ends_with_its_killed_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    time.sleep(3)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    gone, alive = psutil.wait_procs([child], timeout=10)
    assert gone
    assert not alive
