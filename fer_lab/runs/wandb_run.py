"""A run in Weights & Biases: started, told what the ledger has, ended. W&B takes a second to import; torch is not."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import wandb

from fer_lab.errors import ConfigError
from fer_lab.evaluation import Target
from fer_lab.ledger import Entry, Run
from fer_lab.ledger.files import HISTORY
from fer_lab.runs import wandb_values
from fer_lab.runs.configuration import configuration_of
from fer_lab.runs.wandb_charts import CONFUSION, Chart, charts
from fer_lab.storage import make_folder

PRIVATE: Mapping[str, Any] = {
    "silent": True,
    "console": "off",  # the ledger has the log
    "host": "",
    "program": "run.py",
    "disable_git": True,
    "x_disable_machine_info": True,
    "x_disable_stats": True,
    "x_save_requirements": False,
}
"""Settings that keep W&B from printing beside the sweep's display, and host, user and paths out of its files."""


def started(project: str, folder: Path, entity: str | None, **run: Any) -> wandb.Run:
    """A run there, which goes on where it is known under its id.

    Args:
        project: of W&B.
        folder: W&B's own files come into ``wandb/`` below it.
        entity: a user or a team; None takes that of the key.
        run: further arguments of ``wandb.init``.

    Raises:
        ConfigError: W&B does not answer, or does not take the key.
    """
    place, settings = make_folder(folder).absolute(), wandb.Settings(**PRIVATE)
    os.environ.setdefault("WANDB_DATA_DIR", str(place / "wandb" / "data"))  # tables wait there to be sent
    os.environ.setdefault("WANDB_ERROR_REPORTING", "false")  # its makers would hear of errors, offline as well
    where = {"project": project, "entity": entity, "dir": place, "mode": wandb_values.mode(os.environ)}
    try:
        return wandb.init(**where, **run, resume="allow", settings=settings)
    except wandb.Error as error:
        raise ConfigError(
            f"Weights & Biases: {error}", do="set WANDB_MODE=offline (`wandb sync` sends later), or logger=none"
        ) from error


@contextmanager
def ended(run: wandb.Run) -> Iterator[None]:
    """See that W&B hears how a run ended: as failed where something raises."""
    try:
        yield
    except BaseException:
        run.finish(exit_code=1)
        raise
    run.finish(exit_code=0)


def send(run: Run, settings: Mapping[str, Any], folder: Path) -> None:
    """Log a finished run from the ledger alone, as it would have been while it trained; what W&B has of it stays.

    Args:
        run: one entry of the ledger.
        settings: ``logger`` of a configuration.
        folder: W&B's own files come into ``wandb/`` below it.

    Raises:
        StoreError: a file of the run is missing or damaged.
        ConfigError: W&B does not answer, or there is no such cell any more.
    """
    run.check()
    config, entry = configuration_of(run), Entry(run.folder.parent, run.id)
    about = wandb_values.described(run.id, run.cell, config, str(run.facts["precision"]))
    there = started(settings["project"], folder, settings["entity"], **about)
    with ended(there):
        parts = wandb_values.PARTS if config["test_scores"] == "every_epoch" else ("val",)
        log_epochs(there, entry, parts, there.starting_step, run.epochs - 1)
        log_result(there, vars(run), entry.read_scores(run.selected_epoch), run.target)


def log_epochs(run: wandb.Run, entry: Entry, parts: Sequence[str], first: int, last: int) -> None:
    """Log what the ledger has of some epochs, each as the step of its number; a run that never trained has none.

    Args:
        run: of W&B.
        entry: the run's place in the ledger.
        parts: whose values by epoch are told.
        first, last: epochs, 0-based, both included.
    """
    path = entry.folder / HISTORY
    if not path.is_file():
        return
    history = pd.read_csv(path).set_index("epoch")
    for epoch in range(first, last + 1):
        trained = {str(name): float(value) for name, value in history.loc[epoch].dropna().to_dict().items()}
        values = wandb_values.epoch_values(entry.read_scores(epoch), parts)
        run.log({"epoch": epoch, **values, **trained}, step=epoch)


def log_result(run: wandb.Run, record: Mapping[str, Any], scores: pd.DataFrame, target: Target) -> None:
    """Log what a run came to: summary, values by class, label or value, and charts of them.

    Args:
        run: of W&B.
        record: of the run, as ``run.json`` has it.
        scores: of its selected epoch.
        target: what an item is asked for.
    """
    table = wandb.Table(dataframe=wandb_values.per_output(scores, target))
    shown: dict[str, Any] = {wandb_values.PER_OUTPUT: table}
    for part, rows in wandb_values.parts_of(scores):
        for key, chart in charts(rows, part, target).items():
            shown[key] = _drawn(chart, f"{record['cell']}, {key.removeprefix(CONFUSION + '/')}")
    run.log(shown, step=record["epochs"])
    run.summary.update(wandb_values.result_values(record, scores))


def _drawn(chart: Chart, title: str) -> Any:
    table, fields = wandb.Table(dataframe=chart.rows), dict(chart.fields)
    return wandb.plot_table(vega_spec_name=chart.spec, data_table=table, fields=fields, string_fields={"title": title})
