"""A sweep from its jobs to what they have returned."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cloudpickle import dumps
from hydra.core.singleton import Singleton
from hydra.core.utils import JobReturn, JobStatus, configure_log, setup_globals

from hydra_plugins.gpu_pool_launcher._asked import Asked, devices_of, held_at_once, want_of
from hydra_plugins.gpu_pool_launcher._crew import Worker, done_by_crew
from hydra_plugins.gpu_pool_launcher._leases import default_place
from hydra_plugins.gpu_pool_launcher._worker import Context, Done, Place, Task

if TYPE_CHECKING:
    from hydra_plugins.gpu_pool_launcher import GpuPool, Job


def launch(launcher: GpuPool, jobs: Sequence[Job]) -> list[JobReturn]:
    """Run every job; see ``GpuPool``.

    Raises:
        PoolError: a setting does not fit, or the devices that it asks for are not there.
    """
    config, hooks = launcher.config, launcher.hooks
    devices = devices_of(launcher)
    setup_globals()
    configure_log(config.hydra.hydra_logging, config.hydra.verbose)
    Path(str(config.hydra.sweep.dir)).mkdir(parents=True, exist_ok=True)
    hooks.begin(config)
    tasks = [Task(*job, want_of(launcher, devices, job)) for job in hooks.order(jobs)]
    n_jobs = max(1, min(Asked.of(launcher).n_jobs or held_at_once(launcher, devices, tasks), len(tasks)))
    context = dumps(Context(launcher.hydra_context, config, launcher.task_function, Singleton.get_state()))
    place = Place(Path(launcher.leases or default_place()), devices, uuid.uuid4().hex) if devices else None
    results = done_by_crew(tasks, n_jobs, lambda: Worker.start(context, place, n_jobs), hooks, launcher.stagger)
    return [_job_return(own, results[number]) for number, own in jobs]


def _job_return(overrides: Sequence[str], done: Done) -> JobReturn:
    status = JobStatus.COMPLETED if done.well else JobStatus.FAILED
    return JobReturn(overrides=overrides, status=status, _return_value=done.value)
