"""fer_lab: experiments on facial expression recognition, re-run and believed."""

from importlib import import_module
from typing import Any

IN_NOTEBOOKS = ("figure", "index", "read_runs", "table")
"""What ``fer_lab.notebook`` has, and can be had from here; imported when it is asked for, as that takes seconds."""


def __getattr__(name: str) -> Any:
    if name not in IN_NOTEBOOKS:
        raise AttributeError(f"module 'fer_lab' has no attribute {name!r}")
    return getattr(import_module("fer_lab.notebook"), name)
