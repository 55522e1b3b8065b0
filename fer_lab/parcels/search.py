"""The search of what is about to leave for what must not: places, people, names of files, machine and user."""

from __future__ import annotations

import getpass
import io
import json
import platform
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from fer_lab.errors import DataError
from fer_lab.parcels.keyed import DIGITS
from fer_lab.sources import Source

WORD = re.compile(r"[^\s\"',;|()\[\]{}<>=]+")
DIGEST = re.compile(rf"[0-9a-f]{{{DIGITS}}}|")
TEXTS = {"video": DIGEST, "subject": DIGEST, "part": re.compile("train|val|test")}
"""Column of scores that holds texts -> what these may be."""
HEADING = re.compile(r"[a-z0-9_/,]*")


@dataclass(frozen=True)
class Hidden:
    """What must be found nowhere in what leaves.

    Attributes:
        places: folders, looked for in every byte.
        names: of people, files, machine and user, looked for among the texts and their words.
    """

    places: frozenset[str]
    names: frozenset[str] = field(repr=False)


def hidden(sources: Iterable[Source], places: Iterable[Path], own: Iterable[bytes]) -> Hidden:
    """What a machine must not let go.

    Args:
        sources: the data.
        places: folders of it.
        own: what the parcel says itself, whatever the data: its words are no names of anybody.
    """
    roots, names = {*places, Path.home()}, {getpass.getuser(), platform.node()}
    for source in sources:
        index = source.index
        roots.add(source.root)
        names |= {*index["subject"].dropna().astype(str), *index["id"].astype(str)}
        names |= {str(entry["id"]) for entry in index.attrs.get("skipped", [])}
        for path in map(PurePosixPath, index["path"].astype(str)):
            names |= {str(path), path.name, path.stem}
    known = {word for data in own for text in _texts(data.decode()) for word in text}
    numbers = {name for name in names if re.fullmatch(r"[\d.]*", name)}
    folders = {str(root.absolute()) for root in roots} | {str(root.resolve()) for root in roots}
    return Hidden(frozenset(folders - {"/", "."}), frozenset(names - numbers - known))


def _texts(text: str) -> Iterator[list[str]]:
    yield from (WORD.findall(line) for line in text.splitlines())


def refuse_revealing(name: str, data: bytes, about: Hidden) -> None:
    """Raise where a file would let something go that must stay; what it is, is not repeated.

    Raises:
        DataError: names the file.
    """
    if _reveals(name, data, about):
        raise DataError(
            f"nothing is written: {name} would hold a name or a place",
            expected="digests and numbers alone",
            do="tell the sender of the parcel; nothing of it has left this machine",
        )


def _reveals(name: str, data: bytes, about: Hidden) -> bool:
    if any(place.encode() in data for place in about.places):
        return True
    if name.endswith(".parquet"):
        return not _is_digests(pd.read_parquet(io.BytesIO(data)))
    if name.endswith(".csv"):
        return not _is_numbers(data.decode(errors="replace"))
    return any(text in about.names or not about.names.isdisjoint(WORD.findall(text)) for text in said(json.loads(data)))


def _is_numbers(text: str) -> bool:
    """Whether a table holds numbers alone, under a heading of names of the code."""
    heading, *rows = text.splitlines() or [""]
    return HEADING.fullmatch(heading) is not None and all(_is_number(cell) for row in rows for cell in row.split(","))


def _is_number(cell: str) -> bool:
    try:
        float(cell or "nan")
    except ValueError:
        return False
    return True


def _is_digests(scores: pd.DataFrame) -> bool:
    """Whether all texts of scores are what they may be."""
    texts = [column for column in scores if not pd.api.types.is_numeric_dtype(scores[column])]
    return set(texts) <= set(TEXTS) and all(
        TEXTS[str(column)].fullmatch(str(value)) is not None for column in texts for value in scores[column].unique()
    )


def said(value: Any) -> Iterator[str]:
    """The texts in JSON. Keys are words of the code, but for those that are digests: what is dropped."""
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, Mapping):
            stack += one.values()
            stack += one.get("dropped", ()) if isinstance(one.get("dropped"), Mapping) else ()
        elif isinstance(one, list):
            stack += one
        elif isinstance(one, str):
            yield one
