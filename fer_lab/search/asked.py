"""What a command line asks of a search, checked before anything is trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer_lab.configs import compose, expand, parse
from fer_lab.errors import ConfigError
from fer_lab.ledger import STAMP
from fer_lab.runs import Plan, check_run, make_plans
from fer_lab.search.space import Space, find_space
from fer_lab.sources import split_without_faces
from fer_lab.storage import digest

TRIALS = 20
FOLDER = "searches"
OWN = ("space", "trials")
"""Words of a search that are no overrides."""
FINAL = "test_scores=final"
LINE = "fer-lab search cell=<experiment>/<cell> space=<name> trials=20"


@dataclass(frozen=True)
class Search:
    """A search: one cell, one seed, one space.

    Attributes:
        cell: ``<experiment>/<name>``.
        space: what is tried.
        words: the overrides of every trial beside its own, the cell's and the seed's among them.
        trials: how many are wanted in all, those of earlier calls included.
        folder: where its journal lies.
        about: what tells it from other searches, and its journal from theirs.
    """

    cell: str
    space: Space
    words: tuple[str, ...]
    trials: int
    folder: Path
    about: Mapping[str, Any]

    def overrides(self, setting: Sequence[str]) -> list[str]:
        """The command line of a trial, which trains the very run that ``run.py`` would."""
        return [*self.words, *setting]


def asked(words: Sequence[str]) -> Search:
    """The search that the words of a command line ask for; twins are made if they are not there.

    Raises:
        ConfigError: a word, or the space, does not fit the cell; or nobody validates.
        FerLabError: the data are not there, or not as they must be.
    """
    own = dict(word.split("=", 1) for word in words if word.partition("=")[0] in OWN)
    rest = [word for word in words if word.partition("=")[0] not in OWN]
    trials, space = _trials(own.get("trials", str(TRIALS))), find_space(_needed(own, "space"))
    _check_words(rest, space)
    (single,) = _single(rest)
    space.check(single)
    config = compose(single)
    for place in ("epochs", "steps"):
        if config[place] == 0:
            raise ConfigError(f"{place}=0: this cell trains nothing", expected="a cell that trains")
    _check_one_device(config)
    check_run(config)
    cell = next(word.partition("=")[2] for word in single if word.startswith("cell="))
    plans = make_plans(config, cell, single)
    _check_validation(plans)
    about = _about(cell, space, config, [plan.id for plan in plans], rest)
    name = f"{cell.replace('/', '-')}-{space.name}-{digest([about[key] for key in ('ranges', 'base')], 8)}"
    folder = Path(config["paths"]["results"]) / FOLDER / name
    return Search(cell, space, (*single, FINAL), trials, folder, about)


def _about(cell: str, space: Space, config: Mapping[str, Any], base: list[str], rest: Sequence[str]) -> dict[str, Any]:
    """Whatever differs makes another search; ``base`` is the run of the cell as it stands: its data, code, settings."""
    ranges = {key: {**vars(one)} for key, one in space.ranges.items()}
    plain = {key: {name: list(v) if isinstance(v, tuple) else v for name, v in one.items()}
             for key, one in ranges.items()}  # fmt: skip
    stamp = {key: str(config[key]["name"]) for key in STAMP}
    kept = ("cell", "seed", *STAMP, "jobs", "threads", "workers", "test_scores")
    words = sorted(word for word in rest if word.partition("=")[0] not in kept and not word.startswith("paths."))
    return {"cell": cell, "space": space.name, "seed": int(config["seed"]), **stamp, "ranges": plain, "base": base,
            "words": words}  # fmt: skip


def _trials(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise ConfigError(f"trials={text}", expected="a whole number from 1 on: how many are tried in all")
    return int(text)


def _needed(words: Mapping[str, str], key: str) -> str:
    if not words.get(key):
        raise ConfigError(f"no {key}=", expected=LINE, do="fer-lab search, for what there is")
    return words[key]


def _check_words(words: Sequence[str], space: Space) -> None:
    """What other commands take and a search does not, or what it says itself."""
    parsed = parse(words)
    if "cell" not in parsed:
        raise ConfigError("no cell=", expected=LINE, do=f"one of {', '.join(space.cells)}, or another")
    for key in ("experiment", "table", "dry_run", "hydra/launcher"):
        if key in parsed:
            raise ConfigError(f"{key}= in a search", expected=LINE, do="leave it out")
    if "test_scores" in parsed and FINAL not in words:
        raise ConfigError("test_scores= in a search", expected="final: a search never looks at the test part")
    if taken := [key for key in parsed if key in space.ranges]:
        raise ConfigError(f"{taken[0]}= is what the space {space.name} tries", do="leave it out")


def _single(words: Sequence[str]) -> list[list[str]]:
    """The one run that the words stand for."""
    if len(runs := expand(words)) != 1:
        raise ConfigError(
            f"{len(runs)} runs: {' '.join(words)}",
            expected="one cell with one seed, and no swept value",
            do="let the space try the values; start a search a seed",
        )
    return runs


def _check_one_device(config: Mapping[str, Any]) -> None:
    trainer = config["trainer"]
    if trainer["strategy"] != "auto" or trainer["devices"] not in (1, "auto"):
        raise ConfigError(
            f"trainer.devices={trainer['devices']}, strategy={trainer['strategy']} in a search",
            expected="a device a trial", do="jobs=... tries several at once",
        )  # fmt: skip


def _check_validation(plans: Sequence[Plan]) -> None:
    """Somebody must validate who is not tested."""
    for plan in plans:
        split = split_without_faces(plan.config, plan.source.index)
        if not split.val or {*split.val} & {*split.test}:
            protocol = plan.config["protocol"]["name"]
            what = "validation is the test part" if split.val else "nobody validates"
            raise ConfigError(
                f"{plan.cell}, protocol={protocol}: {what}",
                expected="a validation part of its own: a search that chose by the test part would spoil it",
                do="protocol=clean, and take the winner to another protocol",
            )
