"""The files of Python and the notebooks below a folder, without whatever is not somebody's own code."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from fer_lab.errors import DataError
from fer_lab.linting.findings import Skipped
from fer_lab.linting.words import words

ENDINGS = (".py", ".ipynb")
FOLDERS = words(
    ".git .hg .svn node_modules site-packages dist-packages .ipynb_checkpoints .tox .nox .venv venv"
    " virtualenv .mypy_cache .ruff_cache .pytest_cache .eggs"
)
"""Folders of tools and of other people's packages, by name; so is any folder with a ``pyvenv.cfg``."""
FOLDER, OUTSIDE, BROKEN_LINK = "a folder of tools or of packages", "a link that leaves the folder", "a link to nothing"


def walk(root: Path) -> Iterator[Path | Skipped]:
    """Each file to be read, in the order of names, and each folder or link that is passed over.

    Args:
        root: a folder, or one file, whatever its name ends with.

    Raises:
        DataError: there is nothing at the path.
    """
    if root.is_file():
        yield root
    elif root.is_dir():
        yield from _below(root, root.resolve())
    else:
        raise DataError(f"nothing is at {root}", expected="a folder, a .py file or a notebook (.ipynb)", do="check it")


def _below(root: Path, real: Path) -> Iterator[Path | Skipped]:
    for folder, folders, files in os.walk(root):
        here = Path(folder)
        passed = sorted(name for name in folders if name in FOLDERS or (here / name / "pyvenv.cfg").is_file())
        linked = sorted(name for name in folders if name not in passed and (here / name).is_symlink())
        yield from (Skipped(_name(here / name, root), FOLDER) for name in passed)
        for name in linked:  # a link within the folder is met where it leads
            if not _within(here / name, real):
                yield Skipped(_name(here / name, root), OUTSIDE)
        folders[:] = sorted(name for name in folders if name not in {*passed, *linked})
        yield from _files(here, sorted(files), root, real)


def _files(here: Path, names: list[str], root: Path, real: Path) -> Iterator[Path | Skipped]:
    for name in names:
        path = here / name
        if not name.lower().endswith(ENDINGS):
            continue
        if path.is_symlink() and not path.exists():
            yield Skipped(_name(path, root), BROKEN_LINK)
        elif path.is_symlink() and not _within(path, real):
            yield Skipped(_name(path, root), OUTSIDE)
        else:
            yield path


def _within(path: Path, real: Path) -> bool:
    return path.resolve().is_relative_to(real)


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()
