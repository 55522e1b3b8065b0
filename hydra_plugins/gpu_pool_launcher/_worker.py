"""A process that does one job after the other on the devices that it has leased first."""

from __future__ import annotations

import json
import os
import pickle
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from cloudpickle import dumps
from hydra.core.hydra_config import HydraConfig
from hydra.core.singleton import Singleton
from hydra.core.utils import JobStatus, run_job, setup_globals
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, open_dict

from hydra_plugins.gpu_pool_launcher._devices import Device
from hydra_plugins.gpu_pool_launcher._leases import Lease, Want, lease

DEVICE, SHARE = "GPU_POOL_DEVICE", "GPU_POOL_SHARE"
RECORD = "gpu_pool.jsonl"
"""In a job's folder: a line each time that it begins."""


@dataclass(frozen=True)
class Task:
    """A job as a worker gets it.

    Attributes:
        number: that names its folder.
        overrides: that make it this job.
        want: what it leases; None: nothing.
        attempt: 1, or 2 after its device was too full.
        before: why there is a second attempt.
    """

    number: int
    overrides: Sequence[str]
    want: Want | None
    attempt: int = 1
    before: str = ""


@dataclass(frozen=True)
class Context:
    """What Hydra hands to a launcher, and its singletons, which hold resolvers of configurations."""

    hydra: HydraContext
    config: DictConfig
    function: TaskFunction
    singletons: Any


@dataclass(frozen=True)
class Place:
    """Where a worker works: the folder of leases, the devices to choose among, and the name of its sweep there."""

    leases: Path
    devices: tuple[Device, ...]
    sweep: str


@dataclass(frozen=True)
class Waits:
    """A worker says that others hold what it needs."""


@dataclass(frozen=True)
class Elsewhere:
    """A worker says that its job needs another process: its own device is wanted by others, or has no such share."""


@dataclass(frozen=True)
class Done:
    """A worker says how a job went.

    Attributes:
        well: whether it returned a value; else that is the exception.
        devices: where it ran.
        shared: whether others may have been there, too.
    """

    well: bool
    value: Any
    devices: str = ""
    shared: bool = False


def work(pipe: Connection, context: bytes, place: Place | None, n_jobs: int) -> None:
    """Do the tasks that come through a pipe until it is closed, and answer each with ``Done``, or ``Elsewhere``.

    Args:
        pipe: to the launcher.
        context: a ``Context``; opened after the device is chosen, as it may import what initialises CUDA.
        place: where leases are; None: none are taken.
        n_jobs: how many jobs run at a time.
    """
    threading.Thread(target=_end_with_parent, daemon=True, name="end-with-parent").start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the launcher ends its workers itself
    held: Lease | None = None  # until this process is gone, and what CUDA holds for it
    while task := _next(pipe):
        began = time.monotonic()
        if place and task.want:
            if held is None:
                held = _lease(pipe, place, task.want)
            elif not held.renew(task.want):
                pipe.send_bytes(dumps(Elsewhere()))
                return
        waited = round(time.monotonic() - began, 1)
        _say_device(held)
        pipe.send_bytes(dumps(_done(task, pickle.loads(context), n_jobs, held, waited)))


def _next(pipe: Connection) -> Task | None:
    try:
        task: Task = pipe.recv()
        return task
    except EOFError:
        return None


def _end_with_parent() -> None:
    if parent := parent_process():
        parent.join()
        os._exit(1)


def _lease(pipe: Connection, place: Place, want: Want) -> Lease:
    """Wait for devices; CUDA shows this process no others from then on."""
    said = False
    for got in lease(place.leases, place.devices, want, place.sweep):
        if got:
            break
        if not said:
            pipe.send_bytes(dumps(Waits()))
            said = True
    assert got is not None
    got.show()
    return got


def _say_device(held: Lease | None) -> None:
    """Tell the job where it is: its environment, which its own processes inherit."""
    if held:
        os.environ |= {DEVICE: os.environ["CUDA_VISIBLE_DEVICES"], SHARE: str(held.share)}


def _done(task: Task, context: Context, n_jobs: int, held: Lease | None, waited: float) -> Done:
    """Do a task, and say how it went."""
    devices = ",".join(device.name for device in held.devices) if held else ""
    try:
        own = _configured(task, context, n_jobs)
        if held:
            folder = Path(str(own.hydra.sweep.dir), str(own.hydra.sweep.subdir))
            about = {"devices": devices, "share": str(held.share), "waited": waited}
            _note(folder, about | {"attempt": task.attempt, "before": task.before})
        done = run_job(context.function, own, "hydra.sweep.dir", "hydra.sweep.subdir", context.hydra)
        well, value = done.status == JobStatus.COMPLETED, done._return_value
    except Exception as error:  # what Hydra could not compose, for instance: the job's own error
        well, value = False, error
    return Done(well, _sendable(value), devices, held is not None and held.share < 1)


def _note(folder: Path, about: Mapping[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / RECORD).open("a") as file:
        file.write(f"{json.dumps(about)}\n")


def _configured(task: Task, context: Context, n_jobs: int) -> DictConfig:
    """A job's configuration, as Hydra composes it; ``hydra.launcher.n_jobs`` is how many run at a time."""
    setup_globals()
    Singleton.set_state(context.singletons)
    own: DictConfig = context.hydra.config_loader.load_sweep_config(context.config, list(task.overrides))
    with open_dict(own):
        own.hydra.job.id, own.hydra.job.num = f"{own.hydra.job.name}_{task.number}", task.number
        own.hydra.launcher.n_jobs = n_jobs
    HydraConfig.instance().set_config(own)
    return own


def _sendable(value: Any) -> Any:
    """A value that another process can open; of one that cannot, what it says."""
    try:
        pickle.loads(dumps(value))
    except Exception as error:
        said = f"{type(value).__name__}: {value}"
        return RuntimeError(said) if isinstance(value, Exception) else f"{said} (not sent: {error})"
    return value
