"""CK+ as it circulates: the last three frames of each labelled sequence, cut out, in a folder a class."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from fer_lab.datasets.base import skip
from fer_lab.errors import DataError
from fer_lab.labels import ALIASES, normalise
from fer_lab.media import IMAGE_SUFFIXES

FOLDERS = ("anger", "contempt", "disgust", "fear", "happy", "sadness", "surprise")
"""The classes as their folders are called."""
NAME = re.compile(r"(S\d{3})_(\d{3})_(\d{8})")
"""Subject, sequence, frame."""
BYTES = 10_000
"""A generous estimate of what an image takes on disk."""


def find(*groups: Sequence[str]) -> list[str]:
    """The files that lie in folders beside those of the classes; [] if there are none.

    Args:
        groups: lists of files; the first that has folders of classes is taken.
    """
    for files in groups:
        paths = [PurePosixPath(file) for file in files if "/" in file]
        tops = {path.parent.parent for path in paths if _is_class(path.parent.name)}
        if tops:
            return [path.as_posix() for path in paths if path.parent.parent in tops]
    return []


def rows(
    root: Path, files: Sequence[str], emotions: Sequence[str], skipped: list[dict[str, str]]
) -> Iterator[dict[str, Any]]:
    """The rows of the index; files that are no images go to ``skipped``.

    Raises:
        DataError: a folder that is no class, a class without an image, a name that does not tell subject, sequence
            and frame, or a sequence in two classes.
    """
    images = [file for file in files if PurePosixPath(file).suffix.lower() in IMAGE_SUFFIXES]
    skipped.extend(skip(file, root, "not an image") for file in files if file not in set(images))
    found = [_row(file, emotions) for file in images]
    _refuse_missing(root, {row["emotion"] for row in found}, emotions)
    _refuse_contradictions(found)
    last = {row["sequence"]: row["number"] for row in sorted(found, key=lambda row: int(row["number"]))}
    for row in found:
        yield row | {"peak": row["number"] == last[row["sequence"]]}


def _is_class(name: str) -> bool:
    word = name.strip().lower()
    return word in FOLDERS or ALIASES.get(word, word) in map(_canonical, FOLDERS)


def _canonical(folder: str) -> str:
    return ALIASES.get(folder, folder)


def _row(file: str, emotions: Sequence[str]) -> dict[str, Any]:
    path = PurePosixPath(file)
    try:
        emotion = normalise(path.parent.name, known=emotions)
    except DataError as error:
        raise DataError(f"{file}: {error.what}", expected=error.expected, do="rename or remove the folder") from error
    match = NAME.fullmatch(path.stem)
    if not match:
        raise DataError(
            f"{file}: the name does not tell subject, sequence and frame",
            expected="a name such as S011_003_00000012.png",
            do="give it back its name, or remove it",
        )
    sequence = f"{match[1]}_{match[2]}"
    facts = {"id": path.stem, "path": file, "kind": "image", "subject": match[1], "fps": None}
    return facts | {"emotion": emotion, "sequence": sequence, "number": int(match[3])}


def _refuse_missing(root: Path, found: set[str], emotions: Sequence[str]) -> None:
    missing = [emotion for emotion in emotions if emotion not in found]
    if missing:
        raise DataError(
            f"CK+: there is no image of {', '.join(missing)} in {root}",
            expected=f"a folder for each of the classes {', '.join(FOLDERS)}",
            do="unpack or copy the rest of the data set",
        )


def _refuse_contradictions(found: Sequence[dict[str, Any]]) -> None:
    first: dict[str, dict[str, Any]] = {}
    for row in found:
        other = first.setdefault(row["sequence"], row)
        if other["emotion"] != row["emotion"]:
            raise DataError(
                f"{row['path']} and {other['path']} are of one sequence, but in two classes",
                expected="every sequence, and so every image, in one class",
                do="remove the one that is wrong",
            )
