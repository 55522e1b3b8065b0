"""What every data set is: its facts, its index, and, for those that have one, the writer of its twin."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from fer_lab.datasets.label_table import read_table, typed
from fer_lab.errors import ConfigError, DataError, nearest
from fer_lab.evaluation.target import Target
from fer_lab.media import Image

COLUMNS = ("id", "path", "kind", "subject", "fps")
"""The columns of every index; those of the targets (``DataSet.target_columns``) and attributes follow."""
UNTIL = "until"
"""A further column, where videos are cut: the share of each, from its begin, that is left of it."""
OF_PICTURES = ("id", "path", "kind", "fps", UNTIL)
"""The columns that decide which faces are found in a file; the last need not be there."""
OF_PEOPLE = ("age", "sex", "skin_tone", "glasses", "beard")
"""What ``subjects.csv`` says of the people: years, ``male`` or ``female``, 1 (lightest) to 6, true or false (twice)."""

SUBJECTS = "subjects.csv"
NAMED = 10
"""How many files an error names for each reason why they cannot be used."""


@dataclass(frozen=True)
class TwinScale:
    """How much of a twin is written; classes, rates and durations are always whole.

    Attributes:
        subjects: how many people; ``None`` is as many as were published.
        frames_per_window: frames rendered inside ``window``, evenly spread; ``None`` renders all of them.
        window: begin and end of what is kept of a video, shares of its duration.
        size: side of the square frames, pixels, even.
        stills: how many images a twin of single images has, about; ``None`` is as many as were published.
    """

    subjects: int | None
    frames_per_window: int | None
    window: tuple[float, float]
    size: int
    stills: int | None = None


class DataSet(ABC):
    """One data set. Its class attributes are the facts about it.

    Attributes:
        name: short name; that of its configuration and of its folder.
        title: the name it was published under.
        reference: the paper that describes it.
        request: where it is asked for.
        terms: what its users agree to, in a line.
        tree: the folders and files expected, as a picture.
        published: counts as published, such as ``{"videos": 643, "subjects": 50}``.
        described: what its publications say of it beyond these, such as ``{"elicitation": "posed"}``.
        targets: what an item can be asked for, by name.
        by_frame: the targets that are known of each frame (``face_targets``), and not of a whole row of the index.
        attributes: columns of the index by which results may be told apart, where a copy has them; no labels.
        publishable: whether its pictures may be shown in what is published; ``showing`` is who asks.
        never_shown: whether they are shown to nobody, not even on this machine and with a warning.
        invented: whether there is no such data set in the world: its twin is meant where no source is named.
        fps: frames a second; ``None`` for stills or where the files say it.
        everyone_shows_all: whether every person is expected to show every class.
        advice: what to look at first when nothing is found.
        twin_is_whole: whether the twin's videos are rendered from begin to end, whatever the window.
        twin_version: of the twin's writer; raised whenever the same scale gives other files.
    """

    name: str
    title: str
    reference: str
    request: str
    terms: str
    tree: str
    published: Mapping[str, int]
    described: Mapping[str, int | str] = MappingProxyType({})
    targets: Mapping[str, Target]
    by_frame: frozenset[str] = frozenset()
    attributes: tuple[str, ...] = ()
    publishable: bool = False
    never_shown: bool = False
    invented: bool = False
    everyone_shows_all: bool = True
    advice: str = ""
    fps: float | None = None
    twin_is_whole: bool = False
    twin_version: int = 1

    @abstractmethod
    def index(self, root: Path) -> pd.DataFrame:
        """One row a video or image: ``id, path, kind, subject, fps``, the targets, attributes; sorted by id.

        ids are unique; paths are posix and relative to ``root``; ``fps`` is a float, nan for stills and for videos
        of no known rate (they bring their own clock). What cannot be used is listed in ``attrs["skipped"]`` as
        ``{"id": ..., "reason": ...}``.

        Raises:
            DataError: the data are not there or not laid out as ``tree`` shows.
        """

    @property
    def target_columns(self) -> tuple[str, ...]:
        """Columns of the index that say what is known of a row: of classes their target's name, otherwise each name."""
        known = {name: target for name, target in self.targets.items() if name not in self.by_frame}
        return tuple(
            column for name, target in known.items() for column in ([name] if target.exclusive else target.names)
        )

    def face_targets(self, root: Path, index: pd.DataFrame, frames: pd.DataFrame, target: str) -> pd.DataFrame | None:
        """What is known of each face, where it is known of frames; None: of a face is known what is of its row.

        Args:
            root: of the data.
            index: of the data, or some rows of it.
            frames: of the face store: ``id, frame, time`` a face.
            target: the name of one of the targets.

        Returns:
            The target's ``truth_columns``, a row a face in the order of ``frames``.

        Raises:
            DataError: the labels cannot be read.
        """
        return None

    def of_pictures(self, index: pd.DataFrame) -> pd.DataFrame:
        """The columns of an index that decide which faces are found; where labels are one's own, they do not."""
        return index

    def remarks(self, root: Path, index: pd.DataFrame) -> list[dict[str, str]]:
        """What is worth knowing of files that are used, ``{"id": ..., "remark": ...}`` each; the doctor tells it."""
        return []

    def is_faces(self, index: pd.DataFrame) -> bool:
        """Whether the pictures are faces already, cut out and of one size: nothing has to be found in them."""
        return False

    def images(self, root: Path, index: pd.DataFrame) -> Image:
        """The pictures of an index that are faces already, in its order: uint8 (N, S, S), grey.

        Raises:
            DataError: they are not (``is_faces``), or one of them is not as it must be.
        """
        raise DataError(
            f"{self.title}: its pictures are not faces cut out already",
            expected="the face stage: faces=aligned",
            do="set faces=aligned (faces=raw is for images such as those of FER2013)",
        )

    def expected(self, index: pd.DataFrame) -> Mapping[str, int]:
        """Which of the published counts a copy in this form is compared with."""
        return self.published

    def write_twin(self, root: Path, scale: TwinScale, workers: int = 1) -> None:
        """Write the twin into an empty folder, in the data set's own layout, the truth beside it.

        Raises:
            DataError: the data set has no twin.
        """
        raise DataError(
            f"{self.title}: its twin is not there yet",
            expected="the real data: source=real",
            do=f"ask for the data ({self.request}) and point paths.{self.name} at them",
        )

    def twin_options(self) -> Mapping[str, Any]:
        """What of the constructor's arguments changes the twin's files."""
        return {}

    def twin_extent(self, scale: TwinScale) -> Mapping[str, Any]:
        """What of a scale changes the twin's files: here, all that is about people and recordings."""
        window = {} if self.twin_is_whole else {"window": [float(limit) for limit in scale.window]}
        recordings = {"frames_per_window": scale.frames_per_window, **window, "size": scale.size}
        return {"subjects": scale.subjects, **recordings}

    def twin_bytes(self, scale: TwinScale) -> int:
        """About how much room a twin takes on disk."""
        return 0

    def missing(self, root: Path, what: str) -> DataError:
        """The error that says what is not there, shows the tree expected and where the data are requested."""
        ask = f"request the data at {self.request} ({self.terms}); or source=embedded, if it has a twin"
        tree = "\n".join(f"    {line}" for line in self.tree.strip("\n").splitlines())
        return DataError(
            f"{self.title}: {what}: {root}",
            expected=f"this tree (paths.{self.name} names its root)\n{tree}",
            do="; ".join(filter(None, (self.advice, ask))),
        )

    def make_index(
        self, root: Path, rows: Iterable[Mapping[str, Any]] | pd.DataFrame, skipped: Iterable[Mapping[str, str]]
    ) -> pd.DataFrame:
        """Assemble an index from its rows: columns in order, sorted by id, checked.

        Raises:
            DataError: no row at all, or an id twice.
        """
        left_out = [dict(row) for row in skipped]
        if isinstance(rows, pd.DataFrame):
            records: Any = rows.sort_values("id", kind="stable", ignore_index=True)
        else:
            records = sorted(rows, key=lambda row: str(row["id"]))
        if not len(records):
            raise self.missing(root, f"nothing that can be used{_reasons(left_out)} is in")
        names = records if isinstance(rows, pd.DataFrame) else records[0]
        extra = [name for name in names if name not in (*COLUMNS, *self.target_columns)]
        index = pd.DataFrame(records, columns=[*COLUMNS, *self.target_columns, *extra]).astype({"fps": float})
        twice = sorted(set(index["id"][index["id"].duplicated()]))
        if twice:
            raise DataError(
                f"{self.title}: {len(twice)} ids occur twice, the first is {twice[0]!r}",
                expected="every video or image once",
                do=f"remove the copies in {root}",
            )
        index.attrs["skipped"] = sorted(left_out, key=lambda row: row["id"])
        return index


