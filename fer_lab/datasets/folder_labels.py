"""What is said of the files of a folder: by a list, in any of the forms in which lists circulate, or by its folders."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path, PurePosixPath

import pandas as pd

from fer_lab.datasets.label_table import plain, read_table
from fer_lab.errors import ConfigError, DataError

LIST = "labels.csv"
"""The list where none is named."""
COLUMNS: Mapping[str, str | None] = {"path": "path", "label": "label", "subject": None, "part": None}
REQUIRED = ("path", "label")
RAF_DB: Mapping[str, str] = dict(
    zip("1234567", ("surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral"), strict=True)
)
"""Its list ``list_patition_label.txt`` (Li, Deng, Du: Reliable crowdsourcing and deep locality-preserving learning for
expression recognition in the wild, CVPR 2017; the numbers are those of the readme that comes with it)."""
AFFECT_NET: Mapping[str, str] = dict(
    zip(
        map(str, range(11)),
        ("neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger", "contempt",
         "none", "uncertain", "no-face"),
        strict=True,
    )
)  # fmt: skip
"""The column ``expression`` of its lists (Mollahosseini, Hasani, Mahoor: AffectNet, IEEE Transactions on Affective
Computing, 2017)."""
RAF_DB_LIST, AFFECT_NET_COLUMNS = "list_patition_label.txt", ("subDirectory_filePath", "expression")
PARTS: Mapping[str, str] = {
    "train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val",
    "test": "test", "testing": "test",
}  # fmt: skip
"""A folder, or the first word of a file's name -> the part that it says the file is in."""
WORD = re.compile(r"[^\W\d_]+(?=_)")


def read_list(
    root: Path, path: str, columns: Mapping[str, str | None], attributes: Sequence[str]
) -> tuple[pd.DataFrame, Mapping[str, str]]:
    """A list as a table ``path, label, subject, part`` and attributes, '' where it does not say; what its labels mean.

    The labels of the index are the rows' lines in the file. A list without a header (RAF-DB's) has the path and the
    label in its first two columns. Known meanings of numbers are those of RAF-DB's list and of AffectNet's.

    Args:
        root: the data set's folder or zip.
        path: of the list.
        columns: which of its columns holds what.
        attributes: further columns.

    Raises:
        DataError: see ``read_table``; a column is not there, or a row has no path.
    """
    named = [name for name in columns.values() if name is not None]
    table = read_table(root, path, headerless=[columns[key] or key for key in REQUIRED])
    asked = [(f"columns.{key}", name) for key, name in columns.items() if name is not None]
    for key, name in [*asked, *(("attributes", name) for name in attributes)]:
        if name not in table:
            raise DataError(
                f"{path} has no column {name!r} (data.dataset.{key})",
                expected=f"one of its columns: {', '.join(table.columns)}",
                do=f"set data.dataset.{key}",
            )
    found = pd.DataFrame({key: table[name] if name else "" for key, name in columns.items()}, index=table.index)
    found[list(attributes)] = table[list(attributes)].replace("", None)
    if (empty := found["path"] == "").any():
        raise DataError(f"{path}, line {found.index[empty][0]}: no path", expected="the path of a video or image")
    return found, meanings(path, table, named)


def meanings(path: str, table: pd.DataFrame, named: Collection[str]) -> Mapping[str, str]:
    """What the numbers of a list that circulates mean, by its name or its columns; nothing of another list.

    Args:
        path: of the list.
        table: that it holds.
        named: the columns of it that are used.
    """
    if PurePosixPath(path).name == RAF_DB_LIST:
        return RAF_DB
    return AFFECT_NET if all(name in table for name in AFFECT_NET_COLUMNS) and "expression" in named else {}


def from_folders(files: Sequence[str], top: str, is_label: Callable[[str], bool]) -> pd.DataFrame:
    """The same table of files that lie in folders of classes: the last folder on a file's path that is one counts.

    Args:
        files: all that there are, relative to the root.
        top: the folder or zip in which they lie.
        is_label: whether the name of a folder is a label.
    """
    rows = []
    for file in files:
        path = PurePosixPath(file).relative_to(top) if top else PurePosixPath(file)
        labels = [folder for folder in path.parent.parts if is_label(folder)]
        rows += [(path.as_posix(), labels[-1], "", "")] if labels else []
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)


def with_people(table: pd.DataFrame, pattern: str | None) -> pd.DataFrame:
    """The table with the people that a pattern finds in the paths, '' where it finds none.

    Raises:
        ConfigError: it is no regular expression with one group.
    """
    if pattern is None:
        return table
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ConfigError(f"data.dataset.people={pattern!r}: {error}", expected="a regular expression") from error
    if compiled.groups != 1:
        raise ConfigError(f"data.dataset.people={pattern!r} has {compiled.groups} groups",
                          expected="one, which is the person: (S[0-9]+)_")  # fmt: skip
    found = [compiled.search(path) for path in table["path"]]
    return table.assign(subject=[match[1] or "" if match else "" for match in found])


def with_parts(table: pd.DataFrame) -> pd.DataFrame:
    """The table with the parts that folders or names say (``test/...``, ``train_00001.jpg``), if they say it of all."""
    if table["part"].any():
        return table
    parts = [_part(path) for path in table["path"]]
    return table.assign(part=parts) if all(parts) and len(set(parts)) > 1 else table


def _part(path: str) -> str:
    place = PurePosixPath(path)
    word = WORD.match(place.name)
    words = [*(folder for folder in place.parent.parts), *([word[0]] if word else [])]
    return next((PARTS[word.lower()] for word in words if word.lower() in PARTS), "")


class Files:
    """The files of a folder or zip by their names, however these are spelt: ``\\`` or ``/``, Unicode composed or not.

    Args:
        files: all of them, relative to the root.
        top: the folder or zip to which the paths of a list are relative.
    """

    def __init__(self, files: Collection[str], top: str) -> None:
        self.top = top
        self._files = {spelt(file): file for file in sorted(files, reverse=True)}
        self._folders = {
            spelt(parent.as_posix()): parent.as_posix() for file in files for parent in PurePosixPath(file).parents
        }

    def find(self, path: str) -> tuple[str, bool]:
        """The file or folder that is meant, '' if there is none, and whether it is a folder.

        RAF-DB's list names the originals; where they are not there, its aligned faces are meant.
        """
        full = PurePosixPath(self.top, path)
        aligned = full.with_stem(f"{full.stem}_aligned")
        for name in map(spelt, (full.as_posix(), aligned.as_posix())):
            if name in self._files:
                return self._files[name], False
        folder = self._folders.get(spelt(full.as_posix()), "")
        return folder, bool(folder)


def is_text(path: str) -> bool:
    """Whether the bytes of a path are UTF-8: others, which a file system may hold, are the name of no row."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def spelt(path: str) -> str:
    """One spelling of a path."""
    return plain(path.replace("\\", "/"))
