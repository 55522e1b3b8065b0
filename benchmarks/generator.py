"""Frames a second on one core: python benchmarks/generator.py [--frames 200] [--out FILE].

The generator alone, compiled before the clock starts: action units, geometry, rendering, noise. Wanted: 400 at 112 px
with supersampling 2, 250 at 224 px without. Processor time is counted, so that a busy machine slows it less.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from fer_lab.environment import describe_machine
from fer_lab.generator import Identity, perform, render
from fer_lab.storage import write_json

WANTED = {(112, 2): 400, (224, 1): 250}
"""(size in px, supersampling) -> frames a second."""
REPEATS = 5


def frames_per_second(size: int, supersampling: int, frames: int) -> float:
    """The best of a few passes over one performance."""
    identity, performance = Identity(3), perform(1, "happiness", fps=100, duration=frames / 100)
    render(identity, performance, [0], size=size, supersampling=supersampling, seed=0)
    seconds = []
    for _ in range(REPEATS):
        start = time.process_time()
        render(identity, performance, range(frames), size=size, supersampling=supersampling, seed=0)
        seconds.append(time.process_time() - start)
    return frames / min(seconds)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks/generator.json"))
    args = parser.parse_args()
    rates = [
        {
            "size": size,
            "supersampling": supersampling,
            "frames_per_second": round(frames_per_second(size, supersampling, args.frames)),
            "wanted": wanted,
        }
        for (size, supersampling), wanted in WANTED.items()
    ]
    result = {"what": "rendering on one core, processor time", "rates": rates, "machine": describe_machine()}
    write_json(args.out, result)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
