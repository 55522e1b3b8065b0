"""A run on the devices that it asks for: in this process, or by a rank for each of several.

This process then only waits, holding the run's lock: it starts the ranks, hands on what they say, and ends all of them
with the first that fails. They find each other through a store at a free port that it opens; nothing of it is in the
environment, so that the next run of the process finds nothing left.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import torch
import torch.distributed as dist
from pytorch_lightning import Callback
from torch.distributed import TCPStore  # type: ignore[attr-defined]

from fer_lab import tables
from fer_lab.engine.job import FORMAT, quieten
from fer_lab.engine.together import together
from fer_lab.engine.train import threads_of, train
from fer_lab.errors import ConfigError, OutOfMemoryError
from fer_lab.processes import usable_cores
from fer_lab.runs import Plan
from fer_lab.tasks.micro import MicroBatch, is_out_of_memory
from fer_lab.tasks.ranks import Ranks

log = logging.getLogger(__name__)
HERE = "127.0.0.1"


def train_on_devices(plan: Plan, further: Sequence[Callback] = ()) -> None:
    """Train a planned run and finish its entry, whose lock is held.

    Args:
        plan: the run.
        further: what else is called as it trains; on one device alone.

    Raises:
        ConfigError: devices that are not there, or that cannot be used together.
        OutOfMemoryError: not even one item at a time fits.
        TrainingError: a rank was killed, or the network cannot be trained.
    """
    devices = devices_of(plan.config["trainer"])
    if len(devices) == 1:
        with memory_told():
            train(plan, devices[0], further=further)
        return
    if further:
        raise ConfigError(f"trainer.devices={len(devices)} in a search", expected="1: its trials are watched in place")
    micro = MicroBatch(plan.config["micro_batch"])
    while not _trained(plan, devices, micro):
        pass


def _trained(plan: Plan, devices: list[torch.device], micro: MicroBatch) -> bool:
    """Whether the ranks have trained a run to its end; where memory has run out, less is to be done at a time.

    Whether a step fits one rank the others cannot know, who wait for its part: all go on from the last whole epoch.
    """
    count = len(devices)
    store = TCPStore(HERE, 0, is_master=True, wait_for_workers=False)
    threads = max(1, threads_of(plan.config) // count)
    try:
        together(partial(_rank, plan, devices, store.port, micro.size, threads), count)
    except OutOfMemoryError:
        micro.halve(-(-int(plan.config["batch_size"]) // count), 1, 0)
        return False
    return True


def _rank(plan: Plan, devices: list[torch.device], port: int, micro: int | None, threads: int, number: int) -> None:
    """Train as one of the ranks, in a process of its own."""
    _log_to(plan.entry.log if number == 0 else plan.entry.folder / f"rank-{number}.txt")
    tables.register()
    device = devices[number]
    if device.type == "cuda":
        torch.cuda.set_device(device)
    os.environ.setdefault("GLOO_SOCKET_IFNAME", _loopback())
    store = TCPStore(HERE, port, is_master=False)
    backend = "nccl" if device.type == "cuda" else "gloo"
    dist.init_process_group(backend, store=store, rank=number, world_size=len(devices))
    with memory_told():
        train(plan, device, Ranks(number, len(devices)), micro, threads)
    dist.destroy_process_group()  # but not of one that has failed, before it has said why


def _log_to(path: Path) -> None:
    """Log to a file, and put there what libraries write to the terminal."""
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter(FORMAT))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    with path.open("a") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    quieten()


def _loopback() -> str:
    """The network interface that leads nowhere else."""
    return next(name for name, known in psutil.net_if_addrs().items() if any(one.address == HERE for one in known))


def devices_of(trainer: Mapping[str, Any]) -> list[torch.device]:
    """The devices of a run, by ``trainer.devices`` and ``trainer.accelerator``: what this process may see of them.

    On CPUs a device is a process with its share of the threads.

    Raises:
        ConfigError: there are fewer, or several of a kind that cannot train together.
    """
    kind, asked = trainer["accelerator"], trainer["devices"]
    is_gpu = kind in ("gpu", "cuda") or (kind == "auto" and torch.cuda.is_available())
    there = torch.cuda.device_count() if is_gpu else usable_cores()
    if asked in ("auto", -1):
        asked = there if is_gpu else 1
    numbers = list(range(asked)) if isinstance(asked, int) else [int(number) for number in asked]
    if not is_gpu and len(numbers) == 1:
        return [torch.device("cpu")]
    if not is_gpu and kind not in ("auto", "cpu"):
        raise ConfigError(f"trainer.devices={asked} of {kind}", expected="1: only GPUs of NVIDIA and CPUs are several")
    if not numbers or max(numbers) >= (there if is_gpu else max(there, 2)):
        what = "GPUs that this process may use" if is_gpu else "cores"
        raise ConfigError(f"trainer.devices={trainer['devices']}", expected=f"1 to {there}: there are {there} {what}")
    return [torch.device("cuda", number) if is_gpu else torch.device("cpu") for number in numbers]


@contextmanager
def memory_told() -> Iterator[None]:
    """Say in the words of fer_lab that memory has run out elsewhere than in a step.

    Raises:
        OutOfMemoryError: it has.
    """
    try:
        yield
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        raise OutOfMemoryError(f"out of memory: {error}", do="take a device of its own (jobs=1)") from error
