"""Beside every printed value what the ledger says today, with its interval, and a verdict or the reason for none."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from fer_lab.datamodules.recipe import AS_PRINTED
from fer_lab.errors import ConfigError
from fer_lab.evaluation import KINDS, Interval
from fer_lab.evaluation.equivalence import EQUIVALENT, UNDECIDED, equivalence
from fer_lab.evaluation.metrics import EXPECTED_COST
from fer_lab.ledger import Run
from fer_lab.tables.measures import answering, facts, measured, tested
from fer_lab.tables.schema import NOTHING, Printed, Table
from fer_lab.tables.seen import why_seen
from fer_lab.tables.summary import Summary, summarise

MARGIN = 0.03
"""Equivalence margin: a difference within it does not count (absolute, on metrics in [0, 1])."""
BLOCKED = "blocked by data"
HOPELESS = "cannot be decided with"
"""Before the number of people: the verdict where the data are too few for the margin."""
REFUSED = "no verdict"
"""Before the reason, where weights may have seen items that they were tested on."""
NOT_PRINTED = "not printed"
OWN_SETTINGS = "runs with settings of their own"
COMPARED_WITH_NOTHING = "compared with nothing"
OTHER_MACHINE = "no verdict: another machine"
EVERY = {name: one for kind in KINDS.values() for name, one in {**kind.each, **kind.further, **kind.ranked}.items()}
COUNTS = {name for name, metric in EVERY.items() if metric.counts}
"""Numbers of items, not results."""
UNBOUNDED = {EXPECTED_COST} | {name for name, metric in EVERY.items() if math.isinf(metric.high)}
"""Counts, errors and costs, in a unit of their own, of which no margin is known."""

Runs = Mapping[tuple[str, int], Run]


@dataclass(frozen=True)
class Compared:
    """A printed value, its counterpart of today, and the verdict or why there is none.

    Attributes:
        measured: a metric with its interval; None if no run is finished, or for the other kinds.
        stated: the fact, setting, count or mapping; None if it is not known, or for a metric.
        p: of a difference in a table of our own, corrected for all of the table (``measures.tested``).
    """

    printed: Printed
    measured: Interval | None
    stated: object | None
    verdict: str
    p: float | None = None


@dataclass(frozen=True)
class Comparison:
    """A table beside the ledger. ``values`` are in the order of ``table.values``; ``stamp`` names every number;
    ``blocked`` what is missing of the data of cells that cannot run.
    """

    table: Table
    stamp: Mapping[str, str]
    values: tuple[Compared, ...]
    summaries: Mapping[tuple[str, str], Summary]
    runs: Runs
    blocked: Mapping[str, str] = field(default_factory=dict)


def compare(
    table: Table,
    runs: Runs,
    stated: Mapping[Printed, object] | None = None,
    stamp: Mapping[str, str] | None = None,
    blocked: Mapping[str, str] | None = None,
    others: Runs | None = None,
) -> Comparison:
    """Compare a table with the finished runs of its cells.

    Args:
        table: the printed table.
        runs: the runs to read, by cell and seed; those of other cells do not count. Cells without a run stay open.
        stated: what settings and counts are today (``runs.stated``).
        stamp: source, profile and protocol of ``stated``; that of the runs wherever there are any.
        blocked: the cells whose data are not there, and what is missing.
        others: runs under the other protocol, by cell and seed, to say what that does to the main metric.

    Raises:
        ConfigError: the runs are of different sources, profiles or protocols.
        StoreError: a run's scores are missing or damaged.
    """
    runs = {key: run for key, run in sorted(runs.items()) if key[0] in table.cells}
    found = _stamp(list(runs.values())) if runs or stamp is None else dict(stamp)
    metrics = [value for value in table.values if value.kind == "metric"]
    reader = partial(runs_of, runs)
    summaries: dict[tuple[str, str], Summary] = {}
    found_metrics: dict[Printed, Interval] = {}
    for cell, part in dict.fromkeys((value.cell, value.part) for value in metrics):
        if own := reader(cell):
            its = [value for value in metrics if (value.cell, value.part) == (cell, part)]
            summaries[cell, part], its_metrics = summarise(
                cell, part, own, table.seeds, its, _others_of(others or {}, cell, own)
            )
            found_metrics |= its_metrics
    found_metrics |= measured([value for value in metrics if value not in found_metrics], reader)
    known = {**(stated or {}), **facts(table.values, reader)}
    p_values = {} if table.prints else tested(metrics, reader)
    compared = []
    for value in table.values:
        missing = sorted(set(table.seeds) - set(answering(value, reader)))
        one, other = found_metrics.get(value), known.get(value)
        gone = set(value.cells) & set(blocked or {})
        runs_read = [run for cell in value.cells for run in reader(cell).values()]
        verdict = BLOCKED if gone else _verdict(value, one, other, missing, found, runs_read)
        compared.append(Compared(value, one, other, verdict, p_values.get(value)))
    return Comparison(table, found, tuple(compared), summaries, runs, blocked or {})


def _stamp(runs: Sequence[Run]) -> dict[str, str]:
    stamp = {}
    for key in ("source", "profile", "protocol"):
        found = sorted({str(getattr(run, key)) for run in runs})
        if len(found) > 1:
            raise ConfigError(
                f"the runs of one table differ in {key}: {', '.join(found)}",
                expected="runs of one source, profile and protocol",
                do=f"name one: {key}={found[0]}",
            )
        stamp[key] = found[0] if found else "-"
    return stamp


def runs_of(runs: Runs, cell: str) -> dict[int, Run]:
    """A cell's runs by seed."""
    return {seed: run for (name, seed), run in runs.items() if name == cell}


