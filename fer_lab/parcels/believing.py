"""What is asked of a returned run before it is believed: that it is one of the parcel, and follows from its scores.

Checksums say that a file is as it was written, not that what was written is true. So nothing is taken from a record
that can be computed: the id from the parcel's configuration, every metric from the scores, counts from the parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isclose
from typing import Any

import numpy as np
import pandas as pd

from fer_lab.datamodules.recipe import THESIS
from fer_lab.evaluation.target import Target
from fer_lab.ledger import run_id
from fer_lab.ledger.files import HISTORY
from fer_lab.parcels.facts import malformed
from fer_lab.parcels.incoming import Incoming
from fer_lab.parcels.keyed import DIGITS
from fer_lab.parcels.leaving import PARTS, metrics_of
from fer_lab.parcels.parcel import Asked
from fer_lab.runs.checks import target_asked
from fer_lab.runs.plan import any_seed_and_fold

DIGEST = re.compile(rf"[0-9a-f]{{{DIGITS}}}")
SINGLE, HALF = 1e-5, 0.02
"""Rounding: of metrics that training logs in single precision; of probabilities that are stored in half."""
DOUBLE = 1e-9
NAMED = ("weights", "manifest", "landmarks")


@dataclass
class Believed:
    """A run as far as it is believed.

    Attributes:
        epochs: how many epochs have scores.
        people: video and subject of its items, each pair once.
        rows: part -> how many items of it were answered.
        metrics: part -> the main metric at each epoch, as the scores have it.
        wrong: what does not hold, a phrase each.
    """

    asked: Asked
    record: Mapping[str, Any]
    target: Target
    split: Mapping[str, Any]
    epochs: int = 0
    people: frozenset[tuple[str, str]] = frozenset()
    rows: dict[str, int] = field(default_factory=dict)
    metrics: dict[str, list[float | None]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def examine_run(incoming: Incoming, id: str, asked: Asked, parents: Mapping[str, str]) -> Believed:
    """A run, read and checked; what is wrong with it is listed, and nothing else of it counts then.

    Args:
        incoming: the returned ledger.
        id: the run's.
        asked: what the parcel asks for.
        parents: recipe -> id of the runs that came before it.

    Raises:
        StoreError: a file of it is none.
    """
    record, target = incoming.records[id], target_asked(asked.config)
    found = Believed(asked, record, target, incoming.split(id))
    found.wrong += _identity(id, record, asked, parents)
    found.wrong += [*_target(record, target), *malformed(record)]
    if not found.wrong:
        found.wrong += _parts(found.split, str(asked.config["protocol"]["name"]))
    if not found.wrong:
        _examine_scores(found, incoming, id)
    return found


def _examine_scores(found: Believed, incoming: Incoming, id: str) -> None:
    """Read the scores of all epochs, keep what follows from them, and compare it with what is said."""
    every = [incoming.scores(id, epoch, found.target) for epoch in incoming.epochs(id)]
    found.wrong += _scores(found, every, incoming.epochs(id))
    if found.wrong:
        return
    found.metrics, found.epochs = metrics_of(found.target, every), len(every)
    pairs = pd.concat([own[["video", "subject"]] for own in every]).drop_duplicates()
    found.people = frozenset(pairs.itertuples(index=False, name=None))
    found.rows = {part: max(int((own["part"] == part).sum()) for own in every) for part in PARTS}
    found.wrong += [*_follows(found), *_history(found, incoming.table(id, HISTORY))]


def identity_of(record: Mapping[str, Any], asked: Asked, config: Mapping[str, Any], parents: list[str]) -> str:
    """A run's id on the data that its record names, by the parcel's configuration."""
    return run_id(
        config,
        precision=record["precision"],
        signature=record["signature"],
        files=record["named"],
        parents=parents,
        versions=asked.about["versions"],
    )


def _identity(id: str, record: Mapping[str, Any], asked: Asked, parents: Mapping[str, str]) -> Iterator[str]:
    lost = [recipe for recipe in asked.parents if recipe not in parents]
    texts = [record.get(key) for key in ("precision", "signature")]
    named = record.get("named")
    if lost:
        yield "the run that it starts from is not there"
    elif not all(isinstance(text, str) for text in texts) or not isinstance(named, dict) or set(named) != set(NAMED):
        yield "it does not say its precision, its data's signature and the files it read"
    elif identity_of(record, asked, asked.config, [parents[recipe] for recipe in asked.parents]) != id:
        yield "its id is not that of the parcel's configuration on such data: another configuration, or another run"
    for key in ("seed", "fold", "folds", "cell"):
        if record.get(key) != getattr(asked, key):
            yield f"{key} {record.get(key)!r}, asked for was {getattr(asked, key)!r}"


def variant_of(record: Mapping[str, Any], asked: Asked, parents: list[str]) -> str:
    """As ``Plan.variant``; ``parents`` are theirs."""
    return identity_of(record, asked, any_seed_and_fold(asked.config), parents)


def _target(record: Mapping[str, Any], target: Target) -> Iterator[str]:
    scale = record.get("scale")
    theirs = (record.get("kind"), record.get("outputs"), tuple(scale) if isinstance(scale, list) else scale)
    if theirs != (target.kind, list(target.names), target.scale):
        yield f"other outputs: {theirs[0]} {theirs[1]}, asked for were {target.kind} {list(target.names)}"


def _parts(split: Mapping[str, Any], protocol: str) -> Iterator[str]:
    ids, subjects, dropped, leaked = (split.get(key) for key in ("ids", "subjects", "dropped", "leaked"))
    whole = all(isinstance(part, dict) and set(part) == set(PARTS) for part in (ids, subjects))
    if not whole or not isinstance(dropped, dict) or not isinstance(leaked, list) or split.get("protocol") != protocol:
        yield f"its split.json names no parts under protocol {protocol}"
        return
    assert isinstance(ids, dict)
    assert isinstance(subjects, dict)
    names = [name for part in PARTS for name in (*ids[part], *subjects[part])]
    if not all(isinstance(name, str) and DIGEST.fullmatch(name) for name in (*names, *dropped, *leaked)):
        yield "its split.json names something else than digests"
    pairs = (("train", "val"), ("train", "test"), ("val", "test"))
    for one, other in pairs if protocol != THESIS else ():
        if {*ids[one]} & {*ids[other]} or {*subjects[one]} & {*subjects[other]}:
            yield f"a person or an item is in {one} and in {other}"
    share = len(leaked) / len(ids["test"]) if ids["test"] else 0.0
    if not isclose(share, split.get("leak_share") or 0.0, abs_tol=DOUBLE) or not {*leaked} <= {*ids["test"]}:
        yield "the leaked share does not follow from what leaked"


def _scores(found: Believed, every: list[pd.DataFrame], epochs: list[int]) -> Iterator[str]:
    if not epochs or epochs != list(range(len(epochs))) or found.record.get("epochs") != len(epochs):
        yield f"scores of epochs {epochs[:20]}, said are {found.record.get('epochs')}"
        return
    ids = {part: {*names} for part, names in found.split["ids"].items()}
    truths: dict[str, pd.DataFrame] = {}
    for epoch, scores in enumerate(every):
        yield from (f"epoch {epoch}: {text}" for text in _table(scores, epoch, found.target, ids))
        for part, own in scores.groupby("part"):
            truth = own.set_index("item")[["video", "subject", *found.target.truth_columns]].sort_index()
            if not truth.equals(truths.setdefault(str(part), truth)):
                yield f"epoch {epoch}: other items, people or labels of {part} than before"


def _table(scores: pd.DataFrame, epoch: int, target: Target, ids: Mapping[str, set[str]]) -> Iterator[str]:
    """What does not hold of one epoch's scores."""
    if not set(scores["part"]) <= set(PARTS) or (scores["epoch"] != epoch).any():
        yield "rows of another epoch or part"
        return
    if scores["item"].duplicated().any():
        yield "an item is there twice"
    if not all(set(own["video"]) <= ids[str(part)] for part, own in scores.groupby("part")):
        yield "items of videos that its parts do not name"
    if not all(name == "" or DIGEST.fullmatch(name) for name in scores["subject"].unique()):
        yield "subjects that are no digests"
    yield from _answers(target, scores)


