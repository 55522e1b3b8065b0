"""What the same command gives under other settings of one machine: python benchmarks/reproducibility.py.

    python benchmarks/reproducibility.py [--profile smoke] [--seeds 0,1] [--cells a/b,c/d] [--only runs] [overrides]

1. Costs: processor time of training steps in float32 beside bf16, on one thread, in turns.
2. Stages: the twin of OULU-CASIA is drawn and its faces are prepared, each time in an empty cache; are the files and
   the arrays the same?
3. Runs: the cells are trained from the same faces and the same shipped backbone, once a setting and precision, each
   with a store of backbone outputs of its own; compared with one thread and all instructions (``runs.compare``).

A processor without AVX-512 is stood in for by libraries that are told to leave it unused. MediaPipe's kernels (XNNPACK)
take no such order: the landmark model is the same here under all settings, and nothing is known of another processor.
The result goes to results/benchmarks/reproducibility.json; docs/reproducibility.md shows it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from fer_lab.configs import compose
from fer_lab.environment import describe_machine
from fer_lab.models.precision import autocast
from fer_lab.runs.compare import SideBySide, compare
from fer_lab.runs.models import starting_model
from fer_lab.storage import write_json
from fer_lab.tasks.weights import as_channels_last

ROOT = Path(__file__).resolve().parents[1]
CELLS = "oulu_casia/cnn_frontal,oulu_casia/cnn_geometry,oulu_casia/cnn_gru_image"
AVX2 = {
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "ATEN_CPU_CAPABILITY": "avx2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR",
    "NUMBA_CPU_NAME": "haswell",
    "OPENCV_CPU_DISABLE": "AVX512-SKX,AVX512-CNL,AVX512-CLX,AVX512-ICL",
}
"""As if the processor had AVX2 and no more."""
STAGES: Mapping[str, tuple[list[str], dict[str, str]]] = {
    "one worker": (["workers=1"], {}),
    "again": (["workers=1"], {}),
    "two workers": (["workers=2"], {}),
    "two threads": (["workers=1"], {"OMP_NUM_THREADS": "2"}),
    "AVX2": (["workers=1"], AVX2),
    **{f"AVX2 by {name} alone": (["workers=1"], {name: value}) for name, value in AVX2.items()},
}
"""Name of a setting -> overrides, environment; the first one is what the others are compared with."""
RUNS: Mapping[str, tuple[list[str], dict[str, str]]] = {
    "one thread": (["threads=1"], {}),
    "again": (["threads=1"], {}),
    "two threads": (["threads=2"], {}),
    "AVX-512 without bf16": (["threads=1"], {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE"}),
    "AVX2": (["threads=1"], AVX2),
}
PRECISIONS = ("32-true", "bf16-mixed")
STEPS: Mapping[str, tuple[int, ...]] = {
    "fer2013_final/final": (64, 1, 48, 48),
    "fer2013_strong/resnet": (64, 1, 48, 48),
    "sase_emotion/free": (64, 3, 64, 64),
    "oulu_casia/cnn_gru_image": (16, 5, 3, 64, 64),
}
"""Cell -> shape of a batch of the laptop profile."""
PREPARE = """
import json, sys
from fer_lab.configs import compose
from fer_lab.sources import open_faces, open_source
config = compose(sys.argv[1:])
source = open_source(config)
print(json.dumps({"files": source.signature, "faces": str(open_faces(source, config).folder)}))
"""


def call(words: list[str], cache: Path, environment: Mapping[str, str]) -> str:
    """The output of a process with a cache and environment of its own; an error if it fails."""
    own = {"OMP_NUM_THREADS": "1", **os.environ, **environment, "FER_LAB_CACHE": str(cache)}
    done = subprocess.run([sys.executable, *words], cwd=ROOT, env=own, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def costs(turns: int = 7) -> dict[str, float]:
    """How many times as long a training step takes in float32, median of pairs."""
    torch.set_num_threads(1)
    found = {}
    for cell, shape in STEPS.items():
        model = as_channels_last(starting_model(compose([f"cell={cell}", "profile=laptop"]), [])[0]).train()
        pairs = [[_step_s(model, shape, precision) for precision in PRECISIONS] for _ in range(turns + 1)]
        found[cell] = round(median(single / half for single, half in pairs[1:]), 2)
    return found


def _step_s(model: torch.nn.Module, shape: tuple[int, ...], precision: str) -> float:
    """Processor time of a forward and a backward pass."""
    inputs, labels = torch.rand(shape), torch.arange(shape[0]) % 6
    began = time.process_time()
    with autocast(torch.device("cpu"), precision):
        loss = F.cross_entropy(model(inputs).float(), labels)
    loss.backward()  # type: ignore[no-untyped-call]
    return time.process_time() - began


def stages(sizes: list[str], folder: Path) -> dict[str, dict[str, Any]]:
    """Whether the twin's files are those of the first setting, and how far the arrays of its faces are from them."""
    made: dict[str, dict[str, str]] = {}
    for name, (overrides, environment) in STAGES.items():
        words = ["-c", PREPARE, "cell=oulu_casia/cnn_geometry", *sizes, *overrides]
        made[name] = json.loads(call(words, folder / name, environment).splitlines()[-1])
    first = next(iter(made.values()))
    return {
        name: {"same_files": own["files"] == first["files"], **_apart(Path(first["faces"]), Path(own["faces"]))}
        for name, own in made.items()
    }


def _apart(first: Path, second: Path) -> dict[str, Any]:
    """Of each array of two face stores: the share of its numbers that differ, and the largest difference."""
    found: dict[str, Any] = {}
    for path in sorted(first.glob("*.npy")):
        one, two = np.load(path).astype(np.float64), np.load(second / path.name).astype(np.float64)
        away = np.abs(one - two) if one.shape == two.shape else np.full(1, np.inf)
        found[path.stem] = {"differ": float((away > 0).mean()), "most": float(away.max())}
    return found


