"""fer_lab: experiments on facial expression recognition, re-run and believed.

What is called from Python has its name here: ``fer_lab.table("7.8")``, ``fer_lab.read_runs()``, ``fer_lab.datasets``.
Each is imported when it is asked for: ``import fer_lab`` itself costs nothing.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from fer_lab.errors import FerLabError, nearest

if TYPE_CHECKING:
    from fer_lab import audit, claims, datasets, evaluation, faces, generator, ledger, media, notebook, runs, tables
    from fer_lab.inference.predictor import load
    from fer_lab.notebook import figure, index, read_runs, table

# Threads that wait for one another sleep instead of spinning: with more work than cores, two threads of a small network
# took seven times the processor time (22 s against 3 s, the same bits). OpenMP reads it when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__all__ = [
    "FerLabError",
    "audit",
    "claims",
    "datasets",
    "evaluation",
    "faces",
    "figure",
    "generator",
    "index",
    "ledger",
    "load",
    "media",
    "notebook",
    "read_runs",
    "runs",
    "table",
    "tables",
]
IN_NOTEBOOKS = frozenset({"figure", "index", "read_runs", "table"})
"""The functions of ``fer_lab.notebook`` among them; all other names are packages."""


def __getattr__(name: str) -> Any:
    if name == "load":
        return import_module("fer_lab.inference.predictor").load
    if name in IN_NOTEBOOKS:
        return getattr(import_module("fer_lab.notebook"), name)
    if name in __all__:
        return import_module(f"fer_lab.{name}")
    hint = "" if name.startswith("_") else f"; nearest: {nearest(name, __all__)}"
    raise AttributeError(f"fer_lab has no {name!r}{hint}")


def __dir__() -> list[str]:
    return __all__
