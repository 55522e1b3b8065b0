"""The jobs of a sweep side by side; unlike joblib's launcher it outlives the death of a worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra.core.singleton import Singleton
from hydra.core.utils import JobReturn, JobStatus, configure_log, setup_globals
from hydra.types import HydraContext, TaskFunction
from hydra_plugins.hydra_joblib_launcher._core import execute_job
from joblib import wrap_non_picklable_objects
from omegaconf import DictConfig

from fer_lab.engine.job import record_killed
from fer_lab.engine.order import Job, longest_first, wait_for_each_other
from fer_lab.processes import side_by_side
from fer_lab.storage import make_folder


@dataclass(frozen=True)
class _Work:
    """One job, done in a worker: Hydra composes its configuration and calls the task, as under joblib's launcher.

    Its state is the answer: what Hydra returns beside it cannot be pickled.
    """

    context: HydraContext
    config: DictConfig
    task: TaskFunction
    singletons: Any

    def __call__(self, job: Job) -> str:
        return str(execute_job(*job, self.context, self.config, self.task, self.singletons).return_value)


def launch(
    jobs: Sequence[Job], workers: int, context: HydraContext, config: DictConfig, task: TaskFunction
) -> list[JobReturn]:
    """Run every job; one whose process is killed, most often for want of memory, is recorded as failed.

    Args:
        jobs: in any order.
        workers: processes.
        context, config, task: what Hydra hands to a launcher.
    """
    setup_globals()
    configure_log(config.hydra.hydra_logging, config.hydra.verbose)
    sweep = make_folder(Path(str(config.hydra.sweep.dir)))

    def killed(job: Job) -> str:
        again = int(config.retries)
        return record_killed(sweep / str(job[0]), job[1], stop=bool(config.fail_fast), retries=again)

    work = wrap_non_picklable_objects(_Work(context, config, task, Singleton.get_state()))  # it holds resolvers
    ordered = longest_first(jobs, sweep.parents[1])
    states = side_by_side(work, ordered, workers, killed, wait_for_each_other)
    by_number = {number: state for (number, _), state in zip(ordered, states, strict=True)}
    return [JobReturn(overrides=own, status=JobStatus.COMPLETED, _return_value=by_number[n]) for n, own in jobs]
