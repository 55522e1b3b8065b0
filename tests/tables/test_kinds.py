"""Tables of our own, on made-up runs of each kind of target."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from fer_lab import tables
from fer_lab.errors import ConfigError
from fer_lab.evaluation import vote
from fer_lab.ledger import Run
from fer_lab.resources import resource_folder
from fer_lab.tables import Comparison, Table
from fer_lab.tables.catalogue import read_catalogue
from fer_lab.tables.footnotes import footnotes
from fer_lab.tables.rendering import documents, render
from tests.tables.conftest import OWN

MakeRun = Callable[..., Run]


def table_of(**values: Any) -> Table:
    """A row a cell, in the main metric of its kind."""
    mains = {"kinds/emotion": "accuracy", "kinds/action_units": "macro_f1", "kinds/affect": "ccc"}
    rows = [
        tables.Row((cell,), (tables.Printed("Item", "", None, cell, "metric", name, **values),))
        for cell, name in mains.items()
    ]
    return Table("own", "made-up", "Kinds", "-", ("Cell",), ("Item",), tuple(rows), (0, 1))


@pytest.fixture
def runs(make_run: MakeRun) -> dict[tuple[str, int], Run]:
    return {(cell, seed): make_run(cell, seed) for cell in OWN for seed in (0, 1)}


def main_of(run: Run, rule: str | None = None) -> float:
    scores = run.scores("test") if rule is None else vote(run.scores("test"), rule)
    return float(run.target.main_metric(run.target.total(scores)))


@pytest.mark.parametrize("rule", [None, "mean"])
def test_each_cell_is_measured_in_its_own_kind(runs: dict[tuple[str, int], Run], rule: str | None) -> None:
    found = tables.compare(table_of(vote=rule), runs)
    for value, cell in zip(found.values, OWN, strict=True):
        assert value.measured is not None
        assert value.measured.mean == pytest.approx(np.mean([main_of(runs[cell, seed], rule) for seed in (0, 1)]))
        assert value.measured.low < value.measured.mean < value.measured.high
        assert value.verdict == "not printed"


def summaries(found: Comparison) -> dict[str, Any]:
    return {summary.target.kind: summary for summary in found.summaries.values()}


def test_a_summary_is_of_its_kind(runs: dict[tuple[str, int], Run]) -> None:
    of = summaries(tables.compare(table_of(), runs))
    assert list(of["classes"].metrics) == ["accuracy", "macro_f1", "uar", "kappa"]
    assert list(of["values"].metrics) == ["ccc", "pcc", "rmse", "sagr"]
    assert set(of["labels"].votes) == {"majority", "mean"}
    assert set(of["values"].votes) == {"mean"}
    assert of["classes"].target.chance == pytest.approx(1 / 3)
    assert of["values"].target.chance is None
    for kind, summary in of.items():
        assert summary.constant < summary.main.mean, kind


def test_what_is_rendered_names_the_metrics_of_each_kind(runs: dict[tuple[str, int], Run], tmp_path: Path) -> None:
    found = tables.compare(table_of(), runs)
    folder = render(found, tmp_path)
    assert [path.name for path in folder.glob("*.png")] == ["confusion-kinds-emotion.png"]
    text = (folder / "table.md").read_text()
    assert folder == tmp_path / "own" / "made-up"
    for heading in ("macro-F1", "kappa", "PCC", "RMSE", "exact match"):
        assert f"| {heading} |" in text
    assert ", printed |" not in text
    notes = "\n".join(footnotes(found))
    assert "validation accuracy or macro-F1 or CCC" in notes
    assert "CCC of always answering the mean of training" in notes
    assert "Scale of the data set: -1 to 1." in notes
    assert "Reproduced" not in notes
    lines = list(csv.DictReader(documents(found)["table.csv"].splitlines()))
    assert [line["printed"] for line in lines] == ["", "", ""]
    assert float(lines[2]["rmse"]) == pytest.approx(summaries(found)["values"].metrics["rmse"].mean)
    assert (lines[0]["rmse"], lines[2]["kappa"], lines[2]["chance"]) == ("", "", "")


def test_our_own_tables_of_each_kind_are_there(runs: dict[tuple[str, int], Run]) -> None:
    own = tables.tables_of("own")
    assert {table.number for table in own} == {"kinds", "action-units", "affect", "geometry", "augmentation"}
    assert tables.find_table("affect").slug == "own-affect"
    found = tables.compare(tables.find_table("affect"), runs)
    assert all(value.measured is not None for value in found.values)
    assert "| valence |" in documents(found)["table.md"]


def test_a_metric_of_another_kind_is_refused(runs: dict[tuple[str, int], Run]) -> None:
    row = tables.Row(("x",), (tables.Printed("Item", "", None, "kinds/affect", "metric", "kappa"),))
    table = Table("own", "made-up", "Kinds", "-", ("Cell",), ("Item",), (row,), (0, 1))
    with pytest.raises(ConfigError, match="values have no metric 'kappa'"):
        tables.compare(table, runs)


def test_an_error_has_no_margin(make_run: MakeRun) -> None:
    printed = [tables.Printed(name, "0.3", 0.3, "kinds/affect", "metric", name) for name in ("rmse", "ccc")]
    table = Table("own", "x", "Kinds", "-", ("Cell",), ("rmse", "ccc"), (tables.Row(("a",), tuple(printed)),), (0, 1))
    real = {"source": "real", "profile": "paper", "protocol": "as_printed"}
    runs = {("kinds/affect", seed): make_run("kinds/affect", seed, **real) for seed in (0, 1)}
    verdicts = [value.verdict for value in tables.compare(table, runs).values]
    assert verdicts[0] == "an error in a scale of its own: no margin"
    assert verdicts[1] in ("above", "below", "undecided", "reproduced") or "cannot be decided with" in verdicts[1]


PAGE = {
    "thesis": "own", "number": "x", "title": "T", "section": "-", "header": ["Cell"],
    "columns": {"A": {"metric": "accuracy"}, "B": {"metric": "uar"}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("row", "printed"),
    [({}, ["", ""]), ({"printed": {"A": "0.5", "B": None}}, ["0.5", ""]),
     ({"printed": {"A": {"vote": "mean"}, "B": {"printed": "0.5", "part": "val"}}}, ["", "0.5"])],
)  # fmt: skip
def test_rows_and_values_need_not_be_printed(tmp_path: Path, row: dict[str, Any], printed: list[str]) -> None:
    folder = tmp_path / "own" / "tables"
    folder.mkdir(parents=True)
    (tmp_path / "own" / "kinds.yaml").write_text((resource_folder("experiments") / "own" / "kinds.yaml").read_text())
    rows = [{"labels": ["a"], "cell": "kinds/emotion", **row}]
    (folder / "x.yaml").write_text(yaml.safe_dump({**PAGE, "rows": rows}))
    table = read_catalogue(tmp_path).tables["own-x"]
    assert [value.printed for value in table.values] == printed
    assert [value.value for value in table.values] == [float(text) if text else None for text in printed]
    assert table.prints == any(printed)
