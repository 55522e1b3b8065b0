"""Which job begins when, in which process; what becomes of one whose process dies or whose device is too full."""

from __future__ import annotations

import logging
import multiprocessing
import os
import pickle
import re
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudpickle import dumps
from hydra.core.singleton import Singleton
from hydra.core.utils import JobReturn, JobStatus, configure_log, setup_globals

from hydra_plugins.gpu_pool_launcher._devices import Device, PoolError, called, listed, visible
from hydra_plugins.gpu_pool_launcher._leases import Want, default_place
from hydra_plugins.gpu_pool_launcher._worker import Context, Done, Elsewhere, Place, Task, Waits, work

if TYPE_CHECKING:
    from hydra_plugins.gpu_pool_launcher import GpuPool, Hooks, Job

log = logging.getLogger(__name__)
NAME = re.compile(r"[\w./-]+")
MOST = 8
"""Jobs that share a device at most, where their memory alone decides."""


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


# --- what there is, and what is asked of it ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """The numbers among the settings of a launcher; None stands for the word that leaves them open."""

    n_jobs: int | None
    runs_per_gpu: int | None
    devices_per_run: int | None

    @classmethod
    def of(cls, launcher: GpuPool) -> Asked:
        """Those of a launcher.

        Raises:
            PoolError: one is none.
        """
        jobs, per_gpu = _whole("n_jobs", launcher.n_jobs, None), _whole("runs_per_gpu", launcher.runs_per_gpu, "auto")
        per_run = "auto" if launcher.devices_per_run == -1 else launcher.devices_per_run
        return cls(jobs, per_gpu, _whole("devices_per_run", per_run, "auto"))

    def per_run(self, devices: Sequence[Device]) -> int:
        """How many of the devices a job leases at once."""
        return self.devices_per_run or len(devices)


def _whole(name: str, value: object, free: str | None) -> int | None:
    if value == free:
        return None
    if not isinstance(value, int) or value < 1:
        raise PoolError(f"{name}={value}", expected=f"a whole number from 1 on, or {free or 'null'}")
    return value


def devices_of(launcher: GpuPool) -> tuple[Device, ...]:
    """The devices of a launcher; none for one that leases nothing.

    Raises:
        PoolError: there is none where some are asked for, too few for a job, or a setting that they do not allow.
    """
    asked = Asked.of(launcher)
    if launcher.devices is not None and not launcher.devices:
        return ()
    devices = _named(launcher.devices) if launcher.devices else visible()
    if not devices:
        raise PoolError(
            "no GPU: nvidia-smi and the driver list none, or CUDA_VISIBLE_DEVICES leaves none",
            expected="one for this launcher",
            do="take another launcher, or name devices in hydra.launcher.devices",
        )
    if launcher.memory_gb:
        devices = tuple(replace(one, memory=int(launcher.memory_gb * 2**30)) for one in devices)
    _check(asked, devices)
    return tuple(replace(one, memory=None) if one.exclusive else one for one in devices)  # to be taken whole


def _check(asked: Asked, devices: Sequence[Device]) -> None:
    """Refuse what the devices do not allow."""
    per_run, per_gpu = asked.per_run(devices), asked.runs_per_gpu
    if per_run > len(devices):
        raise PoolError(f"{per_run} devices for a job", expected=f"at most {len(devices)}: {_names(devices)}")
    if per_run > 1 and any(one.name.startswith("MIG-") for one in devices):
        raise PoolError(f"{per_run} devices for a job", expected="1: CUDA shows a process one MIG slice at most")
    alone = [one for one in devices if one.exclusive]
    if alone and per_gpu and per_gpu > 1:
        raise PoolError(
            f"runs_per_gpu={per_gpu}: {_names(alone)} lets one process in at a time (compute mode)",
            do="set runs_per_gpu=1, start NVIDIA MPS, or nvidia-smi -c DEFAULT",
        )


def _named(names: Sequence[str | int]) -> tuple[Device, ...]:
    """Devices by the names that somebody gives them; those that no GPU can have are taken as they are, as pretended."""
    cards, words = listed(), [str(name) for name in names]
    if len({*words}) < len(words) or not all(map(NAME.fullmatch, words)):
        raise PoolError(f"devices={words}", expected="names of letters, figures and . _ - /, each once")
    real = (word.isdecimal() or word.startswith(("GPU-", "MIG-")) for word in words)
    return tuple(called(word, cards) if is_real else Device(word) for word, is_real in zip(words, real, strict=True))


def _names(devices: Sequence[Device]) -> str:
    return ", ".join(device.name for device in devices)


def want_of(launcher: GpuPool, devices: Sequence[Device], job: Job) -> Want | None:
    """What a job leases.

    Raises:
        PoolError: as many such jobs as are to share a device do not fit into its memory.
    """
    if not devices:
        return None
    asked, needs = Asked.of(launcher), launcher.hooks.memory(job)
    if asked.runs_per_gpu is None:
        return Want(asked.per_run(devices), Fraction(1, MOST if needs else 1), needs)
    holds = min((device.memory for device in devices if device.memory), default=None)
    if needs and holds and asked.runs_per_gpu > 1 and needs * asked.runs_per_gpu > holds:
        size, room = f"{needs / 2**30:.1f} GiB", f"{holds / 2**30:.1f}"
        raise PoolError(
            f"runs_per_gpu={asked.runs_per_gpu}: {' '.join(job[1])} takes {size}, and a device has {room}",
            do=f"set runs_per_gpu={max(1, holds // needs)}, or auto",
        )
    return Want(asked.per_run(devices), Fraction(1, asked.runs_per_gpu))


def held_at_once(launcher: GpuPool, devices: Sequence[Device], tasks: Sequence[Task]) -> int:
    """How many jobs the devices hold at once; where there are none, the cores."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    wants = {task.want for task in tasks if task.want}
    if not wants:
        return cores
    asked = Asked.of(launcher)
    per_run = asked.per_run(devices)
    held = sum(int(1 / min(want.of(device) for want in wants)) for device in devices) // per_run
    return held if asked.runs_per_gpu else max(len(devices) // per_run, min(cores, held))


# --- processes --------------------------------------------------------------------------------------------------------


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
