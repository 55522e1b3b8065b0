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
from dataclasses import asdict, dataclass
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any

from pandas import DataFrame

from fer_lab.inference.asked import ABOUT, ANNOTATED, KEY, SKIPPED, UNFINISHED, Asked
from fer_lab.inference.contract import GENERATED, Contract
from fer_lab.inference.drawn import draw_item
from fer_lab.inference.files import Item, Unread, listed, nothing_read
from fer_lab.inference.kept import Kept, Task, tasks
from fer_lab.inference.people import Shot
from fer_lab.inference.predictor import Predictor
from fer_lab.inference.telling import Teller, by_picture, check_stretches
from fer_lab.inference.written import write_table
from fer_lab.phases import phase
from fer_lab.storage import digest, locked_now, make_folder, read_json, write_json

FORMAT = 1
"""Of a folder; raised whenever the same model and files give other bytes."""
DRAWN = {"image": ".png", "video": ".mp4"}
"""What annotated files are written as."""


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
            DataError: no picture and no video is among what was named; nothing is written then.
            StoreError: the folder cannot be written, or another process is writing it.
        """
        teller = Teller(self.predictor.model, self.asked.options)
        items, missing = listed(self.given)
        if not items:
            raise nothing_read(missing)
        check_stretches(self.asked.options, (item.file for item in items))
        key = self._key(items, missing)
        self.asked.check(key)
        place = make_folder(self.asked.folder / UNFINISHED)
        with locked_now(place / "work"):
            if not (self.asked.folder / ABOUT).is_file():
                write_json(place / KEY, key)
                self._make(teller, tasks(items), missing, key)
        shutil.rmtree(place, ignore_errors=True)
        about: dict[str, Any] = read_json(self.asked.folder / ABOUT)
        return about

    def _make(self, teller: Teller, found: Sequence[Task], missing: Sequence[Unread], key: str) -> None:
        kept = Kept(self.asked.folder / UNFINISHED, self.predictor, self.asked.options)
        for task in found:
            kept.look(task)
        unread = [*missing, *(one for task in found for one in kept.unread(task))]
        counts = {"files": sum(len(task.items) for task in found) + len(missing),
                  "skipped": len({one.file for one in unread}),
                  "pictures": sum(kept.pictures(task) for task in found), "faces": 0, "answered": 0}  # fmt: skip
        write_table(self.asked.answers, _counted(teller, kept, found, counts), teller.table([]))
        if self.asked.annotated:
            self._draw(teller, kept, found)
        skipped = DataFrame([asdict(one) for one in unread], columns=["file", "frame", "reason"])
        write_table(self.asked.folder / SKIPPED, [skipped], skipped[:0])
        write_json(self.asked.folder / ABOUT, self._about(teller, counts, key))

    def _draw(self, teller: Teller, kept: Kept, found: Sequence[Task]) -> None:
        items = [item for task in found for item in task.items]
        paths = dict(zip((item.file for item in items), drawn_paths(items), strict=True))
        for task in found:
            known = {item.file: item for item in task.items}
            for file, told in groupby(by_picture(_told(teller, kept, task)), key=lambda one: one[0].file):
                phase("drawing", task.number, len(found), "files")
                path = self.asked.folder / ANNOTATED / paths[file]
                if not path.is_file():
                    draw_item(known[file], told, self.asked.options.every, teller, path)

    def _key(self, items: Sequence[Item], missing: Sequence[Unread]) -> str:
        """Of all that decides what the folder holds: the files count by name, size and time."""
        files = [(item.file, item.kind, *_stat(item)) for item in items]
        settings = {"options": asdict(self.asked.options), "table": self.asked.table, "drawn": self.asked.annotated}
        return digest([FORMAT, self.predictor.model.version, settings, files, [one.file for one in missing]])

    def _about(self, teller: Teller, counts: dict[str, int], key: str) -> dict[str, Any]:
        model = self.predictor.model
        known = {"file": model.path.name, "version": model.version, **about_model(model.contract)}
        options = {**asdict(self.asked.options), "threshold": teller.least}
        if self.asked.options.neutral:
            options["without a baseline"] = sorted({f"{file}, face {person}" for file, person in teller.lacking})
        return {"model": known, "options": options, "counts": counts, "table": self.asked.answers.name,
                "fer_lab": version("fer_lab"), "key": key}  # fmt: skip


def _told(teller: Teller, kept: Kept, task: Task) -> Iterator[Shot]:
    return teller.video(lambda: kept.looks(task)) if task.is_video else teller.pictures(kept.looks(task))


def _counted(teller: Teller, kept: Kept, found: Sequence[Task], counts: dict[str, int]) -> Iterator[DataFrame]:
    """The table, some rows at a time; faces are counted as they pass."""
    for number, task in enumerate(found):
        phase("telling", number, len(found), "files")
        for part in teller.frames(_told(teller, kept, task)):
            counts["faces"] += int(part["face"].notna().sum())
            counts["answered"] += _answered(part, teller)
            yield part


def about_model(contract: Contract) -> dict[str, Any]:
    """What is known of a model, for whoever reads its answers."""
    measured = [asdict(one) for one in contract.measured]
    known = {"run": dict(contract.run), "target": dict(contract.target), "measured": measured,
             "thresholds": [asdict(one) for one in contract.thresholds], "licence": contract.licence,
             "baseline": contract.baseline}  # fmt: skip
    return known | {"generated": contract.generated, "stamp": GENERATED if contract.generated else ""}


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


def _stat(item: Item) -> tuple[int, int]:
    """Size and time of a file, or of the archive that it lies in."""
    file = item.root if item.root.is_file() else item.root / item.path
    try:
        found = file.stat()
    except OSError:  # within an archive below the folder
        found = item.root.stat()
    return found.st_size, found.st_mtime_ns
