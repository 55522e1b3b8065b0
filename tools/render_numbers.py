"""Write the numbers of README and other pages from the committed reference results: python tools/render_numbers.py

A page asks for them in comments, and what stands up to `<!-- end -->` is replaced:

    <!-- table: garcia_zapata_2018/7.8 :: Test Accuracy -->                a row of the table each, with its vote
    <!-- whole: cross_data/matrix -->                                      all columns of a table of our own
    <!-- value: moravcik_2021/text-6.1 :: accuracy :: final model -->      one measured value with its interval
    <!-- stamp: garcia_zapata_2018/7.8 -->                                 source, profile, protocol, seeds, machine
    <!-- benchmarks: loader, faces -->                                     figures of benchmarks beside their goals
    <!-- gpu: networks -->                                                 a part of what a GPU gave
    <!-- comparison: wild -->                                              programs on the same pictures
    <!-- claims: fer2013_corrected -->                                     committed verdicts on the claims of a folder
    <!-- published: FER2013 -->                                            what others have published on a data set

A test renders every page again and compares.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from fer_lab import tables
from fer_lab.claims import Claim
from fer_lab.claims import claims as known_claims
from fer_lab.claims.kept import KEPT, read_kept
from fer_lab.claims.published import published as known_numbers
from fer_lab.errors import ConfigError, FerLabError, nearest
from fer_lab.tables.grid import number, stated_of
from fer_lab.tables.machines import machine_words

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "results" / "reference"
BENCHMARKS = ROOT / "results" / "benchmarks"
KINDS = "table|whole|value|stamp|benchmarks|gpu|comparison|claims|published"
OPENED = rf"<!-- (?:{KINDS}): "
MARK = re.compile(rf"(<!-- ({KINDS}): ([^\n]+?) -->)((?:(?!{OPENED}).)*?)(<!-- end -->)", re.DOTALL)
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


def whole(folder: str) -> str:
    """A Markdown table of all columns of a table that prints nothing, with its stamp and what twins stand for."""
    if not (REFERENCE / folder / "table.csv").is_file():
        return "\nNot measured yet.\n"
    found = values(folder)
    asked = tables.find_table(f"{folder.split('/')[0]}-{found['table'].iloc[0]}")  # without the folder's protocol
    heads = [*asked.header, *asked.columns]
    lines = ["", f"| {' | '.join(heads)} |", "|---" * len(asked.header) + "|--:" * len(asked.columns) + "|"]
    for row, of_row in found.groupby("row", sort=False):
        cells = [_said(line) for _, line in of_row.iterrows()]
        lines.append(f"| {row} | {' | '.join(cells)} |")  # the labels of a row have bars between them
    drawn = sorted({name for one in records(folder, found["cell"].dropna().unique()) for name in _twins(one)})
    twins = f" Twins stand for {', '.join(drawn)}." if drawn else ""
    return "\n".join([*lines, "", f"Stamp: {stamp(folder)}.{twins}", ""])


def _twins(record: Mapping[str, Any]) -> list[str]:
    return list(record["facts"].get("twins", ()))


def _said(line: pd.Series[Any]) -> str:
    """A metric with its interval, or whatever else stands in a table."""
    if line["kind"] == "metric":
        return measured(line)
    return "–" if pd.isna(line["stated"]) else stated_of(str(line["stated"]))


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
    found = pd.read_csv(path, dtype={"printed": str, "row": str, "table": str, "stated": str})
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
    interval = "" if math.isnan(row["low"]) else f" [{number(row['low'])}, {number(row['high'])}]"
    return f"{number(row['mean'])}{interval}" + (" †" if 0 < row["n_subjects"] < FEW else "")


def benchmarks(names: str) -> str:
    """A Markdown table of benchmarks: a figure a row, its spread, whether its goal is reached; then the machines."""
    rows, about = list[str](), dict[str, None]()
    for name in names.split(", "):
        if (result := _benchmark(name)) is None:
            rows.append(f"| {name} | not measured | | | |")
            continue
        rows += [_figure(figure) for figure in result["figures"]]
        about[_on(result["machine"])] = None
    heads = ["| | median | lowest to highest | goal | |", "|---|--:|--:|--:|---|"]
    return "\n".join(["", *heads, *rows, "", *(f"Measured on: {words}." for words in about), ""])


def _benchmark(name: str) -> dict[str, Any] | None:
    path = BENCHMARKS / f"{name}.json"
    result: dict[str, Any] | None = json.loads(path.read_text()) if path.is_file() else None
    return result if result is None or "figures" in result or name == "gpu" else None


def _figure(figure: Mapping[str, Any]) -> str:
    """A row of the table of benchmarks."""
    unit = f" {figure['unit']}" if figure["unit"] else ""
    spread = f"{figure['lowest']:g} to {figure['highest']:g}" if figure["repeats"] > 1 else "once"
    verdict = "reached" if figure["reached"] else "**missed**"
    goal = f"{figure['wanted']} {figure['goal']:g}{unit}"
    return f"| {figure['what']} | {figure['median']:g}{unit} | {spread} ({figure['repeats']}) | {goal} | {verdict} |"


def _on(machine: Mapping[str, Any]) -> str:
    """A machine in words: its processor and cores, its GPU, the commit."""
    cores = f"{machine['cores']} cores"
    return ", ".join([cores, machine_words({**machine, "gpu": None}, {}), *filter(None, [machine.get("gpu")])])


def gpu(part: str) -> str:
    """A part of results/benchmarks/gpu.json as a table; what is missing says so."""
    if (result := _benchmark("gpu")) is None:
        return "\nNot measured: no machine with a GPU has run it yet.\n"
    if part == "machine":
        return f"\nMeasured on: {_on(result['machine'])}.\n"
    if part == "networks" and "skipped" not in (found := result.get(part, {"skipped": ""})) and "failed" not in found:
        return _networks(found, result.get("peak", {}).get("tflops"))
    rows = [f"| {name} | {value} |" for name, value in _flat(result.get(part, {"": "not measured"}))]
    return "\n".join(["", "| | |", "|---|--:|", *rows, ""])


def _networks(found: Mapping[str, Any], tflops: float | None) -> str:
    """Images a second of each network and way of training it: times what is printed, and of the device's rate."""
    rows = []
    for name, network in found.items():
        for way in (key for key, one in network.items() if isinstance(one, Mapping)) if name != "seconds_each" else ():
            one, printed = network[way], network["p100_printed"]
            why = one.get("skipped") or one.get("failed")
            if why:
                rows.append(f"| {name}, {way.replace('_', ' ')} | {why} | {printed:g} | | |")
                continue
            rate = one["images_per_second"]
            times = f"{rate / printed:.1f} {'' if rate >= 10 * printed else '(goal 10: **missed**)'}"
            share = (
                rate * network["operations_an_image_full"] / tflops / 1e12 if tflops and way != "as_printed" else None
            )
            missed = share is not None and name == "vgg16" and share < 0.4
            of_peak = "" if share is None else f"{share:.0%}{' (goal 40 %: **missed**)' if missed else ''}"
            rows.append(f"| {name}, {way.replace('_', ' ')} | {rate:,.0f} | {printed:g} | {times} | {of_peak} |")
    heads = ["| | images/s | P100, printed | times | of the matrix rate |", "|---|--:|--:|--:|--:|"]
    return "\n".join(["", *heads, *rows, ""])


