"""The face stage at any size: time and memory of 20,000 and of 200,000 frames.

    python benchmarks/scale_faces.py [--frames 20000 200000] [--twins 2000] [--workers 1] [--out FILE]

The stage as every data set goes through it, in a process of its own with an empty cache: shards, workers, join. Two
kinds of pictures: noise of 48 px prepared by small transforms, which need no detector, so that what the stage itself
costs is seen; and twins of 224 px with MediaPipe (``--twins``). A few hundred files stand behind all rows of the index.
Wanted: 200,000 frames within 2 GB, and the cost of a frame within 10 % of that of 20,000.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from usage import usage

from fer_lab import media
from fer_lab.environment import describe_machine
from fer_lab.faces import FacesConfig, Grey, Resize, StepsConfig, ThreeChannels, build_store
from fer_lab.generator import Identity, perform, render
from fer_lab.storage import write_json

FILES, SIDE, TWIN_SIDE = 200, 48, 224
KINDS = {"noise": StepsConfig((Grey(), Resize(64), ThreeChannels())), "twins": FacesConfig()}


def write_pictures(root: Path, kind: str, count: int) -> None:
    """So many pictures of a kind, ``0.png`` and so on."""
    draw = np.random.default_rng(0)
    for number in range(count):
        if kind == "noise":
            picture = draw.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
        else:
            shown = perform(number, "happiness", fps=25, duration=1.0)
            picture = render(Identity(number), shown, [12], size=TWIN_SIDE, seed=number)[0][0]
        media.write_image(root / f"{number}.png", picture)


def build(root: Path, kind: str, frames: int, workers: int) -> None:
    """The store of an index of so many rows."""
    files = len(list(root.glob("*.png")))
    paths = [f"{number % files}.png" for number in range(frames)]
    index = pd.DataFrame({"id": [f"{number:07d}" for number in range(frames)], "path": paths, "kind": "image"})
    store = build_store(root, index.assign(fps=np.nan), f"{kind}-{frames}", KINDS[kind], workers)
    if len(store.frames) + len(store.skipped) != frames:
        raise SystemExit(f"{len(store.frames)} faces and {len(store.skipped)} left out of {frames} frames")


def measure(kind: str, sizes: Sequence[int], workers: int) -> list[dict[str, Any]]:
    """What each number of frames took."""
    found = []
    with TemporaryDirectory() as name:
        root = Path(name)
        write_pictures(root, kind, min(FILES, *sizes))
        for frames in sizes:
            with TemporaryDirectory() as cache:
                command = [sys.executable, __file__, "--build", name, kind, str(frames), str(workers)]
                took = usage(command, {"FER_LAB_CACHE": cache})
                size = sum(path.stat().st_size for path in Path(cache).rglob("*.npy"))
            cost = {"ms_a_frame": round(1e3 * took["seconds"] / frames, 3),
                    "cpu_ms_a_frame": round(1e3 * took["cpu_seconds"] / frames, 3)}  # fmt: skip
            found.append({"frames": frames, **took, **cost, "store_gb": round(size / 1e9, 3)})
    return found


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, nargs="+", default=[20_000, 200_000])
    parser.add_argument("--twins", type=int, nargs="*", default=[2000])
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--build", nargs=4, metavar=("ROOT", "KIND", "FRAMES", "WORKERS"), help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks/scale_faces.json"))
    args = parser.parse_args()
    if args.build:
        root, kind, frames, workers = args.build
        build(Path(root), kind, int(frames), int(workers))
        return
    asked = {"noise": args.frames, "twins": args.twins}
    found = {kind: measure(kind, sizes, args.workers) for kind, sizes in asked.items() if sizes}
    costs = [one["cpu_ms_a_frame"] for one in found.get("noise", [])]
    result = {
        "what": f"noise of {SIDE} px by steps to 64 px x 3; twins of {TWIN_SIDE} px by MediaPipe, two views of 64 px",
        "workers": args.workers,
        **found,
        "last_to_first_cpu_a_frame": round(costs[-1] / costs[0], 3) if costs else None,
        "machine": describe_machine(),
    }
    write_json(args.out, result)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
