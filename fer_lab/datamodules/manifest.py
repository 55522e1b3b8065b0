"""A file that names the ids of each part, in the form of a run's ``split.json``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

from fer_lab.errors import DataError


def read_manifest(path: Path, parts: Sequence[str], known: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The ids of each part.

    Args:
        path: of the file.
        parts: their names.
        known: the ids of the data set.

    Raises:
        DataError: it cannot be read, names an id twice in one part, or one that the data set does not have.
    """
    try:
        ids = {part: tuple(map(str, json.loads(path.read_text())["ids"][part])) for part in parts}
    except (OSError, ValueError, KeyError, TypeError) as error:
        expected = "ids: train, val and test, a list each, as in a run's split.json"
        raise DataError(f"data.split.manifest: {path} cannot be used ({error!r})", expected=expected) from None
    if twice := [name for part in parts for name, times in Counter(ids[part]).items() if times > 1]:
        raise DataError(f"{path} names {len(twice)} ids twice in one part, {twice[0]!r} first", expected="each once")
    if unknown := sorted(set().union(*ids.values()) - set(known)):
        raise DataError(f"{path} names {len(unknown)} ids that are not in the data set, {unknown[0]!r} first")
    return ids