def _others_of(others: Runs, cell: str, own: Mapping[int, Run]) -> dict[int, Run]:
    """A cell's runs under the other protocol by seed; they may have run under the name of a cell that is alike."""
    found = {seed: others.get((cell, seed)) or others.get((run.cell, seed)) for seed, run in own.items()}
    return {seed: run for seed, run in found.items() if run is not None}


def other_parts(runs: Sequence[Run]) -> str:
    """Why runs do not stand beside what is printed: their parts are not as printed; '' where they are.

    ``protocol clean, 34 training people of 40 as printed``, the numbers where they are known.
    """
    runs = [run for run in runs if not run.facts.get("as_printed", run.protocol == AS_PRINTED)]
    if not runs:
        return ""
    train, printed = runs[0].facts.get("subjects", {}).get("train"), runs[0].facts.get("printed_people")
    people = f", {train} training people" if train else ""
    return f"protocol {runs[0].protocol}{people}" + (f" of {printed} as printed" if people and printed else "")


def other_settings(runs: Iterable[Run]) -> str:
    """Why runs do not stand for their cell: one was given settings beside what it says; '' where none was."""
    return next((f"{OWN_SETTINGS}: {run.settings_text}" for run in runs if run.settings), "")


def _verdict(
    value: Printed,
    measured: Interval | None,
    stated: object,
    missing: Sequence[int],
    stamp: Mapping[str, str],
    runs: Sequence[Run],
) -> str:
    if value.kind == NOTHING:
        return COMPARED_WITH_NOTHING if value.why_nothing else "not built"
    if not value.printed:
        return NOT_PRINTED
    if value.kind != "metric":
        return _verdict_on_stated(value, stated, stamp)
    if measured is None:
        return "not run"
    if (own := other_settings(runs)) and stamp["source"] == "real" and not value.is_oracle:
        return f"not comparable: {own}"
    return verdict(value, measured, missing, stamp, other_parts(runs), why_seen(runs))


def _verdict_on_stated(value: Printed, stated: object, stamp: Mapping[str, str]) -> str:
    """Settings, counts and facts are compared as they are: they have no interval. Mappings are printed roughly, and
    of what the machine decides there is no verdict.
    """
    if stated is None:
        return "not measured" if value.kind == "timing" else "not known"
    if value.of_machine:
        return OTHER_MACHINE
    if value.value is None or not isinstance(stated, int | float):
        return "in words"
    if value.kind == "mapping" and stamp["source"] != "real":
        return f"not comparable: {_drawn(stamp)}"
    if math.isclose(float(stated), value.value, rel_tol=1e-6, abs_tol=MARGIN if value.kind == "mapping" else 0):
        return "as printed"
    if value.kind == "count" and stamp["source"] != "real":
        return f"differs: {_drawn(stamp)}"
    of_data = value.kind in ("count", "described")  # what real data hold, and what is said of them, is so in any
    by_profile = not of_data and stamp["profile"] != "paper"
    return f"differs: profile {stamp['profile']}" if by_profile else "differs"


def _drawn(stamp: Mapping[str, str]) -> str:
    """Why what is not of real data alone is not compared."""
    return "embedded twin" if stamp["source"] == "embedded" else "twins stand for data that are not here"


def verdict(
    value: Printed,
    measured: Interval,
    missing: Sequence[int],
    stamp: Mapping[str, str],
    parts: str = "",
    seen: str = "",
) -> str:
    """``reproduced``, ``above``, ``below``, ``undecided``; or the reason why the two cannot be compared.

    Only real data at profile paper with all seeds and the parts as printed can be compared. Reproduced: equivalent
    within ``MARGIN`` (two one-sided tests at 5 %, that is, the 90 % interval lies within it); above or below: the 95 %
    interval lies beyond it; undecided: neither, ``cannot be decided with n people`` where no value could have been
    found equivalent, as the smallest margin that the data can decide is above ``MARGIN``.

    Args:
        value: what is printed.
        measured: today's counterpart.
        missing: seeds without a run.
        stamp: of the runs.
        parts: why their parts are not as printed (``other_parts``), '' where they are.
        seen: why their weights may have seen what is tested (``seen.why_seen``), '' where they have not.
    """
    if value.is_oracle:
        return "not a result: the epoch is chosen on the part itself"
    if stamp["source"] != "real":
        return f"not comparable: {_drawn(stamp)}"
    if seen:
        return f"{REFUSED}: {seen}"
    if stamp["profile"] != "paper":
        return f"not comparable: profile {stamp['profile']}"
    if missing:
        return f"not comparable: seed {', '.join(map(str, missing))} missing"
    if parts:
        return f"not comparable: {parts}"
    if value.name in UNBOUNDED:
        return "a count, not a result" if value.name in COUNTS else "an error in a scale of its own: no margin"
    if value.value is None or math.isnan(measured.mean):
        return "undefined"
    found = equivalence(measured, value.value, MARGIN)
    if found == UNDECIDED and not measured.smallest_margin <= MARGIN:
        return f"{HOPELESS} {_units(measured)}"
    return "reproduced" if found == EQUIVALENT else found


def _units(measured: Interval) -> str:
    """``15 people``; where nobody is named, what was resampled in their place."""
    if not measured.n_subjects:
        return f"{measured.n_units} videos or images"
    return f"{measured.n_subjects} {'person' if measured.n_subjects == 1 else 'people'}"
