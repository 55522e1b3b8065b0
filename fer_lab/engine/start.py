"""What a command line gets around Hydra: guards before, one progress display during, an honest exit status after."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra.errors import HydraException
from rich.console import Console
from rich.logging import RichHandler
from rich.table import Table

from fer_lab import tables
from fer_lab.configs import (
    cells_of,
    compose,
    compose_launcher,
    expand,
    parse,
    results_folder,
    stamp,
    value_text,
    with_places,
)
from fer_lab.engine import progress
from fer_lab.engine.clusters import check_launcher
from fer_lab.engine.dry import show_plans
from fer_lab.engine.job import quieten
from fer_lab.engine.launch import check_pool
from fer_lab.engine.liveness import announced
from fer_lab.engine.locks import tried_locks
from fer_lab.engine.results import last_lines
from fer_lab.engine.watchdog import attend
from fer_lab.errors import ConfigError, FerLabError
from fer_lab.ledger.identity import RUN_GROUPS
from fer_lab.ledger.sweeps import read_jobs
from fer_lab.processes import end_children_with, usable_cores
from fer_lab.resources import ENTRY
from fer_lab.runs import check_sweep, outline
from fer_lab.runs.wandb_values import mode, sync_line
from fer_lab.storage import cache_root, make_folder
from hydra_plugins.gpu_pool_launcher import devices

MOST_JOBS = 4  # each takes about 1.5 GB of memory
CELLS_OWN = {*(group.split("/")[0] for group in RUN_GROUPS), "backbone"}
"""Groups of conf/ whose option, and with it their keys, the cell chooses."""
EXAMPLES = f"""\
  {ENTRY} -m experiment=sase_hidden                  # a campaign: every cell x seed, resumable
  {ENTRY} -m experiment=sase_hidden dry_run=true     # what it would run, and what is there
  {ENTRY} cell=sase_hidden/cnn_frontal seed=0        # one run"""


def start(arguments: Sequence[str], main: Callable[[], Any]) -> int:
    """Run what the command line asks for; returns the exit status."""
    console = Console(stderr=True)
    _log_to(console)
    flags, overrides = _split(arguments)
    try:
        tables.register()
        if {"--help", "--hydra-help", "--info", "-i", "--cfg", "-c", "--version"} & set(flags):
            main()
            return 0
        return _start(flags, overrides, main, console)
    except FerLabError as error:
        console.print("[red]error:[/red] ", end="")
        console.print(str(error), markup=False)
        return 2
    except HydraException as error:
        console.print(f"error: {error}", markup=False)
        return 2


def _start(flags: Sequence[str], overrides: Sequence[str], main: Callable[[], Any], console: Console) -> int:
    sweeping = bool({"-m", "--multirun"} & set(flags))
    parsed = parse(overrides)
    cells = cells_of(parsed)
    if not cells:
        overview(Console())
        return 0 if not overrides else 2
    if not sweeping and ("cell" not in parsed or len(cells) > 1):
        raise ConfigError(
            "several cells without -m",
            expected=f"-m for all of them, or one cell: {', '.join(cells)}",
            do=f"{ENTRY} -m {' '.join(overrides)}",
        )
    check_launcher(overrides, sweeping)
    _check_launcher(overrides, parsed)
    check_sweep(overrides)
    if sweeping:
        config = compose(expand(overrides)[0])
        check_pool(overrides, _launcher(overrides, config), config)
    if _value(parsed, "dry_run").lower() == "true":
        show_plans(overrides)
        return 0
    if sweeping and "table" not in parsed:  # of a table it was said before its runs were looked for
        _announce(overrides, console)
    return _run(overrides, sweeping, main, console)


