"""What a ``run.json`` must hold before it is believed: a ledger may be copied, edited or handed on."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fer_lab.errors import StoreError
from fer_lab.evaluation import KINDS
from fer_lab.storage import digest

NAME = re.compile(r"[\w.-]*\w[\w.-]*")
CELL = re.compile(r"[\w.-]*\w[\w.-]*/[\w.-]*\w[\w.-]*")


def check_record(record: Mapping[str, Any], path: Path) -> None:
    """Refuse a ``run.json`` that is not as it was written.

    Raises:
        StoreError: its own checksum differs.
    """
    written = {key: value for key, value in record.items() if key != "digest"}
    if "digest" in record and record["digest"] != digest(written):
        raise StoreError(
            f"{path} is damaged: its checksum differs", do="start the sweep again; the run is trained anew"
        )


def validate(record: Mapping[str, Any], folder: Path) -> None:
    """Refuse a record with a field of another kind, or with a name that leads out of its folder.

    Raises:
        StoreError: names the file, the field and what is expected.
    """
    for name, (expected, holds) in FIELDS.items():
        if not holds(record[name]):
            raise StoreError(f"{folder / 'run.json'}: {name} is {_short(record[name])}", expected=expected, do=AGAIN)
    if not _is_scale(record.get("scale")) if record["kind"] == "values" else record.get("scale") is not None:
        raise StoreError(
            f"{folder / 'run.json'}: scale is {_short(record.get('scale'))}",
            expected="the least and the most of values; null for classes and labels",
            do=AGAIN,
        )
    if record["id"] != folder.name:
        raise StoreError(f"{folder / 'run.json'}: id is {_short(record['id'])}", expected="the name of its folder",
                         do="give the folder its name back, or remove the copy")  # fmt: skip
    if record["selected_epoch"] >= record["epochs"] or (record["fold"] or 0) >= record["folds"]:
        raise StoreError(f"{folder / 'run.json'}: its epoch or fold is beyond their number", do=AGAIN)
    for name in record["files"]:
        if not _stays_inside(folder, name):
            raise StoreError(
                f"{folder / 'run.json'}: the file {_short(name)}", expected="a file in its folder", do=AGAIN
            )


AGAIN = "remove the run's folder; its sweep trains it again"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) < 80 else f"{text[:77]}..."


def _stays_inside(folder: Path, name: str) -> bool:
    """Whether a file of a record is one of the run's own: no way up, no link."""
    parts = name.split("/")
    inside = not name.startswith("/") and ".." not in parts
    return inside and not any(os.path.islink(f"{folder}/{'/'.join(parts[:n])}") for n in range(1, len(parts) + 1))


def _whole(least: int) -> Callable[[object], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= least


def _named(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_scale(value: object) -> bool:
    """Whether it is the least and the most that there can be, in this order."""
    return isinstance(value, list | tuple) and len(value) == 2 and all(map(_number, value)) and value[0] < value[1]


def _facts(value: object) -> bool:
    """Whether it has the numbers that every run has; of the starting weights a run may say nothing."""
    return (
        isinstance(value, Mapping)
        and all(_number(value.get(name)) for name in ("leak_share", "seconds"))
        and isinstance(value.get("weights", {}), Mapping)
    )


def _environment(value: object) -> bool:
    """Whether it is the description of a machine (``environment.describe_machine``), or of a part of it."""
    return (
        isinstance(value, Mapping)
        and all(isinstance(value.get(name, {}), Mapping) for name in ("versions", "limits"))
        and _commit(value.get("commit"))
    )


def _commit(value: object) -> bool:
    return value is None or (
        isinstance(value, Mapping) and isinstance(value.get("revision"), str) and isinstance(value.get("dirty"), bool)
    )


FIELDS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "id": ("a name", _named(NAME)),
    "cell": ("<experiment>/<name>", _named(CELL)),
    **{name: ("a name", _named(NAME)) for name in ("source", "profile", "protocol", "dataset", "column")},
    "seed": ("a whole number from 0 on", _whole(0)),
    "selected_epoch": ("a whole number from 0 on", _whole(0)),
    "epochs": ("a whole number from 1 on", _whole(1)),
    "folds": ("a whole number from 1 on", _whole(1)),
    "fold": ("a whole number from 0 on, or null", lambda value: value is None or _whole(0)(value)),
    "finished": ("seconds since 1970", _number),
    "variant": ("text", lambda value: isinstance(value, str)),
    "kind": (f"one of {', '.join(KINDS)}", lambda value: isinstance(value, str) and value in KINDS),
    "outputs": ("the names of the classes, labels or values, each once",
                lambda value: _texts(value) and 0 < len(value) == len(set(value))),
    "parents": ("ids of runs", lambda value: _texts(value) and all(map(NAME.fullmatch, value))),
    "facts": ("a mapping with leak_share and seconds; weights, if there, is one", _facts),
    "environment": ("a mapping; in it versions and limits are mappings, commit is null or has revision and dirty",
                    _environment),
    "files": ("file names and their checksums",
              lambda value: isinstance(value, Mapping) and _texts([*value, *value.values()])),
}  # fmt: skip
"""Field -> what is expected, and whether a value is that."""
