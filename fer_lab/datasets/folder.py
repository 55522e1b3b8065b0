"""Any folder or zip of videos or images with a labels file: the way in for data without an adapter of their own."""

from __future__ import annotations

import io
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from fer_lab.datasets.base import COLUMNS as INDEX_COLUMNS
from fer_lab.datasets.base import DataSet, skip
from fer_lab.errors import ConfigError, DataError, nearest
from fer_lab.evaluation.target import Target
from fer_lab.evaluation.targets import Classes
from fer_lab.labels import ALIASES, EMOTIONS, normalise
from fer_lab.media import IMAGE_SUFFIXES, VIDEO_SUFFIXES, Unreadable, kind_of, list_files, read_bytes

REQUIRED = ("path", "label")
COLUMNS: Mapping[str, str | None] = {"path": "path", "label": "label", "subject": None}
DUPLICATES = ("refuse", "skip")


class Folder(DataSet):
    """Videos, images or image sequences in a folder or zip, labelled by a CSV.

    Args:
        labels: the CSV, relative to the root.
        files: folder or zip to which the paths in the CSV are relative; '' is the root.
        attributes: further columns of the CSV, by which results may be told apart (age, sex, light, ...).
        columns: which of the CSV's columns hold ``path``, ``label`` and ``subject`` (``null``: people not known).
        aliases: further ways in which labels are written -> canonical names (upper and lower case are one).
        classes: the labels in order.
        duplicates: what to do with a path listed twice: ``refuse`` the file, or ``skip`` (and count) every row of
            that path, since which of its labels is right is not known.
        fps: frames a second of image sequences (rows whose path is a folder).
        publishable: whether the pictures may be shown.
    """

    name = "folder"
    title = "a folder with a labels file"
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
"""
    advice = (
        "set data.dataset.labels to the labels file and data.dataset.columns to its columns; paths in it are relative "
        "to data.dataset.files, or to the folder"
    )
    published: Mapping[str, int] = {}

    def __init__(
        self,
        labels: str = "labels.csv",
        files: str = "",
        columns: Mapping[str, str | None] = COLUMNS,
        aliases: Mapping[str, str] | None = None,
        classes: Sequence[str] = EMOTIONS,
        duplicates: str = "refuse",
        fps: float | None = None,
        publishable: bool = False,
        attributes: Sequence[str] = (),
    ) -> None:
        self.labels, self.files, self.fps, self.publishable = labels, files, fps, publishable
        self.columns = {**COLUMNS, **columns}
        self.aliases = {**ALIASES, **{key.lower(): value for key, value in (aliases or {}).items()}}
        self.classes, self.duplicates = tuple(classes), duplicates
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

    def index(self, root: Path) -> pd.DataFrame:
        """One row a labelled file; target ``label``. See ``DataSet.index``.

        Labelled files that are not there, files without a label, and files of another kind are in
        ``attrs["skipped"]``.

        Raises:
            DataError: no labels file, a column missing, an unknown label, or a path twice.
        """
        if not root.exists():
            raise self.missing(root, "there is nothing at")
        table = self._table(root)
        skipped: list[dict[str, str]] = []
        files = set(list_files(root, self.files))
        rows = list(self._rows(root, files, self._once(table, skipped), skipped))
        listed = {self.labels, *map(self._full, table["path"])}
        skipped.extend(skip(file, root, "has no label") for file in sorted(files) if _unlabelled(file, listed))
        return self.make_index(root, rows, skipped)

    def _table(self, root: Path) -> pd.DataFrame:
        """The labels file with the columns ``path, label, subject``."""
        try:
            table = pd.read_csv(
                io.BytesIO(read_bytes(root, self.labels)), dtype=str, keep_default_na=False, index_col=False,
                on_bad_lines="error",
            )  # fmt: skip
        except Unreadable as error:
            raise self.missing(root, f"no labels file {self.labels} ({error.reason}) in") from error
        except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError, TypeError) as error:
            raise Unreadable(self.labels, f"not a CSV ({error})") from error
        table.columns = table.columns.str.strip()
        asked = [(f"columns.{key}", name) for key, name in self.columns.items() if name is not None or key in REQUIRED]
        for key, name in [*asked, *(("attributes", name) for name in self.attributes)]:
            if name not in table:
                raise DataError(
                    f"{self.labels} has no column {name!r} (data.dataset.{key})",
                    expected=f"one of its columns: {', '.join(table.columns)}",
                    do=f"set data.dataset.{key}",
                )
        found = pd.DataFrame({key: table[column] if column else "" for key, column in self.columns.items()})
        found[list(self.attributes)] = table[list(self.attributes)].replace("", None)
        found["path"] = found["path"].map(_plain)
        return found

    def _once(self, table: pd.DataFrame, skipped: list[dict[str, str]]) -> pd.DataFrame:
        twice = table["path"].duplicated(keep=False)
        if twice.any() and self.duplicates == "refuse":
            lines = [int(row) + 2 for row in table.index[table["path"] == table["path"][twice].iloc[0]]]
            raise DataError(
                f"{self.labels}: {table['path'][twice].iloc[0]!r} stands in lines {', '.join(map(str, lines))}",
                expected="every path once",
                do="mend the file, or leave out all such rows with data.dataset.duplicates=skip",
            )
        for path, labels in table[twice].groupby("path")["label"]:
            skipped.append({"id": str(path), "reason": f"listed {len(labels)} times: {', '.join(labels)}"})
        return table[~twice]

    def _full(self, path: str) -> str:
        return PurePosixPath(self.files, path).as_posix()

    def _rows(
        self, root: Path, files: set[str], table: pd.DataFrame, skipped: list[dict[str, str]]
    ) -> Iterator[dict[str, Any]]:
        folders = {parent.as_posix() for file in files for parent in PurePosixPath(file).parents}
        further = table[list(self.attributes)].to_numpy()
        columns = (table.index + 2, table["path"], table["label"], table["subject"], further)
        for line, path, label, subject, values in zip(*columns, strict=True):
            emotion, full = self._label(label, line), self._full(path)
            kind = "sequence" if full in folders else kind_of(root, full) if full in files else ""
            if full not in files and full not in folders:
                skipped.append(skip(path, root, f"listed in {self.labels} but not there"))
            elif not kind:
                skipped.append(skip(path, root, "neither a video nor an image"))
            else:
                facts = {"id": path, "path": full, "kind": kind, "subject": subject, "fps": self.fps}
                yield {**facts, "label": emotion, **dict(zip(self.attributes, values, strict=True))}

    def _label(self, label: str, line: int) -> str:
        try:
            return normalise(label, self.aliases, self.classes)
        except DataError as error:
            raise DataError(
                f"{self.labels}, line {line}: {error.what}", expected=error.expected, do=error.do
            ) from error


def _plain(path: str) -> str:
    """One spelling for a path: ``./a.png`` and ``a.png`` are the same file. One that leaves the root stays as it is."""
    return posixpath.normpath(path.strip().replace("\\", "/")) if path.strip() else path


def _unlabelled(file: str, listed: set[str]) -> bool:
    """Whether a file is a video or image that neither itself nor as a part of a sequence has a label."""
    parents = {parent.as_posix() for parent in PurePosixPath(file).parents}
    return PurePosixPath(file).suffix.lower() in VIDEO_SUFFIXES | IMAGE_SUFFIXES and not listed & {file, *parents}
