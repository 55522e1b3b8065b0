"""The journal of a search: each step of Optuna's study is a line of JSON, added under a lock. Nothing is pickled."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState

from fer_lab.errors import StoreError
from fer_lab.ledger import STAMP
from fer_lab.storage import Appended, is_locked, locked, make_folder

NAME, ABOUT = "journal.jsonl", "about"
SAID = ("cell", "space", "seed", *STAMP, "words")
"""What a journal says at the least of what it is of."""
STUDY = "search"
GOES_ON, SETTING = "continues", "overrides"
"""Attributes of a trial: the number of the one that it takes up, whose process died; what it overrides."""
BEGIN_ANEW = "remove the search's folder and start it again: its runs are in the ledger, and are not trained again"
optuna.logging.set_verbosity(optuna.logging.WARNING)


class Lines(JournalFileBackend):
    """Optuna's file of lines, under a lock that dies with its holder; what a kill left half written is cut off."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Add lines.

        Raises:
            StoreError: the disk is full.
        """
        with locked(self.path):
            file = Appended(self.path)
            try:
                for log in logs:
                    file.append(log)
            finally:
                file.close()


def open_study(folder: Path, about: Mapping[str, Any]) -> optuna.Study:
    """The study of a search, made if it is not there.

    Args:
        folder: the search's.
        about: what the search is; kept with the study.

    Raises:
        StoreError: the journal is damaged, or of another search.
    """
    make_folder(folder)
    with locked(folder / "open"), _readable(folder):
        make = optuna.load_study if _lines(folder) else partial(optuna.create_study, direction="maximize")
        study = make(storage=JournalStorage(Lines(folder / NAME)), study_name=STUDY)
        if ABOUT not in study.user_attrs and not study.get_trials(deepcopy=False):
            study.set_user_attr(ABOUT, dict(about))
        found = dict(study.user_attrs[ABOUT])
    if other := [key for key in about if key != "words" and found.get(key) != about[key]]:
        raise StoreError(
            f"{folder / NAME} is the journal of another search: {', '.join(other)} differ",
            expected=f"that of {about['cell']}, {about['space']}",
            do="give the folder back its name, or remove it",
        )
    return study


def read_study(folder: Path) -> optuna.Study:
    """The study of a search that is there.

    Raises:
        StoreError: the journal is damaged.
    """
    with _readable(folder):
        _lines(folder)
        study = optuna.load_study(storage=JournalStorage(Lines(folder / NAME)), study_name=STUDY)
        if not {*SAID} <= {*study.user_attrs.get(ABOUT, ())}:
            raise ValueError("it does not say what it is of")
        return study


def _lines(folder: Path) -> list[bytes]:
    """The whole lines of a journal, each a JSON object: Optuna passes over a last one that is none."""
    path = folder / NAME
    lines = path.read_bytes().split(b"\n")[:-1] if path.is_file() else []
    if not all(isinstance(json.loads(line), dict) for line in lines):
        raise ValueError("a line is no JSON object")
    return lines


@contextmanager
def _readable(folder: Path) -> Iterator[None]:
    """Whatever damage makes of a journal is one refusal."""
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, AssertionError) as error:
        raise StoreError(f"{folder / NAME} is damaged: {error}", do=BEGIN_ANEW) from error


def counted_trials(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """The trials that count: without those that another one has taken up, and those that never came to a setting."""
    continued = {one.user_attrs.get(GOES_ON) for one in trials}
    left_out = [one for one in trials if one.number in continued]
    left_out += [one for one in trials if one.state == TrialState.FAIL and SETTING not in one.user_attrs]
    return [one for one in trials if one not in left_out]


def place_of(folder: Path, number: int) -> Path:
    """What a trial is called in the folder of its search: who works at it holds its lock (``storage.locked``)."""
    return folder / f"trial-{number}"


def is_held(folder: Path, number: int) -> bool:
    """Whether some process works at a trial."""
    return is_locked(place_of(folder, number))


def journals(searches: Path) -> list[Path]:
    """The folders of all searches of a results folder, by name."""
    return sorted(path.parent for path in searches.glob(f"*/{NAME}"))
