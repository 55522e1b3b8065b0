"""Predictions in a folder: looked at piece by piece, told at the end; what is killed goes on behind its last piece.

    answers.csv | answers.parquet   a row a face
    skipped.csv                     what could not be read
    annotated/                      pictures and videos with the answers, where they are asked for
    about.json                      the model, what is known of it, the options; last: with it the folder is whole

While it is unfinished, pieces lie in ``.unfinished``. They hold what was seen, which depends on nothing before it; who
is who, smoothing and thresholds are told from them in one go, so that a resumed run gives the bytes of an unbroken one.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from pandas import DataFrame

from fer_lab.errors import ConfigError
from fer_lab.inference.contract import Contract
from fer_lab.inference.drawn import STAMP, draw_item
from fer_lab.inference.files import Item, Unread, listed
from fer_lab.inference.looking import Look
from fer_lab.inference.options import Options
from fer_lab.inference.people import Shot
from fer_lab.inference.pieces import Form
from fer_lab.inference.predictor import Predictor
from fer_lab.inference.telling import Teller, by_picture, check_stretches
from fer_lab.inference.written import KINDS, write_table
from fer_lab.phases import phase
from fer_lab.storage import digest, locked_now, make_folder, read_json, remove, write_json

ABOUT, SKIPPED, UNFINISHED, ANNOTATED = "about.json", "skipped.csv", ".unfinished", "annotated"
FORMAT = 1
"""Of a folder; raised whenever the same model and files give other bytes."""
PIECE = 256
"""Pictures of a piece: what a kill costs at most is looking at so many again."""
DRAWN = {"image": ".png", "video": ".mp4"}
"""What annotated files are written as."""


@dataclass(frozen=True)
class Task:
    """A video, or pictures that follow one another: what has pieces of its own.

    Attributes:
        number: among the tasks.
        items: one video, or up to ``PIECE`` - 1 pictures: one piece that is not full.
    """

    number: int
    items: Sequence[Item]

    @property
    def is_video(self) -> bool:
        """Whether it is one video."""
        return self.items[0].kind == "video"


@dataclass(frozen=True)
class Asked:
    """What is to lie in a folder.

    Args:
        folder: new, empty, or one that was begun with the same model, files and options.
        table: one of ``KINDS``.
        options: of the prediction.
        annotated: whether files are drawn, too.
        again: whether what lies there, of whatever options, is made anew.

    Raises:
        ConfigError: there is no such kind of table.
    """

    folder: Path
    table: str = "csv"
    options: Options = field(default_factory=Options)
    annotated: bool = False
    again: bool = False

    def __post_init__(self) -> None:
        """Refuse another kind of table."""
        if self.table not in KINDS:
            raise ConfigError(f"table = {self.table}", expected=" or ".join(KINDS))

    @property
    def answers(self) -> Path:
        """The table."""
        return self.folder / f"answers.{self.table}"


@dataclass(frozen=True)
class Work:
    """One model, some files, one folder.

    Args:
        predictor: with the model.
        given: files and folders, as they were named.
        asked: what is wanted.
    """

    predictor: Predictor
    given: Sequence[str | Path]
    asked: Asked

    def do(self) -> dict[str, Any]:
        """Predict what is not predicted yet; what ``about.json`` says then.

        Raises:
            ConfigError: the folder holds something else, or an option that the model cannot follow.
            StoreError: the folder cannot be written, or another process is writing it.
        """
        teller = Teller(self.predictor.model, self.asked.options)
        items, missing = listed(self.given)
        check_stretches(self.asked.options, (item.file for item in items))
        key = self._key(items, missing)
        self._check(key)
        place = make_folder(self.asked.folder / UNFINISHED)
        with locked_now(place / "work"):
            if not (self.asked.folder / ABOUT).is_file():
                write_json(place / "key.json", key)
                self._make(teller, tasks(items), missing, key)
        shutil.rmtree(place, ignore_errors=True)
        about: dict[str, Any] = read_json(self.asked.folder / ABOUT)
        return about

    def _make(self, teller: Teller, found: Sequence[Task], missing: Sequence[Unread], key: str) -> None:
        unread = [*missing]
        for task in found:
            self._look(task)
        counts = {"pictures": 0, "faces": 0, "answered": 0}
        parts = self._counted(teller, found, unread, counts)
        write_table(self.asked.answers, parts, teller.table([]))
        if self.asked.annotated:
            self._draw(teller, found)
        skipped = DataFrame([asdict(one) for one in unread], columns=["file", "frame", "reason"])
        write_table(self.asked.folder / SKIPPED, [skipped], skipped[:0])
        counts |= {"files": sum(len(task.items) for task in found) + len(missing)}
        counts |= {"skipped": skipped["file"].nunique()}
        write_json(self.asked.folder / ABOUT, self._about(teller, counts, key))

    # --- looking ------------------------------------------------------------------------------------------------------

    def _look(self, task: Task) -> None:
        """Make the pieces of a task that are not there."""
        form, there = Form(self.predictor.contract), self._pieces(task)
        if there and len(form.read(there[-1])[0]) < PIECE:
            return
        watcher = self.predictor.watcher(self.asked.options)
        name = task.items[0].file if len(task.items) == 1 else f"{len(task.items)} pictures"
        start = len(there) * PIECE
        seen = watcher.watch(task.items, self.asked.options.every, start if task.is_video else 0)
        number = len(there)
        while True:
            outcomes, looks = [], 0
            for one in seen:
                outcomes.append(one)
                looks += isinstance(one, Look)
                total = sum(watcher.lengths.get(item.file, 1) for item in task.items)
                phase("looking", number * PIECE + looks, total, f"pictures of {name}")
                if looks == PIECE:
                    break
            form.write(self._piece(task, number), outcomes)
            number += 1
            if looks < PIECE:
                return

    def _piece(self, task: Task, number: int) -> Path:
        return self.asked.folder / UNFINISHED / f"{task.number:06}-{number:06}.parquet"

    def _pieces(self, task: Task) -> list[Path]:
        """Those that are there, in order, up to the first that is not."""
        found: list[Path] = []
        while (path := self._piece(task, len(found))).is_file():
            found.append(path)
        return found

    # --- telling ------------------------------------------------------------------------------------------------------

    def _told(self, teller: Teller, task: Task, unread: list[Unread]) -> Iterator[Shot]:
        form = Form(self.predictor.contract)

        def looks(noted: list[Unread]) -> Iterator[Look]:
            for path in self._pieces(task):
                some, lost = form.read(path)
                noted += lost
                yield from some

        if not task.is_video:
            return teller.pictures(looks(unread))
        unread += [one for path in self._pieces(task)[-1:] for one in form.read(path)[1]]
        return teller.video(lambda: looks([]))

    def _counted(
        self, teller: Teller, found: Sequence[Task], unread: list[Unread], counts: dict[str, int]
    ) -> Iterator[DataFrame]:
        for number, task in enumerate(found):
            phase("telling", number, len(found), "files")
            for part in teller.frames(self._told(teller, task, unread)):
                counts["faces"] += int(part["face"].notna().sum())
                counts["answered"] += _answered(part, teller)
                yield part
        counts["pictures"] = sum(self._pictures(task) for task in found)

    def _pictures(self, task: Task) -> int:
        form, there = Form(self.predictor.contract), self._pieces(task)
        return (len(there) - 1) * PIECE + len(form.read(there[-1])[0])

    def _draw(self, teller: Teller, found: Sequence[Task]) -> None:
        items = [item for task in found for item in task.items]
        paths = dict(zip((item.file for item in items), drawn_paths(items), strict=True))
        for task in found:
            by_file = groupby(by_picture(self._told(teller, task, [])), key=lambda one: one[0].file)
            known = {item.file: item for item in task.items}
            for file, told in by_file:
                phase("drawing", task.number, len(found), "files")
                path = self.asked.folder / ANNOTATED / paths[file]
                if not path.is_file():
                    draw_item(known[file], told, self.asked.options.every, teller, path)

    # --- the folder ---------------------------------------------------------------------------------------------------

    def _check(self, key: str) -> None:
        """Refuse a folder that something else lies in."""
        folder = self.asked.folder
        if folder.exists() and not folder.is_dir():
            raise ConfigError(f"{folder} is a file", expected="a folder", do="name another one with --to")
        if not folder.is_dir() or not any(folder.iterdir()):
            return
        begun = [path for path in (folder / ABOUT, folder / UNFINISHED / "key.json") if path.is_file()]
        if not begun and [path.name for path in folder.iterdir()] != [UNFINISHED]:
            raise ConfigError(f"{folder} holds something else: {_some(folder)}", expected="a new or an empty folder",
                              do="name another one with --to")  # fmt: skip
        known = _key_of(begun[0]) if begun else key
        if self.asked.again:
            self._empty()
        elif known != key:
            raise ConfigError(f"{folder} holds answers of another model, other files or other options",
                              do="name another folder with --to, or make this one anew with --again")  # fmt: skip

    def _empty(self) -> None:
        """Remove what a prediction has written, and nothing else."""
        folder = self.asked.folder
        for path in (ABOUT, SKIPPED, UNFINISHED, ANNOTATED, *(f"answers.{kind}" for kind in KINDS)):
            if (folder / path).exists():
                remove(folder / path)

    def _key(self, items: Sequence[Item], missing: Sequence[Unread]) -> str:
        """Of all that decides what the folder holds: the files count by name, size and time."""
        files = [(item.file, item.kind, *_stat(item)) for item in items]
        settings = {"options": asdict(self.asked.options), "table": self.asked.table, "drawn": self.asked.annotated}
        return digest([FORMAT, self.predictor.model.version, settings, files, [one.file for one in missing]])

    def _about(self, teller: Teller, counts: dict[str, int], key: str) -> dict[str, Any]:
        model, contract = self.predictor.model, self.predictor.contract
        known = {"file": model.path.name, "version": model.version, **about_model(contract)}
        neutral = {"without a baseline": [f"{file}, face {person}" for file, person in teller.lacking]}
        options = {**asdict(self.asked.options), "threshold": teller.least}
        return {"model": known, "options": options | (neutral if self.asked.options.neutral else {}),
                "counts": counts, "table": self.asked.answers.name, "fer_lab": version("fer_lab"),
                "key": key}  # fmt: skip


def tasks(items: Sequence[Item]) -> list[Task]:
    """Each video, and pictures between videos some at a time."""
    found: list[Task] = []
    for kind, some in groupby(items, key=lambda item: item.kind):
        iterator = iter(some)
        while group := list(islice(iterator, 1 if kind == "video" else PIECE - 1)):
            found.append(Task(len(found), group))
    return found


def about_model(contract: Contract) -> dict[str, Any]:
    """What is known of a model, for whoever reads its answers."""
    measured = [asdict(one) for one in contract.measured]
    known = {"run": dict(contract.run), "target": dict(contract.target), "measured": measured,
             "thresholds": [asdict(one) for one in contract.thresholds], "licence": contract.licence,
             "baseline": contract.baseline}  # fmt: skip
    return known | {"generated": contract.generated, "stamp": STAMP if contract.generated else ""}


def drawn_paths(items: Sequence[Item]) -> list[str]:
    """Where each file's picture goes: under its own name, numbered where two share one."""
    taken: set[str] = set()
    paths: list[str] = []
    for number, item in enumerate(items):
        stem = "".join(
            letter if letter.isprintable() and letter not in "/\\" else "_" for letter in Path(item.file).name
        )
        name = f"{stem}{DRAWN[item.kind]}"
        paths.append(name if name.lower() not in taken else f"{number}-{name}")
        taken.add(paths[-1].lower())
    return paths


def _answered(part: DataFrame, teller: Teller) -> int:
    faces = part["face"].notna()
    if not teller.target.exclusive:
        return int(faces.sum())
    if teller.least is None:
        return int(faces.sum())
    return int((part["sure"][faces] > teller.least).sum())


def _key_of(path: Path) -> object:
    found = read_json(path)
    return found.get("key") if isinstance(found, dict) else found


def _some(folder: Path) -> str:
    return ", ".join(sorted(path.name for path in folder.iterdir())[:3])


def _stat(item: Item) -> tuple[int, int]:
    """Size and time of a file, or of the archive that it lies in."""
    file = item.root if item.root.is_file() else item.root / item.path
    try:
        found = file.stat()
    except OSError:  # within an archive below the folder
        found = item.root.stat()
    return found.st_size, found.st_mtime_ns
