"""What a run of a sweep costs beside its training: python benchmarks/run_cost.py [--quick].

One sweep of runs that train next to nothing (a head on stored blocks, a handful of batches), one after the other: the
time from the end of a run to the end of the next. It holds all that a run has: its configuration and plan, its data
and model, an epoch with predictions, scores, weights, history and checkpoint, the record. What the sweep takes to
start, and its first runs, which store the blocks, do not count.
"""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from measuring import Figure, Found, command, main

FIRST = 2
"""Runs that do not count."""


def measure(quick: bool) -> Found:
    """Seconds between the ends of runs."""
    runs = 5 if quick else 24
    seeds = ",".join(map(str, range(runs)))
    with TemporaryDirectory() as name:
        small = ["profile=smoke", "epochs=1"]
        words = ["cell=sase_emotion/all_max", f"seed={seeds}", "jobs=1", *small]
        command(["run.py", "-m", *words, f"paths.results={name}"])
        ends = sorted(json.loads(path.read_text())["finished"] for path in Path(name, "runs").glob("*/run.json"))
    if len(ends) != runs:
        raise SystemExit(f"{len(ends)} of {runs} runs are finished")
    costs = [after - before for before, after in pairwise(ends[FIRST - 1 :])]
    what = f"a sweep of {runs} runs of sase_emotion/all_max, profile smoke, 1 epoch, one after the other"
    return Found(what, [Figure("fixed cost of a run in a sweep", costs, 1.0, "at most", "s")], {"seconds": costs})


if __name__ == "__main__":
    main(measure, __file__, __doc__)
