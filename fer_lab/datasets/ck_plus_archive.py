"""CK+ as distributed: sequences of frames, and a label file for each sequence that has a label."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from fer_lab.datasets.base import skip
from fer_lab.media import IMAGE_SUFFIXES, Unreadable, read_bytes

FPS = 30.0
"""Frames a second of the recordings, which were on video (NTSC); the files themselves tell no rate."""
CODES = ("neutral", "anger", "contempt", "disgust", "fear", "happiness", "sadness", "surprise")
"""The emotions by the number in a label file; no sequence is labelled neutral."""
FRAMES, LABELS, UNITS = "cohn-kanade-images", "Emotion", "FACS"
FRAME = re.compile(rf"(?:.*/)?{FRAMES}/(S\d{{3}})/(\d{{3}})/[^/]+")
LABEL = re.compile(rf"(?:.*/)?{LABELS}/(S\d{{3}})/(\d{{3}})/[^/]+_emotion\.txt")
Key = tuple[str, str]
"""Subject and number of a sequence."""


def is_there(files: Sequence[str]) -> bool:
    """Whether the folder of the frames is among these files."""
    return any(FRAMES in PurePosixPath(file).parts[:-1] for file in files)


def rows(root: Path, files: Sequence[str], skipped: list[dict[str, str]]) -> Iterator[dict[str, Any]]:
    """The rows of the index: labelled sequences. All others, and what has no place in the tree, go to ``skipped``.

    Args:
        root: the data set's folder.
        files: all files in it; of two copies of a sequence or label the first is taken.
        skipped: is added to.
    """
    sequences, labels = _sequences(root, files, skipped), _labels(files)
    for key, folder in sorted(sequences.items()):
        emotion, reason = _emotion(root, labels.get(key, []))
        if reason:
            skipped.append(skip(folder, root, reason))
        else:
            yield _row(key, folder, emotion)
    for key in sorted(set(labels) - set(sequences)):
        skipped.extend(skip(file, root, f"there is no sequence {'/'.join(key)} in {FRAMES}") for file in labels[key])


def _sequences(root: Path, files: Sequence[str], skipped: list[dict[str, str]]) -> dict[Key, str]:
    found: dict[Key, str] = {}
    for file in files:
        path = PurePosixPath(file)
        if FRAMES not in path.parts[:-1]:
            continue
        match = FRAME.fullmatch(file)
        if match and path.suffix.lower() in IMAGE_SUFFIXES:
            found.setdefault((match[1], match[2]), path.parent.as_posix())
        else:
            skipped.append(skip(file, root, "not a frame S<three digits>/<three digits>/<name>.png"))
    return found


def _labels(files: Sequence[str]) -> dict[Key, list[str]]:
    named: dict[Key, dict[str, str]] = {}
    for file in files:
        if match := LABEL.fullmatch(file):
            named.setdefault((match[1], match[2]), {}).setdefault(PurePosixPath(file).name, file)
    return {key: list(of_name.values()) for key, of_name in named.items()}


def _emotion(root: Path, files: Sequence[str]) -> tuple[str, str]:
    """The emotion of a sequence, or '' and why it has none that can be used."""
    if len(files) != 1:
        return "", f"{len(files)} label files: {', '.join(files)}" if files else "not labelled"
    try:
        code = float(read_bytes(root, files[0]).decode())
    except (Unreadable, ValueError) as error:
        return "", f"its label cannot be read: {files[0]} ({error.reason if isinstance(error, Unreadable) else error})"
    meanings: Mapping[float, str] = dict(enumerate(CODES))
    if code not in meanings:
        return "", f"its label is {code:g} in {files[0]}, not 1 to {len(CODES) - 1}"
    return ("", "labelled neutral") if meanings[code] == "neutral" else (meanings[code], "")


def _row(key: Key, folder: str, emotion: str) -> dict[str, Any]:
    name = "_".join(key)
    facts = {"id": name, "path": folder, "kind": "sequence", "subject": key[0], "fps": FPS}
    return facts | {"emotion": emotion, "sequence": name}
