"""Time and memory of the report over a ledger of 500 runs.

    python benchmarks/report.py [--runs 500] [--out results/benchmarks/report.json]

The runs are made up: every cell of the experiments, as many seeds as it takes, scores of 600 test items of 20 people
and 200 videos at each of five epochs. Memory is that of the command and its workers together, looked at five times a
second.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import yaml
from usage import usage

from fer_lab import tables
from fer_lab.environment import describe_machine
from fer_lab.ledger import Entry
from fer_lab.storage import write_json

EPOCHS, ITEMS, VIDEOS, PEOPLE = 5, 600, 200, 20
FER2013 = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")
SIX = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
TWELVE = tuple(f"{name}_{kind}" for name in SIX for kind in ("genuine", "deceptive"))
CLASSES = {"sase_hidden": TWELVE, "sase_emotion": SIX, "oulu_casia": SIX, "ck_transfer": SIX, "ck_direct": FER2013}


def classes_of(cell: str) -> tuple[str, ...]:
    """The classes of a cell."""
    groups = tables.find_cell(cell).values.get("data", {}).get("regroup")
    return tuple(groups) if groups else CLASSES.get(cell.split("/")[0], FER2013)


def scores_of(classes: int, rng: np.random.Generator) -> pd.DataFrame:
    """Scores of all parts; about half of the answers are right."""
    item = np.arange(ITEMS)
    video = item * VIDEOS // ITEMS
    label = video % classes
    p = rng.dirichlet(np.ones(classes), ITEMS)
    p[item, label] += rng.random(ITEMS) < 0.4
    values = {f"p{i}": column for i, column in enumerate((p / p.sum(axis=1, keepdims=True)).astype(np.float16).T)}
    subject = [f"s{v % PEOPLE:02d}" for v in video]
    frame = pd.DataFrame({"item": item, "video": [f"v{v:03d}" for v in video], "subject": subject, "part": "test"})
    frame = frame.assign(epoch=0, label=label, **values)
    return pd.concat([frame.assign(part=part) for part in ("test", "val", "train")], ignore_index=True)


def write_run(runs: Path, cell: str, seed: int) -> None:
    """One finished run."""
    classes = classes_of(cell)
    rng = np.random.default_rng(seed)
    entry = Entry(runs, f"{cell.replace('/', '-')}-{seed}")
    (entry.folder / "scores").mkdir(parents=True)
    for epoch in range(EPOCHS):
        entry.write_scores(epoch, scores_of(len(classes), rng))
    entry.weights.write_bytes(b"weights")
    history = {"epoch": range(EPOCHS), "train/loss": rng.random(EPOCHS), "val/accuracy": rng.random(EPOCHS)}
    pd.DataFrame(history).to_csv(entry.folder / "history.csv", index=False)
    (entry.folder / "config.yaml").write_text(yaml.safe_dump({"seed": seed, "epochs": EPOCHS, "cell": cell}))
    facts = {
        "weights": {"origin": "made up", "checksum": ""}, "items": {"train": ITEMS, "val": ITEMS, "test": ITEMS},
        "leak_share": 0.0, "seconds": 1.0, "notes": [], "precision": "32-true",
        "skipped_files": 0, "skipped_frames": 0, "skipped_faces": 0, "dropped": 0,
    }  # fmt: skip
    entry.finish({
        "cell": cell, "seed": seed, "variant": cell, "fold": None, "folds": 1, "finished": 1.7e9, "facts": facts,
        "source": "embedded", "profile": "laptop", "protocol": "clean", "dataset": "made_up", "column": "emotion",
        "kind": "classes", "outputs": list(classes),
        "selected_epoch": EPOCHS - 1, "epochs": EPOCHS, "parents": [], "environment": {},
    })  # fmt: skip


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks/report.json"))
    args = parser.parse_args()
    cells = list(tables.cells())
    with TemporaryDirectory() as name:
        for number in range(args.runs):
            write_run(Path(name) / "runs", cells[number % len(cells)], number // len(cells))
        used = usage([sys.executable, "-m", "fer_lab.cli", "report", f"paths.results={name}"])
        pages = [path.stat().st_size for path in (Path(name) / "report").rglob("*.html")]
    result = {
        "what": f"{args.runs} made-up runs of {len(cells)} cells, {EPOCHS} epochs, {ITEMS} test items",
        "seconds": round(used["seconds"], 1),
        "cpu_seconds": round(used["cpu_seconds"], 1),
        "peak_memory_gb": round(used["memory_gb"], 2),
        "pages": len(pages),
        "largest_page_mb": round(max(pages) / 1e6, 3),
        "site_mb": round(sum(pages) / 1e6, 1),
        "machine": describe_machine(),
    }
    write_json(args.out, result)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
