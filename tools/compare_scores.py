"""Compare the scores of two ledgers, cell by cell: `python tools/compare_scores.py BEFORE/runs AFTER/runs`.

Says of every cell, seed and fold of the first ledger whether the second one has a run with the same scores at every
epoch, whatever the ids. Columns that bear another name are mapped first (`RENAMED`). Exit status 1 if any differs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

RENAMED: Mapping[str, str] = {}
"""Column of the first ledger -> the same column of the second."""
Key = tuple[str, int, int | None, str, str, str]


def runs(folder: Path) -> dict[Key, Path]:
    """The finished runs of a ledger by cell, seed, fold and stamp."""
    found: dict[Key, Path] = {}
    for path in sorted(folder.glob("*/run.json")):
        record = json.loads(path.read_text())
        stamp = (record["source"], record["profile"], record["protocol"])
        found[record["cell"], record["seed"], record.get("fold"), *stamp] = path.parent
    return found


def difference(before: Path, after: Path) -> str:
    """What is not the same in the scores of two runs; empty where all is."""
    names = [sorted(path.name for path in run.glob("scores/*.parquet")) for run in (before, after)]
    if names[0] != names[1]:
        return f"epochs {len(names[0])} and {len(names[1])}"
    for name in names[0]:
        one, other = (pd.read_parquet(run / "scores" / name) for run in (before, after))
        one = one.rename(columns=dict(RENAMED)).astype({"label": "int64"})  # it was float where rows were left out
        if list(one) != list(other):
            return f"{name}: columns {list(one)} and {list(other)}"
        if not one.equals(other):
            return f"{name}: {int((one != other).any(axis=1).sum()) if len(one) == len(other) else 'all'} rows differ"
    return ""


def main(before: Path, after: Path) -> int:
    """Print a line for each run that differs or is missing, and a last one that counts them."""
    first, second = runs(before), runs(after)
    wrong = {key: difference(path, second[key]) if key in second else "missing" for key, path in first.items()}
    for key, what in wrong.items():
        if what:
            print(f"{key[0]} seed {key[1]}{'' if key[2] is None else f' fold {key[2]}'}: {what}")
    same = sum(not what for what in wrong.values())
    print(f"{same} of {len(first)} runs have the same scores ({len({key[0] for key in first})} cells)")
    return 0 if same == len(first) else 1


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
