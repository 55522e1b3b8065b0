"""An index of a million rows, read, filtered, split and signed.

    python benchmarks/scale_index.py [--rows 1000000] [--out FILE]

EmotioNet as ``fer-lab fetch pack`` leaves it: shards of a thousand images beside their index, eleven units an image,
and who is in it. The shards themselves are short files of the usual names: no picture is read here. Of each step its
seconds and its seconds of CPU, which is what an idle machine takes; it is signed twice, the first time with an empty
cache. Memory is that of the whole process. Wanted: 10 s together without the first signature, and 2 GB.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from usage import usage

from fer_lab.datamodules.selection import selected
from fer_lab.datamodules.splits import draw_split
from fer_lab.datasets import signature
from fer_lab.datasets.emotionet import EmotioNet
from fer_lab.datasets.emotionet_list import UNITS
from fer_lab.datasets.emotionet_shards import INDEX, SHARDS
from fer_lab.datasets.stills import PEOPLE
from fer_lab.environment import describe_machine
from fer_lab.fetching import file_name
from fer_lab.storage import publish, write_json

PER_SHARD, PEOPLE_OF = 1000, 20
"""Images in a shard, and of a person."""
RECIPE = {"kind": "subjects", "seed": 0, "clean": {"train": 0, "val": 0, "test": 0}}
Value = TypeVar("Value")


def write_copy(root: Path, rows: int) -> None:
    """A copy of the data set with so many images, whose shards are no tars."""
    draw = np.random.default_rng(0)
    urls = [f"http://example.org/{number:08d}.jpg" for number in range(rows)]
    known = pd.DataFrame({unit: draw.integers(0, 2, rows, dtype=np.int16) for unit in UNITS})
    with publish(root / SHARDS) as part:
        for number in range(-(-rows // PER_SHARD)):
            (part / f"{number:06d}.tar").write_bytes(b"shard %d" % number)
        paths = [f"{SHARDS}/{n // PER_SHARD:06d}.tar/{n:08d}.jpg" for n in range(rows)]
        pd.DataFrame({"url": urls, "path": paths}).join(known).to_parquet(part / INDEX)
    who = pd.DataFrame(
        {"image": [file_name(url) for url in urls], "subject": [f"s{n // PEOPLE_OF}" for n in range(rows)]}
    )
    who.to_csv(root / PEOPLE, index=False)


def steps(root: Path) -> dict[str, Any]:
    """What each step took, and the peak memory of this process."""
    seconds, cpu = dict[str, float](), dict[str, float]()

    def timed(name: str, action: Callable[[], Value]) -> Value:
        start, used = time.perf_counter(), time.process_time()
        value = action()
        seconds[name], cpu[name] = time.perf_counter() - start, time.process_time() - used
        return value

    dataset = EmotioNet(units="eleven")
    index = timed("read", lambda: dataset.index(root))
    sign = timed("sign_first", lambda: signature(root, index))
    if timed("sign_again", lambda: signature(root, index)) != sign:
        raise SystemExit("two signatures of one index")
    chosen = timed("filter", lambda: selected(index, "AU12", only={"AU12": 1.0}))
    people = index["subject"].nunique()
    counts = {"train": people - 2 * (people // 10), "val": people // 10, "test": people // 10}
    split = timed("split", lambda: draw_split(index, "clean", {**RECIPE, "clean": counts}))
    timed("check_split", split.check)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    found: dict[str, Any] = {"rows": len(index), "filtered": len(chosen), "memory_gb": round(memory / 1e9, 2)}
    for name, took in (("seconds", seconds), ("cpu_seconds", cpu)):
        found[name] = {step: round(value, 2) for step, value in took.items()}
        found[f"all_{name}"] = round(sum(took.values()) - took["sign_first"], 2)
    return found


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--steps", type=Path, nargs=2, metavar=("ROOT", "OUT"), help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks/scale_index.json"))
    args = parser.parse_args()
    if args.steps:
        write_json(args.steps[1], steps(args.steps[0]))
        return
    with TemporaryDirectory() as name:
        root, found = Path(name) / "copy", Path(name) / "found.json"
        root.mkdir()
        write_copy(root, args.rows)
        took = usage([sys.executable, __file__, "--steps", str(root), str(found)],
                         {"FER_LAB_CACHE": str(Path(name) / "cache")})  # fmt: skip
        result = {
            "what": f"EmotioNet of {args.rows} images in shards of {PER_SHARD}, eleven units and a person each",
            **json.loads(found.read_text()),
            "load": took["load"],
            "machine": describe_machine(),
        }
    write_json(args.out, result)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
