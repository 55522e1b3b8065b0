"""What storing frozen blocks saves: python benchmarks/backbone_store.py [--subjects 25] [--profile laptop].

In one run, at the profile's own epochs, on the twin with so many people (null: all, as the profile has it):

1. the frozen cells of Table 7.1 with the store and seeds 0, 1, 2 (it is built within the time that is measured), and
   without it with seed 0, each a sweep; compared by the time of a run;
2. the whole of Table 7.1 with seed 0 as a sweep, and each of its cells as a process of its own with a plain Lightning
   loop over the same faces, split and epochs, as one would write it from the usual template: images through the whole
   network in every step, a validation loop, a checkpoint of the best epoch.

Faces and pretrained weights are there before; nothing else runs on the machine. Wanted: 10 times less time for a frozen
cell with the store than without; 4 times less for the table than by the plain loops.
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

from fer_lab.environment import describe_machine
from fer_lab.storage import write_json

ROOT = Path(__file__).resolve().parents[1]
FROZEN = ("all_fc3", "all_fc3_average", "all_fc3_max", "all", "all_average", "all_max")
WHOLE = ("free", "first_fc3", *FROZEN)
SEEDS = ("0", "1", "2")


def timed(command: list[str], **environment: str) -> float:
    """Seconds that a process takes; an error if it fails."""
    began = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def sweep(cells: tuple[str, ...], given: list[str], folder: Path) -> float:
    """Seconds of a sweep; its backbone stores lie in an empty cache, with the faces and weights of the usual one."""
    cache = folder / "cache"
    usual = Path(os.environ.get("FER_LAB_CACHE", ROOT / ".cache")).absolute()
    cache.mkdir(parents=True)
    for kind in ("twins", "faces", "weights", "hashes"):
        (cache / kind).symlink_to(usual / kind)
    chosen = f"cell={','.join(f'sase_emotion/{cell}' for cell in cells)}"
    command = [sys.executable, "run.py", "-m", chosen, *given, f"paths.results={folder}"]
    return timed(command, FER_LAB_CACHE=str(cache))


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--subjects", default="25")
    parser.add_argument("--profile", default="laptop")
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks/backbone_store.json"))
    args = parser.parse_args()
    given = [f"profile={args.profile}", f"profile.subjects={args.subjects}"]
    timed([sys.executable, "run.py", "cell=sase_emotion/all", "seed=9", "epochs=1", *given])  # twin, faces, weights
    with TemporaryDirectory() as name:
        folder = Path(name)
        stored = sweep(FROZEN, [f"seed={','.join(SEEDS)}", *given], folder / "stored") / (len(FROZEN) * len(SEEDS))
        without = sweep(FROZEN, ["seed=0", "backbone_store=off", *given], folder / "without") / len(FROZEN)
        table = sweep(WHOLE, ["seed=0", *given], folder / "table")
        plain = {cell: timed([sys.executable, "benchmarks/plain_lightning.py", cell, name, *given]) for cell in WHOLE}
    result = {
        "what": f"Table 7.1, twin of SASE-FE with {args.subjects} people, profile {args.profile}, all its epochs",
        "frozen_run_stored_s": round(stored, 2),
        "frozen_run_without_s": round(without, 2),
        "frozen_without_to_stored": round(without / stored, 2),
        "table_s": round(table, 1),
        "table_plain_s": {cell: round(seconds, 1) for cell, seconds in plain.items()},
        "table_plain_to_ours": round(sum(plain.values()) / table, 2),
        "machine": describe_machine(),
    }
    write_json(args.out, result)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
