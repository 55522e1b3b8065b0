"""The Weights & Biases workspace of our runs: what a reader of the tables wants to see first. No torch."""

from __future__ import annotations

from collections.abc import Mapping

import wandb_workspaces.reports.v2 as wr
import wandb_workspaces.workspaces as ws

from fer_lab.runs.wandb_charts import CONFUSION, MATRIX, MATRIX_COLUMNS
from fer_lab.runs.wandb_values import METRICS, PARTS, PER_OUTPUT, SELECTED
from fer_lab.tables import stamp_words
from fer_lab.tables.grid import metric_words

CELL = "cell"
PART_WORDS = {"val": "validation", "test": "test"}


def workspace(entity: str, project: str, stamp: Mapping[str, str]) -> ws.Workspace:
    """The workspace of the runs of one source, profile and protocol; nothing is sent.

    Args:
        entity: whose project it is, a user or a team.
        project: that the runs are logged to.
        stamp: ``source``, ``profile`` and ``protocol``: runs of others are filtered out, as their values are of
            another kind.
    """
    columns = [f"summary:{SELECTED}/test/{name}" for name in METRICS]
    pinned = [*columns, f"summary:{SELECTED}/epoch", "summary:leak_share", "config:seed.value"]
    filters = [ws.Config(key) == value for key, value in stamp.items()]
    return ws.Workspace(
        entity=entity,
        project=project,
        name=f"fer_lab, {stamp_words(stamp)}",
        sections=[_by_cell(), _curves(), _seeds(), _selection(), _classes(), _runs()],
        settings=ws.WorkspaceSettings(x_axis="epoch", max_runs=100),
        runset_settings=ws.RunsetSettings(filters=filters, groupby=[ws.Config(CELL)], pinned_columns=pinned),
    )


def _section(name: str, *panels: object, columns: int = 3) -> ws.Section:
    layout = ws.SectionLayoutSettings(columns=columns, rows=2)
    return ws.Section(name=name, panels=list(panels), is_open=True, layout_settings=layout)


def _by_cell() -> ws.Section:
    """A bar a cell: the mean over its seeds, and from the lowest to the highest."""
    return _section("Results by cell", *(_bars(f"{_title(name)}, test", f"test/{name}") for name in METRICS))


def _bars(title: str, name: str) -> wr.BarPlot:
    return wr.BarPlot(
        title=title,
        metrics=[wr.SummaryMetric(f"{SELECTED}/{name}")],
        groupby=wr.Config(CELL),
        groupby_aggfunc="mean",
        groupby_rangefunc="minmax",
        orientation="h",
        max_bars_to_show=100,
    )


def _curves() -> ws.Section:
    shown = {"train/loss": "Loss, training", "val/loss": "Loss, validation", "train/accuracy": "Accuracy, training"}
    shown |= {f"{part}/{name}": f"{_title(name)}, {PART_WORDS[part]}" for part in PARTS for name in METRICS}
    return _section("Curves by cell", *(_curve(title, name) for name, title in shown.items()))


def _curve(title: str, name: str) -> wr.LinePlot:
    """A line a cell: the mean over its seeds, shaded from the lowest to the highest."""
    return wr.LinePlot(
        title=title,
        x="epoch",
        y=[wr.Metric(name)],
        groupby=wr.Config(CELL),
        groupby_aggfunc="mean",
        groupby_rangefunc="minmax",
        max_runs_to_show=100,
    )


def _seeds() -> ws.Section:
    return _section("Seeds, a dot a run", *(_dots(name) for name in METRICS))


def _dots(name: str) -> wr.ScatterPlot:
    measured = wr.SummaryMetric(f"{SELECTED}/test/{name}")
    return wr.ScatterPlot(title=f"{_title(name)} by seed, test", x=wr.Config("seed"), y=measured)


def _selection() -> ws.Section:
    last = [
        wr.ScatterPlot(
            title=f"{_title(name)}, test: the last epoch (x), the selected one (y)",
            x=wr.SummaryMetric(f"test/{name}"),
            y=wr.SummaryMetric(f"{SELECTED}/test/{name}"),
        )
        for name in METRICS
    ]
    return _section("Selection", *last, _bars("Selected epoch, from 0", "epoch"))


def _classes() -> ws.Section:
    fields = {name: name for name in MATRIX_COLUMNS}
    charts = [
        wr.CustomChart(
            query={"summaryTable": {"tableKey": f"{CONFUSION}/{part}_table"}},
            chart_name=MATRIX,
            chart_fields=fields,
            chart_strings={"title": f"Confusion matrix, {PART_WORDS[part]}"},
        )
        for part in PARTS
    ]
    return _section("Classes", *charts, wr.WeavePanelSummaryTable(table_name=PER_OUTPUT), columns=2)


def _runs() -> ws.Section:
    return _section("Runs", wr.RunComparer(diff_only="split"), columns=1)


def _title(name: str) -> str:
    words = metric_words(name)
    return words[:1].upper() + words[1:]
