"""What Weights & Biases is told of each kind of target."""

from __future__ import annotations

import pandas as pd
import pytest

from fer_lab.evaluation import make_target
from fer_lab.runs.wandb_values import epoch_values, per_output, result_values
from tests.evaluation.kinds import KINDS, NAMES, make_scores


@pytest.mark.parametrize("kind", KINDS)
def test_every_metric_and_every_name_is_told(kind: str) -> None:
    target = make_target(kind, NAMES[kind])
    scores = pd.concat([make_scores(kind, seed).assign(part=part) for seed, part in enumerate(("val", "test"))])
    values = epoch_values(scores)
    assert set(values) == {f"{part}/{name}" for part in ("val", "test") for name in [*target.overall, "loss"]}
    test = scores[scores["part"] == "test"]
    assert values[f"test/{target.main}"] == pytest.approx(float(target.main_metric(target.total(test))))
    table = per_output(scores, target)
    assert list(table.columns) == ["part", "output", *target.each]
    assert [(part, name) for part in ("val", "test") for name in NAMES[kind]] == list(
        zip(table["part"], table["output"], strict=True)
    )
    record = {"selected_epoch": 3, "scale": target.scale, "facts": {"leak_share": 0.5, "seconds": 1}}
    told = result_values(record, scores)
    assert told[f"selected/test/{target.main}"] == values[f"test/{target.main}"]
    assert [told.get(name) for name in ("scale_low", "scale_high")] == list(target.scale or (None, None))
