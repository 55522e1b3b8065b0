"""A ledger without training: runs whose scores follow from cell and seed."""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_lab import tables
from fer_lab.datasets.emotionet_list import ELEVEN, UNITS
from fer_lab.evaluation import Target, make_target
from fer_lab.evaluation.targets import BESIDE
from fer_lab.ledger import Run
from fer_lab.storage import file_digest
from fer_lab.tables import Table
from tests.evaluation import kinds
from tests.evaluation.kinds import NAMES

EMOTIONS = ("happiness", "sadness", "anger", "disgust", "contempt", "surprise")
CLASSES = {
    "sase_emotion": EMOTIONS,
    "sase_hidden": tuple(
        f"{kind} {name}"
        for name in ("anger", "contempt", "disgust", "happiness", "sadness", "surprise")
        for kind in ("genuine", "deceptive")
    ),
    "oulu_casia": ("anger", "disgust", "fear", "happiness", "sadness", "surprise"),
    "ck_transfer": ("anger", "disgust", "fear", "happiness", "sadness", "surprise"),
    "ck_mug": ("anger", "disgust", "fear", "happiness", "sadness", "surprise"),
}
FER2013 = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")
DATASETS = {"sase_emotion": "sase_fe", "sase_hidden": "sase_fe", "oulu_casia": "oulu_casia"}
FACTS = {
    "weights": {"origin": "embedded backbone", "checksum": "0123456789abcdef"},
    "items": {"train": 400, "val": 100, "test": 192},
    "skipped_files": 1,
    "skipped_frames": 3,
    "skipped_faces": 0,
    "dropped": 0,
    "leak_share": 0.0,
    "notes": [],
}
OWN = {"kinds/emotion": "classes", "kinds/action_units": "labels", "kinds/affect": "values"}
"""The kind of target of cells of our own."""
UNITS_OF, AFFECT_OF = "emotionet/", "valence_arousal/"
"""How the names of cells of action units begin, and of valence and arousal."""
SUBJECTS = {"sase_emotion": 8, "sase_hidden": 8, "oulu_casia": 15, "ck_transfer": 20, "ck_mug": 20}
OF_PARTS = ("fer2013_faults", "fer2013_strong")
"""Experiments whose test part is several of those that the data set gives, by which its ids begin."""
SEEN = ["PublicTest/v000", "PrivateTest/v001"]
"""Their test items that are of photographs in training."""
MakeRun = Callable[..., Run]


def classes_of(cell: str) -> tuple[str, ...]:
    """The classes of a cell, as its configuration groups the labels."""
    groups = tables.find_cell(cell).values.get("data", {}).get("regroup")
    return tuple(groups) if groups else CLASSES.get(cell.split("/")[0], FER2013)


def target_of(cell: str) -> Target:
    """What an item of a cell is asked for."""
    if cell.startswith(UNITS_OF):
        asked = tables.find_cell(cell).values.get("data", {}).get("labels")
        return make_target("labels", asked or (UNITS if cell.startswith(f"{UNITS_OF}sixty") else ELEVEN))
    if cell.startswith(AFFECT_OF):
        return make_target("values", NAMES["values"])
    kind = OWN.get(cell, "classes")
    return make_target(kind, NAMES[kind] if cell in OWN else classes_of(cell))


def facts_of(cell: str) -> dict[str, object]:
    """The facts of a cell's runs; of classes 10, 20, 30 training items and so on."""
    target = target_of(cell)
    counts = {name: 10 * (place + 1) for place, name in enumerate(target.names)}
    return {**FACTS, **({"of_class": {"items": {"train": counts}}} if target.exclusive else {})}


def make_scores(cell: str, seed: int, skill: float = 0.4, videos: int = 48) -> pd.DataFrame:
    """Test and training scores, four items a video, right with a probability of about ``skill``."""
    if cell in OWN or cell.startswith(AFFECT_OF):
        own = kinds.make_scores(target_of(cell).kind, seed)
        return pd.concat([own.assign(part=part) for part in ("test", "train", "val")], ignore_index=True)
    if cell.startswith(UNITS_OF):
        made, target = kinds.make_scores("labels", seed), target_of(cell)
        columns = {name: f"{name[0]}{int(name[1:]) % 12}" for name in (*target.truth_columns, *target.answer_columns)}
        own = made[[*BESIDE, *columns.values()]].set_axis([*BESIDE, *columns], axis=1)
        return pd.concat([own.assign(part=part) for part in ("test", "train", "val")], ignore_index=True)
    experiment = cell.split("/")[0]
    classes, subjects = len(classes_of(cell)), SUBJECTS.get(experiment, 0)
    rng = np.random.default_rng(zlib.crc32(f"{experiment}-{seed}-{skill}".encode()))
    n = videos * 4
    video = np.arange(n) // 4
    label = video % classes
    scores = rng.dirichlet(np.ones(classes), n)
    scores[np.arange(n), label] += rng.random(n) < skill
    places = ("PublicTest/", "PrivateTest/") if experiment in OF_PARTS else ("", "")
    frame = pd.DataFrame({"item": np.arange(n), "video": [f"{places[v % 2]}v{v:03d}" for v in video]})
    frame["subject"] = [f"s{v % subjects:02d}" if subjects else None for v in video]
    frame[["part", "epoch", "label"]] = pd.DataFrame({"part": ["test"] * n, "epoch": 1, "label": label})
    frame[[f"p{i}" for i in range(classes)]] = (scores / scores.sum(axis=1, keepdims=True)).astype(np.float16)
    return pd.concat([frame.assign(part=part) for part in ("test", "train", "val")], ignore_index=True)


def write_manifest(folder: Path) -> Path:
    """Which test items are of photographs that training shows, too."""
    path = folder / "split.json"
    path.write_text(json.dumps({"seen": SEEN}))
    return path


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """Write a finished run's scores and describe it."""

    def make(cell: str, seed: int, scores: pd.DataFrame | None = None, **changes: object) -> Run:
        experiment = cell.split("/")[0]
        folder = tmp_path / "runs" / f"{cell.replace('/', '-')}-{seed}"
        path = folder / "scores" / "epoch-001.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        (make_scores(cell, seed) if scores is None else scores).to_parquet(path, index=False)
        values: dict[str, object] = {
            "id": folder.name,
            "cell": cell,
            "seed": seed,
            "source": "embedded",
            "profile": "laptop",
            "protocol": "clean",
            "dataset": DATASETS.get(experiment, "fer2013"),
            "column": "emotion",
            "target": target_of(cell),
            "selected_epoch": 1,
            "epochs": 2,
            "parents": (),
            "facts": facts_of(cell),
            "files": {"scores/epoch-001.parquet": file_digest(path)},
        }
        if experiment in OF_PARTS:
            scored = {f"scores/epoch-{epoch:03d}.parquet": file_digest(path) for epoch in (0, 1)}
            shutil.copy(path, path.with_name("epoch-000.parquet"))
            values["files"] = {**scored, "split.json": file_digest(write_manifest(folder))}
        return Run(folder=folder, **(values | changes))  # type: ignore[arg-type]

    return make


@pytest.fixture
def runs_of(make_run: MakeRun) -> Callable[..., dict[tuple[str, int], Run]]:
    """All runs of a table."""

    def make(table: Table, **changes: object) -> dict[tuple[str, int], Run]:
        return {(cell, seed): make_run(cell, seed, **changes) for cell in table.cells for seed in table.seeds}

    return make
