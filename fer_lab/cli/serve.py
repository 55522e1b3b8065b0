"""The commands that let a finished run answer pictures, and measure how long that takes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from fer_lab.cli.app import Overrides, app, say, show_table
from fer_lab.cli.recheck import Name, Seed
from fer_lab.cli.words import asked, results_of
from fer_lab.errors import ConfigError, DataError
from fer_lab.ledger import STAMP

if TYPE_CHECKING:
    from fer_lab.ledger import Run

Threads = Annotated[int | None, typer.Option(min=1, help="of the network on a CPU; torch chooses without")]


class Device(StrEnum):
    """Where a network computes."""

    CPU = "cpu"
    GPU = "gpu"


@app.command()
def serve(
    run: Name,
    overrides: Overrides = None,
    seed: Seed = 0,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of this machine's loopback; 0: a free one.")] = 8766,
    device: Device = Device.CPU,
    threads: Threads = None,
) -> None:
    """Answer pictures over HTTP, on this machine only: POST one to /predict, as it is or as the field `file` of a form.

    Of several runs of a cell source=, profile= and protocol= say which; paths.results= where they lie.
    """
    found = _found(run, seed, overrides or [])
    _check_extra()
    from fer_lab.serving.answering import Answering
    from fer_lab.serving.app import serve as answer
    from fer_lab.serving.timing import DEVICES

    _set(device, threads)
    say(f"run {found.id} of {found.cell} ({' · '.join(getattr(found, key) for key in STAMP)})")
    answering = Answering(found, DEVICES[device])
    answer(answering, port, lambda page: say(f"answers POST {page}predict with a picture; Ctrl-C ends it"))


@app.command("time-inference")
def time_inference(
    run: Name,
    overrides: Overrides = None,
    seed: Seed = 0,
    images: Annotated[int | None, typer.Option(min=1, help="So many of the pictures; all without.")] = None,
    repeats: Annotated[int, typer.Option(min=1, help="How often all are answered, each way.")] = 3,
    threads: Threads = None,
) -> None:
    """Measure how long a finished run takes to answer the pictures of its test part: its network alone, one by one, and
    as a REST service; on the CPU, and on the GPU if there is one. Tables read what is kept beside the run; measuring
    again replaces it. Of several runs of a cell source=, profile= and protocol= say which; paths.results= their place.
    """
    from fer_lab.ledger.timings import write_timing
    from fer_lab.processes import end_children_with
    from fer_lab.runs import has_gpu

    found = _found(run, seed, overrides or [])
    _check_extra()
    pictures, what = _pictures(found, images)
    end_children_with(os.getpid())
    from fer_lab.serving.timing import time_answers

    rows = []
    for device in (Device.CPU, Device.GPU)[: 1 + has_gpu()]:
        _set(device, threads)
        timing = time_answers(found, pictures, what, device.value, repeats)
        write_timing(found, timing)
        rows += [
            (device.value, way, f"{times.median:.3f}", "{:.3f} to {:.3f}".format(*times.spread))
            for way, times in timing.seconds.items()
        ]
    show_table(f"{found.cell} seed {found.seed}: seconds for {len(pictures)} pictures ({what})",
               ("device", "way", "median", f"of {repeats}"), rows, 2)  # fmt: skip
    if len(rows) == 3:
        say("no GPU is on this machine: nothing is measured of one")


def _found(name: str, seed: int, overrides: Sequence[str]) -> Run:
    from fer_lab.runs.recheck import find_run

    words = asked(overrides, STAMP)
    stamp = {key: words[key] for key in STAMP if key in words}
    return find_run(results_of(words) / "runs", name, seed, **stamp)


def _check_extra() -> None:
    try:
        import fastapi  # noqa: F401
        import uvicorn  # noqa: F401
    except ModuleNotFoundError as error:
        raise ConfigError(f"fer-lab serve: {error}", expected="the extra `serve`", do="pip install fastapi uvicorn "
                          "python-multipart") from error  # fmt: skip


def _set(device: Device, threads: int | None) -> None:
    import torch

    if threads:
        torch.set_num_threads(threads)
    if device is Device.GPU and not torch.cuda.is_available():
        raise ConfigError("--device gpu", expected="a machine with a GPU, and a torch that is made for it")


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
