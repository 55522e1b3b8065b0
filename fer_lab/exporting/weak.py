"""Where a finished run is weak, on its test part: the names and groups of people that it answers worst. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from fer_lab import evaluation
from fer_lab.exporting.measures import number
from fer_lab.inference.contract import Score
from fer_lab.ledger import Run

LOWEST, CONFUSED, LEAST = 3, 5, 0.05
"""How many names and pairs of classes are told, and from which share of a class's items on."""
GROUP = ("attribute", "group", "n_subjects", "n_videos", "n_items", "mean", "low", "high", "underpowered", "p_holm")


def weak_spots(run: Run, by_name: Sequence[Score], attributes: pd.DataFrame | None) -> dict[str, Any]:
    """``lowest`` names, worst first; ``confused`` classes, most often first; ``groups`` of people, where known.

    Args:
        run: finished.
        by_name: its scores by name.
        attributes: of its videos, as ``runs.attributes_of`` has them; None where its data are not there.
    """
    scores = run.scores("test")
    known = sorted((one.value, one.name) for one in by_name if one.value is not None)
    return {
        "lowest": [name for _, name in known[:LOWEST]],
        "confused": _confused(run, scores) if run.target.exclusive else [],
        "metric": run.target.main,
        "groups": _groups(scores, attributes) if attributes is not None else None,
    }


def _confused(run: Run, scores: pd.DataFrame) -> list[dict[str, Any]]:
    """Pairs of classes: of the items of one, the share that is answered as the other."""
    shares, names = evaluation.confusion_shares([scores]), run.target.names
    off = np.nan_to_num(np.where(np.eye(len(names), dtype=bool), 0.0, shares))
    order = np.argsort(-off, axis=None, kind="stable")[:CONFUSED]
    pairs = [divmod(int(place), len(names)) for place in order]
    told = [(i, j) for i, j in pairs if off[i, j] >= LEAST]
    return [{"class": names[i], "answered": names[j], "share": float(off[i, j])} for i, j in told]


def _groups(scores: pd.DataFrame, attributes: pd.DataFrame) -> list[dict[str, Any]]:
    """The main metric of each group; attributes that say nothing of the test part, or the same of all, are left out."""
    seen = attributes.reindex(scores["video"].unique())
    told = [name for name in seen if seen[name].nunique() > 1]
    table = evaluation.by_group([scores], attributes[told]) if told else pd.DataFrame(columns=list(GROUP))
    return [{str(key): _plain(value) for key, value in row.items()} for row in table[list(GROUP)].to_dict("records")]


def _plain(value: Any) -> Any:
    """A cell of a table as JSON has it."""
    if isinstance(value, float | np.floating):
        return number(value)
    return value.item() if isinstance(value, np.generic) else value
