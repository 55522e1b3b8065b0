"""The studies of Rosa Ramos 2018: each cell is one of its six experiments but for what is studied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from fer_lab.configs import compose
from fer_lab.ledger.identity import deciding
from fer_lab.tables import find_experiment

FRAMES = "data.members.{}.dataset.frames"
SCHEDULE = {f"scheduler.{key}" for key in ("_target_", "step_size", "gamma")}
STUDIED = {
    "alexnet_lr_0.01": ("alexnet", {"optimizer.lr"}),
    "alexnet_constant": ("alexnet", SCHEDULE | {"scheduler.factor", "scheduler.total_iters"}),
    "alexnet_plateau": (
        "alexnet",
        SCHEDULE | {f"scheduler.{k}" for k in ("mode", "factor", "patience", "threshold", "threshold_mode", "min_lr")},
    ),
    "vgg16_fc": ("vgg16", {"model.convolutions"}),
    "vgg16_last_fc": ("vgg16", {"model.convolutions", "model.layers"}),
    "vgg16_quarter": ("vgg16", {"data.split.training"}),
    "alexnet_frames_1": ("alexnet", {f"{FRAMES.format(name)}.most" for name in ("ck_plus", "oulu_casia")}),
    "alexnet_last_quarter": ("alexnet", {f"{FRAMES.format(name)}.shown" for name in ("ck_plus", "oulu_casia")}),
}
"""Cell -> the one of ``universal`` that it is held against, and all that is not the same."""


def flat(config: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in config.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def test_every_study_is_here() -> None:
    assert set(STUDIED) == {cell.name for cell in find_experiment("universal_studies").cells.values()}


@pytest.mark.parametrize("name", STUDIED)
def test_a_study_changes_what_it_studies_and_nothing_else(name: str) -> None:
    base, studied = STUDIED[name]
    ours, theirs = (
        dict(flat(deciding(compose([f"cell={cell}", "profile=laptop"]))))
        for cell in (f"universal_studies/{name}", f"universal/{base}")
    )
    assert {key for key in {**ours, **theirs} if ours.get(key) != theirs.get(key)} == studied
