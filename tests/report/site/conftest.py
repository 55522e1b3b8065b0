"""A ledger on disk without training, with all that can be wrong in one, and the site that is made of it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from fer_lab.ledger import Entry
from fer_lab.report.site import Site, build
from fer_lab.storage import make_folder, write_json
from tests.evaluation.kinds import NAMES, make_scores

CLEAN = {"source": "embedded", "profile": "laptop", "protocol": "clean"}
LEAKING = {"source": "real", "profile": "paper", "protocol": "thesis"}
EMOTIONS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
GOOD, UNDEFINED, CONSTANT, GONE = "oulu_casia/cnn_frontal", "oulu_casia/cnn_face", "oulu_casia/c3d", "gone/cell"
FAILED = "oulu_casia/two_stream"
KINDS = {"kinds/action_units": "labels", "kinds/affect": "values"}
PLACE = "/srv/somebody/secret/data"
"""A path of a machine that lies in the runs and must be on no page."""
VOID = {"meta", "link", "br", "img", "input", "hr"}
SVG = {"line", "circle", "path", "polyline", "polygon", "rect"}


def scores_of(seed: int, videos: int = 24) -> pd.DataFrame:
    """Validation, test and training scores of twelve people, right more often than not."""
    rng = np.random.default_rng(seed)
    n = videos * 2
    video = np.arange(n) // 2
    label = video % len(EMOTIONS)
    p = rng.dirichlet(np.ones(len(EMOTIONS)), n)
    p[np.arange(n), label] += rng.random(n) < 0.5
    frame = pd.DataFrame({"item": np.arange(n), "video": [f"clip <{v:02d}> & more" for v in video]})
    frame[["subject", "part", "epoch", "label"]] = pd.DataFrame(
        {"subject": [f"P{v % 12:02d}" for v in video], "part": "test", "epoch": 0, "label": label}
    )
    frame[[f"p{i}" for i in range(len(EMOTIONS))]] = (p / p.sum(axis=1, keepdims=True)).astype(np.float16)
    return pd.concat([frame.assign(part=part) for part in ("test", "val", "train")], ignore_index=True)


def write_run(results: Path, cell: str, seed: int, scores: pd.DataFrame | None = None, **changes: Any) -> Entry:
    """A finished run of two epochs; ``changes`` replace what its record says."""
    variant = changes.get("variant", "v1")
    entry = Entry(results / "runs", f"{cell.replace('/', '-')}-{seed}-{variant}-{changes.get('protocol', 'clean')}")
    (entry.folder / "scores").mkdir(parents=True)
    for epoch in (0, 1):
        entry.write_scores(epoch, scores_of(seed + 10 * epoch) if scores is None else scores)
    entry.weights.write_bytes(b"weights")
    history = changes.pop("history", {"train/accuracy": [0.3, 0.5], "val/accuracy": [0.3, 0.4]})
    pd.DataFrame({"epoch": [0, 1], "train/loss": [1.6, 1.1], **history}).to_csv(
        entry.folder / "history.csv", index=False
    )
    config = {"seed": seed, "paths": {"data": PLACE}, "backbone": {"weights": f"{PLACE}/backbone.pth"}, "epochs": 2}
    (entry.folder / "config.yaml").write_text(yaml.safe_dump(changes.pop("config", config)))
    facts = {
        "weights": {"origin": f"a file of mine: {PLACE}/backbone.pth", "checksum": ""},
        "items": {"train": 48, "val": 48, "test": 48}, "leak_share": 0.0, "seconds": 3.2, "notes": [],
        "skipped_files": 0, "skipped_frames": 0, "skipped_faces": 0, "dropped": 0,
        "parameters": 1000, "trained_parameters": 500, "precision": "32-true", "threads": 1,
        "settings": changes.pop("settings", {}),
    }  # fmt: skip
    record: dict[str, object] = {
        "cell": cell, "seed": seed, "variant": variant, "fold": None, "folds": 1, "finished": 1.7e9, **CLEAN,
        "dataset": "oulu_casia", "column": "emotion", "kind": "classes",
        "outputs": list(EMOTIONS), "selected_epoch": 1, "epochs": 2,
        "parents": [], "facts": facts, "environment": {"cpu": "a CPU", "versions": {"fer_lab": "0.1.0"},
                                         "commit": {"revision": "abcdef0123", "dirty": False}},
    }  # fmt: skip
    entry.finish(record | changes)
    return entry


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results with two stamps, two versions of the data, undefined, constant and damaged scores, a failed run."""
    folder = tmp_path_factory.mktemp("results")
    for seed in (0, 1):
        write_run(folder, GOOD, seed)
    write_run(folder, GOOD, 2, variant="v0", finished=1.6e9)  # an earlier version of the data
    undefined, constant = scores_of(0), scores_of(0)
    columns = [f"p{i}" for i in range(len(EMOTIONS))]
    undefined.loc[3, columns] = np.nan
    constant[columns] = np.float16(1 / len(EMOTIONS))
    write_run(folder, UNDEFINED, 0, undefined)
    write_run(folder, CONSTANT, 0, constant)
    write_run(folder, GONE, 0)
    damaged = write_run(folder, CONSTANT, 1)
    (damaged.folder / "scores" / "epoch-001.parquet").write_bytes(b"not what was written")
    failed = Entry(folder / "runs", "failed")
    failed.folder.mkdir()
    failed.write_config(yaml.safe_dump({**{key: {"name": name} for key, name in LEAKING.items()}, "seed": 7}))
    failed.fail(ValueError(f"{PLACE}/odd.json lacks a key"))
    job = make_folder(folder / "sweeps" / "a" / "0")
    write_json(job / "job.json", {"cell": FAILED, "seed": 0, "stamp": list(CLEAN.values()), "state": "failed",
                                  "started": 1.7e9, "error": "a key is missing", "log": "results/log.txt"})  # fmt: skip
    write_run(folder, GOOD, 0, **LEAKING)
    for cell, kind in KINDS.items():
        write_run_of_kind(folder, cell, kind)
    return folder


def write_run_of_kind(results: Path, cell: str, kind: str) -> None:
    """Runs of two seeds of labels or values."""
    main, scale = {"labels": ("macro_f1", None), "values": ("ccc", [-2, 2.5])}[kind]
    for seed in (0, 1):
        frame = make_scores(kind, seed)
        scores = pd.concat([frame.assign(part=part) for part in ("test", "val", "train")], ignore_index=True)
        write_run(results, cell, seed, scores, kind=kind, outputs=list(NAMES[kind]), scale=scale, dataset="generated",
                  column=cell.split("/")[1], history={f"val/{main}": [0.3, 0.4]})  # fmt: skip


@pytest.fixture(scope="session")
def site(results: Path) -> Site:
    """The site of that ledger."""
    return build([f"paths.results={results}"])


class Read(HTMLParser):
    """What a test wants to know of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        self.wrong += [f"<{tag}> is not closed" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {key: value or "" for key, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes nothing that is open")

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, *names: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.tags if tag in names]

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] for _, attributes in self.tags if "id" in attributes]

    @property
    def targets(self) -> list[str]:
        return [attributes[key] for _, attributes in self.tags for key in ("href", "src") if key in attributes]

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


@pytest.fixture(scope="session")
def pages(site: Site) -> dict[str, Read]:
    """Every page of the site by its path."""
    return {path.relative_to(site.folder).as_posix(): Read(path.read_text()) for path in site.folder.rglob("*.html")}
