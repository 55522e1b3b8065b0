"""What a run takes of its training images before anything goes through its network."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
from safetensors.numpy import load_file

from fer_lab.configs import compose
from fer_lab.engine import ensure
from fer_lab.ledger import WEIGHTS, read_run
from fer_lab.models.fine_tuned import FineTuned
from fer_lab.models.pretrained import PretrainedBackbone
from fer_lab.runs import make_plan
from fer_lab.sources import open_faces

CELL = "sase_hidden/cnn_face"


class OwnMean(FineTuned):
    """With the settings of the cell's own model; its frozen blocks see what the mean has been taken from."""

    def __init__(self, num_classes: int, backbone: PretrainedBackbone, fc: int, freeze: str, dropout: float) -> None:
        super().__init__(num_classes, backbone, fc, dropout, mean="pixel")


def test_the_mean_image_is_that_of_the_training_part_and_what_stored_blocks_have_seen(tmp_path: Path) -> None:
    found = []
    for store in ("auto", "off"):
        given = [f"cell={CELL}", "profile=smoke", "threads=1", "workers=1", f"paths.results={tmp_path / store}"]
        given += ["epochs=1", f"model._target_={__name__}.OwnMean", f"backbone_store={store}"]
        plan = make_plan(compose(given), CELL, given)
        ensure(plan)
        run, faces = read_run(plan.entry.folder), open_faces(plan.source, plan.config)
        rows = faces.frames["id"].isin(run.training_ids()).to_numpy()
        kept = load_file(run.file(WEIGHTS))
        expected = faces.view("face")[rows].mean(0).transpose(2, 0, 1) / 255
        assert 0 < rows.sum() < len(rows)
        np.testing.assert_allclose(kept["backbone.mean"] / kept["backbone.scale"], expected, atol=1e-5)
        assert run.facts["iterations"] == math.ceil(run.facts["items"]["train"] / plan.config["batch_size"])
        assert run.facts["speed"]["steps"] < run.facts["iterations"]
        assert ("stored_blocks" in run.facts) == (store == "auto")
        found.append(run.scores("test"))
    pd.testing.assert_frame_equal(*found)