def skip(path: Path | str, root: Path, reason: str) -> dict[str, str]:
    """An entry of ``attrs["skipped"]``: a file or folder left out, with its reason."""
    shown = path.relative_to(root).as_posix() if isinstance(path, Path) else path
    return {"id": os.fsencode(shown).decode(errors="backslashreplace"), "reason": reason}  # names need not be text


def _reasons(skipped: Iterable[Mapping[str, str]]) -> str:
    """Why nothing can be used, as a phrase in brackets: each reason with the files it holds for."""
    files: dict[str, list[str]] = {}
    for entry in skipped:
        files.setdefault(entry["reason"], []).append(entry["id"])
    phrases = [
        f"{reason}: {', '.join(names[:NAMED])}{f' and {len(names) - NAMED} more' if len(names) > NAMED else ''}"
        for reason, names in files.items()
    ]
    return f" ({'; '.join(phrases)})" if phrases else ""


def choice(key: str, value: str, known: Collection[str]) -> str:
    """A setting ``data.dataset.<key>`` that must be one of some words.

    Raises:
        ConfigError: it is not.
    """
    if value not in known:
        raise ConfigError(f"data.dataset.{key}={value!r}", expected=f"one of {nearest(value, known)}")
    return value


def join_subjects(index: pd.DataFrame, root: Path) -> pd.DataFrame:
    """Add the attributes of the people from ``subjects.csv`` in ``root``, if it is there.

    Raises:
        DataError: the file cannot be read, has no column ``subject``, one that an index has already, a row without a
            subject, or a subject twice.
    """
    if not (root / SUBJECTS).is_file():
        return index
    people = typed(read_table(root, SUBJECTS), texts=["subject"])
    if "subject" not in people or people["subject"].isna().any() or people["subject"].duplicated().any():
        raise DataError(f"{root / SUBJECTS} does not name every subject once",
                        expected="a column 'subject', one row each")  # fmt: skip
    if taken := [name for name in people if name != "subject" and name in index]:
        raise DataError(f"{root / SUBJECTS}: {taken[0]!r} is a column of the index already", do="rename or remove it")
    joined = index.merge(people, on="subject", how="left", validate="many_to_one")
    joined.attrs = index.attrs
    return joined
