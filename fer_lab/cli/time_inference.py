"""The command that measures how long a finished run takes to answer pictures, and what tables lack of such times."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from fer_lab.cli.app import Overrides, app, say, show_table
from fer_lab.cli.models import check_extra, found_run
from fer_lab.cli.recheck import Name, Seed
from fer_lab.cli.serve import EXTRA, Device, Threads
from fer_lab.errors import ConfigError, DataError
from fer_lab.processes import end_children_with

if TYPE_CHECKING:
    from fer_lab.ledger import Run

AT_ONCE = 100
"""Pictures that a table's networks answer where nothing was measured yet: seconds a network, not minutes."""
REPEATS = 3


@app.command("time-inference")
def time_inference(
    run: Name,
    overrides: Overrides = None,
    seed: Seed = 0,
    images: Annotated[int | None, typer.Option(min=1, help="So many of the pictures; all without.")] = None,
    repeats: Annotated[int, typer.Option(min=1, help="How often all are answered, each way.")] = REPEATS,
    threads: Threads = None,
) -> None:
    """Measure how long a finished run, exported, takes to answer the pictures of its test part: the network alone, one
    by one, and as a service; on the CPU, and on the GPU if there is one. Tables read what is kept beside the run;
    measuring again replaces it. Of several runs of a cell source=, profile= and protocol= say which; paths.results=
    their place.
    """
    end_children_with(os.getpid())
    _measure(found_run(run, seed, overrides or []), images, repeats, threads)


def measure_missing(runs: Iterable[Run]) -> None:
    """Measure those of some runs of which nothing was measured yet, on few pictures; what cannot be is said.

    Raises:
        StoreError: what was measured of one is damaged.
    """
    from fer_lab.ledger.timings import read_timings

    for run in runs:
        if read_timings(run):
            continue
        try:
            _measure(run, AT_ONCE, REPEATS, None)
        except (ConfigError, DataError) as error:
            say(f"how long {run.cell} takes to answer is not measured: {error}")


def _measure(run: Run, images: int | None, repeats: int, threads: int | None) -> None:
    """On each device that there is; kept beside the run, and shown."""
    from fer_lab.ledger.timings import write_timing

    check_extra("serve", *EXTRA)
    check_extra("export", "onnx", "onnxscript")
    pictures, what = _pictures(run, images)
    from fer_lab.exporting.cached import exported
    from fer_lab.inference.model import has_gpu
    from fer_lab.serving.timing import time_answers

    path, rows = exported(run), []
    for device in (Device.CPU, Device.GPU)[: 1 + has_gpu()]:
        timing = time_answers(path, pictures, what, device.value, repeats, threads)
        write_timing(run, timing)
        rows += [
            (device.value, way, f"{times.median:.3f}", "{:.3f} to {:.3f}".format(*times.spread))
            for way, times in timing.seconds.items()
        ]
    title = f"{run.cell} seed {run.seed}: seconds for {len(pictures)} pictures ({what})"
    show_table(title, ("device", "way", "median", f"of {repeats}"), rows, 2)
    if not has_gpu():
        say("onnxruntime sees no GPU here: nothing is measured of one")


def _pictures(run: Run, most: int | None) -> tuple[list[bytes], str]:
    """The bytes of so many image files of a run's test part, evenly spread, and what they are in words."""
    from fer_lab import media
    from fer_lab.runs import pictures_of

    if not (files := pictures_of(run)):
        raise DataError(
            f"run {run.id} of {run.cell}: the pictures of its test part are not here, or have changed",
            expected=f"the image files of {run.dataset} that it was tested on",
            do="put them where they were, or train the cell on those that are here",
        )
    count = min(len(files), most or len(files))
    chosen = [files[place * len(files) // count] for place in range(count)]
    return [media.read_bytes(root, path) for root, path in chosen], f"test part of {run.dataset}, {run.source}"
