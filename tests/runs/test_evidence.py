"""Attributes and faces of finished runs: those that the run saw, and nothing is made for it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from fer_lab import media
from fer_lab.configs import compose
from fer_lab.datamodules.items import clip, frame
from fer_lab.engine.build import build_data
from fer_lab.errors import StoreError
from fer_lab.ledger import Run
from fer_lab.ledger.read import Folds
from fer_lab.runs import Plan, evidence
from fer_lab.runs.evidence import attributes_of, faces_of
from fer_lab.sources import data as sources
from fer_lab.sources import open_faces, open_source
from fer_lab.storage import file_digest

CELL = "ck_transfer/whole_output"
CLASSES = ("anger", "contempt", "disgust", "fear", "happy", "sadness", "surprise")
PEOPLE = "subject,age,sex,skin_tone,glasses,beard\n" + "".join(
    f"S{number:03d},{20 + number},{'male' if number % 2 else 'female'},{number % 6 + 1},False,False\n"
    for number in range(10, 24)
)


@pytest.fixture
def real(tmp_path: Path) -> Path:
    """CK+ in miniature: 14 people, one sequence each, three images of noise a sequence."""
    for number in range(10, 24):
        folder = tmp_path / "ck_plus" / "CK+48" / CLASSES[number % 7]
        folder.mkdir(parents=True, exist_ok=True)
        for place in (5, 6, 7):
            image = np.random.default_rng([number, place]).integers(0, 256, (48, 48), np.uint8)
            media.write_image(folder / f"S{number:03d}_001_{place:08d}.png", image)
    (tmp_path / "ck_plus" / "subjects.csv").write_text(PEOPLE)
    return tmp_path


def planned(root: Path, *overrides: str) -> Plan:
    paths = [f"paths.data={root}", f"paths.results={root / 'results'}"]
    config = compose([f"cell={CELL}", "profile=smoke", "source=real", *paths, *overrides])
    return Plan(CELL, config, open_source(config), ())


def finished(plan: Plan) -> tuple[Run, Any]:
    """A run with scores at random, and the batches that it would have been trained on."""
    data = build_data(plan, open_faces(plan.source, plan.config), torch.device("cpu"))
    folder = plan.entry.folder
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(OmegaConf.to_yaml(OmegaConf.create(dict(plan.config))))
    chances = np.random.default_rng(0).dirichlet(np.ones(len(data.target.names)), len(data.table))
    scores = data.table.assign(epoch=0).join(pd.DataFrame(chances).add_prefix("p"))
    plan.entry.write_scores(0, scores)
    kept = ["config.yaml", "scores/epoch-000.parquet"]
    config = plan.config
    return Run(
        id=plan.id,
        cell=CELL,
        seed=0,
        source=config["source"]["name"],
        profile="smoke",
        protocol="clean",
        dataset="ck_plus",
        column="emotion",
        target=data.target,
        selected_epoch=0,
        epochs=1,
        parents=(),
        facts={"precision": plan.precision},
        folder=folder,
        files={name: file_digest(folder / name) for name in kept},
    ), data


def test_attributes_are_those_of_the_index_by_video(real: Path) -> None:
    run, _ = finished(planned(real))
    found = attributes_of(run)
    assert found is not None
    assert list(found) == ["age", "sex", "skin_tone", "glasses", "beard"]
    assert len(found) == 42
    assert found.filter(like="S013", axis=0)["age"].tolist() == [33, 33, 33]


@pytest.mark.parametrize("part", ["train", "test"])
def test_faces_are_those_that_the_items_are_made_of(real: Path, part: str) -> None:
    run, data = finished(planned(real))
    items = run.scores(part)["item"].sample(frac=1, random_state=0).tolist()
    found = faces_of(run, items, part)
    assert found is not None
    (shown,) = data.items.gather(np.array(items))
    assert np.array_equal(np.stack(found.images)[..., 0], shown[:, 0].numpy())
    assert all(image.shape == (48, 48, 3) for image in found.images)
    assert not found.publishable


def test_the_items_of_folds_are_found_in_the_fold_that_tests_them(real: Path) -> None:
    made = [finished(planned(real, f"fold={fold}")) for fold in range(2)]
    values = {name: getattr(made[0][0], name) for name in Run.__dataclass_fields__}
    folds = Folds(**values, runs=tuple(run for run, _ in made))
    items = folds.scores("test")["item"].tolist()
    found = faces_of(folds, items)
    assert found is not None
    each = [data.items.gather(data.items.numbers("test"))[0][:, 0].numpy() for _, data in made]
    assert np.array_equal(np.stack(found.images)[..., 0], np.concatenate(each))


def test_an_item_of_another_part_is_refused(real: Path) -> None:
    run, _ = finished(planned(real))
    with pytest.raises(StoreError, match="no item"):
        faces_of(run, run.scores("train")["item"].tolist()[:1], "test")


def moved(real: Path) -> None:
    (real / "ck_plus").rename(real / "elsewhere")


def changed(real: Path) -> None:
    picture = next((real / "ck_plus").rglob("*.png"))
    media.write_image(picture, np.zeros((48, 48), np.uint8))


def damaged(real: Path) -> None:
    config = next(real.glob("results/runs/*/config.yaml"))
    config.write_text(config.read_text().replace("seed: 0", "seed: 1"))


def older(real: Path) -> None:
    next(real.glob("results/runs/*/config.yaml")).write_text("seed: 0\n")


@pytest.mark.parametrize("happens", [moved, changed, damaged, older])
def test_of_data_that_are_not_the_same_nothing_is_shown(real: Path, happens: Callable[[Path], None]) -> None:
    run, _ = finished(planned(real))
    assert attributes_of(run) is not None
    happens(real)
    sources._open_source.cache_clear()  # as another process would see it
    if happens is older:
        run.files["config.yaml"] = file_digest(run.folder / "config.yaml")  # type: ignore[index]
    assert attributes_of(run) is None
    assert faces_of(run, [0]) is None


def test_faces_that_are_not_there_are_not_prepared(real: Path, cache: Path) -> None:
    plan = planned(real)
    run, _ = finished(plan)
    store = open_faces(plan.source, plan.config).folder
    shutil.rmtree(store)
    assert faces_of(run, run.scores("test")["item"].tolist()) is None
    assert attributes_of(run) is not None
    assert not store.exists()


def test_a_twin_is_not_drawn(real: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, _ = finished(planned(real))
    path = run.folder / "config.yaml"
    path.write_text(OmegaConf.to_yaml(OmegaConf.create(dict(compose([f"cell={CELL}", "profile=smoke"])))))
    monkeypatch.setenv("FER_LAB_CACHE", str(tmp_path / "cache"))
    assert attributes_of(replace(run, files={path.name: file_digest(path)})) is None
    assert not (tmp_path / "cache" / "twins").exists()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=6), st.integers(1, 4))
def test_rows_are_those_of_frames_and_the_middle_of_clips(faces: list[int], length: int) -> None:
    """Against the items that are trained on: videos of different lengths, short ones and none among them."""
    video = np.repeat([f"v{number}" for number in range(len(faces))], faces)
    frames = pd.DataFrame({"row": np.arange(len(video)), "id": video})
    if not any(faces):
        return
    store: Any = SimpleNamespace(frames=frames, view=lambda name: np.zeros((len(video), 2, 2, 3), np.uint8))
    part = np.where(frames["id"].isin(["v0", "v3"]), "val", "test")
    rows = frames.rename(columns={"id": "video"}).assign(subject="", part=part, label=0).sort_values("part")
    made = clip(store, rows, views=["face"], length=length) if length > 1 else frame(store, rows, views=["face"])
    items = made.table["item"].tolist()
    expected = made.rows[:, length // 2] if length > 1 else made.rows
    assert evidence._rows(made.table, items, frames, length) == expected.tolist()
