"""``hydra/launcher=gpus``: the jobs of a sweep side by side on the GPUs of one machine; README.md tells of it.

Every command line imports this module, so it imports nothing that Hydra has not.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.core.utils import JobReturn
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

Job = tuple[int, Sequence[str]]
"""A job's number in the sweep, and its overrides."""


class Hooks:
    """What a program may tell the launcher of its jobs; these tell nothing. Name others in ``hooks._target_``."""

    def begin(self, config: DictConfig) -> None:
        """A sweep begins; ``config`` is that of Hydra, without the jobs' overrides."""

    def order(self, jobs: Sequence[Job]) -> Sequence[Job]:
        """Jobs in the order in which they are to begin."""
        return jobs

    def apart(self, one: Job, other: Job) -> bool:
        """Whether two jobs had better not run at the same time, if others are left to begin."""
        return False

    def memory(self, job: Job) -> int | None:
        """Bytes that a job needs of each of its devices; None: nobody knows."""
        return None

    def out_of_memory(self, job: Job, answer: Any) -> bool:
        """Whether what a job has returned, or the exception that it has raised, means that its device was too full."""
        return type(answer).__name__ == "OutOfMemoryError"

    def killed(self, job: Job) -> Any:
        """What a job whose process was killed has returned; an exception that this raises stands for the job's."""
        raise ChildProcessError(f"the process of job {job[0]} was killed: {' '.join(job[1])}")


class GpuPool(Launcher):
    """Runs the jobs of a sweep in processes of their own, each on a device, or a share of one, that it has leased."""

    def __init__(
        self,
        n_jobs: int | None = None,
        devices: Sequence[str | int] | str | int | None = None,
        runs_per_gpu: int | str = "auto",
        devices_per_run: int | str = 1,
        memory_gb: float | None = None,
        stagger: float = 0.0,
        leases: str | None = None,
        hooks: Hooks | None = None,
    ) -> None:
        """What can be set.

        Args:
            n_jobs: jobs at a time; None: as many as the devices hold, or one a core where there are none.
            devices: as CUDA_VISIBLE_DEVICES names them; None: those that it leaves, or all. None at all (``[]``): jobs
                lease nothing. Names that CUDA does not know are pretended devices, to try a sweep without any.
            runs_per_gpu: how many share a device; ``auto``: by the memory that ``hooks`` say they need, and one
                where nobody knows.
            devices_per_run: that a job leases at once; ``auto`` or -1: all.
            memory_gb: GiB of a device; None: as nvidia-smi says.
            stagger: seconds between the starts of two processes.
            leases: folder of the lease files, on a local disk, which all sweeps that share the devices name; None:
                the environment's GPU_POOL_LEASES, or one of this user's in the machine's folder of temporary files.
            hooks: what the program tells of its jobs.
        """
        self.n_jobs, self.stagger, self.hooks = n_jobs, stagger, hooks or Hooks()
        self.devices = [devices] if isinstance(devices, str | int) else devices
        self.memory_gb, self.leases = memory_gb, leases
        self.runs_per_gpu, self.devices_per_run = runs_per_gpu, devices_per_run

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Take what Hydra hands to a launcher."""
        self.hydra_context, self.task_function, self.config = hydra_context, task_function, config

    def check(self, jobs: Sequence[Job]) -> None:
        """Refuse what does not fit before anything begins; ``launch`` does so, too.

        Raises:
            PoolError: a setting, devices that it asks for and that are not there, or as many jobs as are to share a
                device and have no room in it.
        """
        from hydra_plugins.gpu_pool_launcher._asked import devices_of, want_of

        devices = devices_of(self)
        for job in jobs:
            want_of(self, devices, job)

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Run every job, numbered from ``initial_job_idx`` on.

        Raises:
            PoolError: a setting does not fit, or the devices that it asks for are not there.
        """
        from hydra_plugins.gpu_pool_launcher._core import launch

        return launch(self, list(enumerate(job_overrides, initial_job_idx)))


def devices() -> tuple[str, ...]:
    """The devices that CUDA would show a process here, as CUDA_VISIBLE_DEVICES names them; CUDA itself is not asked.

    Raises:
        PoolError: CUDA_VISIBLE_DEVICES names what is not there.
    """
    from hydra_plugins.gpu_pool_launcher._devices import visible

    return tuple(device.name for device in visible())


@contextmanager
def leased(processes: int) -> Iterator[str]:
    """Hold a device, as the jobs of a sweep do, or the share of one that so many processes leave each other.

    It waits while others hold them all. CUDA must not be initialised yet: this process sees its own device alone from
    then on. Gives the name of the device, '' where there is none.

    Raises:
        PoolError: CUDA_VISIBLE_DEVICES names what is not there.
    """
    from hydra_plugins.gpu_pool_launcher._devices import visible
    from hydra_plugins.gpu_pool_launcher._leases import Want, default_place, lease

    if not (there := visible()):
        yield ""
        return
    want = Want(share=Fraction(1, -(-processes // len(there))))
    held = next(filter(None, lease(default_place(), there, want, f"process-{os.getpid()}")))
    held.show()
    try:
        yield held.devices[0].name
    finally:
        held.release()


SETTINGS = {
    "_target_": f"{__name__}.{GpuPool.__name__}",
    "n_jobs": None,
    "devices": None,
    "runs_per_gpu": "auto",
    "devices_per_run": 1,
    "memory_gb": None,
    "stagger": 2.0,
    "leases": None,
    "hooks": {"_target_": f"{__name__}.{Hooks.__name__}"},
}
ConfigStore.instance().store(group="hydra/launcher", name="gpus", node=SETTINGS, provider="gpu_pool_launcher")
