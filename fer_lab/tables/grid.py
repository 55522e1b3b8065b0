"""A comparison as words in rows and columns, the same for every format."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fer_lab.evaluation import KINDS, RULES, Interval, Target
from fer_lab.tables.comparison import COUNTS, HOPELESS, UNBOUNDED, Compared, Comparison
from fer_lab.tables.schema import Table
from fer_lab.tables.summary import Summary

FEW = "†"
"""Marks an interval over fewer than ten subjects."""
OPEN = "–"
"""Stands where no run is finished yet."""
INFLATIONS = {"oracle minus selected": "oracle", "last minus selected": "last", "thesis minus disjoint": "leak"}
"""Heading -> name of an ``Inflation``."""
METRIC_WORDS = {
    "macro_f1": "macro-F1", "uar": "UAR", "f1": "F1", "micro_f1": "micro-F1", "exact": "exact match",
    "ccc": "CCC", "pcc": "PCC", "rmse": "RMSE", "mse": "MSE", "sagr": "SAGR",
}  # fmt: skip
"""Metric -> what it is called in headings, where that is not its name."""
SHOWN_RULES = ("majority", "mean")
DECIDED_BY_INNER = ("reproduced", "undecided", HOPELESS)
SMALLEST = "smallest margin"
EPOCH_WORDS = {"best_val": "selected", "last": "last", "stopped": "where training stopped", "oracle": "oracle"}


@dataclass(frozen=True)
class Grid:
    """Headings and lines of equal length; the first ``n_labels`` columns are words, the others numbers."""

    headings: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    n_labels: int


def metric_words(name: str) -> str:
    """What a metric is called."""
    return METRIC_WORDS.get(name, name)


def targets(comparison: Comparison) -> list[type[Target]]:
    """The kinds of target of the cells that ran; classes where none did."""
    return [KINDS[kind] for kind in dict.fromkeys(s.target.kind for s in comparison.summaries.values()) or ["classes"]]


def main_words(comparison: Comparison) -> str:
    """The main metric of the cells that ran."""
    return " or ".join(metric_words(target.main) for target in targets(comparison))


def run_headings(kinds: Sequence[type[Target]]) -> tuple[str, ...]:
    """Headings of what is known of cells of some kinds of target, beside their main metric."""
    rules = [rule for rule in SHOWN_RULES if any(rule in RULES[kind.kind] for kind in kinds)]
    others = dict.fromkeys(name for kind in kinds for name in kind.overall if name != kind.main)
    return (
        "n items", "n videos", "n subjects", "seeds", "epoch", "leaked", "seed spread",
        *(f"vote {rule}" for rule in rules), *map(metric_words, others), "baseline", *INFLATIONS,
    )  # fmt: skip


def table_grid(comparison: Comparison) -> Grid:
    """The printed table, row by row: printed and measured values of each of its columns, seeds and verdicts.

    A table with one column of values shows what else is known of the row's cell beside it; one with several (a
    classification report) leaves that to ``cells_grids``.
    """
    table, single = comparison.table, _shows_runs(comparison.table)
    beside = run_headings(targets(comparison)) if single else ()
    headings = [*table.header]
    for column in table.columns:
        measured = "measured" if single else f"{column}, measured"
        headings += [f"{column}, printed", measured] if table.prints else [column]
    values = iter(comparison.values)
    lines = [_line(row.labels, [next(values) for _ in row.values], comparison, beside) for row in table.rows]
    margin = (SMALLEST,) if _has_margin(table) else ()
    return Grid((*headings, *beside, *margin, "verdict"), tuple(lines), len(table.header))


def long_grid(comparison: Comparison) -> Grid:
    """The printed table with a line for each of its values: for where there is no room for its columns."""
    values, lines = iter(comparison.values), []
    for row in comparison.table.rows:
        for value in (next(values) for _ in row.values):
            texts = (text(value) for text in (printed_text, measured_text, margin_text, verdict_text))
            lines.append((*row.labels, value.printed.column, *texts))
    header = comparison.table.header
    return Grid((*header, "Column", "printed", "measured", SMALLEST, "verdict"), tuple(lines), len(header) + 1)


def _shows_runs(table: Table) -> bool:
    """Whether a line stands for a cell, so that there is room for the rest of what is known of it."""
    return len(table.columns) == 1 and _measures(table)


def _measures(table: Table) -> bool:
    """Whether a value of it is a metric; facts, settings and counts have no interval."""
    return any(value.kind == "metric" for value in table.values)


def _has_margin(table: Table) -> bool:
    """Whether a value of it could be equivalent to what is printed."""
    return table.prints and _measures(table)


def cells_grids(comparison: Comparison) -> list[tuple[Grid, list[Summary]]]:
    """What is known of each cell, a grid a kind of target: the main metric and the rest, one line a cell.

    Beside each grid its cells; nothing where the table's own lines say it.
    """
    if len(comparison.table.columns) == 1:
        return []
    found = []
    for kind in targets(comparison):
        cells = [summary for summary in comparison.summaries.values() if summary.target.kind == kind.kind]
        beside = run_headings([kind])
        lines = [(_cell_words(summary), interval_text(summary.main), *_known(summary, beside)) for summary in cells]
        found += [(Grid(("cell", metric_words(kind.main), *beside), tuple(lines), 1), cells)] if cells else []
    return found


def _cell_words(summary: Summary) -> str:
    """A cell, and its part where that is not the test part."""
    return summary.cell if summary.part == "test" else f"{summary.cell}, {summary.part}"


def _line(
    labels: tuple[str, ...], values: list[Compared], comparison: Comparison, beside: tuple[str, ...]
) -> tuple[str, ...]:
    printed = comparison.table.prints
    numbers = [
        text for value in values for text in ((printed_text(value),) if printed else ()) + (measured_text(value),)
    ]
    first = values[0].printed
    summary = comparison.summaries.get((first.cell, first.part)) if first.plain else None
    if summary is not None and summary.epoch != first.epoch:
        summary = None  # what is known at another epoch says nothing of this value
    known = _known(summary, beside) if summary else (OPEN,) * len(beside)
    margin = (_joined(values, margin_text),) if _has_margin(comparison.table) else ()
    return (*labels, *numbers, *known, *margin, _joined(values, verdict_text))


def _joined(values: list[Compared], text: Callable[[Compared], str]) -> str:
    """One text if all values share it, else each with its column."""
    texts = [text(value) for value in values]
    if len(set(texts)) == 1:
        return texts[0]
    return "; ".join(f"{value.printed.column} {one}" for value, one in zip(values, texts, strict=True))


def verdict_text(value: Compared) -> str:
    """The verdict; with the 90 % interval where that decides: ``reproduced (90 %: [0.301, 0.325])``."""
    decides = value.verdict.startswith(DECIDED_BY_INNER)
    if value.measured is None or not decides or math.isnan(value.measured.inner_low):
        return value.verdict
    return f"{value.verdict} (90 %: [{number(value.measured.inner_low)}, {number(value.measured.inner_high)}])"


def margin_text(value: Compared) -> str:
    """The smallest margin of equivalence that the data could decide; open where a value has none."""
    if value.measured is None or value.printed.name in UNBOUNDED or math.isnan(value.measured.smallest_margin):
        return OPEN
    return number(value.measured.smallest_margin)


def _known(summary: Summary, headings: tuple[str, ...]) -> tuple[str, ...]:
    """What stands under each of ``run_headings``; open where the cell's kind of target has no such number."""
    missing = f" (missing {', '.join(map(str, summary.missing))})" if summary.missing else ""
    chance = summary.target.chance
    texts = {
        "n items": str(summary.n_items),
        "n videos": str(summary.n_videos),
        "n subjects": str(summary.n_subjects) if summary.n_subjects else "none named",
        "seeds": ", ".join(map(str, summary.seeds)) + missing,
        "epoch": EPOCH_WORDS.get(summary.epoch, summary.epoch),  # best <given> as it is
        "leaked": f"{100 * summary.leaked:.1f} %",
        "seed spread": spread_text(summary),
        **{f"vote {rule}": number(value) for rule, value in summary.votes.items()},
        **{metric_words(name): number(value.mean) for name, value in summary.metrics.items()},
        "baseline": number(summary.constant) + ("" if chance is None else f" / {number(chance)}"),
        **{heading: difference_text(getattr(summary.inflation, name)) for heading, name in INFLATIONS.items()},
    }
    return tuple(texts.get(heading, OPEN) for heading in headings)


