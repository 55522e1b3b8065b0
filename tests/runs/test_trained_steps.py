"""A network trained on faces that were prepared step by step, in use: from a picture to its stored answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fer_lab import media
from fer_lab.configs import compose
from fer_lab.engine import ensure
from fer_lab.errors import ConfigError, DataError
from fer_lab.faces import Face, StepsConfig, prepare
from fer_lab.ledger import read_run
from fer_lab.runs import Plan, make_plan, model_of
from fer_lab.sources import open_faces

CELL = "sase_hidden/cnn_face"


def planned(cell: str, results: Path) -> Plan:
    given = [f"cell={cell}", "faces=viola_jones", "profile=smoke", "threads=1", "workers=1", f"paths.results={results}"]
    return make_plan(compose(given), cell, given)


def test_pictures_get_the_stored_scores(tmp_path: Path) -> None:
    plan = planned(CELL, tmp_path)
    ensure(plan)
    run, store = read_run(plan.entry.folder), open_faces(plan.source, plan.config)
    model, scores = model_of(run), run.scores("test")
    assert isinstance(model.faces, StepsConfig)
    name = scores["video"].iloc[0]
    rows = store.frames[store.frames["id"] == name]
    video = plan.source.index.set_index("id").loc[name]
    frames = media.frames(plan.source.root, video["path"], video["kind"])
    shown = [frame.image for frame in frames if frame.number in set(rows["frame"])]
    faces = [prepare(image, None, model.faces) for image in shown]
    views = np.array([face.views["face"] for face in faces if isinstance(face, Face)])
    np.testing.assert_array_equal(views, store.view("face")[rows["row"]])
    stored = scores[scores["video"] == name].sort_values("item").filter(regex=r"^p\d+$")
    np.testing.assert_allclose(model.predict({"face": views}), stored, atol=5e-4)  # stored in half precision
    with pytest.raises(DataError, match="faces of 64 px"):
        model.predict({"face": np.zeros((1, 64, 64, 3), np.uint8)})


def test_items_that_need_landmarks_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"items are made of landmarks, and faces have none[\s\S]*set faces=aligned"):
        ensure(planned("sase_hidden/geometry", tmp_path))
