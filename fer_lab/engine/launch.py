"""What the launcher of a sweep on one machine (``hydra_plugins.gpu_pool_launcher``) is told of its jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import signature
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from fer_lab.configs import compose_launcher, expand, stamp
from fer_lab.engine.clusters import Books
from fer_lab.engine.job import STOP
from fer_lab.engine.order import Job, cell_of, longest_first, wait_for_each_other
from fer_lab.errors import ConfigError, nearest
from fer_lab.ledger.sweeps import STATUS
from fer_lab.runs import peak_memory, with_parents
from fer_lab.storage import read_json, write_json
from hydra_plugins.gpu_pool_launcher import GpuPool, Hooks

OUT_OF_MEMORY = "out of memory"
"""What the error of a job says whose device was too full, in these words or in capitals."""
ROOM = 1.2
"""Times what a run took: memory is handed out in pieces."""
BESIDE = 2**30
"""Bytes that each process takes of a GPU beside its tensors: the CUDA context, libraries and their workspaces."""


POOL = f"{GpuPool.__module__}.{GpuPool.__name__}"


def check_pool(overrides: Sequence[str], launcher: Sequence[str], config: Mapping[str, Any]) -> None:
    """Refuse the launcher of one machine where its settings do not fit, before anything is made for it.

    Args:
        overrides: of the command line.
        launcher: further ones, that choose the launcher.
        config: the configuration of a run, of which the settings may speak.

    Raises:
        ConfigError: there is no such setting.
        PoolError: see ``GpuPool.check``.
    """
    settings = compose_launcher([*overrides, *launcher])
    if settings.get("_target_") != POOL:
        return
    whole: Any = OmegaConf.to_container(OmegaConf.create({**config, "pool": settings}), resolve=True)
    given = {key: value for key, value in whole["pool"].items() if key not in ("_target_", "hooks")}
    known = [*signature(GpuPool).parameters]
    if strange := [key for key in given if key not in known]:
        expected = f"one of {nearest(strange[0], known)}"
        raise ConfigError(f"there is no setting hydra.launcher.{strange[0]}", expected=expected)
    jobs = JobsOfSweep()
    jobs.books, jobs.known = Books(Path(config["paths"]["results"]) / "sweeps" / "next", 0, False), None
    own = [[item for item in words if not item.startswith("hydra")] for words in expand(overrides)]
    GpuPool(**given, hooks=jobs).check(list(enumerate(own)))


class JobsOfSweep(Hooks):
    """The longest first, none beside one that it would wait for, what each took last time, and who was killed."""

    def begin(self, config: DictConfig) -> None:
        """Note where the sweep keeps its jobs, how often it begins one again, and whether it stops at a failing one."""
        self.books = Books.of(config)
        self.known: dict[str, int] | None = None

    def order(self, jobs: Sequence[Job]) -> Sequence[Job]:
        """See ``longest_first``."""
        return longest_first(jobs, self.books.sweep.parents[1])

    def apart(self, one: Job, other: Job) -> bool:
        """See ``wait_for_each_other``."""
        return wait_for_each_other(one, other)

    def memory(self, job: Job) -> int | None:
        """Bytes: the most that a run of this cell or of its parents has taken of a GPU, and some room.

        None if no run of the cell has said so.
        """
        if self.known is None:
            self.known = peak_memory(stamp(job[1]), self.books.sweep.parents[1])
        if (cell := cell_of(job)) not in self.known:
            return None
        return int(max(self.known.get(one, 0) for one in with_parents([cell])) * ROOM) + BESIDE

    def out_of_memory(self, job: Job, answer: Any) -> bool:
        """Whether it has failed for want of its device's memory: then it waits, and is begun again.

        A sweep that stops at its first failing run has stopped.
        """
        if answer != "failed" or (self.books.sweep / STOP).exists():
            return False
        status = read_json(path := self.books.sweep / str(job[0]) / STATUS)
        if OUT_OF_MEMORY not in str(status.get("error", "")).lower():
            return False
        write_json(path, status | {"state": "waiting"})
        return True

    def killed(self, job: Job) -> str:
        """Record it as lost, to be begun again, or as failed: most often it is for want of memory."""
        return self.books.lost(job)
