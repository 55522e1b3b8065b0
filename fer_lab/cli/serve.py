"""The command that lets a finished run answer pictures."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from fer_lab.cli.app import Overrides, app, say
from fer_lab.cli.models import found_run
from fer_lab.cli.recheck import Name, Seed
from fer_lab.errors import ConfigError
from fer_lab.ledger import STAMP

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
    found = found_run(run, seed, overrides or [])
    check_extra()
    from fer_lab.serving.answering import Answering
    from fer_lab.serving.app import serve as answer
    from fer_lab.serving.timing import DEVICES

    set_device(device, threads)
    say(f"run {found.id} of {found.cell} ({' · '.join(getattr(found, key) for key in STAMP)})")
    answering = Answering(found, DEVICES[device])
    answer(answering, port, lambda page: say(f"answers POST {page}predict with a picture; Ctrl-C ends it"))


def check_extra() -> None:
    """Refuse to go on without the packages of the service.

    Raises:
        ConfigError: one is missing.
    """
    try:
        import fastapi  # noqa: F401
        import uvicorn  # noqa: F401
    except ModuleNotFoundError as error:
        raise ConfigError(f"fer-lab serve: {error}", expected="the extra `serve`", do="pip install fastapi uvicorn "
                          "python-multipart") from error  # fmt: skip


def set_device(device: Device, threads: int | None) -> None:
    """So many threads compute, and on what.

    Raises:
        ConfigError: there is no such device.
    """
    import torch

    if threads:
        torch.set_num_threads(threads)
    if device is Device.GPU and not torch.cuda.is_available():
        raise ConfigError("--device gpu", expected="a machine with a GPU, and a torch that is made for it")
