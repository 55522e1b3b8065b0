"""What one GPU makes of the heaviest cells, in 8 minutes: python benchmarks/gpu.py [--quick].

Needs this checkout and the packages named in ``NEEDED``, nothing installed by `make setup` and no network: cells are
composed beforehand (benchmarks/gpu_cells.json), weights are of chance, images are made. What is missing is said before
anything starts. Packages that are missing can be carried as wheels (`pip download --no-deps -d FOLDER NAME`), which
``--wheels FOLDER`` unpacks beside the run; FER2013 as one file, which ``--pack FILE`` makes where the project is
installed and the data lie (``FER_LAB_DATA``), and ``--fer2013 FILE`` reads.

Writes results/benchmarks/gpu.json after each part. A part that its time is over for is left out, and the file says so.
``--quick`` rehearses all of it in miniature, on a CPU if there is no GPU.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import sys
import time
import zipfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import MagicMock

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "results" / "benchmarks" / "gpu.json"
NEEDED = (
    "torch", "pytorch_lightning", "torchmetrics", "torchvision", "timm", "safetensors", "numpy", "pandas", "pyarrow",
    "scipy", "sklearn", "cv2", "psutil", "filelock",
)  # fmt: skip
WITHOUT = {"av": ("av", "av.stream", "av.video", "av.video.reformatter"), "openpyxl": ("openpyxl",)}
"""Packages that ``fer_lab.media`` and ``fer_lab.datasets`` import, and nothing here calls: their modules."""
BUDGETS = {
    "peak": 15, "networks": 170, "features": 20, "sharing": 80, "loader": 30, "compiled": 110, "strong": 200
}  # fmt: skip
"""Part -> seconds that it may take; the last one may take all that is left of the whole."""


def lacking() -> list[str]:
    """The packages that are needed and not there."""
    return [name for name in NEEDED if importlib.util.find_spec(name) is None]


def refusal(quick: bool, fer2013: Path | None) -> str:
    """What is missing before anything can start; '' if nothing is."""
    if names := lacking():
        return f"missing: {', '.join(names)}\n  do: carry them as wheels and name their folder with --wheels"
    if fer2013 is not None and not fer2013.is_file():
        return f"missing: {fer2013}\n  do: make it with --pack where the data lie, or leave --fer2013 out"
    import torch

    if not torch.cuda.is_available() and not quick:
        return "missing: a GPU that torch sees\n  do: run it on a machine with one; --quick rehearses it without"
    return ""


def unpack_wheels(folder: Path, place: Path) -> None:
    """Put carried wheels where Python finds them."""
    wheels = sorted(folder.glob("*.whl"))
    if not wheels:
        sys.exit(f"missing: wheels in {folder}\n  do: pip download --no-deps -d {folder} NAME, or leave --wheels out")
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(place)
    sys.path.insert(0, str(place))
    os.environ["PYTHONPATH"] = os.pathsep.join([str(place), *filter(None, [os.environ.get("PYTHONPATH")])])


def stand_in() -> None:
    """Let what is never called be absent."""
    for package, modules in WITHOUT.items():
        try:
            importlib.import_module(package)
        except ImportError:
            sys.modules.update({name: MagicMock() for name in modules})


def machine() -> dict[str, Any]:
    """What it ran on."""
    import torch

    from fer_lab.environment import describe_machine

    gpu = torch.cuda.get_device_name(0) if torch.cuda.is_available() else None
    return describe_machine(gpu)


def measure(quick: bool, minutes: float, fer2013: Path | None, out: Path, only: Sequence[str]) -> dict[str, Any]:
    """All parts, in their order."""
    import gpu_parts
    from gpu_cells import cells

    from fer_lab.storage import write_json

    began, shown = time.perf_counter(), cells("smoke" if quick else "paper")
    result: dict[str, Any] = {"what": "one GPU, made images" + (", a rehearsal" if quick else ""), "machine": machine()}
    for name, budget in BUDGETS.items():
        left = 60 * minutes - (time.perf_counter() - began)
        if name not in only:
            continue
        if left < 0.4 * budget:
            result[name] = {"skipped": f"{max(0, left):.0f} s are left of {minutes:g} minutes, it needs {budget}"}
            continue
        whole = quick or name == "strong"  # a rehearsal is to do all of it, however slow the machine is
        clock = gpu_parts.Clock(left if whole else min(left, budget), quick, shown, fer2013)
        start = time.perf_counter()
        result[name] = clock.measured(0, partial(getattr(gpu_parts, name), clock))
        result[name]["seconds"] = round(time.perf_counter() - start, 1)
        print(f"{name}: {json.dumps(result[name])[:600]}", flush=True)
        write_json(out, result)
    return result


def pack(out: Path) -> None:
    """Write FER2013, where the project is installed, as one file to carry."""
    from gpu_parts import packed

    from fer_lab import media
    from fer_lab.sources import open_data

    _, source = open_data("fer2013_private", ["source=real"])
    parts = {"Training": "train", "PublicTest": "val", "PrivateTest": "test"}
    names = source.dataset.targets["emotion"].names
    rows = source.index.to_dict("records")
    if any(row["kind"] != "image" for row in rows):
        images = [one.tobytes() for one in source.dataset.images(source.root, source.index)]
    else:
        images = [media.read_bytes(source.root, row["path"]) for row in rows]
    labels = [names.index(row["emotion"]) for row in rows]
    out.write_bytes(packed(images, labels, [parts[row["part_given"]] for row in rows]))
    print(f"{out}: {len(rows)} images, {out.stat().st_size / 1e6:.1f} MB")


def main() -> None:
    """Look what is missing, measure, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--quick", action="store_true", help="a rehearsal in miniature")
    parser.add_argument("--minutes", type=float, default=7.5, help="for all parts together")
    parser.add_argument("--only", default=",".join(BUDGETS), help="parts, with commas between")
    parser.add_argument("--wheels", type=Path, help="folder of carried wheels")
    parser.add_argument("--fer2013", type=Path, help="FER2013 as one file")
    parser.add_argument("--pack", type=Path, help="write that file, and nothing else")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    with TemporaryDirectory() as place:
        if args.wheels:
            unpack_wheels(args.wheels, Path(place))
        if why := refusal(args.quick or args.pack is not None, args.fer2013):
            sys.exit(why)
        stand_in()
        if args.pack:
            pack(args.pack)
        elif args.worker:
            from gpu_cells import cells
            from gpu_parts import worker

            worker(args.quick, cells("smoke" if args.quick else "paper"))
        else:
            only = [name for name in args.only.split(",") if name]
            if unknown := sorted(set(only) - set(BUDGETS)):
                sys.exit(f"no part {', '.join(unknown)}\n  expected: some of {', '.join(BUDGETS)}")
            measure(args.quick, args.minutes, args.fer2013, args.out, only)


if __name__ == "__main__":
    main()
