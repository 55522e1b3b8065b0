"""The jobs of a sweep as tasks of Ray, through hydra-ray-launcher, which says how one runs there.

Waiting is ours: that launcher gives up at the first task whose process dies, and ends all others with it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hydra.core.singleton import Singleton
from hydra.core.utils import JobReturn
from omegaconf import DictConfig, OmegaConf, open_dict

from fer_lab.engine.clusters import Books
from fer_lab.engine.order import Job
from fer_lab.ledger.sweeps import FINAL

if TYPE_CHECKING:
    from hydra_plugins.fer_lab_clusters import RayPool

log = logging.getLogger(__name__)
LOOK_EVERY = 5.0  # seconds after which it is heard that the sweep is to end
STARTS = 3
"""How often a Ray of its own is started at most: it gives up after 30 s, which a busy machine may need."""
OBJECTS = 100 * 2**20
"""Bytes of shared memory that a Ray of its own sets apart: no data go through it."""


def launch(launcher: RayPool, jobs: Sequence[Job]) -> list[JobReturn]:
    """Hand the jobs that have not ended to Ray, and wait for all of them; else they are cancelled.

    Args:
        launcher: with its settings and what Hydra has handed to it.
        jobs: of a sweep, with their numbers.
    """
    import ray

    books, settings = Books.of(launcher.config), launcher.settings["ray"]
    if waiting := books.to_do(jobs):
        if not _start(init_settings(settings["init"])):
            return books.answers(jobs)
        tasks: dict[Any, Job] = {}
        try:
            for job in waiting:
                tasks[_task(launcher, settings["remote"], job)] = job
            _wait(tasks, books)
        finally:
            for task in tasks:
                ray.cancel(task, force=True)
    return books.answers(jobs)


def init_settings(given: Any) -> dict[str, Any]:
    """What ``ray.init`` is called with: what is set, and for the workers the environment that fer_lab reads."""
    init = {key: value for key, value in _plain(given).items() if value is not None}
    if "address" not in init:
        init.setdefault("object_store_memory", OBJECTS)
    own = {name: value for name, value in os.environ.items() if name.startswith("FER_LAB_")}
    runtime = init.get("runtime_env", {})
    return init | {"runtime_env": {**runtime, "env_vars": own | runtime.get("env_vars", {})}}


def _start(init: Mapping[str, Any]) -> bool:
    """Connect to Ray, or start one; whether that worked."""
    import ray
    from hydra_plugins.hydra_ray_launcher._launcher_util import start_ray

    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing of a sweep is told to others
    for left in reversed(range(1 if "address" in init else STARTS)):
        try:
            start_ray(OmegaConf.create(dict(init)))
            return True
        except Exception as error:  # Ray's own have no class in common
            ray.shutdown()
            if not left:
                log.error("Ray cannot be reached: %s\n  Do: look at hydra.launcher.ray.init, and `ray status`", error)
    return False


def _task(launcher: RayPool, remote: DictConfig, job: Job) -> Any:
    from hydra_plugins.hydra_ray_launcher._launcher_util import launch_job_on_ray

    number, overrides = job
    config = launcher.hydra_context.config_loader.load_sweep_config(launcher.config, list(overrides))
    with open_dict(config):
        config.hydra.job.id, config.hydra.job.num = str(number), number
    return launch_job_on_ray(launcher.hydra_context, remote, config, launcher.task_function, Singleton.get_state())


def _wait(tasks: dict[Any, Job], books: Books) -> None:
    """Until Ray has done with every task; one that has not said how it ended then never will."""
    import ray

    while tasks:
        for task in ray.wait([*tasks], num_returns=1, timeout=LOOK_EVERY)[0]:
            if books.state(job := tasks.pop(task)) not in FINAL:
                books.lost(job, f"Ray has lost its task: {_end(task)}")


def _end(task: Any) -> str:
    """How a task ended that has not said so itself, in Ray's words."""
    import ray

    try:
        done: JobReturn = ray.get(task)
    except Exception as error:
        return str(error).splitlines()[0]
    return repr(done._return_value)


def _plain(config: Any) -> dict[str, Any]:
    found: Any = OmegaConf.to_container(config, resolve=True) if OmegaConf.is_config(config) else config
    return {str(key): value for key, value in found.items()}
