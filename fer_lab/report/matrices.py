"""Confusion matrices of videos, a panel for each rule by which the items of a video vote."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fer_lab.errors import ConfigError
from fer_lab.evaluation.arrays import Floats
from fer_lab.ledger import Run
from fer_lab.report.figures import Material, finished
from fer_lab.tables.figures import pair_png, row_shares
from fer_lab.tables.measures import scores_at


def matrices(material: Material, votes: Sequence[str], subset: str | None = None) -> bytes:
    """Test videos in per cent of the true class, summed over the seeds; PNG.

    Athanasiadis 2022, sec. 4.3 to 4.6, Figures 4.5, 4.8, 4.11 and 4.14: of the second half of each video, by majority
    and by mean scores. The epoch is where training stopped under protocol thesis, else what validation selected.

    Args:
        material: of the figure; its cell is of classes.
        votes: two rules of voting.
        subset: which items of a video vote, ``second_half`` for instance; None is all.

    Raises:
        ConfigError: no run of the cell is finished, or there are not two rules.
    """
    if len(votes) != 2:
        raise ConfigError(f"{material.title}: votes {list(votes)}", expected="two rules, a panel each")
    runs = list(finished(material).values())
    panels = [(f"{rule}, % of the true class", _shares(runs, rule, subset), 100.0) for rule in votes]
    which = f", {subset.replace('_', ' ')}" if subset else ""
    note = f"{material.stamp} · {len(runs)} seed{'s' if len(runs) > 1 else ''} · test videos{which}"
    return pair_png(panels, runs[0].target.names, material.title, note)


def _shares(runs: Sequence[Run], rule: str, subset: str | None) -> Floats:
    """Rows the truth, in per cent."""
    counts = [run.target.total(scores_at(run, "test", "stopped", subset, rule)) for run in runs]
    return row_shares(np.sum(counts, axis=0))
