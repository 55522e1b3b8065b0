"""What the runs of a cell of labels give, label by label, and how its page shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from fer_lab.evaluation import Interval, Target, intervals
from fer_lab.evaluation.arrays import Floats
from fer_lab.evaluation.co_occurrence import CoOccurrence, co_occurrence
from fer_lab.evaluation.targets import PRESENT
from fer_lab.report.site.charts import scatter, share_axis
from fer_lab.report.site.matrices import Matrix, shaded
from fer_lab.report.site.strips import SHARES, strip
from fer_lab.report.site.words import counted, interval_text, number, percent

MOST = 16
"""Labels of a matrix, at most: those that are present most often."""
RATES = ("precision", "recall", "accuracy", "absent")


@dataclass(frozen=True)
class LabelOutputs:
    """What is known of each label on the test part.

    Attributes:
        target: what an item is asked for.
        f1, auc: by name, with their intervals; the area under the ROC curve of its probability.
        each: a row a label, a column each of ``Target.each``, mean over seeds.
        truth: which labels are present together.
        answers: the same of the answers to the same items, all seeds together.
        n_items: how many items there are.
    """

    target: Target
    f1: Mapping[str, Interval]
    auc: Mapping[str, Interval]
    each: pd.DataFrame
    truth: CoOccurrence
    answers: CoOccurrence
    n_items: int
    template: ClassVar[str] = "cell_labels.html.j2"

    @classmethod
    def read(cls, scores: Sequence[pd.DataFrame], train: pd.DataFrame, target: Target) -> LabelOutputs:
        """Read them from one scores frame a seed, of the test part; of training nothing is needed."""
        truth = target.truth(scores[0])
        said = [_answered(target, frame) for frame in scores]
        found = intervals(
            scores, {(key, name): target.metric(key, name) for key in ("f1", "roc_auc") for name in target.names}
        )
        return cls(
            target,
            {name: found["f1", name] for name in target.names},
            {name: found["roc_auc", name] for name in target.names},
            each_name(scores, target),
            co_occurrence(truth),
            sum(map(co_occurrence, said[1:]), start=co_occurrence(said[0])),
            len(truth),
        )

    def page(self) -> dict[str, Any]:
        """What its template shows."""
        lines = [self._line(name) for name in self.target.names]
        shown = self._most_present()
        rated = self.each[self.each["known"] > 0]
        return {
            "lines": [line for line in lines if line["active"] != "0"],
            "absent": [line for line in lines if line["active"] == "0"],
            "scale": SHARES,
            "beside_never": _beside_never(rated),
            "beaten": int((rated["absent"] >= rated["accuracy"]).sum()),
            "n_rated": len(rated),
            "known": f"{int(self.each['known'].sum()):,} of {self.n_items * len(self.target.names):,}",
            "truth": self._matrix(self.truth, shown),
            "answers": self._matrix(self.answers, shown),
            "n_hidden": len(self.target.names) - len(shown),
            "unknown_pairs": self._unknown_pairs(shown),
            "apart": self._furthest_apart(shown),
        }

    def said(self, row: Mapping[Any, Any]) -> list[tuple[str, str]]:
        """Of an item, as a row of scores: which labels are missed, and which are said that are not there."""
        columns = zip(self.target.names, self.target.truth_columns, self.target.answer_columns, strict=True)
        known = {name: (row[y], row[p] >= PRESENT) for name, y, p in columns}
        missed = [name for name, (truth, answer) in known.items() if truth > PRESENT and not answer]
        wrong = [name for name, (truth, answer) in known.items() if truth < PRESENT and answer]
        right = sum(truth > PRESENT and answer for truth, answer in known.values())
        return [
            ("found", str(right)),
            ("missed", ", ".join(missed) or "none"),
            ("said wrongly", ", ".join(wrong) or "none"),
        ]

    def _line(self, name: str) -> dict[str, Any]:
        row, f1 = dict(self.each.loc[name]), self.f1[name]
        rates = {key: number(row[key]) for key in RATES}
        return {
            "name": name,
            "strip": strip(f1),
            "f1": interval_text(f1),
            "auc": interval_text(self.auc[name]),
            **rates,
            "active": f"{row['support']:.0f}",
            "known": f"{row['known']:.0f}",
            "said": f"{row['fp'] + row['tp']:.4g}",
        }

    def _most_present(self) -> list[int]:
        """Places of at most ``MOST`` labels that some item has, in their order."""
        present = self.truth.both.diagonal()
        most = np.argsort(-present, kind="stable")[:MOST]
        return sorted(int(place) for place in most if present[place] > 0)

    def _matrix(self, found: CoOccurrence, shown: Sequence[int]) -> Matrix:
        places = np.ix_(shown, shown)
        both, first = found.both[places], found.first[places]
        said = [[f"{b:.0f} of {n:.0f}" for b, n in zip(*rows, strict=True)] for rows in zip(both, first, strict=True)]
        return shaded([self.target.names[place] for place in shown], found.shares[places], said)

    def _unknown_pairs(self, shown: Sequence[int]) -> str:
        """Pairs of an item's labels that are left out because one of the two is not known, of those of the matrix."""
        upper = np.triu_indices(len(shown), 1)
        known, total = self.truth.known[np.ix_(shown, shown)][upper].sum(), self.n_items * len(upper[0])
        return f"{int(total - known):,} of {int(total):,} ({percent((total - known) / total)})" if total else ""

    def _furthest_apart(self, shown: Sequence[int]) -> str:
        """The two labels whose answers go together least as the truth does."""
        places = np.ix_(shown, shown)
        gap = np.abs(self.answers.shares - self.truth.shares)[places]
        np.fill_diagonal(gap, np.nan)
        if np.isnan(gap).all():
            return ""
        i, j = (shown[int(place)] for place in np.unravel_index(np.nanargmax(gap), gap.shape))
        true, said = (found.shares[i, j] for found in (self.truth, self.answers))
        names = self.target.names
        return f"{names[j]} where {names[i]} is: truth {percent(true)}, answers {percent(said)}"


def each_name(scores: Sequence[pd.DataFrame], target: Target) -> pd.DataFrame:
    """A row a label or value, a column each of the target's metrics of one name, mean over seeds."""
    sums = np.array([target.total(frame) for frame in scores])
    each = {key: [float(target.metric(key, name)(sums).mean()) for name in target.names] for key in target.each}
    return pd.DataFrame(each, index=list(target.names))


def _answered(target: Target, scores: pd.DataFrame) -> Floats:
    """Which labels are answered, (items, L), NaN where it is not known whether they are present."""
    return np.where(np.isnan(target.truth(scores)), np.nan, target.answers(scores) >= PRESENT)


def _beside_never(each: pd.DataFrame) -> Any:
    points = each[["absent", "accuracy"]].to_numpy(float)
    texts = [f"{name}: {y:.3f}, never answering it {x:.3f}, of {n:.0f}" for name, (x, y), n in
             zip(each.index, points, each["known"], strict=True)]  # fmt: skip
    axes = share_axis("accuracy of never answering it"), share_axis("accuracy")
    key = counted(len(points), "label"), "no better than never answering it"
    return scatter("Accuracy of each label", points, axes, texts, key) if len(points) else None
