"""What Slurm and Ray have in common for a sweep: what is looked at before it begins, and who keeps its books.

A cluster is asked for one thing only: whether a job is still with it. How a job went its own folder says.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hydra.core.utils import JobReturn, JobStatus
from omegaconf import DictConfig

from fer_lab.configs import compose_launcher, parse, value_text
from fer_lab.engine.job import KILLED, record_killed
from fer_lab.engine.order import Job, longest_first
from fer_lab.errors import ConfigError, StoreError
from fer_lab.ledger.sweeps import FINAL, STATUS
from fer_lab.resources import ENTRY
from fer_lab.storage import make_folder, read_json

SLURM, RAY = ("slurm", "hydra_plugins.hydra_submitit_launcher"), ("ray", "hydra_plugins.hydra_ray_launcher")
EXTRAS = {"slurm": SLURM, "submitit_slurm": SLURM, "submitit_local": SLURM, "ray_pool": RAY, "ray": RAY, "ray_aws": RAY}
"""Launcher -> the extra that it needs, and the package that tells that this is installed."""
INSTALL = {
    "slurm": "make setup, or pip install hydra-submitit-launcher",
    "ray": "make setup-cluster, then . .venv-cluster/bin/activate (its packages need others than the rest)",
}
STOPPING = 30
"""Seconds that a run has to start, besides ``signal_delay_s``: the limit counts from the start of its task."""


def check_launcher(overrides: Sequence[str], sweeping: bool) -> None:
    """Look before anything begins whether the launcher of a cluster can be used as it is asked for.

    Args:
        overrides: of the command line; a launcher of one machine passes.
        sweeping: whether it is a sweep: nothing else is launched.

    Raises:
        ConfigError: what it needs is not installed or not there, or a time limit leaves no time.
    """
    parsed = parse(overrides)
    name = value_text(parsed["hydra/launcher"]) if "hydra/launcher" in parsed else ""
    if name not in EXTRAS:
        return
    if not sweeping:
        raise ConfigError(f"hydra/launcher={name} without -m", expected="a sweep", do=f"{ENTRY} -m ...")
    extra, package = EXTRAS[name]
    if not installed(package):
        raise ConfigError(
            f"hydra/launcher={name}: its packages are not installed", expected=f"the extra `{extra}`", do=INSTALL[extra]
        )
    if name in ("slurm", "submitit_slurm") and not shutil.which("sbatch"):
        raise ConfigError(f"hydra/launcher={name}: there is no sbatch here", expected="a machine that submits to Slurm")
    if name == "slurm":
        _check_limit(compose_launcher(overrides))


def installed(package: str) -> bool:
    """Whether a package can be imported."""
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # nor the one that it lies in
        return False


def _check_limit(settings: Mapping[str, Any]) -> None:
    limit, before = int(settings["timeout_min"]) * 60, int(settings["signal_delay_s"])
    if limit < before + STOPPING:
        raise ConfigError(
            f"hydra.launcher.timeout_min={settings['timeout_min']}: a run is to stop {before} s before that",
            expected=f"at least {before + STOPPING} s, and more than an epoch takes",
            do="raise it, or lower hydra.launcher.signal_delay_s",
        )


@dataclass(frozen=True)
class Books:
    """What the ledger knows of the jobs of a sweep, and is told where a cluster has lost one.

    Attributes:
        sweep: its folder.
        retries: how often a lost job is begun again.
        stop: whether no other job is to begin once one has failed (``fail_fast``).
    """

    sweep: Path
    retries: int
    stop: bool

    @classmethod
    def of(cls, config: DictConfig) -> Books:
        """Those of the sweep that Hydra hands to a launcher."""
        sweep = make_folder(Path(str(config.hydra.sweep.dir)))
        return cls(sweep, int(config.get("retries", 0)), bool(config.fail_fast))

    def state(self, job: Job) -> str:
        """As ``ledger.sweeps.Job.state``; nothing of a job that has not begun."""
        try:
            return str(read_json(self.sweep / str(job[0]) / STATUS)["state"])
        except StoreError:
            return ""

    def to_do(self, jobs: Sequence[Job]) -> list[Job]:
        """Those that have not ended, the longest first: a sweep whose runs were lost launches all of them again."""
        return longest_first([job for job in jobs if self.state(job) not in FINAL], self.sweep.parents[1])

    def lost(self, job: Job, reason: str = KILLED) -> str:
        """Note of a job that its process is gone, unless it has said how it ended; its state."""
        return record_killed(self.sweep / str(job[0]), job[1], stop=self.stop, reason=reason, retries=self.retries)

    def answers(self, jobs: Sequence[Job]) -> list[JobReturn]:
        """What Hydra wants to hear: each job with its state."""
        return [JobReturn(own, status=JobStatus.COMPLETED, _return_value=self.state((n, own))) for n, own in jobs]
