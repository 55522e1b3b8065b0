"""fer_lab in a notebook: data sets, runs, tables and figures, each in a line. docs/notebook.md shows them.

Besides what stands here, there is a class for each data set of conf/data, named as its adapter is and imported with
torch when it is asked for: ``from fer_lab.notebook import SaseFe``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fer_lab.errors import nearest
from fer_lab.notebook.frames import TableFrame, figure, index, read_runs, table
from fer_lab.notebook.words import Root

if TYPE_CHECKING:
    from fer_lab.notebook.modules import DataSetModule

__all__ = ["DataSetModule", "Root", "TableFrame", "figure", "index", "read_runs", "table"]


def __getattr__(name: str) -> Any:
    if name.startswith("_"):  # what Python and notebooks ask of any module; none of it is worth importing torch
        raise AttributeError(f"fer_lab.notebook has no {name!r}")
    modules = import_module("fer_lab.notebook.modules")
    known = {"DataSetModule": modules.DataSetModule, **modules.classes()}
    if name not in known:
        raise AttributeError(f"fer_lab.notebook has no {name!r}; data sets: {nearest(name, modules.classes())}")
    return known[name]
