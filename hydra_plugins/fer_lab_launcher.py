"""The launcher ``hydra/launcher=side_by_side``, in the namespace that Hydra looks for launchers in."""

from collections.abc import Sequence

from hydra.core.config_store import ConfigStore
from hydra.core.utils import JobReturn
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig


class SideBySide(Launcher):
    """Runs the jobs of a sweep in ``n_jobs`` processes; see ``engine.launch``."""

    def __init__(self, n_jobs: int) -> None:
        self.n_jobs = n_jobs

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Take what Hydra hands to a launcher."""
        self.hydra_context, self.task_function, self.config = hydra_context, task_function, config

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Run every job, numbered from ``initial_job_idx`` on."""
        from fer_lab.engine.launch import launch  # every command line imports this module: no more than it needs

        jobs = list(enumerate(job_overrides, initial_job_idx))
        return launch(jobs, self.n_jobs, self.hydra_context, self.config, self.task_function)


SETTINGS = {"_target_": f"{__name__}.{SideBySide.__name__}", "n_jobs": 1}
ConfigStore.instance().store(group="hydra/launcher", name="side_by_side", node=SETTINGS, provider="fer_lab")
