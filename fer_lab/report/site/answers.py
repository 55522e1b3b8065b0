"""Did it reproduce? The headline values of a thesis: what is printed, what is measured today, and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fer_lab.evaluation import KINDS, Interval, label_metrics, value_metrics
from fer_lab.report.site.page import cell_path, reference_path, table_path
from fer_lab.report.site.reference import Reference, interval_of
from fer_lab.report.site.section import Section, short_verdict
from fer_lab.report.site.strips import Strip, guessing, strip
from fer_lab.report.site.theses import is_printed
from fer_lab.report.site.words import judged
from fer_lab.tables import Printed, Table
from fer_lab.tables.comparison import HOPELESS, OWN_SETTINGS, REFUSED, UNBOUNDED

MAIN = {kind.main for kind in KINDS.values()}
OVERALL = {name for kind in KINDS.values() for name in kind.overall}
SOUND = ("best_val", "stopped", "last")
"""How an epoch is chosen of a headline of our own: not by the part that it is measured on."""
WHOLE = (None, *label_metrics.AVERAGES, *value_metrics.AVERAGES)
"""What a metric of all names together is of."""
TWINS = "on twins alone"
VERDICTS = ("reproduced", "above", "below", "undecided", HOPELESS.removesuffix(" with"))
ANSWERED = (*VERDICTS, "not comparable", REFUSED, TWINS)
"""What is said of a headline value that is measured, in the order of a summary."""
PROFILES = ("paper", "laptop", "smoke")


@dataclass(frozen=True)
class Today:
    """What is measured of a headline value.

    Attributes:
        guessing: what guessing gives, where that is known.
        stamp: source, profile and protocol of its runs.
        target: the page that says more.
        committed: whether it is a committed result, not one of one's own runs.
    """

    measured: Interval
    guessing: tuple[float, ...]
    verdict: str
    stamp: Mapping[str, str]
    target: str | None
    committed: bool

    @property
    def judged(self) -> bool:
        """Whether it has a verdict, which is not that there can be none."""
        return short_verdict(self.verdict) in VERDICTS

    @property
    def words(self) -> str:
        """What it was measured on: ``twin, laptop``; of another protocol than the clean one, which."""
        source = "twin" if self.stamp["source"] == "embedded" else self.stamp["source"]
        protocol = "" if self.stamp["protocol"] == "clean" else f", {self.stamp['protocol']}"
        return f"{source}, {self.stamp['profile']}{protocol}"


@dataclass(frozen=True)
class Answer:
    """A headline value with what is known of it today, or why nothing is.

    Attributes:
        committed: a committed result with a verdict, where one's own runs give none.
        target: the page of its table.
    """

    table: Table
    label: str
    printed: Printed
    today: Today | None
    committed: Today | None
    reason: str
    target: str | None

    @property
    def said(self) -> str:
        """The verdict in short words, or why there is none."""
        if self.today is None:
            return short_verdict(self.reason)
        return TWINS if self.today.stamp["source"] == "embedded" else short_verdict(self.today.verdict)

    @property
    def strip(self) -> Strip | None:
        """It as a line of the plot; None of what has a unit of its own, as errors have."""
        if self.printed.name in UNBOUNDED:
            return None
        measured, lines = (self.today.measured, self.today.guessing) if self.today else (None, ())
        return strip(measured, self.printed.value, lines, self.said)


def headlines(tables: Sequence[Table]) -> Iterator[tuple[Table, int, str]]:
    """Table, place and label of what some tables print of whole parts of the data by the main metric, or, of scores of
    which a table does not print that, by the first other one of all names together.

    Experiments of one's own print nothing: what they show counts. Beside a thesis, a table of ours does not.

    What several tables print of the same scores counts once; the text alone where no table prints it. Results that are
    quoted from others, of training items, and differences are none.
    """
    seen: set[tuple[object, ...]] = set()
    chosen: set[tuple[str, int]] = set()
    for table in sorted(tables, key=lambda one: one.number.startswith("text")):
        for place, value in _results(table):
            read = _read(value)
            alike = read if table.number.startswith("text") else (*read, value.value)
            if alike not in seen:
                seen |= {read, alike}
                chosen.add((table.slug, place))
    for table in tables:
        labels = [" · ".join(row.labels) for row in table.rows for _ in row.values]
        for place, value in enumerate(table.values):
            if (table.slug, place) in chosen:
                column = f" · {value.column}" if len(table.columns) > 1 else ""
                yield table, place, labels[place] + column


def _read(value: Printed) -> tuple[object, ...]:
    """The scores that a value is of."""
    return value.answering, value.part, value.given, value.vote, value.epoch, value.subset


def _results(table: Table) -> list[tuple[int, Printed]]:
    """Place and value of what a table prints of whole parts: all by the main metric, else the first of some scores."""
    found = [(place, value) for place, value in enumerate(table.values) if _is_result(table, value)]
    by_main = {_read(value) for _, value in found if _by_main(value)}
    first = {_read(value): place for place, value in reversed(found)}
    return [(place, value) for place, value in found
            if _by_main(value) or (_read(value) not in by_main and first[_read(value)] == place)]  # fmt: skip


def _by_main(value: Printed) -> bool:
    return value.name in MAIN and value.of is None


def _is_result(table: Table, value: Printed) -> bool:
    if table.kind != "result" or table.facts.get("quoted") or value.kind != "metric" or value.name not in OVERALL:
        return False
    own = value.subset is None and value.epoch in SOUND and _by_main(value) and not is_printed(table.thesis)
    printed = value.value is not None or own
    return printed and value.of in WHOLE and value.minus is None and value.part != "train"


def answers(tables: Sequence[Table], sections: Sequence[Section], references: Sequence[Reference]) -> list[Answer]:
    """The headline values of a thesis: of one's own runs where there are some, else of the committed ones.

    Real data come before twins, the larger profile before the smaller. Before those of own runs in miniature, or with
    settings of their own, committed ones come.
    """
    own = sorted(sections, key=lambda one: _rank(one.stamp))
    committed = sorted(references, key=lambda one: _rank(one.stamp))
    found = []
    for table, place, label in headlines(tables):
        here = [section for section in own if table.slug in section.comparisons]
        reasons = [section.comparisons[table.slug].values[place].verdict for section in here]
        kept = list(_of_references(committed, table, place))
        today = min([*_of_sections(here, table, place), *kept], key=_is_tried, default=None)  # the first of equals
        beside = None if today is None or today.judged else next((one for one in kept if one.judged), None)
        target = table_path(here[0], table.slug) if here else None
        reason = next(iter(reasons), "not run")
        found.append(Answer(table, label, table.values[place], today, beside, reason, target))
    return found


def _is_tried(one: Today) -> bool:
    """Whether own runs say how things work, rather than what comes of the cell: in miniature, or with own settings."""
    return not one.committed and (one.stamp["profile"] == "smoke" or OWN_SETTINGS in one.verdict)


def _rank(stamp: Mapping[str, str]) -> tuple[object, ...]:
    profile = PROFILES.index(stamp["profile"]) if stamp["profile"] in PROFILES else len(PROFILES)
    return stamp["source"] != "real", profile, stamp["protocol"]


def _of_sections(sections: Sequence[Section], table: Table, place: int) -> Iterator[Today]:
    for section in sections:
        comparison = section.comparisons[table.slug]
        value = comparison.values[place]
        if value.measured is not None:
            summary = comparison.summaries.get((value.printed.cell, value.printed.part))
            target = cell_path(section, value.printed.cell)
            yield Today(value.measured, guessing(summary), value.verdict, section.stamp, target, False)


def _of_references(references: Sequence[Reference], table: Table, place: int) -> Iterator[Today]:
    for one in references:
        line = one.line_of(place) if one.table is table else None
        measured = interval_of(line) if line else None
        if line and measured:
            chance = (float(line["chance"]),) if line.get("chance") else ()
            verdict = judged(line["verdict"], one.stamp["source"])
            target = f"{reference_path(table.thesis)}#{one.anchor}"
            yield Today(measured, chance, verdict, one.stamp, target, True)


def tally(found: Sequence[Answer]) -> dict[str, int]:
    """How many headline values have which answer: verdicts first, then what is measured without one."""
    counts = Counter(answer.said for answer in found)
    return {said: counts[said] for said in sorted(counts, key=lambda said: (_weight(said), -counts[said]))}


def _weight(said: str) -> int:
    return (*ANSWERED, said).index(said)