def number(value: float) -> str:
    """Three decimals, or ``undefined`` where there is no number; never minus nothing."""
    return "undefined" if math.isnan(value) else f"{round(value, 3) + 0.0:.3f}"


def spread_text(summary: Summary) -> str:
    """``0.431 to 0.452``: the lowest and the highest main metric of a seed."""
    if len(summary.seeds) == 1:
        return "one seed"
    return " to ".join(dict.fromkeys(number(value) for value in summary.seed_spread))


def interval_text(interval: Interval) -> str:
    """``0.312 [0.281, 0.344]``, marked if it rests on few subjects."""
    if math.isnan(interval.mean):
        return "undefined"
    mark = f" {FEW}" if interval.few_subjects else ""
    if math.isnan(interval.low):
        return f"{number(interval.mean)} [one subject]{mark}"
    return f"{number(interval.mean)} [{number(interval.low)}, {number(interval.high)}]{mark}"


def difference_text(interval: Interval | None) -> str:
    """``+0.012 [-0.003, +0.027]``; open where there is nothing to take the difference of."""
    if interval is None:
        return OPEN
    if math.isnan(interval.mean):
        return "undefined"
    bounds = "one subject" if math.isnan(interval.low) else f"{_signed(interval.low)}, {_signed(interval.high)}"
    return f"{_signed(interval.mean)} [{bounds}]{f' {FEW}' if interval.few_subjects else ''}"


def _signed(value: float) -> str:
    return f"{value + 0.0:+.3f}" if abs(value) >= 0.0005 else "0.000"


def stated_text(value: object) -> str:
    """A fact, setting or count in words: whole numbers as they are, others with four digits."""
    if not isinstance(value, float):
        return str(value)
    return "undefined" if math.isnan(value) else f"{value:.4g}"


def stated_of(text: str) -> str:
    """The same of a stated value as ``table.csv`` has it: a fraction with four digits, whatever else as it is."""
    return stated_text(float(text)) if re.fullmatch(r"-?\d+\.\d+(e-?\d+)?", text) else text


def printed_text(value: Compared) -> str:
    """What is printed; open where nothing is."""
    return value.printed.printed or OPEN


def measured_text(value: Compared) -> str:
    """What was measured, with its interval; a count is a whole number without one; else what is stated.

    Beside a difference of a table of our own stands the p of its test.
    """
    if value.printed.kind != "metric":
        return OPEN if value.stated is None else stated_text(value.stated)
    if value.measured is None:
        return OPEN
    if value.printed.name in COUNTS and not math.isnan(value.measured.mean):
        return f"{value.measured.mean:.0f}"
    return interval_text(value.measured) + ("" if value.p is None else f", {p_text(value.p)}")


def p_text(p: float) -> str:
    """``p 0.031``."""
    return "p < 0.001" if p < 0.001 else f"p {number(p)}"
