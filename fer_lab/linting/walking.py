"""The files of Python and the notebooks below a folder, without whatever is not somebody's own code."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from fer_lab.errors import DataError
from fer_lab.linting.findings import Skipped
from fer_lab.linting.sources import UNREADABLE
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
    waiting = [root]  # os.walk calls itself for each level, and some nest a thousand
    while waiting:
        here = waiting.pop()
        try:
            with os.scandir(here) as entries:
                is_folder = {entry.name: _is_folder(entry) for entry in entries}
        except OSError:  # it may not be listed, or its path is longer than the system takes
            yield Skipped(_name(here, root), UNREADABLE)
            continue
        folders = sorted(name for name, holds in is_folder.items() if holds)
        yield from _passed(here, folders, root, real)
        yield from _files(here, sorted(is_folder.keys() - {*folders}), root, real)
        waiting += [here / name for name in reversed(folders) if not _is_passed(here / name)]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _passed(here: Path, folders: Iterable[str], root: Path, real: Path) -> Iterator[Skipped]:
    """The folders that are passed over; not those that are met where a link within the root leads."""
    for path in (here / name for name in folders):
        if _is_of_tools(path):
            yield Skipped(_name(path, root), FOLDER)
        elif os.path.islink(path) and not _within(path, real):
            yield Skipped(_name(path, root), OUTSIDE)


def _is_passed(folder: Path) -> bool:
    return _is_of_tools(folder) or os.path.islink(folder)


def _is_of_tools(folder: Path) -> bool:
    return folder.name in FOLDERS or os.path.isfile(folder / "pyvenv.cfg")  # no error where the path is too long


def _files(here: Path, names: list[str], root: Path, real: Path) -> Iterator[Path | Skipped]:
    for name in names:
        path = here / name
        if not name.lower().endswith(ENDINGS):
            continue
        if os.path.islink(path) and not os.path.exists(path):
            yield Skipped(_name(path, root), BROKEN_LINK)
        elif os.path.islink(path) and not _within(path, real):
            yield Skipped(_name(path, root), OUTSIDE)
        else:
            yield path


def _within(path: Path, real: Path) -> bool:
    return path.resolve().is_relative_to(real)


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()
