"""The footnotes of a table: what one must know to believe its numbers, from the facts that the runs recorded."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from fer_lab.evaluation import FEW_SUBJECTS
from fer_lab.evaluation.metrics import EXPECTED_COST
from fer_lab.evaluation.near_copies import NEAR
from fer_lab.ledger import Run
from fer_lab.tables.answered import answered
from fer_lab.tables.comparison import MARGIN, Comparison, runs_of
from fer_lab.tables.grid import FEW, main_words, metric_words, targets
from fer_lab.tables.inflation import partner
from fer_lab.tables.losses import costs, losses
from fer_lab.tables.machines import machines
from fer_lab.tables.measures import lacking
from fer_lab.tables.returned import returned
from fer_lab.tables.seen import passport_note
from fer_lab.tables.speeds import times

NAMED = 3
"""How many videos a note names before it says that there are more."""


def footnotes(comparison: Comparison) -> list[str]:
    """One sentence a line: stamps, weights, skipped data, leaks, selection, baselines, how to read the intervals."""
    if comparison.table.not_built:
        return [f"Not built yet: {comparison.table.not_built}."]
    runs = list(comparison.runs.values())
    reasons = dict.fromkeys(f"Blocked by data: {reason}." for reason in comparison.blocked.values())
    lines = [_stamps(comparison), *_twins(comparison), *returned(runs), *reasons, *_missing(comparison)]
    for dataset in dict.fromkeys(run.dataset for run in runs):
        lines += _dataset([run for run in runs if run.dataset == dataset], dataset)
    reading = _reading(comparison) if comparison.summaries else _stated(comparison)
    by_class = [*losses(runs), *costs(comparison.table, runs)]
    timed = times(comparison.table, runs)
    return [
        *lines,
        *_described(comparison),
        *_nothing(comparison),
        *_weights(runs),
        *by_class,
        *timed,
        *machines(runs),
        *reading,
    ]


def _stamps(comparison: Comparison) -> str:
    seeds = sorted({seed for _, seed in comparison.runs})
    stamps = ", ".join(f"{key} {value}" for key, value in comparison.stamp.items())
    return f"Stamp: {stamps}; seeds {', '.join(map(str, seeds)) or 'none'}."


def _twins(comparison: Comparison) -> list[str]:
    if comparison.stamp["source"] == "mixed":
        drawn = sorted({name for run in comparison.runs.values() for name in run.facts.get("twins", ())})
        return [f"Mixed: procedural twins stand for {_join(drawn) or 'nothing'}; all other data are real."]
    if comparison.stamp["source"] != "embedded":
        return []
    return ["Embedded: measured on procedural twins of the data sets; nothing here tests what was printed."]


def _missing(comparison: Comparison) -> list[str]:
    gaps = {f"{s.cell} (seed {_join(s.missing)})": 0 for s in comparison.summaries.values() if s.missing}
    run = {cell for cell, _ in comparison.runs}
    gaps |= {cell: 0 for cell in comparison.table.cells if cell not in {*run, *comparison.blocked}}
    return [f"Not run: {_join(gaps)}."] if gaps else []


def _dataset(runs: list[Run], dataset: str) -> list[str]:
    """What happened to a data set before training; where its cells differ, every value is shown."""
    facts = [run.facts for run in runs]
    leaks = _join(dict.fromkeys(f"{100 * float(fact['leak_share']):.1f} %" for fact in facts), " or ")
    trained = _join(dict.fromkeys(fact["items"]["train"] for fact in facts), " or ")
    line = (
        f"{dataset}: {trained} training items; skipped {_values(facts, 'skipped_files')} unusable files, "
        f"{_values(facts, 'skipped_frames')} frames without a usable face, {_values(facts, 'skipped_faces')} faces "
        f"left over by the items, {_values(facts, 'dropped')} dropped by the split; {leaks} of the test items leaked."
    )
    notes = dict.fromkeys(str(note) for fact in facts for note in fact["notes"])
    counted = [f"{dataset}: {text}." for text in (*_videos(runs), *_near_copies(facts))]
    return [
        line,
        *counted,
        *(f"{dataset}: {note}." for note in notes),
        *_components(runs, dataset),
        *_scales(runs, dataset),
    ]


def _videos(runs: Iterable[Run]) -> list[str]:
    """Videos that cells have no item of, or a clip of fewer faces than it is long; nothing where there are none."""
    lacking = {run.cell: n for run in runs if (n := run.facts.get("videos_without_item"))}
    short = {run.cell: n for run in runs if (n := run.facts.get("short_clips"))}
    words = [f"{n} videos have no item in {cell}" for cell, n in lacking.items()]
    early = dict.fromkeys(name for run in runs for name in run.facts.get("videos_without_late_face", []))
    if early:
        words.append(
            f"{len(early)} videos have no face in their second half ({_join(list(early)[:NAMED])}"
            f"{', ...' if len(early) > NAMED else ''}): the later half of the faces that they have stands for it"
        )
    return words + [f"{n} clips of {cell} show a face more than once: the video has fewer" for cell, n in short.items()]


def _near_copies(facts: Iterable[Mapping[str, Any]]) -> list[str]:
    """How many test images have near copies in training; nothing where the runs do not know."""
    shares = [(fact["near_copies"], fact["items"]["test"]) for fact in facts if fact.get("near_copies") is not None]
    counts = dict.fromkeys(f"{near} ({100 * near / test:.1f} %)" for near, test in shares)
    what = f"pixels correlate above {NEAR}, of pictures as they come once one is laid over the other"
    words = f"of the test images have a near copy in training ({what}; exact copies left out)"
    return [f"{_join(counts, ' or ')} {words}"] if counts else []


def _components(runs: list[Run], dataset: str) -> list[str]:
    """How much principal components keep, cell by cell: the thesis explains results with it (García Zapata 2018)."""
    kept: dict[str, list[float]] = {}
    for run in runs:
        if "explained_variance" in run.facts:
            kept.setdefault(run.cell, []).append(float(run.facts["explained_variance"]))
    return [
        f"{dataset}: the components of {cell} keep {100 * sum(values) / len(values):.1f} % of the training variance."
        for cell, values in kept.items()
    ]


def _scales(runs: list[Run], dataset: str) -> list[str]:
    """Root mean square of what is fused, before each part is standardised, cell by cell."""
    scales: dict[str, dict[str, list[float]]] = {}
    for run in runs:
        for name in sorted(name for name in run.facts if name.startswith("rms_")):
            scales.setdefault(run.cell, {}).setdefault(name.removeprefix("rms_"), []).append(float(run.facts[name]))
    return [
        f"{dataset}: {cell} standardises {_join(f'{part} of rms {sum(v) / len(v):.3g}' for part, v in parts.items())}."
        for cell, parts in scales.items()
    ]


def _values(facts: Iterable[Mapping[str, Any]], key: str) -> str:
    return _join(dict.fromkeys(fact[key] for fact in facts), " or ")


def _weights(runs: Iterable[Run]) -> list[str]:
    """Which weights the networks started from, cell by cell."""
    users: dict[str, dict[str, int]] = {}
    for run in runs:
        origin = "; ".join(filter(None, [_origin(run.facts["weights"]), passport_note(run)]))
        users.setdefault(origin, {})[run.cell] = 0
    return [
        f"Weights: {origin} ({_join(cells) if len(users) > 1 else 'all cells'})." for origin, cells in users.items()
    ]


def _origin(weights: Mapping[str, Any]) -> str:
    """Where weights come from, and the beginning of their checksum if they come from a file."""
    checksum = weights["checksum"]
    return f"{weights['origin']}, sha256 {checksum[:12]}" if checksum else str(weights["origin"])


def _reading(comparison: Comparison) -> list[str]:
    main, kinds = main_words(comparison), targets(comparison)
    exclusive = all(kind.exclusive for kind in kinds)
    tie = "; a majority tie goes to the higher summed probability" if exclusive else ""
    constants = ", ".join(f"{metric_words(kind.main)} of always answering {kind.best_constant}" for kind in kinds)
    scales = dict.fromkeys(one.target.scale for one in comparison.summaries.values() if one.target.scale)
    explained = " ".join(
        [*(kind.explained for kind in kinds), *(f"Scale of the data set: {low:g} to {high:g}." for low, high in scales)]
    )
    costly = any(value.name == EXPECTED_COST for value in comparison.table.values)
    bounded = all(math.isfinite(metric.high) for kind in kinds for metric in kind.overall.values()) and not costly
    shares = "Measured values are shares of one, whatever unit the page prints. " if bounded else ""
    lines = [
        f"Epoch selected by validation {main}, the earlier of equals, unless the column epoch says otherwise.",
        "Measured: mean over seeds; [95 % BCa bootstrap interval], resampling subjects (videos or images where "
        "nobody is named) and seeds together; of a single seed it is that of the network trained. "
        f"Votes: {main} over videos{tie}.",
        f"{shares}Leaked: share of the test items whose person, video or exact copy is in training, too.",
        f"Seed spread: {main} of the lowest and of the highest seed. {explained}",
        f"Baseline: {constants}{' / of guessing' if exclusive else ''}.",
        f"Oracle, last minus selected: {main} at the epoch that is best on the part itself, or at the last one, minus "
        "at the selected one; of the same items and seeds.",
        *answered(comparison),
        *_ensembles(comparison),
        *_differences(comparison),
        *_protocols(comparison),
        *_verdicts(comparison),
    ]
    if any(summary.main.few_subjects for summary in comparison.summaries.values()):
        lines.append(f"{FEW} interval over fewer than {FEW_SUBJECTS} subjects: do not rely on it.")
    return lines


def _ensembles(comparison: Comparison) -> list[str]:
    """Which cells answer together, and how."""
    names = dict.fromkeys(_join(value.answering, " with ") for value in comparison.table.values if value.ensemble)
    words = "the mean of what they answer to an item, equal weights, each at its own epoch, of the seeds that all have"
    return [f"Together, {name}: {words}." for name in names]


def _differences(comparison: Comparison) -> list[str]:
    """Which videos do not count where two cells are compared that were not tested on the same."""
    reader = partial(runs_of, comparison.runs)
    apart = {(v.cell, v.minus): lacking(v, reader) for v in comparison.table.values if v.minus is not None}
    return [
        f"{cell} minus {other}: on the videos that both have; {count} that only one has are left out."
        for (cell, other), count in apart.items()
        if count
    ]


def _tests(comparison: Comparison) -> list[str]:
    """How the differences of a table of our own are tested, where it has some."""
    count = sum(value.p is not None for value in comparison.values)
    words = f"p: of a paired permutation test, which swaps two cells' answers to a person; by Holm for {count} of them"
    return [f"{words} (docs/statistics.md)."] if count else []


def _verdicts(comparison: Comparison) -> list[str]:
    if not comparison.table.prints:
        return [*_tests(comparison), "Not printed: a table of our own, with nothing to compare."]
    return [
        "Verdicts need real data at profile paper and the parts as printed (protocol as_printed, or one that draws the "
        f"same). Reproduced: equivalent within {MARGIN:.2f} (two one-sided tests at 5 %: the 90 % interval lies within "
        "it); above, below: the 95 % interval lies beyond it; undecided: neither.",
        "Smallest margin: the longer arm of the 90 % interval; a value measured exactly as printed would be equivalent "
        f"within it and within no smaller one. Where it is above {MARGIN:.2f} nothing can be shown to be reproduced.",
    ]


def _protocols(comparison: Comparison) -> list[str]:
    """What is paired where runs of two protocols are there, which may have other test parts."""
    if all(summary.inflation.leak is None for summary in comparison.summaries.values()):
        return []
    own = comparison.stamp["protocol"]
    pair = sorted((own, partner(own)), reverse=True)
    return [
        f"Thesis minus disjoint: {main_words(comparison)} under protocols {' and '.join(pair)}, each at its selected "
        "epoch, of the seeds that both have; people (videos or images where nobody is named) that are in both test "
        "parts are paired, the others are not. Where a protocol validates on the test part, that choice of the epoch "
        "is part of the difference."
    ]


def _described(comparison: Comparison) -> list[str]:
    """Which values nobody measured here."""
    rows = [v.column for v in comparison.table.values if v.kind == "described"]
    words = "what the publications of a data set say of it, not counted in a copy"
    return [f"{len(rows)} of {len(comparison.values)} values are {words}."] if rows else []


def _nothing(comparison: Comparison) -> list[str]:
    """Why printed values are compared with nothing, a line a reason."""
    reasons: dict[str, list[str]] = {}
    for row in comparison.table.rows:
        for value in (one for one in row.values if one.why_nothing):
            reasons.setdefault(str(value.why_nothing), []).append(f"{' | '.join(row.labels)}, {value.column}")
    return [f"Compared with nothing: {_join(places, '; ')}: {why}." for why, places in reasons.items()]


def _stated(comparison: Comparison) -> list[str]:
    """How to read a table without a metric."""
    words = "As printed, or differs; in words: for the reader to compare; not known: neither data nor runs tell it."
    return [words] if comparison.values else []


def _join(items: Iterable[object], between: str = ", ") -> str:
    return between.join(map(str, items))
