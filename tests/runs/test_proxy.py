"""The proxy of action units the whole way: a run that trains nothing, and its answers to faces of one's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fer_lab.configs import compose
from fer_lab.engine import ensure
from fer_lab.errors import ConfigError, DataError
from fer_lab.faces import BLENDSHAPES, FaceStore
from fer_lab.ledger import Run, read_run
from fer_lab.runs import Plan, make_plan, model_of
from fer_lab.runs.checks import check_run
from fer_lab.sources import open_faces

CELL = "emotionet/eleven_blendshapes"


def words(results: Path, *more: str) -> list[str]:
    return [f"cell={CELL}", "profile=smoke", "threads=1", "workers=1", f"paths.results={results}", *more]


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    overrides = words(tmp_path_factory.mktemp("results"))
    made = make_plan(compose(overrides), CELL, overrides)
    ensure(made)
    return made


@pytest.fixture(scope="module")
def run(plan: Plan) -> Run:
    return read_run(plan.entry.folder)


@pytest.fixture(scope="module")
def store(plan: Plan) -> FaceStore:
    return open_faces(plan.source, plan.config)


def test_it_trains_nothing_and_says_that_it_is_a_proxy(run: Run) -> None:
    assert (run.epochs, run.facts["parameters"]) == (1, 0)
    assert run.facts["weights"]["origin"].startswith("proxy")
    assert len(run.target.names) == 11


def test_its_scores_are_the_blendshapes_of_the_store(run: Run, store: FaceStore) -> None:
    scores = run.scores("test")
    smile = store.blendshapes[:, [BLENDSHAPES.index(f"mouthSmile{side}") for side in ("Left", "Right")]].max(1)
    expected = dict(zip(store.frames["id"], smile, strict=True))
    column = f"p{run.target.names.index('AU12')}"
    np.testing.assert_allclose(scores[column], scores["video"].map(expected), atol=5e-4)  # stored in half precision
    assert len(scores) == run.facts["items"]["test"]


def test_smiles_score_higher_than_other_faces(run: Run) -> None:
    place = run.target.names.index("AU12")
    scores = run.scores("train")
    smiling = scores[f"y{place}"] == 1
    assert scores.loc[smiling, f"p{place}"].median() > 0.5 > 0.1 > scores.loc[~smiling, f"p{place}"].median()


def test_a_finished_run_answers_of_blendshapes_alone(run: Run, store: FaceStore) -> None:
    model = model_of(run)
    assert (model.views, model.needs_blendshapes, model.needs_landmarks) == ((), True, False)
    found = model.predict({}, blendshapes=store.blendshapes[:5])
    assert found.shape == (5, 11)
    with pytest.raises(DataError, match="no blendshapes"):
        model.predict({"face": np.asarray(store.view("face"))[:5]})
    with pytest.raises(DataError, match=r"blendshapes are \(4, 52\)"):
        model.predict({"face": np.asarray(store.view("face"))[:5]}, blendshapes=store.blendshapes[:4])


def test_faces_without_blendshapes_are_refused_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"(?s)items are made of blendshapes.*faces=blendshapes"):
        check_run(compose(words(tmp_path, "faces=aligned")))
    with pytest.raises(ConfigError, match=r"(?s)items are made of landmarks.*faces=aligned"):
        check_run(compose(["cell=sase_hidden/geometry", "faces=viola_jones", "profile=smoke"]))


def test_what_trains_needs_somebody_to_have_trained_it(tmp_path: Path) -> None:
    overrides = ["cell=emotionet/eleven_vgg16", "epochs=0", "steps=null", "profile=smoke", f"paths.results={tmp_path}"]
    with pytest.raises(ConfigError, match="nobody has trained"):
        make_plan(compose(overrides), "emotionet/eleven_vgg16", overrides)
