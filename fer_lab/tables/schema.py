"""What experiments and tables are, once read: facts of a thesis as values that cannot change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Cell:
    """One configuration that is trained.

    Attributes:
        experiment: the experiment that it belongs to.
        name: its name there.
        title: what a reader calls it.
        groups: configuration group -> option (``{"model": "vgg_face"}``).
        values: configuration values on top of these.
        parents: the cells (``<experiment>/<name>``) whose selected weights it starts from.
    """

    experiment: str
    name: str
    title: str
    groups: Mapping[str, str]
    values: Mapping[str, Any]
    parents: tuple[str, ...]

    @property
    def key(self) -> str:
        """``<experiment>/<name>``, the option of ``cell=``."""
        return f"{self.experiment}/{self.name}"


@dataclass(frozen=True)
class Experiment:
    """Cells trained as one campaign. ``cells`` maps ``<experiment>/<name>`` to the cell, in the order of the file."""

    name: str
    title: str
    thesis: str
    section: str
    seeds: tuple[int, ...]
    cells: Mapping[str, Cell]


NOTHING = "nothing"
"""The kind of a value that nothing of ours could stand beside, or whose table is not built."""
KINDS = ("metric", "fact", "timing", "setting", "count", "described", "mapping", NOTHING)
OF_RUNS = ("metric", "fact", "timing")
"""The kinds of values that runs answer."""
TABLE_KINDS = ("result", "matrix", "report", "composition", "timing", "definition")
EPOCHS = ("best_val", "last", "stopped", "oracle")
BEST = "best "
"""Before the name of a given part of the data set: the epoch that is best on its items, an oracle of that part."""
LATE = ("second_half", "peak")
THRESHOLDS = ("validation",)
CONSTANTS = ("constant", "absent", "majority")
ALWAYS = "always "
"""Before the name of a class: every item is answered with it."""
SCORES = ("part", "given", "vote", "epoch", "minus", "subset", "threshold", "answers", "above")
"""What says which scores of a cell a metric is taken of."""
SUBSETS = ("unleaked", "distinct", "seen", *LATE)
TIMES, SPEED = ("seconds", "minutes"), "speed"
"""Facts of a run that are times; the group of those of how fast it trained (``tasks.speed``)."""
ENVIRONMENT = "environment"
"""The group of facts that is the machine and the software of a run (``environment.describe_machine``)."""


@dataclass(frozen=True)
class Printed:
    """A printed value and where its counterpart is read, which is always something of a cell, if there is one.

    Attributes:
        column: the column it stands in.
        printed: the string as printed; '' in a row or table of our own, where nothing is.
        value: the number to compare with; None where words are printed, or nothing.
        cell: ``<experiment>/<name>``.
        kind: what is read: a ``metric`` of the scores of the cell's runs, a ``fact`` of their records or of the
            course of their losses (``losses.last``), a ``timing`` of answering (``ledger.timings``), a ``setting`` of
            the cell's configuration, a ``count`` of its data set, what its data set is ``described`` as by its
            publication, a ``mapping`` of its data set's labels to the classes of its parent's by mass centres; or
            ``nothing``, of no cell.
        name: a metric of the cell's kind of target (``evaluation.targets``); a fact or a setting with dots; of timings
            one of ``ledger.timings.NAMES``; a name of ``datasets.counts`` or of ``DataSet.described``, after a
            member's and a slash where that is of a composite data set; one of ``evaluation.mass_centres.MAPPINGS``; why
            it is compared with nothing, '' in a table that is not built.
        of: the class, label, value, average or pair (``anger as fear``) that a metric is of, or the pair that a
            mapping is of (the share of the first that becomes the second); how many pictures a timing is of; None for
            metrics of all names together.
        part: ``test``, ``val``, or ``train`` (at the last epoch only), of a metric.
        given: of a part that is several of those that the data set gives, the one whose items alone count
            (``PublicTest``): their ids begin with it; None: all.
        vote: the rule by which a video's items vote before the metric is taken; None for the items themselves.
        epoch: ``best_val`` (selected on validation), ``last``, ``stopped`` (the last one under protocol thesis, where
            that says when training ended; else the selected one), ``oracle`` (best on the part itself: no result), or
            ``best <given>``, best on the items of a given part.
        ensemble: other cells that answer together with the cell: the mean of what they answer to each item, each at its
            own epoch, of the same seed (``evaluation.averaged``), before any vote.
        minus: another cell, whose metric is subtracted.
        beside: other cells whose setting stands beside that of the cell (the batch sizes of a study).
        subset: ``unleaked``: only test items whose person, video or exact copy is not in training; ``distinct``: only
            those of whose photograph no other part of the data set has an image, ``seen``: the others (``Run.seen``);
            ``second_half`` or ``peak``: of each video only these items (``evaluation.late``), before any vote; None for
            all.
        threshold: ``validation``: each label is answered from the threshold on that is best there (``evaluation.
            thresholds``), of the same seed and epoch; None: from .5 on.
        answers: in place of the network's, the same for every item, whatever the threshold: ``constant``, what is best
            for the training items (``Target.constant``), ``majority``, the same for the judged items themselves,
            ``absent``, no label, or ``always <class>``; None for the network's.
        above: of classes, a number: only an item whose largest probability is above it is answered; the metric is then
            ``coverage``, the share of these, or ``accuracy``, that of right answers among them; None: all are.
    """

    column: str
    printed: str
    value: float | None
    cell: str
    kind: str
    name: str
    of: str | None = None
    part: str = "test"
    given: str | None = None
    vote: str | None = None
    epoch: str = "best_val"
    minus: str | None = None
    subset: str | None = None
    beside: tuple[str, ...] = ()
    threshold: str | None = None
    answers: str | None = None
    above: str | None = None
    ensemble: tuple[str, ...] = ()

    @property
    def answering(self) -> tuple[str, ...]:
        """The cells whose answers are judged, its own first; none where nothing of ours stands beside it."""
        return (self.cell, *self.ensemble) if self.cell else ()

    @property
    def cells(self) -> tuple[str, ...]:
        """Those, and the one that is subtracted."""
        return self.answering if self.minus is None else (*self.answering, self.minus)

    @property
    def subtracted(self) -> Printed | None:
        """The same of the cell that is subtracted, alone; None where none is."""
        return None if self.minus is None else replace(self, cell=self.minus, minus=None, ensemble=())

    @property
    def timed(self) -> bool:
        """Whether it is a time, or images in a time."""
        fact = self.kind == "fact" and (self.name in TIMES or self.name.startswith(f"{SPEED}."))
        return fact or self.kind == "timing"

    @property
    def of_machine(self) -> bool:
        """Whether the machine decides it: a time, or what the machine and its software are."""
        return self.timed or (self.kind == "fact" and self.name.startswith(f"{ENVIRONMENT}."))

    @property
    def why_nothing(self) -> str | None:
        """Why it is compared with nothing; '' in a table that is not built; None where it is compared."""
        return self.name if self.kind == NOTHING else None

    @property
    def is_oracle(self) -> bool:
        """Whether the items that it is measured on chose its epoch."""
        chosen = self.epoch.removeprefix(BEST)
        return self.epoch == "oracle" or (self.epoch.startswith(BEST) and self.given in (None, chosen))

    @property
    def plain(self) -> bool:
        """Whether it is a metric of what a cell answers to its own items, all of them."""
        changed = {self.given, self.vote, self.minus, self.subset, self.threshold, self.answers, self.above}
        return self.kind == "metric" and changed == {None} and not self.ensemble


@dataclass(frozen=True)
class Row:
    """A row: its labels, one a heading of ``Table.header``, and its values, one a column."""

    labels: tuple[str, ...]
    values: tuple[Printed, ...]


@dataclass(frozen=True)
class Table:
    """A table, printed or our own.

    ``number`` is the printed string ("7.10" is not 7.1), or the name of our own; ``seeds`` are those of
    its experiments.

    Attributes:
        kind: what is printed: a ``result``, a confusion ``matrix``, a classification ``report``, the ``composition`` of
            data, ``timing``, or a ``definition`` (settings, architectures, lists). It says how its numbers can be
            checked against each other.
        facts: what the thesis says elsewhere and a check of these numbers needs, such as the size of the test set.
        not_built: what is missing before cells can answer it; None for a table that is built.
    """

    thesis: str
    number: str
    title: str
    section: str
    header: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    seeds: tuple[int, ...]
    kind: str = "result"
    facts: Mapping[str, Any] = field(default_factory=dict)
    not_built: str | None = None

    @property
    def slug(self) -> str:
        """``<thesis>-<number>``, the option of ``table=``."""
        return f"{self.thesis}-{self.number}"

    @property
    def values(self) -> tuple[Printed, ...]:
        """Every printed value, row by row."""
        return tuple(value for row in self.rows for value in row.values)

    @property
    def prints(self) -> bool:
        """Whether anything is printed; nothing in a table of our own."""
        return any(value.printed for value in self.values)

    @property
    def beside_nothing(self) -> bool:
        """Whether nothing of ours stands beside any of its values, and each says why."""
        return all(value.why_nothing for value in self.values)

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells that must have run for it, each once, in the order of the page."""
        used = [cell for value in self.values if value.kind in OF_RUNS for cell in value.cells]
        return tuple(dict.fromkeys(used))
