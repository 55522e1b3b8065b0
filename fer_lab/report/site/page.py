"""A page: where it lies, which template draws it, and what that is given. Paths are posix, from the site's root."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_lab.report.site.section import Section

Link = tuple[str, str | None]
"""Name and page; None where the page is not there."""


@dataclass(frozen=True)
class Page:
    """One page.

    Attributes:
        path: such as ``embedded-laptop-clean/table/garcia_zapata_2018-7.8.html``.
        template: its file in ``fer_lab/report/templates``.
        heading: its title.
        values: what the template is given.
        way: name and page of what lies above it.
        section: the stamp that all its numbers share; None where it shows none.
        images: path -> uint8 (S, S, 3), pictures that lie beside it.
    """

    path: str
    template: str
    heading: str
    values: Mapping[str, Any]
    way: Sequence[tuple[str, str]] = ()
    section: Section | None = None
    images: Mapping[str, NDArray[np.uint8]] = field(default_factory=dict)


def thesis_path(section: Section, thesis: str) -> str:
    """The page of a thesis under a stamp."""
    return f"{section.name}/thesis/{thesis}.html"


def table_path(section: Section, slug: str) -> str:
    """The page of a table under a stamp."""
    return f"{section.name}/table/{slug}.html"


def cell_path(section: Section, cell: str) -> str | None:
    """The page of a cell under a stamp; None where it has no run."""
    ran = section.names.get(cell, "")
    return f"{section.name}/cell/{ran.replace('/', '-')}.html" if ran in section.measured else None


def reference_path(thesis: str) -> str:
    """The page of the committed results of a thesis."""
    return f"reference/{thesis}.html"


def run_path(section: Section, run: str) -> str:
    """The page of a run."""
    return f"{section.name}/run/{run}.html"


def face_path(section: Section, cell: str, number: int) -> str:
    """The picture of one of the faces that the page of a cell shows."""
    return f"{section.name}/faces/{cell.replace('/', '-')}-{number}.png"
