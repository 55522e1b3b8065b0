"""Which job begins when, in which process; what becomes of one whose process dies or whose device is too full."""

from __future__ import annotations

import logging
import multiprocessing
import pickle
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import TYPE_CHECKING, Any

from hydra_plugins.gpu_pool_launcher._leases import Want
from hydra_plugins.gpu_pool_launcher._worker import Done, Elsewhere, Place, Task, Waits, work

if TYPE_CHECKING:
    from hydra_plugins.gpu_pool_launcher import Hooks

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Worker:
    """A process that does tasks, and the pipe to it."""

    process: SpawnProcess
    pipe: Connection

    @classmethod
    def start(cls, context: bytes, place: Place | None, n_jobs: int) -> Worker:
        """A new one; see ``_worker.work``."""
        spawn = multiprocessing.get_context("spawn")
        pipe, its = spawn.Pipe()
        process = spawn.Process(target=work, args=(its, context, place, n_jobs))
        process.start()
        its.close()
        return cls(process, pipe)

    def answer(self) -> Any:
        """What it has to say; None if it was killed."""
        try:
            return pickle.loads(self.pipe.recv_bytes())
        except (EOFError, ConnectionError):
            return None

    def send(self, task: Task) -> None:
        """Hand it a task; one that is dead by then is noticed by its silence."""
        try:
            self.pipe.send(task)
        except OSError:
            self.process.join()


@dataclass
class _Crew:
    """The workers of a sweep and what is left to do."""

    waiting: dict[int, Task]
    hooks: Hooks
    busy: dict[Connection, tuple[Worker, Task]] = field(default_factory=dict)
    idle: list[Worker] = field(default_factory=list)
    all: list[Worker] = field(default_factory=list)
    results: dict[int, Done] = field(default_factory=dict)
    told: bool = False

    def begin(self, worker: Worker) -> None:
        """Give a worker the first task that nobody at work would wait for, or the first of all."""
        beside = [(task.number, task.overrides) for _, task in self.busy.values()]
        left = ((task.number, task.overrides) for task in self.waiting.values())
        number = next((n for n, own in left if not any(self.hooks.apart((n, own), one) for one in beside)), None)
        task = self.waiting.pop(next(iter(self.waiting)) if number is None else number)
        worker.send(task)
        self.busy[worker.pipe] = worker, task

    def hear(self, pipe: Connection) -> None:
        """Take what a worker says."""
        worker, task = self.busy[pipe]
        answer = worker.answer()
        if isinstance(answer, Waits):
            if not self.told:
                log.warning("other sweeps hold the devices: jobs wait for them")
            self.told = True
            return
        del self.busy[pipe]
        if isinstance(answer, Done) and not self._too_full(task, answer):
            self.results[task.number] = answer
            self.idle.append(worker)
            return
        pipe.close()
        if answer is None:
            worker.process.join()
            self.results[task.number] = _killed(self.hooks, task)
        elif isinstance(answer, Elsewhere):
            self.waiting = {task.number: task, **self.waiting}
        else:
            self._again(task, answer)

    def _too_full(self, task: Task, done: Done) -> bool:
        job = (task.number, task.overrides)
        return done.shared and task.attempt == 1 and self.hooks.out_of_memory(job, done.value)

    def _again(self, task: Task, done: Done) -> None:
        """Once more, alone on whole devices, in a process that has nothing on them yet."""
        assert task.want is not None
        before = f"out of memory on a share of {done.devices}"
        log.warning("job %d: %s; once more, alone on a whole device", task.number, before)
        again = replace(task, want=Want(task.want.devices), attempt=2, before=before)
        self.waiting = {task.number: again, **self.waiting}


def done_by_crew(
    tasks: Sequence[Task], n_jobs: int, start: Callable[[], Worker], hooks: Hooks, stagger: float = 0.0
) -> dict[int, Done]:
    """Do every task, and say by its number how it went.

    Args:
        tasks: in the order in which they begin.
        n_jobs: at a time.
        start: a new worker.
        hooks: which jobs had better not run at the same time, what one has returned whose process was killed, and
            whether an answer means that the device was too full.
        stagger: seconds between two starts.
    """
    crew, next_start = _Crew({task.number: task for task in tasks}, hooks), 0.0
    try:
        while crew.waiting or crew.busy:
            while crew.waiting and len(crew.busy) < n_jobs and (crew.idle or time.monotonic() >= next_start):
                if not crew.idle:
                    next_start = time.monotonic() + stagger
                    crew.all.append(worker := start())
                    crew.idle.append(worker)
                crew.begin(crew.idle.pop())
            while crew.idle:  # nothing is left for them: their devices are for others
                crew.idle.pop().pipe.close()
            soon = max(0.0, next_start - time.monotonic()) if crew.waiting and len(crew.busy) < n_jobs else None
            for pipe in wait([*crew.busy], soon):
                crew.hear(pipe)  # type: ignore[arg-type]
    except BaseException:
        for worker in crew.all:
            worker.process.kill()
        raise
    finally:
        for worker in crew.all:
            worker.pipe.close()
            worker.process.join()
    return crew.results


def _killed(hooks: Hooks, task: Task) -> Done:
    try:
        return Done(True, hooks.killed((task.number, task.overrides)))
    except Exception as error:
        return Done(False, error)
