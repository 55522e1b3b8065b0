"""Write a comparison as Markdown, CSV, LaTeX and HTML with its confusion matrices."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image

from fer_lab.evaluation import RULES, Target
from fer_lab.storage import digest, file_digest, write_bytes
from fer_lab.tables.comparison import Compared, Comparison, runs_of
from fer_lab.tables.footnotes import footnotes
from fer_lab.tables.grid import INFLATIONS, Grid, cells_grids, table_grid, targets
from fer_lab.tables.schema import SCORES, Printed, Table
from fer_lab.tables.summary import Summary

FIGURES = Path(__file__).with_name("figures.py")
TEMPLATES = {"table.md": "table.md.j2", "table.tex": "table.tex.j2", "table.html": "table.html.j2"}
TEX = str.maketrans(
    {c: f"\\{c}" for c in "&%$#_{}"} | {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    | {"\\": r"\textbackslash{}", "–": "--", "†": r"\dag{}", "×": r"$\times$", "·": r"\textperiodcentered{}"}
)  # fmt: skip

MEASURED = ("mean", "low", "high", "inner_low", "inner_high", "n_subjects", "smallest_margin")
WHICH = ("of", *SCORES)
"""What says which metric of a cell a value is."""
OF_RUNS = ("metric", "fact", "timing")
"""The kinds of value that are read from runs, not from a configuration or a data set."""


def render(comparison: Comparison, folder: Path) -> Path:
    """Write a comparison below ``folder/<thesis>/<number>/`` (``<number>-<protocol>/`` but under clean).

    Files: ``table.md``, ``table.tex``, ``table.html``, ``table.csv`` (one line a value, full precision) and
    ``confusion-<experiment>-<cell>.png`` for every cell of classes with a finished run, unless it shows the same.

    Raises:
        StoreError: a file cannot be written.
    """
    target = folder_of(comparison.table, comparison.stamp, folder)
    for name, text in documents(comparison).items():
        write_bytes(target / name, text.encode())
    for summary in _pictured(comparison):
        _draw(target / _picture_name(summary), summary, comparison)
    return target


def folder_of(table: Table, stamp: Mapping[str, str], folder: Path) -> Path:
    """Where a table is rendered to below ``results/tables``: one place a protocol, to be laid side by side."""
    suffix = "" if stamp["protocol"] == "clean" else f"-{stamp['protocol']}"
    return folder / table.thesis / f"{table.number}{suffix}"


def documents(comparison: Comparison) -> dict[str, str]:
    """File name -> text of every format."""
    values = _values(comparison)
    texts = {name: _environment(name).get_template(file).render(values) for name, file in TEMPLATES.items()}
    return {**texts, "table.csv": csv_text(comparison)}


def view(comparison: Comparison) -> str:
    """The table and its footnotes as a piece of HTML that brings its own style, for notebooks."""
    return _environment("view.html").get_template("view.html.j2").render(_values(comparison))


def _values(comparison: Comparison) -> dict[str, Any]:
    pictures = [
        {"file": _picture_name(summary), "caption": _caption(summary, comparison)} for summary in _pictured(comparison)
    ]
    return {
        "table": comparison.table,
        "stamp": stamp_text(comparison),
        "grids": grids_of(comparison),
        "footnotes": footnotes(comparison),
        "pictures": pictures,
    }


def stamp_text(comparison: Comparison) -> str:
    """``source embedded · profile laptop · protocol clean``."""
    return stamp_words(comparison.stamp)


def stamp_words(stamp: Mapping[str, str]) -> str:
    """A stamp as one line, wherever it is shown."""
    return " · ".join(f"{key} {value}" for key, value in stamp.items())


def grids_of(comparison: Comparison) -> list[Grid]:
    """The printed table, and what is known of its cells."""
    return [table_grid(comparison), *(grid for grid, _ in cells_grids(comparison))]


def _environment(name: str) -> Environment:
    """Jinja for one format; LaTeX has delimiters of its own, as it is full of braces."""
    tex: dict[str, Any] = {
        "block_start_string": "((%", "block_end_string": "%))",
        "variable_start_string": "(((", "variable_end_string": ")))",
        "comment_start_string": "((#", "comment_end_string": "#))",
    }  # fmt: skip
    environment = Environment(
        loader=PackageLoader("fer_lab.tables"),
        autoescape=name.endswith(".html"),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=name.endswith(".tex"),
        **(tex if name.endswith(".tex") else {}),
    )
    environment.filters["md"] = lambda text: str(text).replace("|", r"\|")
    environment.filters["tex"] = lambda text: str(text).translate(TEX)
    return environment


def csv_text(comparison: Comparison) -> str:
    """One line a printed value, numbers in full precision, empty where there are none."""
    lines, buffer = value_rows(comparison), io.StringIO()
    writer = csv.DictWriter(buffer, list(lines[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return buffer.getvalue()


def value_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """What is known of each printed value: ``row`` (its labels), ``column``, ``printed``, ``mean``, ``verdict``, ..."""
    labels = [label for row in comparison.table.rows for label in [" | ".join(row.labels)] * len(row.values)]
    return [
        {"row": label, **_value_row(value, comparison)} for label, value in zip(labels, comparison.values, strict=True)
    ]


def _value_row(value: Compared, comparison: Comparison) -> dict[str, Any]:
    printed, measured, table = value.printed, value.measured, comparison.table
    summary = comparison.summaries.get((printed.cell, printed.part)) if printed.plain else None
    return {
        "column": printed.column, "thesis": table.thesis, "table": table.number, **comparison.stamp,
        **{key: getattr(printed, key) for key in ("cell", "kind", "name", *WHICH)},
        **({"ensemble": " ".join(printed.ensemble)} if any(value.ensemble for value in table.values) else {}),
        "printed": printed.printed, "value": printed.value, "stated": value.stated,
        **{key: getattr(measured, key, None) for key in MEASURED},
        **({} if table.prints else {"p_holm": value.p}),
        **_summary_columns(summary, _seeds(printed, comparison), targets(comparison)),
        **{
            f"{name}_{key}": getattr(getattr(summary and summary.inflation, name, None), key, None)
            for name in INFLATIONS.values() for key in ("mean", "low", "high")
        },
        "verdict": value.verdict,
    }  # fmt: skip


def _seeds(printed: Printed, comparison: Comparison) -> dict[str, str]:
    """The seeds of the runs that a value is read from, and those that there should be; of what no run decides none."""
    if printed.kind not in OF_RUNS:
        return {"seeds": "", "missing": ""}
    each = [runs_of(comparison.runs, cell) for cell in printed.cells]
    there = [seed for seed in each[0] if all(seed in runs for runs in each)]
    missing = [seed for seed in comparison.table.seeds if seed not in there]
    return {"seeds": " ".join(map(str, there)), "missing": " ".join(map(str, missing))}


def _summary_columns(
    summary: Summary | None, seeds: Mapping[str, str], kinds: Sequence[type[Target]]
) -> dict[str, Any]:
    """What is known of the value's cell, by the kinds of target in the table; empty where nothing is."""
    votes, metrics = (summary.votes, summary.metrics) if summary else ({}, {})
    constant = "most_frequent" if all(kind.exclusive for kind in kinds) else "constant"
    return {
        **{key: getattr(summary, key, None) for key in ("n_items", "n_videos")},
        "chance": summary and summary.target.chance,
        constant: summary and summary.constant,
        **seeds,
        **{f"vote_{rule}": votes.get(rule) for kind in kinds for rule in RULES[kind.kind]},
        **{
            name: metrics[name].mean if name in metrics else None
            for kind in kinds for name in kind.overall if name != kind.main
        },
        **dict(zip(("seed_lowest", "seed_highest"), summary.seed_spread if summary else (None, None), strict=True)),
    }  # fmt: skip


