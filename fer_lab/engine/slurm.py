"""The jobs of a sweep as tasks of a Slurm array, through hydra-submitit-launcher, which says how one runs there.

At its time limit a task is told (``signal_delay_s`` before), put into the queue again by Submitit, and goes on from its
last whole epoch as the same run. Waiting is ours: that launcher gives up at the first task that fails, and without
accounting waits for ever for one that was killed.
"""

from __future__ import annotations

import logging
import subprocess
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from hydra.core.singleton import Singleton
from hydra.core.utils import JobReturn
from omegaconf import OmegaConf

from fer_lab.engine.clusters import Books
from fer_lab.engine.order import Job
from fer_lab.ledger.sweeps import FINAL

if TYPE_CHECKING:
    from hydra_plugins.fer_lab_clusters import Slurm

log = logging.getLogger(__name__)
LOOK_EVERY = 5.0  # seconds between two questions to Slurm
GONE = "Slurm has its task no longer, and it has not said how it ended: killed, cancelled, or its node is down"


def launch(launcher: Slurm, jobs: Sequence[Job]) -> list[JobReturn]:
    """Submit the jobs that have not ended as one array, and wait until Slurm has none of them; else they are cancelled.

    Args:
        launcher: with its settings and what Hydra has handed to it.
        jobs: of a sweep, with their numbers.
    """
    books = Books.of(launcher.config)
    if waiting := books.to_do(jobs):
        tasks = _submit(launcher, waiting)
        try:
            _wait(tasks, books)
        finally:
            _cancel(tasks)
    return books.answers(jobs)


def _submit(launcher: Slurm, jobs: Sequence[Job]) -> dict[str, Job]:
    """Slurm's name of each job; none where it refuses them, which is said."""
    from hydra_plugins.hydra_submitit_launcher.submitit_launcher import SlurmLauncher
    from submitit import AutoExecutor
    from submitit.core.utils import FailedJobError

    theirs = SlurmLauncher()
    theirs.setup(hydra_context=launcher.hydra_context, task_function=launcher.task_function, config=launcher.config)
    settings = parameters(launcher.settings)
    executor = AutoExecutor(settings.pop("folder"), "slurm", slurm_max_num_timeout=settings.pop("max_num_timeout"))
    executor.update_parameters(**settings)
    singletons = Singleton.get_state()
    words = [(list(own), "hydra.sweep.dir", number, str(number), singletons) for number, own in jobs]
    try:
        tasks = executor.map_array(theirs, *zip(*words, strict=True))
    except FailedJobError as refused:
        log.error("Slurm refuses the sweep: %s\n  Do: look at hydra.launcher (partition, account, ...)", refused)
        return {}
    return {task.job_id: job for task, job in zip(tasks, jobs, strict=True)}


OWN = ("timeout_min", "mem_gb", "cpus_per_task", "gpus_per_node", "name", "stderr_to_stdout")
"""What Submitit calls alike for all that it starts; whatever else is Slurm's."""


def parameters(settings: dict[str, Any]) -> dict[str, Any]:
    """The option ``slurm`` as Submitit takes it: what is not set is left out, what is Slurm's own is named so."""
    plain = {key: OmegaConf.to_container(v) if OmegaConf.is_config(v) else v for key, v in settings.items()}
    found = {"folder": plain.pop("submitit_folder"), "max_num_timeout": plain.pop("max_num_timeout")}
    given = {key: value for key, value in plain.items() if value is not None}
    return found | {key if key in OWN else f"slurm_{key}": value for key, value in given.items()}


def _wait(tasks: dict[str, Job], books: Books) -> None:
    """Until no task is in the queue or has still to say how it ended; one that cannot any more is noted as lost."""
    missed: set[str] = set()
    open_ones = dict(tasks)
    while open_ones:
        time.sleep(LOOK_EVERY)
        there = queued()
        absent = {task for task in open_ones if task not in there} if there is not None else set()
        for task in absent:
            if books.state(open_ones[task]) in FINAL:
                del open_ones[task]
            elif task in missed:  # twice: a task that is put into the queue again is between two states for a moment
                books.lost(open_ones.pop(task), GONE)
        missed = absent


def queued() -> set[str] | None:
    """The names of all tasks of this user that run or wait; None while Slurm does not answer."""
    asked = subprocess.run(
        ["squeue", "--me", "--noheader", "--array", "--format=%i"], capture_output=True, text=True, check=False
    )
    return set(asked.stdout.split()) if asked.returncode == 0 else None


def _cancel(tasks: Iterable[str]) -> None:
    """Take back what is left of an array when its sweep ends before it: the queue would begin it without its sweep."""
    there = queued()
    if left := sorted({*tasks} if there is None else {*tasks} & there):
        subprocess.run(["scancel", *left], capture_output=True, check=False)
