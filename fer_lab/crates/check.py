"""Whether a crate that is there is as it was written: nothing missing, changed or added."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fer_lab.crates.entities import MANIFEST
from fer_lab.crates.write import METADATA
from fer_lab.errors import StoreError
from fer_lab.storage import file_digest

LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")


@dataclass(frozen=True)
class Compared:
    """A crate's files against its checksums.

    Attributes:
        files: how many the checksums name.
        missing, changed, added: names of files that are not there, that have other bytes, that are not named.
        other: what else is wrong, a line each: links, pipes and the like; files whose description has another
            checksum.
    """

    files: int
    missing: tuple[str, ...]
    changed: tuple[str, ...]
    added: tuple[str, ...]
    other: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether all is as it was written."""
        return not (self.missing or self.changed or self.added or self.other)


def compare_files(folder: Path) -> Compared:
    """Compare every file of a crate with its checksum; links are not followed, and nothing outside is read.

    Raises:
        StoreError: the folder is no crate: it has no checksums, or they cannot be read.
    """
    said = _read(folder / MANIFEST)
    there, others = _walk(folder)
    missing = sorted(name for name in said if name not in there and name not in others)
    changed = sorted(name for name in there & said.keys() if file_digest(folder / name) != said[name])
    added = sorted(there - said.keys() - {MANIFEST})
    other = [f"{name} {what}" for name, what in sorted(others.items())]
    other += [] if METADATA in {*missing, *changed, *others} else _described(folder / METADATA, said)
    return Compared(len(said), tuple(missing), tuple(changed), tuple(added), tuple(other))


def _read(path: Path) -> dict[str, str]:
    """Name -> checksum."""
    if path.is_symlink() or not path.is_file():
        raise StoreError(f"{path} is missing", expected="the folder of a crate, as fer-lab crate writes it")
    try:
        lines = path.read_text().splitlines()
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be read: {error}") from error
    found: dict[str, str] = {}
    wrong = [number for number, line in enumerate(lines, 1) if not _line(line, found)]
    if wrong or not lines:
        raise StoreError(
            f"{path}: {f'line {wrong[0]}' if wrong else 'nothing'} of {len(lines)} lines is read"
            if not wrong else f"{path}: {len(wrong)} of {len(lines)} lines are not read, the first is {wrong[0]}",
            expected="a SHA-256 and the name of a file below its folder, each once",
        )  # fmt: skip
    return found


def _line(line: str, found: dict[str, str]) -> bool:
    """Take a line, if it names a file below the folder that no line before has named."""
    match = LINE.fullmatch(line)
    name = match[2] if match else ""
    inside = bool(name) and not name.startswith("/") and ".." not in name.split("/")
    if match is None or not inside or name in found:
        return False
    found[name] = match[1]
    return True


def _walk(folder: Path) -> tuple[set[str], dict[str, str]]:
    """The files below a folder, and what is neither file nor folder: name -> what it is.

    Raises:
        StoreError: a folder of it cannot be listed.
    """
    files, others, waiting = set[str](), dict[str, str](), [folder]
    while waiting:  # os.walk calls itself for each level, and somebody's folders may nest a thousand
        here = waiting.pop()
        try:
            with os.scandir(here) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            raise StoreError(f"{here} cannot be read: {error.strerror}", expected="the folder of a crate") from error
        for entry in found:
            name = Path(entry.path).relative_to(folder).as_posix()
            if entry.is_dir(follow_symlinks=False):
                waiting.append(Path(entry.path))
            elif entry.is_file(follow_symlinks=False):
                files.add(name)
            else:  # to open a pipe would wait for ever
                others[name] = "is a link" if entry.is_symlink() else "is no plain file"
    return files, others


def _described(path: Path, said: Mapping[str, str]) -> Iterator[str]:
    """What the description says otherwise than the checksums; what it lacks the validator tells."""
    try:
        graph = json.loads(path.read_text())["@graph"]
        digests = {str(one["@id"]): one["sha256"] for one in graph if "sha256" in one}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        yield f"{METADATA} cannot be read: {error!r}"
        return
    for name, digest in digests.items():
        if said.get(name) != digest:
            yield f"{METADATA} has another checksum of {name} than {MANIFEST}"
