"""What is to lie in a folder of predictions, and what may not be written over."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from fer_lab.errors import ConfigError
from fer_lab.inference.options import Options
from fer_lab.inference.written import KINDS
from fer_lab.storage import read_json, remove

ABOUT, SKIPPED, UNFINISHED, ANNOTATED = "about.json", "skipped.csv", ".unfinished", "annotated"
KEY = "key.json"
"""In ``UNFINISHED``: of what the pieces are."""


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

    def check(self, key: str) -> None:
        """Refuse a folder that something else lies in; where it is to be made anew, empty it.

        Args:
            key: of all that decides what the folder will hold.

        Raises:
            ConfigError: it is a file, or it holds what no prediction has written, or answers of other settings.
        """
        folder = self.folder
        if folder.exists() and not folder.is_dir():
            raise ConfigError(f"{folder} is a file", expected="a folder", do="name another one with --to")
        there = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
        begun = [path for path in (folder / ABOUT, folder / UNFINISHED / KEY) if path.is_file()]
        if there and not begun and there != [UNFINISHED]:
            raise ConfigError(f"{folder} holds something else: {', '.join(there[:3])}",
                              expected="a new or an empty folder", do="name another one with --to")  # fmt: skip
        if self.again:
            self._empty()
        elif begun and _key_of(begun[0]) != key:
            raise ConfigError(f"{folder} holds answers of another model, other files or other options",
                              do="name another folder with --to, or make this one anew with --again")  # fmt: skip

    def _empty(self) -> None:
        """Remove what a prediction has written, and nothing else."""
        for name in (ABOUT, SKIPPED, UNFINISHED, ANNOTATED, *(f"answers.{kind}" for kind in KINDS)):
            if (self.folder / name).exists():
                remove(self.folder / name)


def _key_of(path: Path) -> object:
    found = read_json(path)
    return found.get("key") if isinstance(found, dict) else found
