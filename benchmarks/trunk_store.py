"""What storing frozen blocks saves: python benchmarks/trunk_store.py [--cells ...] [--seeds 0,1,2] [--profile laptop].

The frozen cells of Table 7.1, in one run: with the store (it is built within the time that is measured), without it,
and each cell as a process of its own with a plain Lightning loop over the same faces, split and epochs, as one would
write it from the usual template: images through the whole network in every step, a validation loop, a checkpoint of
the best epoch. Faces and pretrained weights are there before; nothing else runs on the machine. Wanted: 10 times less
time with the store than without; 4 times less than the plain loops.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from fer_lab.ledger.environment import describe_machine
from fer_lab.storage import write_json

ROOT = Path(__file__).resolve().parents[1]
FROZEN = ("all_fc3", "all_fc3_average", "all_fc3_max", "all", "all_average", "all_max")


def timed(command: list[str], **environment: str) -> float:
    """Seconds that a process takes; an error if it fails."""
    began = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def sweep(cells: list[str], given: list[str], store: str, folder: Path) -> float:
    """Seconds of a sweep; its trunk stores lie in an empty cache that shares faces and weights with the usual one."""
    cache = folder / "cache"
    usual = Path(os.environ.get("FER_LAB_CACHE", ROOT / ".cache")).absolute()
    cache.mkdir(parents=True)
    for kind in ("twins", "faces", "weights", "hashes"):
        (cache / kind).symlink_to(usual / kind)
    chosen = f"cell={','.join(f'sase_emotion/{cell}' for cell in cells)}"
    command = [sys.executable, "run.py", "-m", chosen, *given, f"trunk_store={store}", f"paths.results={folder}"]
    return timed(command, FER_LAB_CACHE=str(cache))


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", default=",".join(FROZEN))
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--profile", default="laptop")
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks/trunk_store.json"))
    args = parser.parse_args()
    cells, given = args.cells.split(","), [f"seed={args.seeds}", f"profile={args.profile}"]
    first = f"cell=sase_emotion/{cells[0]}"
    timed([sys.executable, "run.py", first, "seed=9", f"profile={args.profile}", "epochs=1"])  # faces, weights
    with TemporaryDirectory() as folder:
        stored = sweep(cells, given, "auto", Path(folder) / "stored")
        without = sweep(cells, given, "off", Path(folder) / "without")
        plain = sum(
            timed(
                [sys.executable, "benchmarks/plain_lightning.py", cell, seed, args.profile, str(Path(folder) / "plain")]
            )
            for cell in cells
            for seed in args.seeds.split(",")
        )
    result = {
        "what": f"{len(cells)} frozen cells of Table 7.1, seeds {args.seeds}, profile {args.profile}, all epochs",
        "cells": cells,
        "stored_s": round(stored, 1),
        "without_s": round(without, 1),
        "plain_s": round(plain, 1),
        "without_to_stored": round(without / stored, 2),
        "plain_to_stored": round(plain / stored, 2),
        "machine": describe_machine(),
    }
    write_json(args.out, result)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
