"""Pictures from shards against pictures from files: python benchmarks/shards.py [--images 2000] [--out FILE].

The same JPEGs of 30 kB as they are fetched and packed; read and decoded in the order of the index, in turn.
Wanted: at least 0.9 of the rate from files.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from fetching import jpeg

from fer_lab import media
from fer_lab.datasets.emotionet_list import UNITS
from fer_lab.datasets.emotionet_shards import IMAGES, write_shards
from fer_lab.environment import describe_machine
from fer_lab.fetching import file_name
from fer_lab.storage import write_json

ROUNDS, PER_SHARD = 5, 500


def seconds(root: Path, paths: Sequence[str]) -> float:
    """Of reading and decoding them all."""
    start = time.process_time()
    for path in paths:
        next(media.frames(root, path, "image"))
    return time.process_time() - start


def measure(count: int) -> dict[str, object]:
    """Median pictures a second of processor time, from files and from shards."""
    urls, data = [f"http://a.com/{number}.jpg" for number in range(count)], jpeg()
    table = pd.DataFrame(np.zeros((count, len(UNITS)), np.int16), columns=list(UNITS))
    table.insert(0, "url", urls)
    with TemporaryDirectory() as name:
        root = Path(name)
        (root / IMAGES).mkdir()
        for url in urls:
            (root / IMAGES / file_name(url)).write_bytes(data)
        packed = list(write_shards(root, table, PER_SHARD)["path"])
        plain = [f"{IMAGES}/{file_name(url)}" for url in urls]
        times = [(seconds(root, plain), seconds(root, packed)) for _ in range(ROUNDS)]
    files, shards = (round(count / median(column), 1) for column in zip(*times, strict=True))
    return {
        "what": f"{count} JPEGs of {len(data)} bytes, {PER_SHARD} a shard",
        "from_files": files,
        "from_shards": shards,
        "shards_to_files": round(shards / files, 3),
        "machine": describe_machine(),
    }


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks/shards.json"))
    args = parser.parse_args()
    result = measure(args.images)
    write_json(args.out, result)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
