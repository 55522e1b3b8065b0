"""A parcel: one file with all that somebody needs who holds data that are not here, but the data.

<name>-<id>.zip/
    README.md, run_parcel.py     for whoever holds the data: in plain words, and the one command
    parcel.json                  what is to be run, on which data, and the checksum of every other file
    configurations/<n>.yaml      the whole configuration of each run; paths in it are relative
    code/<wheel>, requirements.lock   the code, and the versions of all that it needs

The id is a digest of all that: the same code, lock and configurations are the same parcel.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from fer_lab.errors import StoreError
from fer_lab.parcels.archive import Archive
from fer_lab.storage import digest

FORMAT = 1
"""Raised whenever an older reader would misunderstand what it reads."""
ABOUT, README, SCRIPT, LOCK = "parcel.json", "README.md", "run_parcel.py", "requirements.lock"
ALLOWED = re.compile(
    r"parcel\.json|README\.md|run_parcel\.py|requirements\.lock|configurations/\d{4}\.yaml|code/[\w.+-]+\.whl"
)


SAID = {
    "title": str,
    "words": list,
    "stamp": dict,
    "code": dict,
    "data": list,
    "weights": dict,
    "runs": list,
    "files": dict,
}
"""What a parcel says beside its id, and as what."""


@dataclass(frozen=True)
class Asked:
    """A run that a parcel asks for.

    Attributes:
        recipe: what it is, whatever the data (``runs.recipes``).
        parents: recipes of the runs that it starts from.
        config: resolved.
        about: as the parcel says it: ``versions``, ``settings``, ``as_printed``, ``printed_people``.
    """

    recipe: str
    cell: str
    seed: int
    fold: int | None
    folds: int
    parents: tuple[str, ...]
    config: Mapping[str, Any]
    about: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What a message calls it."""
        return f"{self.cell} seed {self.seed}{'' if self.fold is None else f' fold {self.fold}'}"


@dataclass(frozen=True)
class Parcel:
    """A parcel that was read.

    Attributes:
        about: its ``parcel.json``.
        asked: its runs by recipe, parents first.
        read: gives the bytes of one of its files.
    """

    about: Mapping[str, Any]
    asked: Mapping[str, Asked]
    read: Callable[[str], bytes]

    @property
    def id(self) -> str:
        """16 hex digits."""
        return str(self.about["id"])

    @property
    def words(self) -> list[str]:
        """The command line that it was packed with."""
        return [str(word) for word in self.about["words"]]

    @property
    def lock(self) -> bytes:
        """Its lock file."""
        return self.read(LOCK)

    @property
    def wheel(self) -> str:
        """The name of its code."""
        return next(str(name) for name in self.about["files"] if name.startswith("code/"))


def identity(about: Mapping[str, Any]) -> str:
    """The id of a parcel of this content."""
    return digest({key: value for key, value in about.items() if key != "id"})


def read_parcel(path: Path) -> Parcel:
    """A parcel, as a file or as the folder that it was unpacked into; nothing in it is run.

    Raises:
        StoreError: it is none, is damaged, or is of a newer version.
    """
    if path.is_dir():
        return _parcel(path, lambda name: _of_folder(path, name))
    archive = Archive(path, ALLOWED)
    found = _parcel(path, archive.read)
    archive.check_files(found.about["files"], but=ABOUT)
    return found


def _of_folder(folder: Path, name: str) -> bytes:
    if not ALLOWED.fullmatch(name):
        raise StoreError(f"{folder}: {name!r} is no file of a parcel")
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise StoreError(f"{folder / name} cannot be read: {error}", do="unpack the parcel again") from error


def _parcel(path: Path, read: Callable[[str], bytes]) -> Parcel:
    about = json_of(read(ABOUT), f"{path}: {ABOUT}")
    check_format(about, path, "parcel", FORMAT)
    if wrong := [key for key, kind in SAID.items() if not isinstance(about.get(key), kind)]:
        raise StoreError(f"{path}: {ABOUT} does not say its {', '.join(wrong)}", do="have it sent again")
    try:
        whole = about["id"] == identity(about) and all(ALLOWED.fullmatch(name) for name in about["files"])
        checked = _checked(about["files"], read) if whole else read
        asked = {one["recipe"]: _asked(one, checked) for one in about["runs"]} if whole else {}
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError, yaml.YAMLError) as error:
        raise StoreError(f"{path}: {ABOUT} lacks {error}", expected="a parcel as fer-lab parcel writes it") from None
    if not whole:
        raise StoreError(f"{path}: {ABOUT} is not as it was written: its id differs", do="have it sent again")
    return Parcel(about, asked, checked)


def _checked(files: Mapping[str, str], read: Callable[[str], bytes]) -> Callable[[str], bytes]:
    """The same reader, that hands out nothing but what was packed."""

    def reading(name: str) -> bytes:
        data = read(name)
        if hashlib.sha256(data).hexdigest() != files[name]:
            raise StoreError(f"{name} of the parcel is damaged: its checksum differs", do="unpack it again")
        return data

    return reading


def _asked(one: Mapping[str, Any], read: Callable[[str], bytes]) -> Asked:
    config = yaml.safe_load(read(one["configuration"]))
    if not isinstance(config, dict):
        raise TypeError(f"the keys of {one['configuration']}")
    fold = None if one["fold"] is None else int(one["fold"])
    own = (one["recipe"], one["cell"], int(one["seed"]), fold, int(one["folds"]), tuple(one["parents"]))
    return Asked(*own, config, one)


def json_of(data: bytes, what: str) -> dict[str, Any]:
    """A mapping in JSON that somebody has sent.

    Raises:
        StoreError: it is none.
    """
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise StoreError(f"{what} is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise StoreError(f"{what} holds a {type(found).__name__}", expected="a mapping")
    return found


def check_format(about: Mapping[str, Any], path: Path, what: str, known: int) -> None:
    """Refuse what is of a version that is not read here.

    Raises:
        StoreError: it is newer, or says none.
    """
    version = about.get("format")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise StoreError(f"{path} does not say its format", expected=f"a {what} as fer-lab writes it")
    if version > known:
        raise StoreError(
            f"{path} is a {what} of format {version}", expected=f"format {known} or older", do="update fer_lab"
        )