def comparison(part: str) -> str:
    """Programs on one set of pictures, a row each; or ``machine``: which model, what is left out, and where it was."""
    path = BENCHMARKS / "comparison.json"
    if not path.is_file():
        return "\nNot measured yet.\n"
    result = json.loads(path.read_text())
    if part == "machine":
        run = result["model"]["run"]
        words = f"run {run['id']} of {run['cell']} ({run['source']}, {run['profile']}, {run['protocol']})"
        left = [f"- {name}: {why}" for name, why in result["left_out"].items()]
        model = f"Model: {words}; part of FER2013: {result['model']['part']}."
        where = f"{model} Measured on: {_on(result['machine'])}, load {result['load_before']:.1f} before."
        return "\n".join(["", where, "", "Not compared:", *left, ""])
    heads = ["faces found", "accuracy, a miss is wrong", "UAR, likewise", "accuracy of found"]
    heads += ["calibration error of found", "ms a picture", "weights, MB", "memory, MB"]
    lines = [f"| | {' | '.join(heads)} |", f"|---|{'--:|' * len(heads)}"]
    return "\n".join(["", *lines, *map(_compared, result["sets"][part]), ""])


def _compared(found: Mapping[str, Any]) -> str:
    """A row of a comparison."""
    names = ("accuracy_of_all", "uar_of_all", "accuracy_of_found", "ece_of_found")
    scores = [f"{one['value']:.3f} [{one['low']:.3f}, {one['high']:.3f}]" for one in map(found.__getitem__, names)]
    ms = found["ms"]
    time = f"{ms['median']:.1f} ({ms['lowest']:.1f} to {ms['highest']:.1f})"
    sizes = [f"{found[name]:.3g}" for name in ("weights_megabytes", "memory_megabytes")]
    cells = [found["program"], f"{found['found']:,} of {found['pictures']:,}", *scores, time, *sizes]
    return f"| {' | '.join(cells)} |"


