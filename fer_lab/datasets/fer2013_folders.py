"""FER2013 as image folders: ``train/<class>/Training_<n>.jpg`` and ``test/<class>/{Public,Private}Test_<n>.jpg``."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from fer_lab.datasets.base import skip
from fer_lab.datasets.stills import in_zips
from fer_lab.errors import DataError
from fer_lab.labels import normalise
from fer_lab.media import IMAGE_SUFFIXES

TOPS: Mapping[str, tuple[str, ...]] = {"train": ("Training",), "test": ("PublicTest", "PrivateTest")}
"""Folder -> the parts that lie in it."""
VALIDATION = "validation"


def find(root: Path, files: Sequence[str]) -> dict[str, list[str]]:
    """The files below ``train`` and ``test``, wherever these are (in the folder, or in a zip); {} if neither is.

    Raises:
        DataError: only one of the two is there.
    """
    inside = in_zips(root, files)
    tops: dict[str, list[str]] = {}
    for top in TOPS:
        for group in (files, inside):
            found = [item for item in group if top in PurePosixPath(item).parts[:-2]]
            tops.setdefault(top, []).extend(found if not tops.get(top) else [])
    missing = [top for top, found in tops.items() if not found]
    if missing == ["test"] and any(VALIDATION in PurePosixPath(item).parts[:-2] for item in (*files, *inside)):
        raise DataError(
            f"FER2013: {root} has train/ and {VALIDATION}/, another cut, in which names do not say the Usage",
            expected="train/ and test/ with Training_<n>, PublicTest_<n>, PrivateTest_<n>, or one of the CSVs",
            do=f"read it as a folder of classes: fer-lab doctor folder --data {shlex.quote(str(root))}",
        )
    if len(missing) == 1:
        raise DataError(
            f"FER2013: {missing[0]}/ is not in {root}",
            expected="train/ and test/, or train.zip and test.zip",
            do="unpack or copy the rest of the data set",
        )
    return {} if missing else tops


def rows(
    root: Path, tops: Mapping[str, Sequence[str]], emotions: Sequence[str], skipped: list[dict[str, str]]
) -> Iterator[dict[str, Any]]:
    """The rows of the index; files that are no images go to ``skipped``.

    Raises:
        DataError: a class without a folder, or an image whose name does not say its part and number.
    """
    for top, files in tops.items():
        classes = set()
        for file in files:
            if PurePosixPath(file).suffix.lower() not in IMAGE_SUFFIXES:
                skipped.append(skip(file, root, "not an image"))
                continue
            row = _row(file, TOPS[top], emotions)
            classes.add(row["emotion"])
            yield row
        missing = [emotion for emotion in emotions if emotion not in classes]
        if missing:
            raise DataError(
                f"FER2013: {top}/ in {root} has no images of {', '.join(missing)}",
                expected=f"a folder for each of the {len(emotions)} classes",
            )


def _row(file: str, parts: Sequence[str], emotions: Sequence[str]) -> dict[str, Any]:
    name = PurePosixPath(file)
    emotion = _emotion(name, emotions)
    match = re.fullmatch(rf"({'|'.join(parts)})_(\d+)", name.stem)
    if not match:
        raise DataError(
            f"{file}: the name does not say part and number",
            expected=f"{' or '.join(f'{part}_<n>' for part in parts)}",
        )
    return {
        "id": f"{match[1]}/{emotion}/{int(match[2]):08d}",
        "path": file,
        "kind": "image",
        "subject": "",
        "fps": None,
        "emotion": emotion,
        "part_given": match[1],
    }


def _emotion(name: PurePosixPath, emotions: Sequence[str]) -> str:
    try:
        return normalise(name.parent.name, known=emotions)
    except DataError as error:
        raise DataError(f"{name}: {error.what}", expected=error.expected, do="rename the folder") from error
