"""All files below a folder, as far as they have to do with data and training, and what these import."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from fer_lab.linting.findings import Skipped
from fer_lab.linting.imports import closeness, origins, stem_of
from fer_lab.linting.sources import NotRead, Source, read_source
from fer_lab.linting.walking import walk


@dataclass
class Read:
    """What was read of a folder.

    Attributes:
        sources: parsed, by name.
        skipped: files, cells and folders that were not, with the reason.
        files: looked into, those that have nothing to do with it included.
        notebooks: among the files.
    """

    sources: list[Source] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    files: int = 0
    notebooks: int = 0


def read_all(root: Path) -> Read:
    """Read a folder or a file.

    Raises:
        DataError: nothing is at the path.
    """
    read, others = Read(), dict[str, list[tuple[Path, str]]]()
    for path in walk(root):
        if isinstance(path, Skipped):
            read.skipped.append(path)
            continue
        name = path.name if path == root else path.relative_to(root).as_posix()
        if not _take(read, path, name, anyway=path == root):
            others.setdefault(stem_of(name), []).append((path, name))
    _read_imported(read, others)
    read.sources.sort(key=lambda one: one.name)
    return read


def _take(read: Read, path: Path, name: str, anyway: bool) -> bool:
    """Read one file; whether it is done with: one that seems irrelevant may still be imported."""
    try:
        source = read_source(path, name, anyway)
    except NotRead as reason:
        read.skipped.append(Skipped(name, str(reason)))
        return True
    read.files += 1
    read.notebooks += path.suffix.lower() == ".ipynb"
    if source is not None:
        read.sources.append(source)
        read.skipped += [Skipped(f"{name}:cell {cell}", reason) for cell, reason in source.dropped]
    return source is not None


def _read_imported(read: Read, others: dict[str, list[tuple[Path, str]]]) -> None:
    """Parse also the files that the sources import, and those that these import."""
    waiting, asked = list(read.sources), set[tuple[str, str]]()
    while waiting and others:
        before = len(read.sources)
        for source in waiting:
            folder = source.name.rpartition("/")[0]
            for where, what in {origin for _, origin in origins(source)}:
                for dotted in (where, f"{where}.{what}"):
                    if (folder, dotted) not in asked:
                        asked.add((folder, dotted))
                        _read_nearest(read, others, dotted, source.name)
        waiting = read.sources[before:]


def _read_nearest(read: Read, others: dict[str, list[tuple[Path, str]]], dotted: str, asking: str) -> None:
    """Parse the file that an import means, unless the nearest one has been."""
    stem = dotted.rpartition(".")[2]
    found = others.get(stem, [])
    best = max(found, key=lambda one: closeness(one[1], dotted, asking), default=None)
    if best is None or not (near := closeness(best[1], dotted, asking)):
        return
    parsed = (closeness(one.name, dotted, asking) for one in read.sources if stem_of(one.name) == stem)
    if near > max(parsed, default=0):
        found.remove(best)
        read.files -= 1  # it was counted when it was looked into
        _take(read, *best, anyway=True)
