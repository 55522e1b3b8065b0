"""Write the numbers of README and other pages from the committed reference results: python tools/render_numbers.py

A page asks for them in comments, and what stands up to `<!-- end -->` is replaced:

    <!-- table: garcia_zapata_2018/7.8 :: Test Accuracy -->                a row of the table each, with its vote
    <!-- value: moravcik_2021/text-6.1 :: accuracy :: final model -->      one measured value with its interval
    <!-- stamp: garcia_zapata_2018/7.8 -->                                 source, profile, protocol, seeds, machine

A test renders every page again and compares.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from fer_lab import tables
from fer_lab.errors import ConfigError, FerLabError, nearest
from fer_lab.tables.machines import machine_words

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "results" / "reference"
OPENED = r"<!-- (?:table|value|stamp): "
MARK = re.compile(rf"(<!-- (table|value|stamp): ([^\n]+?) -->)((?:(?!{OPENED}).)*?)(<!-- end -->)", re.DOTALL)
FEW = 10


def pages() -> list[Path]:
    """The Markdown pages of the project that ask for numbers."""
    found = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("experiments/*/*.md"), *ROOT.glob("results/*.md")]
    return [page for page in sorted(found) if re.search(OPENED, page.read_text())]


def rendered(text: str) -> str:
    """A page with its numbers as the committed results have them.

    Raises:
        ConfigError: a comment has no end before the next one, or asks for a table, column or row that is not there.
    """
    if (asked := len(re.findall(OPENED, text))) != (whole := len(MARK.findall(text))):
        raise ConfigError(f"{asked - whole} of {asked} comments that ask for numbers have no end", do="<!-- end -->")
    return MARK.sub(lambda mark: mark[1] + MADE[mark[2]](*mark[3].split(" :: ")) + mark[5], text)


def table(folder: str, column: str) -> str:
    """A Markdown table of one column of a table: printed, measured, and the vote of the video where there are any."""
    thesis, number = folder.split("/")
    found = values(folder, column).dropna(subset=["mean"])  # settings and counts are not measured
    votes = bool((found["n_videos"] < found["n_items"]).any())
    header = ", ".join(tables.find_table(f"{thesis}-{number}").header)
    prints = bool((found["printed"].fillna("") != "").any())  # a table of our own prints nothing
    heads = [header, *(["printed"] if prints else []), "measured", *(["vote of the video"] if votes else [])]
    lines = ["", f"| {' | '.join(heads)} |", "|---|" + "--:|" * (len(heads) - 1)]
    for _, row in found.iterrows():
        vote = ["–" if pd.isna(row["vote_majority"]) else f"{row['vote_majority']:.3f}"] if votes else []
        label = row["of"] if row["row"].isdigit() else row["row"].replace(" | ", ", ")  # classes are printed as numbers
        lines.append(f"| {' | '.join([label, *([row['printed']] if prints else []), measured(row), *vote])} |")
    return "\n".join([*lines, ""])


def value(folder: str, column: str, row: str) -> str:
    """A measured value with its interval."""
    found = values(folder, column)
    lines = [line for _, line in found.iterrows() if line["row"] == row]
    if len(lines) != 1:
        raise ConfigError(f"{folder} has {len(lines)} rows {row!r}", expected=nearest(row, found["row"]))
    return measured(lines[0])


def stamp(folder: str) -> str:
    """What the runs of a table share, and the machines that trained them."""
    found = values(folder)
    about = records(folder, found["cell"].dropna().unique())
    seeds = ", ".join(sorted({str(one["seed"]) for one in about}))
    first = {key: about[0][key] for key in ("source", "profile", "protocol")}
    words = [*(f"{key} {value}" for key, value in first.items()), f"seeds {seeds}"]
    machines = dict.fromkeys(machine_words(one["environment"], one["facts"]) for one in about)
    return ", ".join(words) + "; " + "; ".join(machines)


def values(folder: str, column: str | None = None) -> pd.DataFrame:
    """The values of a committed table, of one of its columns."""
    if not (path := REFERENCE / folder / "table.csv").is_file():
        known = [str(one.parent.relative_to(REFERENCE)) for one in REFERENCE.glob("*/*/table.csv")]
        raise ConfigError(f"there is no reference result {folder!r}", expected=nearest(folder, known))
    found = pd.read_csv(path, dtype={"printed": str, "row": str})
    chosen = found if column is None else found[found["column"] == column]
    if chosen.empty:
        raise ConfigError(f"{folder} has no column {column!r}", expected=nearest(str(column), found["column"].unique()))
    return chosen


def records(folder: str, cells: Iterable[str]) -> list[Mapping[str, Any]]:
    """The records of the runs of some cells."""
    runs = REFERENCE / folder.split("/")[0] / "runs"
    paths = [path for cell in cells for path in sorted((runs / cell.replace("/", "-")).glob("run-*.json"))]
    return [json.loads(path.read_text()) for path in paths]


def measured(row: pd.Series[Any]) -> str:
    """Mean and interval; marked where fewer than ten people stand behind it."""
    interval = "" if math.isnan(row["low"]) else f" [{row['low']:.3f}, {row['high']:.3f}]"
    return f"{row['mean']:.3f}{interval}" + (" †" if 0 < row["n_subjects"] < FEW else "")


MADE: Mapping[str, Callable[..., str]] = {"table": table, "value": value, "stamp": stamp}

if __name__ == "__main__":
    try:
        anew = {page: rendered(page.read_text()) for page in pages()}  # all of them, before any is written
    except FerLabError as error:
        sys.exit(str(error))
    for page, text in anew.items():
        page.write_text(text)
        print(page.relative_to(ROOT))