def _flat(found: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Names and numbers, however deep."""
    if isinstance(found, Mapping):
        for key, inner in found.items():
            yield from _flat(inner, f"{name}, {key}" if name else key)
    elif isinstance(found, list) and any(isinstance(one, Mapping) for one in found):
        for number, inner in enumerate(found, 1):
            yield from _flat(inner, f"{name} {number}")
    else:
        yield name.replace("_", " "), f"{found:.4g}" if isinstance(found, float) else str(found)


def claims(folder: str) -> str:
    """A Markdown table of the committed verdicts on claims: effect, interval, p, verdict, the smallest effect told."""
    known, kept = {one.id: one for one in known_claims(folder)}, read_kept(REFERENCE / folder / KEPT)
    if not kept:
        return "\nNot measured yet.\n"
    rows = [
        f"| {one.id} | {known[one.id].statement} | {one.texts['effect']} | {one.verdict} | {one.texts['p']} "
        f"| {one.texts['smallest_effect']} |"
        for one in kept
    ]
    heads = ["| | claim | effect | verdict | p | smallest effect told |", "|---|---|--:|---|--:|--:|"]
    rows += ["", *_fair(known)] if any(one.asks for one in known.values()) else []
    stamp = ", ".join(f"{key} {value}" for key, value in kept[0].stamp.items())
    return "\n".join(["", *heads, *rows, "", f"{stamp}, seeds {', '.join(map(str, kept[0].seeds))}.", ""])


def _fair(known: Mapping[str, Claim]) -> list[str]:
    """A Markdown table of what questions of ours ask, and how fair they are."""
    heads = ["| | asks | what differs from the thesis | why that is fair, or is not |", "|---|---|---|---|"]
    rows = [f"| {one.id} | {', '.join(one.asks)} | {one.differs} | {one.fair} |" for one in known.values()]
    return [*heads, *rows]


def published(data: str) -> str:
    """A Markdown table of what others have published on a data set, and what chose the epoch."""
    rows = [
        f"| {one.who}, {one.what} | {one.number or '–'} | {' and '.join(one.tested)} | {' and '.join(one.chosen_on)} "
        f"| {one.people} | `{one.code}` at `{one.commit[:7]}`, `{one.where}`. {one.note} |"
        for one in known_numbers()
        if one.data == data
    ]
    heads = ["| who | printed | tested on | epoch chosen on | people | where |", "|---|--:|---|---|---|---|"]
    return "\n".join(["", *heads, *rows, ""])


MADE: Mapping[str, Callable[..., str]] = {
    "table": table, "whole": whole, "value": value, "stamp": stamp, "benchmarks": benchmarks, "gpu": gpu,
    "comparison": comparison, "claims": claims, "published": published,
}  # fmt: skip

if __name__ == "__main__":
    try:
        anew = {page: rendered(page.read_text()) for page in pages()}  # all of them, before any is written
    except FerLabError as error:
        sys.exit(str(error))
    for page, text in anew.items():
        page.write_text(text)
        print(page.relative_to(ROOT))
