"""fer_lab: experiments on facial expression recognition, re-run and believed."""

import os
from importlib import import_module
from typing import Any

# Threads that wait for one another sleep instead of spinning: with more work than cores, two threads of a small network
# took seven times the processor time (22 s against 3 s, the same bits). OpenMP reads it when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

IN_NOTEBOOKS = ("figure", "index", "read_runs", "table")
"""What ``fer_lab.notebook`` has, and can be had from here; imported when it is asked for, as that takes seconds."""


def __getattr__(name: str) -> Any:
    if name not in IN_NOTEBOOKS:
        raise AttributeError(f"module 'fer_lab' has no attribute {name!r}")
    return getattr(import_module("fer_lab.notebook"), name)
