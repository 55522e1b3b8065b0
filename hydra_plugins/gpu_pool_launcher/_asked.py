"""What a launcher's settings ask for: devices, what a job leases of them, and how many jobs they hold at once."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from hydra_plugins.gpu_pool_launcher._devices import Device, PoolError, called, listed, visible
from hydra_plugins.gpu_pool_launcher._leases import Want
from hydra_plugins.gpu_pool_launcher._worker import Task

if TYPE_CHECKING:
    from hydra_plugins.gpu_pool_launcher import GpuPool, Job

NAME = re.compile(r"[\w./-]+")
MOST = 8
"""Jobs that share a device at most, where their memory alone decides."""


@dataclass(frozen=True)
class Asked:
    """The numbers among the settings of a launcher; None stands for the word that leaves them open."""

    n_jobs: int | None
    runs_per_gpu: int | None
    devices_per_run: int | None

    @classmethod
    def of(cls, launcher: GpuPool) -> Asked:
        """Those of a launcher.

        Raises:
            PoolError: one is none.
        """
        jobs, per_gpu = _whole("n_jobs", launcher.n_jobs, None), _whole("runs_per_gpu", launcher.runs_per_gpu, "auto")
        per_run = "auto" if launcher.devices_per_run == -1 else launcher.devices_per_run
        return cls(jobs, per_gpu, _whole("devices_per_run", per_run, "auto"))

    def per_run(self, devices: Sequence[Device]) -> int:
        """How many of the devices a job leases at once."""
        return self.devices_per_run or len(devices)


def _whole(name: str, value: object, free: str | None) -> int | None:
    if value == free:
        return None
    if not isinstance(value, int) or value < 1:
        raise PoolError(f"{name}={value}", expected=f"a whole number from 1 on, or {free or 'null'}")
    return value


def _amount(name: str, value: object, least: float) -> None:
    if value is not None and (not isinstance(value, int | float) or isinstance(value, bool) or not value >= least):
        raise PoolError(f"{name}={value}", expected=f"a number from {least} on")


def devices_of(launcher: GpuPool) -> tuple[Device, ...]:
    """The devices of a launcher; none for one that leases nothing.

    Raises:
        PoolError: there is none where some are asked for, too few for a job, or a setting that they do not allow.
    """
    asked = Asked.of(launcher)
    _amount("memory_gb", launcher.memory_gb, 0.001)
    _amount("stagger", launcher.stagger, 0)
    if launcher.devices is not None and not launcher.devices:
        return ()
    devices = _named(launcher.devices) if launcher.devices else visible()
    if not devices:
        raise PoolError(
            "no GPU: nvidia-smi and the driver list none, or CUDA_VISIBLE_DEVICES leaves none",
            expected="one for this launcher",
            do="take another launcher, or name devices in hydra.launcher.devices",
        )
    if launcher.memory_gb:
        devices = tuple(replace(one, memory=int(launcher.memory_gb * 2**30)) for one in devices)
    _check(asked, devices)
    return tuple(replace(one, memory=None) if one.exclusive else one for one in devices)  # to be taken whole


def _check(asked: Asked, devices: Sequence[Device]) -> None:
    """Refuse what the devices do not allow."""
    per_run, per_gpu = asked.per_run(devices), asked.runs_per_gpu
    if per_run > len(devices):
        raise PoolError(f"{per_run} devices for a job", expected=f"at most {len(devices)}: {_names(devices)}")
    if per_run > 1 and any(one.name.startswith("MIG-") for one in devices):
        raise PoolError(f"{per_run} devices for a job", expected="1: CUDA shows a process one MIG slice at most")
    alone = [one for one in devices if one.exclusive]
    if alone and per_gpu and per_gpu > 1:
        raise PoolError(
            f"runs_per_gpu={per_gpu}: {_names(alone)} lets one process in at a time (compute mode)",
            do="set runs_per_gpu=1, start NVIDIA MPS, or nvidia-smi -c DEFAULT",
        )


def _named(names: Sequence[str | int]) -> tuple[Device, ...]:
    """Devices by the names that somebody gives them; those that no GPU can have are taken as they are, as pretended."""
    cards, words = listed(), [str(name) for name in names]
    if len({*words}) < len(words) or not all(map(NAME.fullmatch, words)):
        raise PoolError(f"devices={words}", expected="names of letters, figures and . _ - /, each once")
    real = (word.isdecimal() or word.startswith(("GPU-", "MIG-")) for word in words)
    return tuple(called(word, cards) if is_real else Device(word) for word, is_real in zip(words, real, strict=True))


def _names(devices: Sequence[Device]) -> str:
    return ", ".join(device.name for device in devices)


def want_of(launcher: GpuPool, devices: Sequence[Device], job: Job) -> Want | None:
    """What a job leases.

    Raises:
        PoolError: as many such jobs as are to share a device do not fit into its memory.
    """
    if not devices:
        return None
    asked, needs = Asked.of(launcher), launcher.hooks.memory(job)
    if asked.runs_per_gpu is None:
        return Want(asked.per_run(devices), Fraction(1, MOST if needs else 1), needs)
    holds = min((device.memory for device in devices if device.memory), default=None)
    if needs and holds and asked.runs_per_gpu > 1 and needs * asked.runs_per_gpu > holds:
        size, room = f"{needs / 2**30:.1f} GiB", f"{holds / 2**30:.1f}"
        raise PoolError(
            f"runs_per_gpu={asked.runs_per_gpu}: {' '.join(job[1])} takes {size}, and a device has {room}",
            do=f"set runs_per_gpu={max(1, holds // needs)}, or auto",
        )
    return Want(asked.per_run(devices), Fraction(1, asked.runs_per_gpu))


def held_at_once(launcher: GpuPool, devices: Sequence[Device], tasks: Sequence[Task]) -> int:
    """How many jobs the devices hold at once; where there are none, the cores."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    wants = {task.want for task in tasks if task.want}
    if not wants:
        return cores
    asked = Asked.of(launcher)
    per_run = asked.per_run(devices)
    held = sum(int(1 / min(want.of(device) for want in wants)) for device in devices) // per_run
    return held if asked.runs_per_gpu else max(len(devices) // per_run, min(cores, held))
