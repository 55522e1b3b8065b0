"""What Weights & Biases is told of a run: its name, its values by epoch, its result. Imports neither it nor torch."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from fer_lab import tables
from fer_lab.errors import ConfigError
from fer_lab.evaluation import Target, most_confident_mistakes, target_of
from fer_lab.evaluation.metrics import OVERALL

METRICS = tuple(OVERALL)
"""Of classes, in every part: ``<part>/<metric>`` by epoch, ``selected/<part>/<metric>`` in the summary."""
SELECTED = "selected"
PER_OUTPUT = "per_output"
"""The table with a row a part and class, label or value."""
MISTAKES = "mistakes"
"""The images of the most confident mistakes."""
PARTS = ("val", "test")
NAMED = ("source", "profile", "protocol")


def described(id: str, cell: str, config: Mapping[str, Any], precision: str) -> dict[str, Any]:
    """Id, name, group, tags and configuration of a run, by the names that ``wandb.init`` has for them.

    Args:
        id: the run's, in the ledger as in W&B.
        cell: ``<experiment>/<name>``.
        config: that it is trained with.
        precision: what ``trainer.precision`` means on its machine.

    Raises:
        ConfigError: there is no such cell any more.
    """
    experiment = tables.find_cell(cell).experiment
    thesis = tables.find_experiment(experiment).thesis
    about = {"cell": cell, "experiment": experiment, "thesis": thesis, "precision": precision}
    about |= {key: config[key]["name"] for key in NAMED}  # plain values, which W&B can filter by
    return {
        "id": id,
        "name": cell,
        "group": experiment,
        "tags": [thesis, *(config[key]["name"] for key in ("data", *NAMED))],
        "config": {**without_places(config), **about},
    }


def without_places(config: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration without what says where things lie on this machine, and without the logger's own settings."""
    places = {str(place) for place in config["paths"].values()}
    kept = {key: value for key, value in config.items() if key not in ("paths", "logger", "hydra")}
    return {key: _without(value, places) for key, value in kept.items()}


def _without(value: Any, places: set[str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _without(inner, places) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without(inner, places) for inner in value]
    is_place = isinstance(value, str) and (value in places or Path(value).is_absolute())
    return "(a path)" if is_place else value


def epoch_values(scores: pd.DataFrame, parts: Sequence[str] = PARTS) -> dict[str, float]:
    """``<part>/<metric>`` of an epoch's scores and ``<part>/loss``, for each part that was predicted, by their kind of
    target.
    """
    target, values = target_of(scores), dict[str, float]()
    for part, rows in parts_of(scores, parts):
        total = target.total(rows)
        values |= {f"{part}/{name}": float(metric(total)) for name, metric in target.overall.items()}
        values[f"{part}/loss"] = target.loss(rows)
    return values


def parts_of(scores: pd.DataFrame, parts: Sequence[str] = PARTS) -> Iterator[tuple[str, pd.DataFrame]]:
    """Each part that was predicted, and its scores."""
    for part in parts:
        rows = scores[scores["part"] == part]
        if len(rows):
            yield part, rows


def result_values(record: Mapping[str, Any], scores: pd.DataFrame) -> dict[str, float]:
    """The summary of a run: what holds at its selected epoch, leaked test items, seconds, and the scale of values.

    Args:
        record: of the run, as ``run.json`` has it.
        scores: of its selected epoch.
    """
    facts = record["facts"]
    selected = {"epoch": record["selected_epoch"], **epoch_values(scores)}
    named = {f"{SELECTED}/{name}": value for name, value in selected.items()}
    scale = dict(zip(("scale_low", "scale_high"), record.get("scale") or (), strict=False))
    return {**named, "leak_share": float(facts["leak_share"]), "seconds": float(facts["seconds"]), **scale}


def per_output(scores: pd.DataFrame, target: Target) -> pd.DataFrame:
    """Every class, label or value of every part: columns ``part, output`` and the target's metrics of one name."""
    rows = []
    for part, own in parts_of(scores, PARTS):
        total = target.total(own)
        for name in target.names:
            values = {metric: float(target.metric(metric, name)(total)) for metric in target.each}
            rows.append({"part": part, "output": name, **values})
    return pd.DataFrame(rows)


def mistakes(scores: pd.DataFrame, classes: Sequence[str], most: int) -> pd.DataFrame:
    """The most confident mistakes on the test part, one a video, at most ``most``: columns ``item, caption``."""
    found = most_confident_mistakes(scores[scores["part"] == "test"].reset_index(drop=True), most)
    lines = zip(found["label"], found["answer"], found["confidence"], strict=True)
    said = [f"{classes[label]} as {classes[answer]}, {sure:.2f}" for label, answer, sure in lines]
    return pd.DataFrame({"item": found["item"], "caption": said})


def check_faces(faces: int, shown: bool, title: str, target: Target) -> None:
    """Refuse to show faces that may not be shown.

    Args:
        faces: how many are asked for.
        shown: whether the data set's faces may be published.
        title: of the data set.
        target: what an item is asked for.

    Raises:
        ConfigError: some are asked for and may not be shown, or are no mistakes, or the number is none.
    """
    if not isinstance(faces, int) or isinstance(faces, bool) or faces < 0:
        raise ConfigError(f"logger.faces={faces!r}", expected="a whole number from 0 on")
    if faces and not target.exclusive:
        raise ConfigError(f"logger.faces={faces}: {target.kind} have no mistakes to show", expected="logger.faces=0")
    if faces and not shown:
        raise ConfigError(f"logger.faces={faces}: the faces of {title} may not be published", expected="logger.faces=0")


MODES = ("online", "offline", "disabled", "shared")


def mode(environment: Mapping[str, str]) -> Any:
    """How W&B works here: as ``WANDB_MODE`` says; else ``offline`` without a key and ``online`` with one.

    Raises:
        ConfigError: W&B knows no such mode.
    """
    asked = environment.get("WANDB_MODE") or ("online" if environment.get("WANDB_API_KEY") else "offline")
    if asked not in MODES:
        raise ConfigError(f"WANDB_MODE={asked}", expected=f"one of {', '.join(MODES)}")
    return asked


def sync_line(results: Path) -> str:
    """Where the runs of an offline mode lie, and the command that sends them.

    Args:
        results: the folder of results.
    """
    folder = (results / "wandb").absolute()
    runs = f"{shlex.quote(str(folder))}/offline-run-*"
    return f"W&B: offline, in {folder}; send it: WANDB_API_KEY=... wandb sync {runs}"
