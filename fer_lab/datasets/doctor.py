"""What a copy of a data set holds and what it lacks, told from its index and the data set's facts alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer_lab.datasets.base import DataSet
from fer_lab.media import Image

KINDS: Mapping[str, tuple[str, ...]] = {"videos": ("video", "sequence"), "images": ("image", "pixels")}
"""What is counted -> kinds of rows of an index."""
SHOWN = 5
"""How many missing things one problem names before it says how many more there are."""
GREY = 128
Count = tuple[str, int, int | None]
"""What, how many are there, how many were published."""


@dataclass(frozen=True)
class Report:
    """A copy of a data set.

    Attributes:
        counts: ``what, found, published`` (a number, or None where none was published).
        classes: ``target, name, files``, a row a class.
        subjects: ``subject, files, missing, classes``, a row a person who is there: how many files, how many classes
            are missing, and which (where everyone is expected to show every class).
        absent: people expected who are not there.
        strangers: people who are there and not expected.
        renamed: ``name, meaning, files``: classes read under another name than the tree's.
        skipped: ``id, reason``: everything left out.
        problems: in what it falls short of what was published.
    """

    counts: pd.DataFrame
    classes: pd.DataFrame
    subjects: pd.DataFrame
    absent: tuple[str, ...]
    strangers: tuple[str, ...]
    renamed: pd.DataFrame
    skipped: pd.DataFrame
    problems: tuple[str, ...]

    @property
    def missing(self) -> list[str]:
        """Whose classes are missing, a phrase a person: ``P017: Anger, Fear missing``."""
        return _phrases(self.subjects)


def examine(dataset: DataSet, index: pd.DataFrame) -> Report:
    """Count and name what is in an index, what is missing against what was published, and what was left out.

    People are looked for only where the data set says how many there are; whose classes are missing is named only where
    everyone is expected to show every class, and is a problem where the published counts say so, too.

    Args:
        dataset: its facts.
        index: of the copy.
    """
    counts, classes, subjects = _counts(dataset, index), _classes(dataset, index), _subjects(dataset, index)
    expected: Sequence[str] = getattr(dataset, "subjects", ())
    found = _people(index)
    absent = tuple(name for name in expected if name not in found)
    problems = [*_shortfalls(dataset, counts, classes, absent), *_gaps(dataset, subjects)]
    return Report(
        counts=pd.DataFrame(counts, columns=["what", "found", "published"], dtype=object),
        classes=pd.DataFrame(classes, columns=["target", "name", "files"]),
        subjects=subjects,
        absent=absent,
        strangers=tuple(name for name in found if expected and name not in expected),
        renamed=_renamed(index),
        skipped=pd.DataFrame(index.attrs.get("skipped", []), columns=["id", "reason"]),
        problems=tuple(problems),
    )


def some(index: pd.DataFrame, count: int) -> pd.DataFrame:
    """A few rows of an index, spread over it, the same on every call."""
    return index.sample(min(count, len(index)), random_state=0).sort_values("id")


def contact_sheet(rows: Sequence[Image]) -> Image:
    """Pictures in rows, uint8 (H, W, 3); short rows are filled up with grey.

    Args:
        rows: the pictures of each row, uint8 (n, S, S, 3), n above 0 in one of them at least.
    """
    widest = max(len(row) for row in rows)
    filled = [np.pad(row, ((0, widest - len(row)), (0, 0), (0, 0), (0, 0)), constant_values=GREY) for row in rows]
    return np.vstack([np.hstack(list(row)) for row in filled])


def _people(index: pd.DataFrame) -> list[str]:
    return sorted(set(index["subject"].dropna()) - {""})


def _counts(dataset: DataSet, index: pd.DataFrame) -> list[Count]:
    found = {what: int(index["kind"].isin(kinds).sum()) for what, kinds in KINDS.items()}
    if "sequence" in index:
        found["sequences"] = int(index["sequence"].nunique())
    found["subjects"] = len(_people(index))
    if "part_given" in index:
        found |= {str(part): int(number) for part, number in index["part_given"].value_counts().items()}
    published = dataset.expected(index)
    whats = dict.fromkeys([*published, *(what for what, number in found.items() if number)])
    return [(what, found.get(what, 0), published.get(what)) for what in whats]


def _classes(dataset: DataSet, index: pd.DataFrame) -> list[tuple[str, str, int]]:
    named = [(target, name) for target, names in _by_class(dataset).items() if target in index for name in names]
    return [(target, name, int((index[target] == name).sum())) for target, name in named]


def _by_class(dataset: DataSet) -> dict[str, tuple[str, ...]]:
    """The targets that give each row of an index a class, and their classes."""
    return {name: target.names for name, target in dataset.targets.items() if target.exclusive}


def _finest(dataset: DataSet) -> tuple[str, tuple[str, ...]]:
    """The target with the most classes, and these; a data set without classes has files alone."""
    return max(_by_class(dataset).items(), key=lambda item: len(item[1]), default=("id", ()))


def _subjects(dataset: DataSet, index: pd.DataFrame) -> pd.DataFrame:
    target, classes = _finest(dataset)
    known = "subjects" in dataset.published and dataset.everyone_shows_all
    expected = classes if known else ()
    rows = []
    for subject in _people(index):
        own = index.loc[index["subject"] == subject, target]
        missing = tuple(name for name in expected if name not in set(own))
        rows.append((subject, len(own), len(missing), missing))
    return pd.DataFrame(rows, columns=["subject", "files", "missing", "classes"])


def _renamed(index: pd.DataFrame) -> pd.DataFrame:
    columns = ["name", "meaning"]
    listed = pd.DataFrame(index.attrs.get("renamed", []), columns=columns)
    return listed.groupby(columns).size().reset_index(name="files")


def _phrases(subjects: pd.DataFrame) -> list[str]:
    lacking = subjects[subjects["missing"] > 0]
    return [
        f"{subject}: {', '.join(name.capitalize() for name in names)} missing"
        for subject, names in zip(lacking["subject"], lacking["classes"], strict=True)
    ]


def _shortfalls(
    dataset: DataSet, counts: list[Count], classes: list[tuple[str, str, int]], absent: Sequence[str]
) -> Iterator[str]:
    """Where there is less than was published."""
    for what, found, published in counts:
        if published is not None and found < published:
            yield f"{found} of {published} {what}"
    if absent:
        yield f"subjects missing: {_short(absent, ', ')}"
    if dataset.published:
        yield from (f"no file of {target} {name}" for target, name, files in classes if not files)


def _gaps(dataset: DataSet, subjects: pd.DataFrame) -> Iterator[str]:
    """Whose classes are missing, where the published counts say that everyone shows every class."""
    published, phrases = dataset.published, _phrases(subjects)
    everything = published.get("subjects", 0) * len(_finest(dataset)[1])
    if phrases and published.get("videos") == everything:
        yield _short(phrases, "; ")


def _short(names: Sequence[str], between: str) -> str:
    more = f"{between}and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return between.join(names[:SHOWN]) + more
