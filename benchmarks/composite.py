"""A composite data set of 40,000 images: python benchmarks/composite.py [--images 40000] [--side 112].

Small made images under the names of the internet images and of JAFFE, used as one (``data=universal``), taken whole at
112 px. Measured, each in a process of its own: their index with its signature, the faces, what the parts share
(``fer-lab leaks``), and the augmented copies of the training part, written and checked (``four_actions``). Wanted: the
index within 10 s, leaks within 60 s, 3 GB of memory at most, 1,500 copies a second.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_lab.datasets import jaffe
from fer_lab.datasets.internet import COUNTS
from fer_lab.environment import describe_machine
from fer_lab.processes import usable_cores
from fer_lab.storage import make_folder, write_json

MADE, OF_JAFFE = 64, 4
"""Side of an image in px; one in four is JAFFE's."""
STAGES = ("index", "faces", "leaks", "copies")


def picture(number: int) -> NDArray[np.uint8]:
    """Blotches that no other picture has, uint8 (S, S, 3)."""
    rough = np.random.default_rng(number).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(rough, (MADE, MADE), interpolation=cv2.INTER_CUBIC), np.uint8)


def write_images(root: Path, count: int) -> None:
    """So many images below ``internet/`` and ``jaffe/``, as their data sets come."""
    labels, codes = list(COUNTS), list(jaffe.CODES)
    people = [f"{a}{b}" for a in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    make_folder(root / "internet" / "images")
    make_folder(root / "jaffe")
    rows, paths = [], []
    for number in range(count):
        if number % OF_JAFFE:
            paths.append(f"internet/images/{number}.jpg")
            rows.append((f"images/{number}.jpg", labels[number % 7], f"p{number // 8}"))
        else:
            paths.append(f"jaffe/{people[number // 64 % len(people)]}.{codes[number % 7].upper()}1.{number}.tiff")
    pd.DataFrame(rows, columns=["path", "label", "subject"]).to_csv(root / "internet" / "labels.csv", index=False)
    with ThreadPoolExecutor(usable_cores()) as threads:
        list(threads.map(lambda one: cv2.imwrite(str(root / one[1]), picture(one[0])), enumerate(paths)))


def stage(name: str, given: Sequence[str]) -> dict[str, float]:
    """Do one stage in this process: seconds, and how many images or copies."""
    from fer_lab.sources import open_data, open_faces

    start = time.perf_counter()
    config, source = open_data("universal", list(given))
    if name == "index":
        return {"seconds": time.perf_counter() - start, "images": len(source.index)}
    if name == "leaks":
        from fer_lab.cli import main as call

        sys.argv = ["fer-lab", "leaks", "universal", *given]
        start, code = time.perf_counter(), 0
        try:
            call()
        except SystemExit as stop:
            code = int(stop.code or 0)
        return {"seconds": time.perf_counter() - start, "status": code}
    start, faces = time.perf_counter(), open_faces(source, config)
    if name == "faces":
        return {"seconds": time.perf_counter() - start, "images": len(faces.frames)}
    return copies(config, source.index, faces)


def copies(config: Any, index: pd.DataFrame, faces: Any) -> dict[str, float]:
    """Write the copies of ``stored_augmentation=four_actions``."""
    from fer_lab.configs import compose
    from fer_lab.datamodules.stored_augmentation import StoredAugmentation, augmented
    from fer_lab.faces.actions import Action
    from fer_lab.sources import split_of

    said = compose(["cell=universal/alexnet_augmented"])["stored_augmentation"]
    actions = [Action(**{key: value for key, value in one.items() if key != "_target_"}) for one in said["actions"]]
    how = StoredAugmentation(said["shares"], actions)
    names, train = list(config["data"]["classes"]), set(split_of(config, index, faces).train)
    label = faces.frames["id"].map(index.set_index("id")[config["data"]["target"]]).map(names.index)
    rows = faces.frames[["row", "id"]].assign(label=label, part="train")
    made, after = augmented(faces, rows[rows["id"].isin(train)], names, how)
    start = time.perf_counter()
    made.view("face")
    return {"seconds": time.perf_counter() - start, "copies": len(after) - len(train)}


def measured(name: str, given: Sequence[str], environment: dict[str, str]) -> dict[str, float]:
    """One stage in a process of its own, with the most memory (GB) that it or one of its workers took."""
    command = [sys.executable, __file__, "--stage", name, *given]
    load = os.getloadavg()[0]
    done = subprocess.run(command, env=os.environ | environment, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return {key: round(value, 2) for key, value in {**found, "load_before": load}.items()}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=40_000)
    parser.add_argument("--side", type=int, default=112)
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks/composite.json"))
    parser.add_argument("--stage", choices=STAGES, help=argparse.SUPPRESS)
    parser.add_argument("overrides", nargs="*", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.stage:
        found = stage(args.stage, args.overrides)
        most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        print("\n" + json.dumps({**found, "memory_gb": most / 2**20}))
        return
    with TemporaryDirectory() as folder:
        write_images(Path(folder), args.images)
        given = ["source=real", f"paths.data={folder}", "data.missing=skip", "faces=whole"]
        given += [f"faces.steps.0.size={args.side}"]
        environment = {"FER_LAB_CACHE": f"{folder}/cache"}
        found = {name: measured(name, given, environment) for name in STAGES}
    found["copies"]["copies_s"] = round(found["copies"]["copies"] / found["copies"]["seconds"])
    what = f"{args.images} images of {MADE} px, at {args.side} px"
    result = {"what": what, **found, "machine": describe_machine()}
    write_json(args.out, result)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
