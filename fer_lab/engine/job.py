"""One job of a sweep: skip it, or train it and its parents; a failure is recorded and never hides the others."""

from __future__ import annotations

import logging
import threading
import time
import traceback
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import Timeout
from hydra.errors import InstantiationException
from omegaconf import OmegaConf

from fer_lab.engine.liveness import end_with_sweep
from fer_lab.engine.locks import check_held
from fer_lab.engine.place import place
from fer_lab.errors import FerLabError, PrunedError, StoreError, TrainingError, refusal
from fer_lab.heartbeats import beating, this_process
from fer_lab.labels import several
from fer_lab.ledger import STAMP, Entry
from fer_lab.ledger.sweeps import FINAL, HEARTBEAT, PHASE, STATUS, told_in
from fer_lab.phases import of_parent, phase
from fer_lab.processes import Interrupted, is_ending
from fer_lab.runs import Plan, make_plans
from fer_lab.storage import is_locked, locked, make_folder, read_json, write_bytes, write_json

if TYPE_CHECKING:
    from pytorch_lightning import Callback

log = logging.getLogger(__name__)
STOP = "stop"
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
BEAT_EVERY = 5.0  # seconds
KILLED = "its process was killed, most often for want of memory: free some, or run fewer side by side (jobs=1)"
_recording = threading.Lock()  # a launcher and the watchdog may notice the same death
LIBRARIES = (
    "hydra",
    "hydra_plugins",
    "pytorch_lightning",
    "pytorch_lightning.utilities.rank_zero",
    "lightning_fabric",
    "matplotlib",
)


def run_job(config: Mapping[str, Any], cell: str, overrides: Sequence[str], folder: Path) -> str:
    """Run one job and leave ``job.json`` in its folder.

    It may be begun again, by its sweep once its process was lost or by Slurm after its time limit: it then goes on from
    the last whole epoch, and does nothing if it has ended.

    Returns:
        Its state: done, kept, failed or stopped.
    """
    _set_up_worker(folder.parent)
    before = read_json(folder / STATUS) if (folder / STATUS).is_file() else {}
    if before.get("state") in FINAL:
        return str(before["state"])
    about = {"cell": cell, "seed": config["seed"], "stamp": [config[key]["name"] for key in STAMP]}
    known = {key: before[key] for key in ("lost", "limits") if key in before}
    began = time.monotonic()  # what it takes no clock that is set meanwhile changes
    status = {**about, **known, **place(), "process": this_process(), "state": "running", "started": time.time()}
    try:
        write_json(make_folder(folder) / STATUS, status)
        with beating(folder / HEARTBEAT, BEAT_EVERY):
            status |= _outcome(config, cell, overrides, folder)
            status["seconds"] = round(time.monotonic() - began, 2)
            write_json(folder / STATUS, status)
        (folder / HEARTBEAT).unlink(missing_ok=True)
        if status["state"] == "failed" and config["fail_fast"]:
            write_bytes(folder.parent / STOP, b"")
    except StoreError as error:  # a full disk: the others go on, and the watchdog records what it could not
        log.error("%s seed %s: %s", cell, config["seed"], error)
        return "failed"
    return str(status["state"])


def _outcome(config: Mapping[str, Any], cell: str, overrides: Sequence[str], folder: Path) -> dict[str, Any]:
    if (folder.parent / STOP).exists():
        return {"state": "stopped"}
    try:
        return _attempt(config, cell, overrides, folder)
    except Interrupted:
        raise
    except SystemExit:  # how Submitit ends a job that Slurm is to begin again, at its time limit
        status = read_json(folder / STATUS)
        limits = [*status.get("limits", []), [_whole_epochs(folder, status), _phase(folder)]]
        write_json(folder / STATUS, status | {"state": "waiting", "limits": limits})
        raise


def _whole_epochs(folder: Path, status: Mapping[str, Any]) -> int:
    return sum(entry.epochs for entry in _entries(folder, status))


def _phase(folder: Path) -> str:
    return str(read_json(folder / PHASE)["name"]) if (folder / PHASE).is_file() else ""


def _entries(folder: Path, status: Mapping[str, Any]) -> list[Entry]:
    """Of the runs, parents first, that a job has said to be at."""
    return [Entry(folder.parents[2] / "runs", id) for id in status.get("at", [])]


def _check_limits(limits: Sequence[Any]) -> None:
    """Refuse to begin again what has met its time limit at the same place twice.

    Raises:
        TrainingError: it would for ever.
    """
    if len(limits) > 1 and limits[-1] == limits[-2]:
        epochs, at = limits[-1]
        raise TrainingError(
            f"its time limit ended it twice at {at or 'its start'} after {several(epochs, 'whole epoch')}",
            expected="a limit longer than an epoch, and than what is made before the first one",
            do="raise hydra.launcher.timeout_min; what is whole stays",
        )