def runs(given: list[str], faces: Path, folder: Path) -> dict[str, Any]:
    """Every setting against one thread of its precision, and the precisions against each other."""
    found: dict[str, Any] = {}
    for precision in PRECISIONS:
        for name, (overrides, environment) in RUNS.items():
            place = folder / precision / name
            own = [*given, *overrides, f"trainer.precision={precision}", f"paths.results={place}"]
            call(["run.py", "-m", *own, "jobs=1"], _with(faces, place / "cache"), environment)
            if name != next(iter(RUNS)):
                found[f"{precision}, {name}"] = _compared(folder / precision / next(iter(RUNS)), place)
    ends = [folder / precision / next(iter(RUNS)) for precision in PRECISIONS]
    return {**found, " against ".join(reversed(PRECISIONS)): _compared(*ends)}


def _with(faces: Path, cache: Path) -> Path:
    """An empty cache with the twins and faces of another one."""
    cache.mkdir(parents=True)
    for kind in ("twins", "faces", "hashes", "copies"):
        if (faces / kind).is_dir():
            (cache / kind).symlink_to(faces / kind)
    return cache


def _compared(first: Path, second: Path) -> dict[str, Any]:
    return {cell.cell: dict(_numbers(cell)) for cell in compare(first, second).cells}


def _numbers(cell: SideBySide) -> Iterator[tuple[str, Any]]:
    yield "same_bits", cell.same
    yield "differs_from_epoch", cell.differs_from
    yield "answers_changed", round(cell.changed, 4)
    yield "values", [[round(value, 4) for value in pair] for pair in cell.by_seed]


def tables(result: Mapping[str, Any]) -> str:
    """What was measured, as Markdown."""
    machine, commands = result["machine"], ", ".join(f"`{line}`" for line in result["commands"].values())
    lines = [f"Made on {machine['cpu']} ({machine['instructions']}), torch {machine['versions']['torch']}, with"]
    lines += [f"{commands}.", ""]
    lines += ["| Stage, under | files of the twin | landmarks | pose, degrees | aligned face | frontalized face |"]
    lines += ["|---|---|---|---|---|---|"]
    for name, own in result["stages"].items():
        arrays = [_distance(own[key]) for key in ("landmarks", "pose", "face", "frontal")]
        lines.append(f"| {name} | {'same' if own['same_files'] else 'others'} | {' | '.join(arrays)} |")
    for profile, settings in result["runs"].items():
        lines += ["", f"| {profile}: setting | cell | bits | other answers | difference by seed | seeds apart |"]
        lines += ["|---|---|---|--:|--:|--:|"]
        for name, cells in settings.items():
            lines += [f"| {name} | {cell.split('/')[1]} | {_row(own)} |" for cell, own in cells.items()]
    lines += ["", "| Cell | a step in float32, times one in bf16 |", "|---|--:|"]
    lines += [f"| {cell} | {ratio:.2f} |" for cell, ratio in result["float32_to_bf16"].items()]
    return "\n".join(lines)


def _distance(of: Mapping[str, float]) -> str:
    return f"{of['differ']:.1g} of all differ, by {of['most']:.2g} at most" if of["differ"] else "same"


def _row(cell: Mapping[str, Any]) -> str:
    first = [pair[0] for pair in cell["values"]]
    moved = ", ".join(f"{two - one:+.3f}" for one, two in cell["values"])
    epoch = cell["differs_from_epoch"]
    bits = (
        "same" if cell["same_bits"] else "same scores, other weights" if epoch is None else f"others from epoch {epoch}"
    )
    return f"{bits} | {cell['answers_changed']:.1%} | {moved} | {max(first) - min(first):.3f}"


def write_page(page: Path, result: Mapping[str, Any]) -> None:
    """Put the tables between their marks on the page of documentation."""
    before, rest = page.read_text().split("<!-- measured -->\n")
    after = rest.split("<!-- end -->", 1)[1]
    page.write_text(f"{before}<!-- measured -->\n{tables(result)}\n<!-- end -->{after}")


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profile", default="smoke")
    parser.add_argument("overrides", nargs="*", default=["profile.subjects=12", "epochs=12"])
    parser.add_argument("--seeds", default="0,1")
    parser.add_argument("--cells", default=CELLS)
    parser.add_argument("--only", choices=("costs", "stages", "runs"))
    parser.add_argument("--page", type=Path, help="page whose tables are written anew")
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks/reproducibility.json"))
    args = parser.parse_args()
    sizes = [f"profile={args.profile}", *args.overrides]
    result: dict[str, Any] = json.loads(args.out.read_text()) if args.out.is_file() else {}
    with TemporaryDirectory() as name:
        folder, faces = Path(name), Path(os.environ.get("FER_LAB_CACHE", ROOT / ".cache")).absolute()
        if args.only in (None, "costs"):
            result["float32_to_bf16"] = costs()
        if args.only in (None, "stages"):
            result["stages"] = stages(sizes, folder / "stages")
        if args.only in (None, "runs"):
            given = [f"cell={args.cells}", f"seed={args.seeds}", *sizes]
            call(["run.py", "-m", *given, f"paths.results={folder / 'warm'}"], faces, {})
            result.setdefault("runs", {})[args.profile] = runs(given, faces, folder / "runs")
    result |= {"machine": describe_machine()}
    result.setdefault("commands", {})[f"{args.profile} {args.only or 'all'}"] = " ".join(
        ["python", "benchmarks/reproducibility.py", *sys.argv[1:]]
    )
    write_json(args.out, result)
    if args.page:
        write_page(args.page, json.loads(args.out.read_text()))  # in the order of the file
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
