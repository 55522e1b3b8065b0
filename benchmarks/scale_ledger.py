"""A ledger of 20,000 runs: open it, filter it, list it, render tables of it.

    python benchmarks/scale_ledger.py [--runs 20000] [--out FILE]

The runs are made up: every cell of the experiments with three seeds, first as it stands and then with settings of its
own, as a search over settings leaves them; scores of 600 test items at each of five epochs, and their sums. Files are
those of a few real entries, linked; every record is a run's own. Each command runs twice, the first time with an empty
cache. Beside the whole ledger one that holds the cells as they stand only: what does not grow with the ledger is not
the ledger's. Wanted: 10 s and 2 GB.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from report import EPOCHS, ITEMS, classes_of, write_run
from usage import usage

from fer_lab import tables
from fer_lab.environment import describe_machine
from fer_lab.evaluation import make_target
from fer_lab.ledger import Entry, read_run
from fer_lab.storage import digest, file_digest, read_json, write_json

SEEDS = 3
STAMP = ["source=embedded", "profile=laptop", "protocol=clean"]
RENDER = """
import sys
from pathlib import Path
from fer_lab import tables
from fer_lab.errors import FerLabError
from fer_lab.ledger import read_ledger
stamp = dict(word.split("=") for word in sys.argv[2:])
runs = tables.under_every_name(read_ledger(Path(sys.argv[1], "runs"), stamp).runs)
for table in tables.tables().values():
    if table.not_built is None:
        try:
            tables.render(tables.compare(table, runs, {}, stamp, {}, {}), Path(sys.argv[1], "tables"))
        except FerLabError:  # it asks labels or values, and all made-up runs answer classes
            pass
"""
OPEN = """
import sys
from pathlib import Path
from fer_lab.ledger import read_stamps
print(sum(len(found.runs) for found in read_stamps(Path(sys.argv[1], "runs")).values()))
"""


def write_ledger(results: Path, cells: Sequence[str], runs: int) -> None:
    """A ledger of so many runs: cells x seeds, over and over with other settings."""
    originals: dict[str, Entry] = {}
    for number in range(runs):
        variant, place = divmod(number, SEEDS * len(cells))
        cell, seed = cells[place // SEEDS], place % SEEDS
        if cell not in originals:
            originals[cell] = _original(results / "originals", cell)
        _copy(originals[cell], results / "runs" / digest([cell, seed, variant]), seed, variant)


def _original(runs: Path, cell: str) -> Entry:
    """One run with real files, the sums of its scores among them."""
    write_run(runs, cell, 0)
    entry = Entry(runs, f"{cell.replace('/', '-')}-0")
    entry.write_sums(make_target("classes", classes_of(cell)))
    record = {key: value for key, value in read_json(entry.folder / "run.json").items() if key != "digest"}
    record["files"]["scores/sums.safetensors"] = file_digest(entry.folder / "scores" / "sums.safetensors")
    write_json(entry.folder / "run.json", record | {"digest": digest(record)})
    read_run(entry.folder).check()
    return entry


def _copy(original: Entry, folder: Path, seed: int, variant: int) -> None:
    """Another run of the same files with a record of its own."""
    record = {key: value for key, value in read_json(original.folder / "run.json").items() if key != "digest"}
    (folder / "scores").mkdir(parents=True)
    for name in record["files"]:
        os.link(original.folder / name, folder / name)
    settings = {"settings": {"optimizer.lr": round(1e-4 * variant, 6)}} if variant else {}
    facts = record["facts"] | {"minutes": 0.1} | settings
    record |= {"id": folder.name, "seed": seed, "variant": f"v{variant}", "facts": facts, "finished": 1.7e9 + variant}
    (folder / "run.json").write_text(json.dumps(record | {"digest": digest(record)}, indent=1, sort_keys=True))


def measure(results: Path, only: Sequence[str]) -> dict[str, Any]:
    """What each command takes, the first time and again; all of them by default."""
    cli, place = [sys.executable, "-m", "fer_lab.cli"], f"paths.results={results}"
    commands = {
        "open": [sys.executable, "-c", OPEN, str(results)],
        "runs": [*cli, "runs", place],
        "runs_of_one_experiment": [*cli, "runs", "experiment=sase_hidden", "profile=laptop", place],
        "status": [*cli, "status", "profile=laptop", place],
        "claims": [*cli, "claims", "garcia_zapata_2018", *STAMP, place],
        "render_every_table": [sys.executable, "-c", RENDER, str(results), *STAMP],
    }
    with TemporaryDirectory() as cache:
        environment = {"FER_LAB_CACHE": cache}
        return {
            name: {"first": usage(command, environment), "again": usage(command, environment)}
            for name, command in commands.items()
            if not only or name in only
        }


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--only", nargs="*", default=(), help="only these commands: open, runs, status, ...")
    parser.add_argument("--cells", type=int, default=None, help="only so many cells")
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks/scale_ledger.json"))
    args = parser.parse_args()
    cells = list(tables.cells())[: args.cells]
    found: dict[str, Any] = {}
    with TemporaryDirectory() as name:
        for number in sorted({min(args.runs, SEEDS * len(cells)), args.runs}):
            results = Path(name) / str(number)
            write_ledger(results, cells, number)
            found[f"{number}_runs"] = measure(results, args.only)
    result = {
        "what": f"made-up runs of {len(cells)} cells, {SEEDS} seeds, {EPOCHS} epochs of {ITEMS} test items",
        **found,
        "machine": describe_machine(),
    }
    write_json(args.out, result)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
