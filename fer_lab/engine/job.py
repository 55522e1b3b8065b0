"""One job of a sweep: skip it, or train it and its parents; a failure is recorded and never hides the others."""

from __future__ import annotations

import logging
import time
import traceback
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from filelock import Timeout
from hydra.errors import InstantiationException
from omegaconf import OmegaConf

from fer_lab.engine.liveness import end_with_sweep
from fer_lab.errors import FerLabError, TrainingError, refusal
from fer_lab.ledger import STAMP, Entry
from fer_lab.ledger.sweeps import STATUS, told_in
from fer_lab.phases import of_parent, phase
from fer_lab.runs import Plan, make_plans
from fer_lab.storage import locked, make_folder, read_json, write_bytes, write_json

log = logging.getLogger(__name__)
STOP = "stop"
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
KILLED = "its process was killed, most often for want of memory: free some, or run fewer side by side (jobs=1)"
LIBRARIES = (
    "hydra",
    "hydra_plugins",
    "pytorch_lightning",
    "pytorch_lightning.utilities.rank_zero",
    "lightning_fabric",
    "matplotlib",
)


def run_job(config: Mapping[str, Any], cell: str, overrides: Sequence[str], folder: Path) -> str:
    """Run one job and leave ``job.json`` in its folder; returns its state: done, kept, failed or stopped."""
    _set_up_worker(folder.parent)
    about = {"cell": cell, "seed": config["seed"], "stamp": [config[key]["name"] for key in STAMP]}
    status: dict[str, Any] = {**about, "state": "running", "started": time.time()}
    write_json(make_folder(folder) / STATUS, status)
    if (folder.parent / STOP).exists():
        status["state"] = "stopped"
    else:
        status |= _attempt(config, cell, overrides, folder)
    status["seconds"] = round(time.time() - status["started"], 2)
    write_json(folder / STATUS, status)
    if status["state"] == "failed" and config["fail_fast"]:
        write_bytes(folder.parent / STOP, b"")
    return str(status["state"])


def record_killed(folder: Path, overrides: Sequence[str], stop: bool) -> str:
    """Record as failed a job whose process was killed, and the run that it was at; returns its state.

    Args:
        folder: the job's.
        overrides: that make it this job.
        stop: whether no other job is to begin (``fail_fast``).
    """
    words = dict(item.split("=", 1) for item in overrides)
    begun = {"cell": words["cell"], "seed": int(words.get("seed", 0)), "started": time.time()}
    status = begun | (read_json(folder / STATUS) if (folder / STATUS).is_file() else {})
    status |= {"state": "failed", "error": KILLED, "log": str(folder / "log.txt")}
    status["seconds"] = round(time.time() - status["started"], 2)
    for entry in (Entry(folder.parents[2] / "runs", id) for id in status.pop("at", [])):
        if entry.folder.is_dir() and not entry.is_finished():
            with suppress(Timeout), locked(entry.folder, timeout=1.0):  # but a parent that another job trains
                entry.fail(TrainingError(KILLED))
    write_json(make_folder(folder) / STATUS, status)
    if stop:
        write_bytes(folder.parent / STOP, b"")
    return str(status["state"])


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


def _attempt(config: Mapping[str, Any], cell: str, overrides: Sequence[str], folder: Path) -> dict[str, Any]:
    own_log = folder / "log.txt"
    try:
        with _logged_to(own_log), told_in(folder):
            plans = make_plans(config, cell, overrides)
            write_json(folder / STATUS, read_json(folder / STATUS) | {"at": [*_ids(plans)]})
            states = [ensure(plan) for plan in plans]
            ids, last = " ".join(plan.id for plan in plans), plans[-1].entry
            return {"state": "done" if "done" in states else "kept", "id": ids, "log": str(last.log)}
    except FerLabError as error:
        return {"state": "failed", "error": str(error), "log": str(own_log)}
    except InstantiationException as error:
        return {"state": "failed", "error": str(refusal(error) or error), "log": str(own_log)}
    except Exception as error:  # a sweep goes on: recorded here, listed at once, counted in the exit status
        with own_log.open("a") as file:
            traceback.print_exc(file=file)
        return {"state": "failed", "error": f"{type(error).__name__}: {error}", "log": str(own_log)}


def _ids(plans: Sequence[Plan]) -> Iterator[str]:
    """Those of runs and of their parents."""
    for plan in plans:
        yield from (*_ids(plan.parents), plan.id)


def ensure(plan: Plan) -> str:
    """See that a run is finished: ``kept`` if it was, ``done`` if it was trained now (its parents first)."""
    if plan.entry.is_finished():
        return "kept"
    for parent in plan.parents:
        with of_parent(parent.cell):
            ensure(parent)
    with plan.entry.claim():
        if plan.entry.is_finished():
            return "kept"
        plan.entry.clear_damaged()
        with _logged_to(plan.entry.log):
            _train(plan)
    return "done"


def _train(plan: Plan) -> None:
    phase("starting", what="torch is loaded")
    from fer_lab.engine.ranks import train_on_devices  # torch and Lightning take seconds: only when something trains

    plan.entry.write_config(OmegaConf.to_yaml(OmegaConf.create(dict(plan.config))))
    try:
        train_on_devices(plan)
    except Exception as error:
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
        handler.close()
