"""Made-up ledgers of whole runs of any kind of target."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from fer_lab.ledger import Entry, Run, read_run
from fer_lab.storage import digest
from tests.evaluation.kinds import NAMES

MACHINE = {
    "cpu": "a CPU", "instructions": "avx2", "limits": {}, "gpu": None, "system": "Linux x86_64", "python": "3.11.7",
    "versions": {"torch": "2.9.0"}, "commit": {"revision": "0123456789abcdef", "dirty": False},
}  # fmt: skip
FACTS = {
    "leak_share": 0.0, "seconds": 1.0, "items": {"test": 144}, "threads": 1, "precision": "32-true", "data": "d",
    "faces": "f", "weights": {"checksum": "w"},
}  # fmt: skip


def write_run(
    results: Path,
    kind: str,
    epochs: list[pd.DataFrame],
    *,
    weights: bytes = b"weights",
    config: str = "seed: 0\n",
    environment: dict[str, Any] | None = None,
    facts: dict[str, Any] | None = None,
    **changes: Any,
) -> Run:
    """A finished run whose scores are those of ``epochs``, the last of which is selected."""
    about = {"cell": f"e/{kind}", "seed": 0, "fold": None} | changes
    id = "-".join([about["cell"].replace("/", "."), str(about["seed"]), str(about["fold"])])
    entry = Entry(results / "runs", about.pop("id", id))
    entry.write_config(config)
    entry.weights.write_bytes(weights)
    for number, scores in enumerate(epochs):
        entry.write_scores(number, scores.assign(epoch=number))
    record = {
        "source": "embedded", "profile": "smoke", "protocol": "clean", "dataset": "d", "column": "t", "variant": "v",
        "kind": kind, "outputs": list(NAMES[kind]), "selected_epoch": len(epochs) - 1, "epochs": len(epochs),
        "scale": [-1, 1] if kind == "values" else None, "parents": [], "folds": 1, "finished": 1.0,
        "environment": MACHINE | (environment or {}),
        "facts": FACTS | (facts or {}), **about,
    }  # fmt: skip
    entry.finish(record)
    return read_run(entry.folder)


def change_record(run: Run, *left_out: str, **changes: Any) -> None:
    """Another record, whole by its own checksum."""
    path = run.folder / "run.json"
    record = {key: value for key, value in json.loads(path.read_text()).items() if key not in ("digest", *left_out)}
    record |= changes
    path.write_text(json.dumps(record | {"digest": digest(record)}))
