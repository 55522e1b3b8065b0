"""Networks as configurations make them, untrained: what is carried over does not depend on what was learned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from fer_lab.configs import compose
from fer_lab.datamodules.reduction import COORDINATES, Reduction
from fer_lab.datamodules.selection import asked
from fer_lab.engine import ensure
from fer_lab.ledger import Run, read_run
from fer_lab.models.layers import Head
from fer_lab.runs import Trained, make_plan
from fer_lab.runs.models import build_task, starting_model
from fer_lab.sources import facts
from tests.evaluation.kinds import make_scores
from tests.ledgers import write_run

Made = Callable[..., Trained]
LOUD = 30.0
"""How much more the last layer of a network says than one that has learned nothing does of noise."""
SEEN = "universal/alexnet"


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A function: the network of a cell as it starts, with what its items would fit; of the smoke profile."""
    results = tmp_path_factory.mktemp("made")

    def make(cell: str, *overrides: str, parent: Trained | None = None) -> Trained:
        config = compose([f"cell={cell}", "profile=smoke", *overrides])
        about = config["data"]
        target = asked(facts(config).targets[about["target"]], about.get("regroup"), about.get("labels"))
        told = {"precision": "32-true", "weights": {"identity": "identities", "origin": "identities", "checksum": ""}}
        run = write_run(results, target.kind, [make_scores(target.kind)], cell=cell, facts=told)
        torch.manual_seed(0)
        model, _ = starting_model(config, [])
        for head in (module for module in model.modules() if isinstance(module, Head)):
            head.output.weight.data *= LOUD
        task = build_task(config, target, model)
        task.configure_model()  # the average of the weights, where there is one
        return Trained(replace(run, target=target), config, task, fitted(config, parent), parent)

    return make


def fitted(config: object, parent: Trained | None) -> dict[str, Reduction]:
    """Principal components of nothing: orthonormal directions of chance."""
    items = config["items"]  # type: ignore[index]
    if "components" not in items:
        return {}
    name, values = ("features", parent.task.model.feature_size) if parent else ("geometry", COORDINATES)
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.normal(size=(values, values)))[0][: items["components"]].astype(np.float32)
    mean, one = rng.normal(size=values).astype(np.float32), np.asarray(0.7, np.float32)
    return {name: Reduction(basis, mean, one, one)}


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A finished run of seven classes, on stills of few people, whose data are here."""
    overrides = [f"cell={SEEN}", "data=jaffe", "profile=smoke", "threads=1", "workers=1", "epochs=1"]
    overrides.append(f"paths.results={tmp_path_factory.mktemp('results')}")
    plan = make_plan(compose(overrides), SEEN, overrides)
    ensure(plan)
    return read_run(plan.entry.folder)


@pytest.fixture(scope="session")
def exported_file(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its file."""
    from fer_lab.exporting.export import export

    return export(run, tmp_path_factory.mktemp("exported") / "model.onnx").path
