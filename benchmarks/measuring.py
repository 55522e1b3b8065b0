"""What the benchmarks share: actions timed in turns, medians with their spread, one form of what is written.

A benchmark is a script with ``measure(quick) -> Found``. Its file, results/benchmarks/<name of the script>.json, holds
what was compared, each figure with its goal, the single measurements behind it, and the machine. ``--quick`` is the
scale that the tests rehearse: the way of a measurement in miniature, no figure to keep.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Literal

from fer_lab.environment import describe_machine
from fer_lab.storage import cache_root, make_folder, write_json

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "results" / "benchmarks"
Wanted = Literal["at least", "at most"]


@dataclass(frozen=True)
class Figure:
    """One figure of a benchmark.

    Args:
        what: in words, as the page says it.
        values: what each repeat gave.
        goal: what the median is to reach.
        wanted: whether it is to be at least or at most the goal.
        unit: ``s``, or '' for a ratio.
    """

    what: str
    values: Sequence[float]
    goal: float
    wanted: Wanted = "at least"
    unit: str = ""

    def written(self) -> dict[str, Any]:
        """As a file holds it: the median, the lowest and the highest, how many, and whether the goal is reached."""
        middle = median(self.values)
        reached = middle >= self.goal if self.wanted == "at least" else middle <= self.goal
        return {
            "what": self.what,
            "median": rounded(middle),
            "lowest": rounded(min(self.values)),
            "highest": rounded(max(self.values)),
            "repeats": len(self.values),
            "unit": self.unit,
            "goal": self.goal,
            "wanted": self.wanted,
            "reached": reached,
        }


@dataclass(frozen=True)
class Found:
    """What a benchmark came to.

    Args:
        what: was compared, in words.
        figures: with their goals.
        measured: the measurements behind them, by name.
    """

    what: str
    figures: Sequence[Figure]
    measured: Mapping[str, Any] = field(default_factory=dict)


def timed(action: Callable[[], object]) -> float:
    """Seconds of an action."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def in_turns(repeats: int, *, warm: bool = True, **actions: Callable[[], float]) -> dict[str, list[float]]:
    """What actions measure: all of them one after the other, and that so many times.

    Args:
        repeats: turns that count.
        warm: whether a turn that does not count comes first.
        actions: each gives its seconds.
    """
    if warm:
        in_turns(1, warm=False, **actions)
    turns = [{name: action() for name, action in actions.items()} for _ in range(repeats)]
    return {name: [turn[name] for turn in turns] for name in actions}


def ratios(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """The quotient of each repeat."""
    return [one / other for one, other in zip(above, below, strict=True)]


def command(words: Sequence[str], **environment: str) -> float:
    """Seconds of a Python script of the checkout as a process; an error if it fails, with what it said."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: status {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return time.perf_counter() - began


def emptied_cache(folder: Path, *kept: str) -> str:
    """A cache below a folder that has some kinds of things from the usual one, and nothing else."""
    cache = make_folder(folder / "cache")
    for kind in kept:
        (cache / kind).symlink_to(make_folder(cache_root() / kind).absolute())
    return str(cache)


def rounded(value: Any) -> Any:
    """Numbers, however deep, to four digits."""
    if isinstance(value, Mapping):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(inner) for inner in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


def main(measure: Callable[[bool], Found], script: str, document: str | None) -> None:
    """Measure, print, write: the command line of a benchmark.

    Args:
        measure: called with whether to be quick.
        script: its file.
        document: its docstring.
    """
    parser = argparse.ArgumentParser(description=(document or "").split("\n", 1)[0])
    parser.add_argument("--quick", action="store_true", help="in miniature, to see that it works; writes no file")
    parser.add_argument("--out", type=Path, help="the file; results/benchmarks/<name>.json if not given")
    args = parser.parse_args()
    load, began = os.getloadavg()[0], time.perf_counter()
    found = measure(args.quick)
    result = {
        "what": found.what,
        "figures": [figure.written() for figure in found.figures],
        "measured": rounded(found.measured),
        "seconds": round(time.perf_counter() - began),
        "load_before": round(load, 1),
        "machine": describe_machine(),
    }
    print(json.dumps(result, indent=1, ensure_ascii=False))
    if args.out or not args.quick:
        write_json(args.out or RESULTS / Path(script).with_suffix(".json").name, result)
