"""Any folder or zip of videos or images with a labels file: the way in for data without an adapter of their own."""

from __future__ import annotations

import logging
import posixpath
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import pandas as pd

from fer_lab.datasets.base import COLUMNS as INDEX_COLUMNS
from fer_lab.datasets.base import OF_PICTURES, DataSet, skip
from fer_lab.datasets.folder_labels import (
    COLUMNS,
    LIST,
    Files,
    from_folders,
    is_text,
    read_list,
    with_parts,
    with_people,
)
from fer_lab.datasets.label_table import warn_of_cases
from fer_lab.errors import ConfigError, DataError, nearest
from fer_lab.evaluation.target import Target
from fer_lab.evaluation.targets import Classes
from fer_lab.labels import ALIASES, EMOTIONS, normalise
from fer_lab.media import IMAGE_SUFFIXES, VIDEO_SUFFIXES, kind_of, list_files, split

log = logging.getLogger(__name__)
DUPLICATES = ("refuse", "skip")
NO_TEXT = "its name, or that of a folder above it, is not UTF-8"
FEW_PEOPLE, MANY_FILES = 10, 100
"""Fewer people than that with more files each than that are questioned: the column may say something else."""


class Folder(DataSet):
    """Videos, images or image sequences in a folder or zip, labelled by a CSV.

    Args:
        labels: the list, relative to the root, in any form that ``label_table`` reads; ``null``: the folders are the
            classes, as they are where nothing is named and there is no ``labels.csv``.
        files: folder or zip to which the paths in the CSV are relative; '' is the root.
        attributes: further columns of the CSV, by which results may be told apart (age, sex, light, ...).
        columns: which of the CSV's columns hold ``path``, ``label``, ``subject`` (``null``: people not known) and
            ``part`` (``null``: what folders or names say, ``test/...`` or ``train_00001.jpg``).
        people: a regular expression with one group, which is the person in a path, where no column says it.
        aliases: further ways in which labels are written -> canonical names (upper and lower case are one).
        classes: the labels in order; numbers are names, too.
        ignore: labels whose rows are left out, and counted.
        duplicates: what to do with a path listed twice: ``refuse`` the file, or ``skip`` (and count) every row of
            that path, since which of its labels is right is not known.
        fps: frames a second of image sequences (rows whose path is a folder).
        publishable: whether the pictures may be shown.
    """

    name = "folder"
    title = "a folder of labelled files"
    reference = ""
    request = "whoever keeps the data"
    terms = "those of the data"
    tree = """
folder/                       or folder.zip; its name is paths.folder
  labels.csv                    data.dataset.labels; columns path,label[,subject] (data.dataset.columns)
  a/video.mp4                   videos,
  picture.jpg                   images,
  sequence/001.jpg 002.jpg      folders of numbered images (data.dataset.fps), or
  images.zip                    a zip of them (data.dataset.files)
  happy/ sad/ ...               or, without labels.csv, a folder a class; train/ and test/ above them are parts
"""
    advice = (
        "set data.dataset.labels to the labels file and data.dataset.columns to its columns; paths in it are relative "
        "to data.dataset.files, or to the folder"
    )
    published: Mapping[str, int] = {}

    def __init__(
        self,
        labels: str | None = LIST,
        files: str = "",
        columns: Mapping[str, str | None] = COLUMNS,
        aliases: Mapping[str | int, str] | None = None,
        classes: Sequence[str | int] = EMOTIONS,
        duplicates: str = "refuse",
        fps: float | None = None,
        publishable: bool = False,
        attributes: Sequence[str] = (),
        ignore: Sequence[str | int] = (),
        people: str | None = None,
    ) -> None:
        self.labels, self.files, self.fps, self.publishable = labels, files, fps, publishable
        self.columns = {**COLUMNS, **columns}
        self.classes, self.duplicates, self.people = tuple(map(str, classes)), duplicates, people
        given = {str(key).lower(): str(value) for key, value in (aliases or {}).items()}
        self.aliases = {**ALIASES, **given, **{name.lower(): name for name in self.classes}}
        self.ignore = frozenset(str(label).strip().lower() for label in ignore or ())
        self.attributes = tuple(attributes)
        self.targets: Mapping[str, Target] = {"label": Classes(self.classes)}
        self._check()

    def _check(self) -> None:
        unknown = [key for key in self.columns if key not in COLUMNS]
        if unknown:
            raise ConfigError(f"data.dataset.columns: {unknown[0]!r}", expected=nearest(unknown[0], COLUMNS))
        if taken := [name for name in self.attributes if name in (*INDEX_COLUMNS, *self.target_columns)]:
            raise ConfigError(f"data.dataset.attributes: {taken[0]!r} is a column of every index", expected="others")
        if self.duplicates not in DUPLICATES:
            raise ConfigError(f"data.dataset.duplicates={self.duplicates!r}", expected=" or ".join(DUPLICATES))
        if self.people is not None and self.columns["subject"] is not None:
            raise ConfigError("data.dataset.people and data.dataset.columns.subject both say who is in a file",
                              expected="one of them", do="set the other to null")  # fmt: skip

    def index(self, root: Path) -> pd.DataFrame:
        """One row a labelled file; target ``label``. See ``DataSet.index``.

        ``part_given`` is the part that the list, or each file's name or folder, says. Labelled files that are not
        there, files without a label, with one to be ignored, and of another kind are in ``attrs["skipped"]``.

        Raises:
            DataError: neither list nor class folders, a column missing, a row that is not as long as the others, an
                unknown label, or a path twice.
        """
        if not root.exists():
            raise self.missing(root, "there is nothing at")
        there = list_files(root, self.files)
        files = [file for file in there if is_text(file)]
        skipped = [skip(file, root, NO_TEXT) for file in there if not is_text(file) and _unlabelled(file, set())]
        table, known = self._table(root, files)
        names = Files(files, self.files)
        listed = {self.labels or "", *(names.find(path)[0] for path in table["path"])}
        table = with_parts(with_people(self._once(table, skipped), self.people))
        rows = list(self._rows(root, names, self._named(table, known, skipped), skipped))
        skipped.extend(skip(file, root, "has no label") for file in files if _unlabelled(file, listed))
        self._question(rows)
        return self.make_index(root, rows, skipped)

    def of_pictures(self, index: pd.DataFrame) -> pd.DataFrame:
        """Labels, people, parts and attributes do not count: other ones need no new faces."""
        return index[[name for name in OF_PICTURES if name in index]]

    def _table(self, root: Path, files: Sequence[str]) -> tuple[pd.DataFrame, Mapping[str, str]]:
        """Path, label, subject and part of each file, and what its labels mean."""
        if self.labels is None or (self.labels == LIST and LIST not in list_files(root)):
            table = from_folders(files, self.files, self._is_label)
            if table.empty:
                raise self.missing(root, f"neither a list {self.labels or LIST} nor a folder named by a class is in")
            return table, {}
        if not split(root, self.labels)[0].exists():
            raise self.missing(root, f"no labels file {self.labels} in")
        table, known = read_list(root, self.labels, self.columns, self.attributes)
        return table.assign(path=table["path"].map(_plain)), known

    def _is_label(self, name: str) -> bool:
        word = name.strip().lower()
        return self.aliases.get(word, word) in self.classes or word in self.ignore

    def _once(self, table: pd.DataFrame, skipped: list[dict[str, str]]) -> pd.DataFrame:
        twice = table["path"].duplicated(keep=False)
        if twice.any() and self.duplicates == "refuse":
            lines = table.index[table["path"] == table["path"][twice].iloc[0]]
            raise DataError(
                f"{self.labels}: {table['path'][twice].iloc[0]!r} stands in lines {', '.join(map(str, lines))}",
                expected="every path once",
                do="mend the file, or leave out all such rows with data.dataset.duplicates=skip",
            )
        for path, labels in table[twice].groupby("path")["label"]:
            skipped.append({"id": str(path), "reason": f"listed {len(labels)} times: {', '.join(labels)}"})
        return table[~twice]

    def _named(self, table: pd.DataFrame, known: Mapping[str, str], skipped: list[dict[str, str]]) -> pd.DataFrame:
        """The rows whose label counts, by its canonical name; what each label means is looked up once."""
        aliases = {**known, **self.aliases}
        out = [label for label in table["label"].unique() if _ignored(label, aliases, self.ignore)]
        gone = table["label"].isin(out)
        for path, label in zip(table["path"][gone], table["label"][gone], strict=True):
            skipped.append({"id": path, "reason": f"labelled {label}, which data.dataset.ignore leaves out"})
        kept = table[~gone]
        first = kept.drop_duplicates("label")
        meaning = {label: self._label(label, aliases, line) for line, label in first["label"].items()}
        return kept.assign(label=kept["label"].map(meaning))

    def _label(self, label: str, aliases: Mapping[str, str], line: object) -> str:
        try:
            return normalise(label, aliases, self.classes)
        except DataError as error:
            do = f"{error.do}, or leave it out: data.dataset.ignore=[{label}]"
            if label.isdigit():
                do = (
                    f"say what the numbers mean: '++data.dataset.aliases={{{label}: neutral}}', or take them as names: "
                    f"data.dataset.classes=[{label}], each with all that there are; or data.dataset.ignore=[{label}]"
                )
            raise DataError(f"{self.labels}, line {line}: {error.what}", expected=error.expected, do=do) from error

    def _rows(
        self, root: Path, names: Files, table: pd.DataFrame, skipped: list[dict[str, str]]
    ) -> Iterator[dict[str, Any]]:
        parts = {} if table["part"].eq("").all() else {"part_given": ""}
        for row in table.to_dict("records"):
            path = row["path"]
            full, folder = names.find(path)
            kind = "sequence" if folder else kind_of(root, full) if full else ""
            if reason := _unusable(path, full, kind, self.labels):
                skipped.append(skip(path, root, reason))
                continue
            facts = {"id": path, "path": full, "kind": kind, "subject": row["subject"], "fps": self.fps}
            further = {name: row[name] for name in self.attributes}
            yield {**facts, "label": row["label"], **further, **dict.fromkeys(parts, row["part"])}

    def _question(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Warn of people who may be none, or one person under two names."""
        people = Counter(row["subject"] for row in rows if row["subject"])
        place = f"{self.columns['subject'] or self.people}"
        warn_of_cases(people, self.labels or "the folder", place)
        if 0 < len(people) < FEW_PEOPLE and sum(people.values()) > MANY_FILES * len(people):
            log.warning(
                "%r has %d values for %d files: are these people? (data.dataset.columns.subject=null says that people "
                "are not known, data.split.kind=items then splits by files)", place, len(people), sum(people.values()),
            )  # fmt: skip


def _ignored(label: str, aliases: Mapping[str, str], ignore: frozenset[str]) -> bool:
    word = label.strip().lower()
    return not ignore.isdisjoint((word, aliases.get(word, word)))


def _unusable(path: str, full: str, kind: str, labels: str | None) -> str:
    """Why a labelled file cannot be used, '' if it can."""
    if path.startswith("/") or PureWindowsPath(path).drive:
        return "an absolute path: those of a list are relative to its data"
    if path.split("/")[0] == "..":
        return "leaves the folder"
    if not full:
        return f"listed in {labels} but not there"
    return "" if kind else "neither a video nor an image"


def _plain(path: str) -> str:
    """One spelling for a path: ``./a.png`` and ``a.png`` are the same file. One that leaves the root stays as it is."""
    return posixpath.normpath(path.replace("\\", "/"))


def _unlabelled(file: str, listed: set[str]) -> bool:
    """Whether a file is a video or image that neither itself nor as a part of a sequence has a label."""
    parents = {parent.as_posix() for parent in PurePosixPath(file).parents}
    return PurePosixPath(file).suffix.lower() in VIDEO_SUFFIXES | IMAGE_SUFFIXES and not listed & {file, *parents}