def _announce(overrides: Sequence[str], console: Console) -> None:
    seeds = dict.fromkeys(
        int(item.partition("=")[2]) for own in expand(overrides) for item in own if item[:5] == "seed="
    )
    for line in outline(cells_of(parse(overrides)), [*seeds], stamp(overrides), results_folder(overrides)):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _run(overrides: Sequence[str], sweeping: bool, main: Callable[[], Any], console: Console) -> int:
    config = compose(expand(overrides)[0])
    results = Path(config["paths"]["results"])
    sweep = results / "sweeps" / f"{time.strftime('%Y-%m-%d_%H-%M-%S')}-{os.getpid()}"
    place = f"hydra.sweep.dir='{sweep}'" if sweeping else f"hydra.run.dir='{sweep}/run'"
    make_folder(sweep)
    sys.argv = with_places([_as_choice(item) if sweeping else item for item in sys.argv])
    sys.argv += [place, *(_launcher(overrides, config) if sweeping else [])]
    end_children_with(os.getpid())
    total, runs = len(expand(overrides)), results / "runs"
    with tried_locks(sweep, [cache_root()]), announced(sweep), progress.show(sweep, total, runs, console):
        attend(sweep, total, main, config)
    jobs = read_jobs(sweep)
    offline = [sync_line(results)] if config["logger"] and mode(os.environ) == "offline" else []
    for line in [*last_lines(jobs, total, runs, overrides), *offline]:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    return 0 if sum(job.well for job in jobs) == total else 1


def _as_choice(argument: str) -> str:
    """A value of a group that only the cell chooses: Hydra composes a sweep once without any cell, where it is unknown.

    As a choice of one it is a swept value, which that composition leaves out.
    """
    key, _, value = argument.partition("=")
    cell_only = key.split(".")[0] in CELLS_OWN and "." in key
    return f"{key}=choice({value})" if cell_only and not value.startswith(("choice(", "range(", "glob(")) else argument


def _check_launcher(overrides: Sequence[str], parsed: dict[str, Any]) -> None:
    """Refuse settings that a launcher lacks, and the GPUs of a machine that has none, before anything is made."""
    if "hydra/launcher" in parsed:
        compose_launcher(overrides)
    named = _value(parsed, "hydra/launcher") == "gpu_pool" and "hydra.launcher.devices" not in parsed
    if named and not devices():
        raise ConfigError(
            "hydra/launcher=gpu_pool: there is no GPU here",
            expected="one that nvidia-smi lists and CUDA_VISIBLE_DEVICES leaves",
            do="set hydra/launcher=local, or pretend some: hydra.launcher.devices=[a,b]",
        )


def _launcher(overrides: Sequence[str], config: Mapping[str, Any]) -> list[str]:
    """``gpu_pool`` where there is a GPU, else ``local``, if no launcher is asked for.

    Small networks leave most of a CPU idle: several runs with fewer threads each are done in about half the time.
    """
    parsed = parse(overrides)
    asked = _value(parsed, "hydra/launcher")
    name = asked or ("gpu_pool" if config["trainer"]["accelerator"] != "cpu" and devices() else "local")
    words = [] if asked else [f"hydra/launcher={name}"]
    if name == "local" and not config["jobs"] and "hydra.launcher.n_jobs" not in parsed:
        words.append(f"hydra.launcher.n_jobs={min(usable_cores(), MOST_JOBS)}")
    return words


def overview(console: Console) -> None:
    """What there is, and three examples."""
    table = Table("experiment", "cells", title="Experiments")
    for name, experiment in tables.experiments().items():
        table.add_row(name, ", ".join(cell.split("/")[1] for cell in experiment.cells))
    console.print(table)
    console.print(f"Tables: {', '.join(tables.tables())}\n\nExamples:\n{EXAMPLES}", markup=False, soft_wrap=True)


def _split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    overrides = [a for a in arguments if not a.startswith("-") and ("=" in a or a.startswith("~"))]
    return [a for a in arguments if a.startswith("-")], overrides


def _value(parsed: dict[str, Any], key: str) -> str:
    return value_text(parsed[key]) if key in parsed else ""


def _log_to(console: Console) -> None:
    handler = RichHandler(console=console, show_path=False, show_time=False, show_level=False)
    logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=[handler])
    quieten()