def record_killed(folder: Path, overrides: Sequence[str], stop: bool, reason: str = KILLED, retries: int = 0) -> str:
    """Record a job whose process was lost, whatever the launcher, and the run that it was at; returns its state.

    Args:
        folder: the job's.
        overrides: that make it this job.
        stop: whether no other job is to begin once it has failed (``fail_fast``).
        reason: what is known of it.
        retries: how often it is begun again: until then it is ``interrupted``, and failed afterwards.
    """
    with _recording:
        words = dict(item.split("=", 1) for item in overrides)
        status = read_json(folder / STATUS) if (folder / STATUS).is_file() else {}
        if not status:
            status = {"cell": words["cell"], "seed": int(words.get("seed", 0)), "started": time.time()}
        if status.get("state") in FINAL:  # its last word
            return str(status["state"])
        if is_ending():  # by this process itself: no want of memory, and nobody begins it again
            return str(status.get("state", "interrupted"))
        lost = status.get("lost", 0) + (status.get("state") != "interrupted")  # or it is recorded already
        state = "interrupted" if lost <= retries else "failed"
        if state == "failed":
            for entry in _entries(folder, status):
                if entry.folder.is_dir() and not entry.is_finished():
                    with suppress(Timeout), locked(entry.folder, timeout=1.0):  # but a parent that another job trains
                        entry.fail(TrainingError(reason))
            status.pop("at", None)
        told = {"state": state, "lost": lost, "error": reason, "log": str(folder / "log.txt")}
        write_json(make_folder(folder) / STATUS, status | told)
        if stop and state == "failed":
            write_bytes(folder.parent / STOP, b"")
        return state


@cache
def _set_up_worker(sweep: Path) -> None:
    """In a worker process of a launcher: log as the sweep does, and do not train on when it is killed."""
    if end_with_sweep(sweep):
        logging.getLogger().setLevel(logging.INFO)
        quieten()


def quieten() -> None:
    """Leave the libraries' own reports out: one display shows a sweep."""
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", module="pytorch_lightning")  # about loops that are not used, by design
    warnings.filterwarnings("ignore", module="lightning_fabric")  # that srun is there and is not used


def _attempt(config: Mapping[str, Any], cell: str, overrides: Sequence[str], folder: Path) -> dict[str, Any]:
    own_log = folder / "log.txt"
    try:
        with _logged_to(own_log), told_in(folder):
            check_held(folder.parent)
            status = read_json(folder / STATUS)
            _check_limits(status.get("limits", []))
            plans = make_plans(config, cell, overrides)
            write_json(folder / STATUS, status | {"at": [*_ids(plans)]})
            states = [ensure(plan) for plan in plans]
            ids, last = " ".join(plan.id for plan in plans), plans[-1].entry
            return {"state": "done" if "done" in states else "kept", "id": ids, "log": str(last.log)}
    except FerLabError as error:
        return {"state": "failed", "error": str(error), "log": str(own_log)}
    except InstantiationException as error:
        return {"state": "failed", "error": str(refusal(error) or error), "log": str(own_log)}
    except Exception as error:  # a sweep goes on: recorded here, listed at once, counted in the exit status
        with suppress(OSError), own_log.open("a") as file:  # of a full disk
            traceback.print_exc(file=file)
        return {"state": "failed", "error": f"{type(error).__name__}: {error}", "log": str(own_log)}


def _ids(plans: Sequence[Plan]) -> Iterator[str]:
    """Those of runs and of their parents."""
    for plan in plans:
        yield from (*_ids(plan.parents), plan.id)


def ensure(plan: Plan, further: Sequence[Callback] = ()) -> str:
    """See that a run is finished: ``kept`` if it was, ``done`` if it was trained now (its parents first).

    Args:
        plan: the run.
        further: called as the run trains, but not its parents, after all that is done after an epoch.

    Raises:
        PrunedError: one of ``further`` has ended it early; it is recorded as pruned, and can go on from there.
    """
    if plan.entry.is_finished():
        return "kept"
    for parent in plan.parents:
        with of_parent(parent.cell):
            ensure(parent)
    if is_locked(plan.entry.folder):
        phase("waiting", what="another process trains this run")
    with plan.entry.claim():
        if plan.entry.is_finished():
            return "kept"
        plan.entry.clear_damaged()
        with _logged_to(plan.entry.log):
            _train(plan, further)
    return "done"


def _train(plan: Plan, further: Sequence[Callback]) -> None:
    phase("starting", what="torch is loaded")
    from fer_lab.engine.ranks import train_on_devices  # torch and Lightning take seconds: only when something trains

    plan.entry.write_config(OmegaConf.to_yaml(OmegaConf.create(dict(plan.config))))
    try:
        train_on_devices(plan, further)
    except PrunedError as early:
        plan.entry.prune(early)
        raise
    except Exception as error:
        with suppress(StoreError):  # of a full disk: the error itself is what counts
            plan.entry.fail(error)
        if refusal(error) is None:  # a refusal says all there is to say
            log.exception("run %s of %s failed", plan.id, plan.cell)
        raise


@contextmanager
def _logged_to(path: Path) -> Iterator[None]:
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter(FORMAT))
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
        with suppress(OSError):  # of a full disk
            handler.close()
