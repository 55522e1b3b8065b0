"""The code of a Jupyter notebook, cell by cell."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_MAGIC = re.compile(r"^(\s*)(?:[%!?].*|\S.*\?\??)$")
_ASSIGNED = re.compile(r"^([\w,\s]+=\s*)[%!].*$")
_RUNS_PYTHON = ("%%time", "%%timeit", "%%capture", "%%prun")


class BrokenNotebookError(Exception):
    """A notebook that is not one."""


def cells_of(text: str) -> list[tuple[int, str]]:
    """Number (from 1, all cells counted) and code of each cell of Python; lines that only IPython knows are blanked.

    Raises:
        BrokenNotebookError: it is not JSON, or not a notebook (of version 3, 4 or 5).
    """
    try:
        return list(_cells(json.loads(text)))
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise BrokenNotebookError(str(error)) from None


def _cells(book: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    sheets = book.get("worksheets")
    cells = book["cells"] if sheets is None else [cell for sheet in sheets for cell in sheet["cells"]]
    for number, cell in enumerate(cells, 1):
        if cell["cell_type"] != "code":
            continue
        source = cell.get("source", cell.get("input", ""))
        text = source if isinstance(source, str) else "".join(source)
        if not text.startswith("%%") or text.startswith(_RUNS_PYTHON):
            yield number, "\n".join(map(_without_magic, text.split("\n")))


def _without_magic(line: str) -> str:
    if match := _ASSIGNED.match(line):
        return f"{match[1]}None"
    if line.lstrip().startswith("#") or not (match := _MAGIC.match(line)):
        return line
    return f"{match[1]}pass"
