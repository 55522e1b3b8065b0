"""What an exported model says of itself: read from the run's record, its scores and its configuration. No torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from fer_lab.exporting.measures import by_name, calibration, measured, thresholds
from fer_lab.exporting.provenance import data_of, licence_of, made_with, weights_of
from fer_lab.exporting.weak import weak_spots
from fer_lab.faces import FacesConfig, Preparation, RawConfig, landmarks_digest
from fer_lab.inference import baseline
from fer_lab.inference.contract import Contract, Input
from fer_lab.ledger import STAMP, Run


def contract_of(
    run: Run,
    config: Mapping[str, Any],
    faces: Preparation | RawConfig,
    takes: Sequence[Input],
    length: int,
    attributes: pd.DataFrame | None = None,
) -> Contract:
    """All that is known of a run, in the form in which it travels with its network.

    Args:
        run: finished, of one network.
        config: its configuration.
        faces: how its faces are prepared, as the configuration says.
        takes: the inputs of its network.
        length: of how many faces an item is.
        attributes: of its people, as ``runs.attributes_of`` has them; None where its data are not there.

    Raises:
        StoreError: its scores are damaged, or a run that it starts from is not there.
    """
    data, weights, names = data_of(run, config), weights_of(run), tuple(by_name(run))
    return Contract(
        run=_run(run, data["title"]),
        generated=run.twin,
        target=_target(run),
        faces=config["faces"],
        landmarks=landmarks_digest(faces) if isinstance(faces, FacesConfig) else None,
        inputs=tuple(takes),
        length=length,
        measured=tuple(measured(run)),
        by_name=names,
        thresholds=tuple(thresholds(run)),
        weights=weights,
        licence=licence_of(run, weights, data),
        baseline=baseline.measured(run.scores("val"), run.scores("test"), run.target),
        data=data,
        weak=weak_spots(run, names, attributes),
        calibration=calibration(run),
        made=made_with(run),
    )


def _run(run: Run, title: str) -> dict[str, Any]:
    stamp = {key: getattr(run, key) for key in (*STAMP, "id", "cell", "seed", "dataset")}
    return {**stamp, "title": title, "data": run.facts["data"], "items": dict(run.facts["items"])}


def _target(run: Run) -> dict[str, Any]:
    target = run.target
    return {"kind": target.kind, "names": list(target.names), "scale": target.scale, "name": run.column}
