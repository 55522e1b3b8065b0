"""``hydra/launcher=slurm`` and ``hydra/launcher=ray_pool``, in the namespace that Hydra looks for launchers in.

Every command line imports this module: what launches is imported when it does. Both are options of conf/hydra/launcher.
"""

from collections.abc import Sequence
from typing import Any

from hydra.core.utils import JobReturn
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig


class OnCluster(Launcher):
    """Keeps what Hydra hands to a launcher.

    Attributes:
        settings: those of the launcher, its option in conf/hydra/launcher.
    """

    def __init__(self, **settings: Any) -> None:
        self.settings = settings

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Take what Hydra hands to a launcher."""
        self.hydra_context, self.task_function, self.config = hydra_context, task_function, config


class Slurm(OnCluster):
    """Runs the jobs of a sweep as tasks of a Slurm array; see ``engine.slurm``."""

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Run every job, numbered from ``initial_job_idx`` on."""
        from fer_lab.engine.slurm import launch

        return launch(self, list(enumerate(job_overrides, initial_job_idx)))


class RayPool(OnCluster):
    """Runs the jobs of a sweep as tasks of Ray; see ``engine.ray_pool``."""

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Run every job, numbered from ``initial_job_idx`` on."""
        from fer_lab.engine.ray_pool import launch

        return launch(self, list(enumerate(job_overrides, initial_job_idx)))
