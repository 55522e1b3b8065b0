"""What a folder seems to hold: how its files are labelled, who is in them, in which part they are; a word a guess."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from fer_lab.datasets.folder import FEW_PEOPLE, MANY_FILES, Folder
from fer_lab.datasets.folder_labels import PARTS, Files, is_text, meanings, spelt
from fer_lab.datasets.label_table import read_table
from fer_lab.datasets.stills import in_zips
from fer_lab.errors import DataError
from fer_lab.labels import ALIASES, EMOTIONS
from fer_lab.media import IMAGE_SUFFIXES, VIDEO_SUFFIXES, list_files

LISTS = (".csv", ".tsv", ".txt")
LABEL = re.compile(r"(?i)label|emotion|expression|class")
SUBJECT = re.compile(r"(?i)subject|person|people|user|actor|participant|identity|speaker")
PART = re.compile(r"(?i)split|part|usage|subset|partition|set")
PEOPLE = r"(?i)(?:^|/)((?:subject|sub|person|actor|participant|user|id|s|p|f|m)[-_]?[0-9]+)(?=[-_/])"
FEWEST_PEOPLE, MOST_CLASSES, TRIED = 3, 30, 200
"""People that a split by people needs; labels that a column or folders may be of; rows of a list that are looked at."""


@dataclass(frozen=True)
class Guess:
    """What a folder seems to hold.

    Attributes:
        settings: of ``Folder``, by name.
        words: what was seen and what else it could be, by the name of the setting.
        index: of the folder, read with these settings.
    """

    settings: Mapping[str, Any]
    words: Mapping[str, str]
    index: pd.DataFrame

    @property
    def people(self) -> int:
        """How many people are known."""
        return len(set(self.index["subject"]) - {""})

    @property
    def parts(self) -> list[str]:
        """The parts that are given, in order."""
        return sorted(set(self.index["part_given"])) if "part_given" in self.index else []


def look(root: Path) -> Guess:
    """Find out how a folder or zip can be read.

    Raises:
        DataError: it has neither a list that names its files nor folders of classes.
    """
    files = list_files(root)
    every = [*files, *in_zips(root, files)] if root.is_dir() else files
    pictures = [
        file
        for file in every
        if PurePosixPath(file).suffix.lower() in IMAGE_SUFFIXES | VIDEO_SUFFIXES and is_text(file)
    ]
    found = next(filter(None, (_by_list(root, file, pictures) for file in files)), None) or _by_folders(pictures)
    if found is None:
        raise DataError(
            f"{root}: {len(pictures)} videos and images, but no list that names them and no folders of classes",
            expected="a CSV with a column of paths and one of labels, or a folder a class",
            do="write labels.csv with the columns path,label,subject",
        )
    settings, words = found
    if settings.get("columns", {}).get("subject") is None:
        settings, words = _with_people(settings, words, root)
    return Guess(settings, words, Folder(**settings).index(root))


Found = tuple[dict[str, Any], dict[str, str]]


def _by_list(root: Path, file: str, pictures: Sequence[str]) -> Found | None:
    """The settings with which a file is the list of some pictures, None if it is none."""
    if not file.lower().endswith(LISTS):
        return None
    try:
        table = read_table(root, file, headerless=["path", "label"])
    except DataError:
        return None
    places = {
        name: top for name in table.columns.tolist() if (top := _top(table[name].head(TRIED), pictures)) is not None
    }
    if not places:
        return None
    path, top = next(iter(places.items()))
    label = _label_column(table.drop(columns=path))
    if label is None:
        return None
    columns, words = _columns(table, path, label)
    settings: dict[str, Any] = {"labels": file, "files": top, "columns": columns, **_named(table[label], file, table)}
    words["labels"] = f"a list of {len(table)} files with the columns {', '.join(table.columns)}"
    words["classes"] = f"from {label}: {_counts(table[label])}"
    return settings, words


def _top(paths: pd.Series[str], pictures: Sequence[str]) -> str | None:
    """The folder to which most of these paths are relative, None if they are none of the pictures."""
    by_name: dict[str, list[str]] = {}
    for file in pictures:
        by_name.setdefault(PurePosixPath(spelt(file)).stem.removesuffix("_aligned"), []).append(spelt(file))
    tops: Counter[str] = Counter()
    for path in map(spelt, paths):
        for file in by_name.get(PurePosixPath(path).stem, []) if path else []:
            parent = PurePosixPath(file).parent.parts
            inner = PurePosixPath(path).parent.parts
            if parent[len(parent) - len(inner) :] == inner:
                tops["/".join(parent[: len(parent) - len(inner)])] += 1
    top, found = tops.most_common(1)[0] if tops else ("", 0)
    names = Files(pictures, top)
    return top if found * 2 > len(paths) and any(names.find(path)[0] for path in paths) else None


def _label_column(table: pd.DataFrame) -> str | None:
    """The column of labels: one of known words, else one that is called so, else the only one of few values."""
    known = {*ALIASES, *EMOTIONS}
    words = [name for name in table.columns.tolist() if table[name].str.lower().isin(known).mean() > 0.5]
    named = [name for name in table.columns.tolist() if LABEL.search(name) and table[name].nunique() <= MOST_CLASSES]
    few = [
        name
        for name in table.columns.tolist()
        if 1 < table[name].nunique() <= MOST_CLASSES and not SUBJECT.search(name)
    ]
    return next(iter([*words, *named, *(few if len(few) == 1 else [])]), None)


def _columns(table: pd.DataFrame, path: str, label: str) -> Found:
    others = [name for name in table.columns.tolist() if name not in (path, label)]
    columns, words = {"path": path, "label": label, "subject": None, "part": None}, dict[str, str]()
    subject = next((name for name in others if SUBJECT.search(name)), None)
    if subject is not None:
        people = table[subject].nunique()
        few = people < FEWEST_PEOPLE or (people < FEW_PEOPLE and len(table) > MANY_FILES * people)
        columns["subject"] = None if few else subject
        words["subject"] = (
            f"the column {subject} has {people} values for {len(table)} files"
            + (": hardly people, so it is not taken for them" if few else "; if these are not people, set it to null")
        )  # fmt: skip
    part = next((name for name in others if PART.search(name) and 2 <= table[name].nunique() <= 3), None)
    columns["part"] = part
    return columns, words


def _named(labels: pd.Series[str], file: str, table: pd.DataFrame) -> dict[str, Any]:
    """Classes and labels to ignore, where the labels are not the usual words."""
    values = sorted(
        set(labels) - {""}, key=lambda value: (not value.isdigit(), int(value) if value.isdigit() else 0, value)
    )
    if names := list(meanings(file, table, table.columns).values()):
        others = [name for name in names if name not in EMOTIONS]
        return {"classes": [name for name in names if name in EMOTIONS], **({"ignore": others} if others else {})}
    known = [name for name in EMOTIONS if name in {ALIASES.get(value.lower(), value.lower()) for value in values}]
    if all(ALIASES.get(value.lower(), value.lower()) in EMOTIONS for value in values):
        return {"classes": known}
    return {"classes": values}


def _by_folders(pictures: Sequence[str]) -> Found | None:
    """The settings with which the folders are classes; their names need not be the usual words."""
    parents = [PurePosixPath(file).parent.name for file in pictures if "/" in file]
    counts = Counter(parents)
    if not 1 < len(counts) <= MOST_CLASSES or {name.lower() for name in counts} <= set(PARTS):
        return None
    tops = {PurePosixPath(file).parts[0] for file in pictures}
    zipped = next(iter(tops)) if len(tops) == 1 and next(iter(tops)).lower().endswith(".zip") else ""
    named = _named(pd.Series(parents, dtype=object), "", pd.DataFrame())
    words = {"labels": "no list: the folders are taken for the classes", "classes": _counts(pd.Series(parents))}
    return {"labels": None, "files": zipped, **named}, words


def _with_people(settings: dict[str, Any], words: dict[str, str], root: Path) -> Found:
    """People by a pattern in the paths, if all of them have it and it tells several people of several files each."""
    index = Folder(**settings, people=PEOPLE).index(root)
    people = Counter(index["subject"])
    if "" in people or not FEWEST_PEOPLE <= len(people) <= len(index) / 2:
        return settings, words
    some = ", ".join(sorted(people)[:3])
    word = f"{len(people)} people in the names ({some}, ...); if these are not people, set it to null"
    return {**settings, "people": PEOPLE}, {**words, "people": word}


def _counts(labels: pd.Series[str]) -> str:
    return ", ".join(f"{number} {name}" for name, number in labels.value_counts().items())