def _answers(target: Target, scores: pd.DataFrame) -> Iterator[str]:
    answers, truth = target.answers(scores), target.truth(scores)
    if not np.isfinite(answers).all():
        yield "answers that are no numbers"
    if target.kind != "values" and not ((answers >= 0) & (answers <= 1)).all():
        yield "probabilities beyond 0 and 1"
    if target.exclusive and len(scores) and (np.abs(answers.sum(axis=1) - 1) > HALF).any():
        yield "probabilities that do not sum to 1"
    known = range(len(target.names)) if target.exclusive else (0, 1)
    if target.kind != "values" and not (np.isin(truth, known) | (np.isnan(truth) & (not target.exclusive))).all():
        yield "labels that are none"


def _follows(found: Believed) -> Iterator[str]:
    """What the record says and its scores and parts do not."""
    record, ours = found.record, found.metrics
    theirs = record.get("metrics")
    if not isinstance(theirs, dict) or set(theirs) != set(PARTS):
        yield "it names no metrics"
        return
    for part in PARTS:
        if not _alike(theirs[part], ours[part], DOUBLE):
            yield f"its metrics of {part} do not follow from its scores"
    best = _best(ours["val"], 0 if found.target.exclusive else DOUBLE)
    if record.get("selected_epoch") not in best:
        yield f"epoch {record.get('selected_epoch')} is said to be selected, by its validation it is {best[0]}"
    yield from _counts(found)


def _best(values: list[float | None], rounding: float) -> list[int]:
    """The epochs that validation may have selected: the earliest of the best, or where sums round, all of them."""
    known = [-np.inf if value is None else value for value in values]
    best = [epoch for epoch, value in enumerate(known) if value >= max(known) - rounding]
    return best if rounding else best[:1]


def _counts(found: Believed) -> Iterator[str]:
    facts, split = found.record["facts"], found.split
    counted = {
        "items": found.rows,
        "videos": {part: len(split["ids"][part]) for part in PARTS},
        "subjects": {part: len(split["subjects"][part]) for part in PARTS},
        "data": found.record["signature"],
        "precision": found.record["precision"],
        "leak_share": split["leak_share"],
    }
    for name, value in counted.items():
        if facts.get(name) != value:
            yield f"{name} are {str(facts.get(name))[:60]} by its record, and {value} by its scores and parts"


def _history(found: Believed, history: pd.DataFrame | None) -> Iterator[str]:
    column = f"val/{found.target.main}"
    if history is None or column not in history:
        return
    theirs = [None if np.isnan(value) else float(value) for value in history[column]]
    if not _alike(theirs, found.metrics["val"], SINGLE):
        yield f"{HISTORY}: {column} does not follow from its scores"


def _alike(theirs: Any, ours: list[float | None], tolerance: float) -> bool:
    if not isinstance(theirs, list) or len(theirs) != len(ours):
        return False
    return all(
        one is other or (isinstance(one, int | float) and other is not None and isclose(one, other, abs_tol=tolerance))
        for one, other in zip(theirs, ours, strict=True)
    )
