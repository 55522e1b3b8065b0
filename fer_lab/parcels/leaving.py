"""What of a finished run leaves the machine of whoever holds the data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from fer_lab.evaluation import Target
from fer_lab.ledger import Run
from fer_lab.ledger.files import HISTORY, LOSSES, scores_of
from fer_lab.parcels.keyed import ID, Keyed
from fer_lab.runs.plan import Plan, named_files
from fer_lab.runs.recipes import recipe_of
from fer_lab.storage import read_json

RUN, SPLIT = "run.json", "split.json"
NAMED_FACTS = ("videos_without_late_face",)
"""Facts that name videos."""
PARTS = ("train", "val", "test")


def files_of(plan: Plan, run: Run, keyed: Keyed) -> Iterator[tuple[str, bytes]]:
    """What leaves of a run, by its names in the returned ledger; weights, log and configuration stay.

    Args:
        plan: the run on the data as they are now.
        run: the same, finished.
        keyed: gives the digests that stand for names.

    Raises:
        StoreError: a file of the run is missing or damaged.
    """
    above = f"runs/{run.id}"
    every = keyed.scores([pd.read_parquet(run.file(scores_of(epoch))) for epoch in range(run.epochs)])
    for epoch, scores in enumerate(every):
        # plain pages: what is in it can be searched for, and the zip packs it
        yield f"{above}/{scores_of(epoch)}", scores.to_parquet(index=False, compression=None, use_dictionary=False)
    yield f"{above}/{SPLIT}", json_bytes(keyed.split(read_json(run.file(SPLIT))))
    for name in (name for name in (HISTORY, LOSSES) if name in run.files):
        yield f"{above}/{name}", run.file(name).read_bytes()
    yield f"{above}/{RUN}", json_bytes(_record(plan, run, keyed) | {"metrics": metrics_of(run.target, every)})


def _record(plan: Plan, run: Run, keyed: Keyed) -> dict[str, Any]:
    same = ("id", "cell", "seed", "fold", "folds", "dataset", "column", "selected_epoch", "epochs", "finished")
    return {
        **{key: getattr(run, key) for key in same},
        "recipe": recipe_of(plan).id,
        "parents": list(run.parents),
        "precision": plan.precision,
        "signature": plan.source.signature,
        "named": named_files(plan.config),
        "kind": run.target.kind,
        "outputs": list(run.target.names),
        "scale": run.target.scale,
        "environment": dict(run.environment),
        "facts": _facts(run.facts, keyed),
    }


def _facts(facts: Mapping[str, Any], keyed: Keyed) -> dict[str, Any]:
    return {name: sorted(keyed.all_of(ID, fact)) if name in NAMED_FACTS else fact for name, fact in facts.items()}


def metrics_of(target: Target, scores: Sequence[pd.DataFrame]) -> dict[str, list[float | None]]:
    """Part -> the main metric at each epoch; None where it is undefined, or the part was not answered.

    Args:
        target: what is asked of an item.
        scores: of each epoch.
    """
    found: dict[str, list[float | None]] = {part: [] for part in PARTS}
    for frame in scores:
        for part in PARTS:
            own = frame[frame["part"] == part].reset_index(drop=True)
            value = float(target.main_metric(target.total(own))) if len(own) else np.nan
            found[part].append(value if np.isfinite(value) else None)
    return found


def json_bytes(value: object) -> bytes:
    """JSON, as all files here have it."""
    return (json.dumps(value, indent=1, sort_keys=True) + "\n").encode()
