"""What the launcher of a sweep on one machine (``hydra_plugins.gpu_pool_launcher``) is told of its jobs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from omegaconf import DictConfig

from fer_lab.configs import stamp
from fer_lab.engine.clusters import Books
from fer_lab.engine.job import STOP
from fer_lab.engine.order import Job, cell_of, longest_first, wait_for_each_other
from fer_lab.ledger.sweeps import STATUS
from fer_lab.runs import peak_memory, with_parents
from fer_lab.storage import read_json, write_json
from hydra_plugins.gpu_pool_launcher import Hooks

OUT_OF_MEMORY = "out of memory"
"""What the error of a job says whose device was too full, in these words or in capitals."""
ROOM = 1.2
"""Times what a run took: memory is handed out in pieces."""
BESIDE = 2**30
"""Bytes that each process takes of a GPU beside its tensors: the CUDA context, libraries and their workspaces."""


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
