"""Data sets, runs, tables and figures as frames and files. No torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from fer_lab import ledger, report, tables
from fer_lab.configs import stamp
from fer_lab.errors import StoreError
from fer_lab.notebook.words import Root, named, overrides_of, place_of
from fer_lab.resources import project_folder
from fer_lab.runs import finished_runs, planned, stated_values
from fer_lab.runs.wandb_values import epoch_values
from fer_lab.sources import open_data

ABOUT_RUN = ("id", "cell", "seed", "fold", "source", "profile", "protocol", "dataset", "column", "selected_epoch")


class TableFrame(pd.DataFrame):
    """A table as a frame, a row a value; a notebook shows it as it is rendered. What is taken from it is a frame.

    Attributes:
        html: the rendered table with its footnotes, as a piece of a page.
    """

    _metadata = ["html"]  # noqa: RUF012  pandas's own name for what is not a column
    html: str

    def _repr_html_(self) -> str:
        return self.html


def index(dataset: str, *overrides: str, root: Root = None, **settings: object) -> pd.DataFrame:
    """The index of a data set: one row a video or image, with its labels; what was left out in ``attrs["skipped"]``.

    Args:
        dataset: its name, such as ``sase_fe`` (see ``fer-lab list``).
        overrides: as on the command line, such as ``"profile=smoke"``.
        root: where a copy lies (of a composite data set: its members' folders); None: the twin.
        settings: overrides whose key is one word, such as ``profile="smoke"``.

    Raises:
        ConfigError: there is no such data set, or an override fits nothing; the nearest names are offered.
        DataError: the data are not there, or not as they must be.
    """
    return open_data(dataset, [*place_of(dataset, root), *overrides_of(overrides, settings)])[1].index


def read_runs(results: str | Path | None = None) -> pd.DataFrame:
    """The finished runs below a folder of results, a row each: what was run, and the test part at the selected epoch.

    Args:
        results: by default those of the project.

    Raises:
        StoreError: there is no such folder, or a run is damaged.
    """
    runs = (project_folder() / "results" if results is None else Path(results)) / "runs"
    if not runs.is_dir():
        raise StoreError(
            f"{runs.absolute()} is not there",
            expected="a folder of results with runs/ in it",
            do="name it, or train something first: make smoke",
        )
    return pd.DataFrame([_row(run) for run in ledger.read_runs(runs)])


def table(number: str, *overrides: str, **settings: object) -> TableFrame:
    """A printed table beside the finished runs, a row a value: ``printed``, ``mean``, ``low``, ``high``, ``verdict``...

    Args:
        number: of the table, such as ``"7.8"`` or ``"garcia_zapata_2018-7.8"``.
        overrides: as on the command line, such as ``"profile=smoke"`` or ``"paths.results=..."``. Nothing is trained.
        settings: overrides whose key is one word, such as ``profile="smoke"``.

    Raises:
        ConfigError: there is no such table, or an override fits nothing; the nearest names are offered.
    """
    found, own = tables.find_table(named("table", number)), overrides_of(overrides, settings)
    runs = finished_runs(planned([f"table={found.slug}", *own])) if found.cells else {}
    comparison = tables.compare(found, runs, stated_values(found.values, own, make=False), stamp(own))
    frame = TableFrame(tables.value_rows(comparison))
    frame.html = tables.view(comparison)
    return frame


def figure(number: str, *overrides: str, **settings: object) -> Path:
    """Draw a figure of a thesis from today's faces and runs; returns the PNG.

    Args:
        number: of the figure, such as ``"garcia_zapata_2018-6.1"``, or ``"6.1"`` where no other thesis has one.
        overrides: as of ``table``; so are ``settings``.

    Raises:
        ConfigError: there is no such figure, or there are several, or it needs runs or a twin that are not there.
    """
    known = {f"{one.thesis}-{one.number}": one for one in report.figures()}
    alike = [slug for slug, one in known.items() if one.number == named("figure", number)]
    drawn = tables.pick("figure", alike[0] if len(alike) == 1 else number, known)
    return report.render(drawn, overrides_of(overrides, settings))


def _row(run: ledger.Run) -> dict[str, Any]:
    about = {name: getattr(run, name) for name in ABOUT_RUN}
    return {**about, "seconds": run.facts["seconds"], **epoch_values(run.scores("test"), ["test"])}
