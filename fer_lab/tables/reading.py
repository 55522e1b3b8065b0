"""Read what a printed value, or a side of a claim, stands beside: which metric, fact or setting of which cells."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from fer_lab.errors import ConfigError, nearest
from fer_lab.evaluation import ALL_RULES
from fer_lab.evaluation import KINDS as TARGETS
from fer_lab.evaluation.course import COURSE
from fer_lab.evaluation.coverage import METRICS as SURE
from fer_lab.evaluation.mass_centres import MAPPINGS
from fer_lab.evaluation.metrics import EXPECTED_COST, PER_PAIR
from fer_lab.ledger.timings import NAMES as TIMINGS
from fer_lab.tables.pages import check_keys, text
from fer_lab.tables.schema import (
    ALWAYS,
    BEST,
    CONSTANTS,
    EPOCHS,
    KINDS,
    NOTHING,
    SCORES,
    SUBSETS,
    THRESHOLDS,
    Printed,
)

PARTS = ("train", "val", "test")
OVERALL = {EXPECTED_COST, *(name for target in TARGETS.values() for name in (*target.overall, *target.further))}
RANKED = {name for target in TARGETS.values() for name in target.ranked}
EACH = {*PER_PAIR, *RANKED, *(name for target in TARGETS.values() for name in target.each)}
"""Metrics of some kind of target; whether it is the cell's kind is known once it has run."""
SEVERAL = ("beside", "ensemble")
"""What names other cells."""
READ_FROM = ("cell", *KINDS, "of", *SCORES, *SEVERAL)


def read_measure(value: Mapping[str, Any], where: str, cells: Collection[str]) -> Printed:
    """What is read of a cell, with nothing printed of it: ``{cell: ..., metric: accuracy, part: val}``.

    Args:
        value: the cell, one of ``schema.KINDS``, and what else says which metric it is.
        where: the place of it, for errors.
        cells: all cells, by ``<experiment>/<name>``.

    Raises:
        ConfigError: a key, name or cell is not known.
    """
    check_keys(value, () if NOTHING in value else ("cell",), READ_FROM, where)
    kinds = [kind for kind in KINDS if kind in value]
    if len(kinds) != 1:
        raise ConfigError(f"{where}: reads {' and '.join(kinds) or 'nothing'}", expected=f"one of {', '.join(KINDS)}")
    (kind,) = kinds
    read = {key: value[key] for key in ("of", *SCORES) if key in value}
    words: dict[str, Any] = {key: text(item, f"{where}: {key}") for key, item in read.items()}
    words |= {key: _cells(value.get(key, []), f"{where}: {key}") for key in SEVERAL}
    cell, name = text(value.get("cell", ""), f"{where}: cell"), text(value[kind], where)
    found = Printed("", "", None, cell, kind, name, **words)
    _check_reading(found, where, cells)
    return found


def _cells(names: Any, where: str) -> tuple[str, ...]:
    if not isinstance(names, list):
        raise ConfigError(f"{where} {names!r}", expected="a list of cells: [<experiment>/<name>, ...]")
    return tuple(text(name, where) for name in names)


def _check_reading(value: Printed, where: str, cells: Collection[str]) -> None:
    if value.kind == NOTHING:
        return
    for cell in (value.cell, *value.cells, *value.beside):
        if cell not in cells:
            raise ConfigError(f"{where}: no cell {cell!r}", expected=f"nearest: {nearest(cell, cells)}")
    known: dict[str, tuple[str | None, Collection[str]]] = {
        "part": (value.part, PARTS),
        "vote": (value.vote, ALL_RULES),
        "epoch": (None if value.epoch.startswith(BEST) else value.epoch, EPOCHS),
        "subset": (value.subset, SUBSETS),
        "threshold": (value.threshold, THRESHOLDS),
        "answers": (None if (value.answers or "").startswith(ALWAYS) else value.answers, CONSTANTS),
    }
    if value.kind == "metric":
        metrics = SURE if value.above is not None else OVERALL if value.of is None else EACH
        known[f"of {value.of!r}, metric"] = (value.name, metrics)
    if value.beside and value.kind != "setting":
        raise ConfigError(f"{where}: beside, of a {value.kind}", expected="of a setting")
    if value.kind == "fact" and value.name.startswith("losses."):
        known["losses"] = (value.name.removeprefix("losses."), COURSE)
    if value.kind == "timing":
        known["timing"] = (value.name, TIMINGS)
        if not (value.of or "").isdigit():
            raise ConfigError(f"{where}: timing of {value.of!r}", expected="of: how many pictures")
    if value.kind == "mapping":
        known["mapping"] = (value.name, MAPPINGS)
        if " as " not in (value.of or ""):
            raise ConfigError(f"{where}: mapping of {value.of!r}", expected="of: <label> as <class>")
    for key, (chosen, names) in known.items():
        if chosen is not None and chosen not in names:
            raise ConfigError(f"{where}: {key} {chosen!r}", expected=f"one of {nearest(chosen, names)}")
    _check_threshold(value, where)
    _check_above(value, where)
    _check_ensemble(value, where)


def _check_ensemble(value: Printed, where: str) -> None:
    """Cells answer together to items of a part, each of them once; what is chosen or answered for one is of one."""
    if not value.ensemble:
        return
    if twice := [cell for cell in value.ensemble if value.answering.count(cell) > 1]:
        raise ConfigError(f"{where}: ensemble names {twice[0]!r} twice", expected="cells beside its own, each once")
    beside = {"of a " + value.kind: value.kind != "metric", "beside threshold": value.threshold is not None}
    beside |= {"beside answers": value.answers is not None, "of part train": value.part == "train"}
    if wrong := [words for words, is_so in beside.items() if is_so]:
        raise ConfigError(f"{where}: ensemble {' and '.join(wrong)}", expected="of a metric of the test or val part")


def _check_above(value: Printed, where: str) -> None:
    """What is answered only where a network is sure is a share of confidence, and judged as a whole."""
    if value.above is None:
        return
    if not 0 <= (number_of(value.above, f"{where}: above", "metric") or 0.0) < 1:
        raise ConfigError(f"{where}: above {value.above}", expected="a number from 0 to below 1")
    if beside := [key for key in ("of", "vote", "threshold", "answers") if getattr(value, key) is not None]:
        raise ConfigError(f"{where}: above beside {' and '.join(beside)}", do="leave one of them out")


def _check_threshold(value: Printed, where: str) -> None:
    """A threshold says nothing of an order, and is chosen neither on what it is judged by nor at an oracle's epoch."""
    wrong = {"metric": value.name in RANKED, "epoch": value.is_oracle, "part": value.part == "val"}
    chosen = {"metric": value.name, "epoch": value.epoch, "part": value.part}
    beside = [f"{key} {chosen[key]}" for key, is_so in wrong.items() if is_so]
    if value.threshold is not None and beside:
        raise ConfigError(f"{where}: threshold {value.threshold} beside {' and '.join(beside)}",
                          do="leave the threshold out, or ask for what is counted at it, of another part")  # fmt: skip


def number_of(value: Any, where: str, kind: str) -> float | None:
    """A value as a number; None where there is none, or words are printed that no metric is compared with.

    Raises:
        ConfigError: a metric is to be compared with something that is no number.
    """
    if value == "":
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        if kind != "metric":
            return None
        raise ConfigError(f"{where}: {value!r} is not a number", do="state the number to compare with: value") from None