def _pictured(comparison: Comparison) -> list[Summary]:
    """The cells that have a confusion matrix."""
    return [summary for summary in comparison.summaries.values() if summary.target.exclusive]


def _picture_name(summary: Summary) -> str:
    part = "" if summary.part == "test" else f"-{summary.part}"
    return f"confusion-{summary.cell.replace('/', '-')}{part}.png"


def _caption(summary: Summary, comparison: Comparison) -> str:
    """What a matrix is of; that it is of items, beside a table whose values are of videos or of some items only."""
    seeds = ", ".join(map(str, summary.seeds))
    own = [value for value in comparison.table.values if (value.cell, value.part) == (summary.cell, summary.part)]
    own = [value for value in own if not value.ensemble]  # the matrix is of the cell alone
    single = " item by item, without a vote" if own and not any(value.plain for value in own) else ""
    return f"{summary.cell}, {summary.part}{single}: " + (
        f"sum over seeds {seeds}" if "," in seeds else f"seed {seeds}"
    )


def _draw(path: Path, summary: Summary, comparison: Comparison) -> None:
    """Draw a confusion matrix, but where what lies there was drawn of the same counts and names by the same code."""
    shown = summary.sums, summary.target.names, _caption(summary, comparison), stamp_text(comparison)
    mark = digest([summary.sums.tolist(), *shown[1:], file_digest(FIGURES), version("matplotlib")])
    with suppress(OSError), Image.open(path) as before:
        if before.info.get("Comment") == mark:
            return
    from fer_lab.tables.figures import confusion_png  # matplotlib takes a second to import: only when it draws

    write_bytes(path, confusion_png(*shown, comment=mark))
