"""Fewer training ids: a share of all (``data.split.training``), or of some classes (``data.split.rare``).

The one shows what the size of the training set does, the other what losses and samplings do about rare classes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pandas as pd

from fer_lab.datamodules.folds import stratified
from fer_lab.datamodules.recipe import THESIS
from fer_lab.datamodules.splits import Split
from fer_lab.errors import ConfigError, nearest


def with_a_share(split: Split, labels: Mapping[str, str], share: float) -> Split:
    """The same parts, with a share of the training ids, by their class distribution; validation and test stay whole.

    Rosa Ramos 2018, sec. 8.8, trained on sets of several sizes while images were collected.

    Args:
        split: the parts.
        labels: class of each id.
        share: of the training ids, above 0 and below 1. Who stays is drawn with the split's seed: people with all that
            is of them, but ids by themselves under ``thesis`` and where nobody is named.
    """
    ids = list(split.train)
    units = ids if split.protocol == THESIS else [split.subjects.get(name) or name for name in ids]
    rows = pd.DataFrame({"subject": units, "label": [labels[name] for name in ids]})
    part = stratified(rows, {"stays": share, "goes": 1 - share}, split.seed or 0)
    gone = [name for name, unit in zip(ids, units, strict=True) if part[unit] == "goes"]
    return split.without(gone, f"{share:g} of the training images are asked for")


def with_rare_classes(split: Split, labels: Mapping[str, str], shares: Mapping[str, float]) -> Split:
    """The same parts, with few training ids of some classes; validation and test stay whole.

    Args:
        split: the parts.
        labels: class of each id.
        shares: class -> the number of its training ids (at least one) as a share of that of the most frequent class.
            Which stay is drawn with the split's seed; a class that has fewer keeps all of them.

    Raises:
        ConfigError: no training id is of such a class.
    """
    numbers = Counter(labels[name] for name in split.train)
    for place, (label, share) in enumerate(shares.items()):
        if label not in numbers:
            raise ConfigError(f"data.split.rare: {label!r}", expected=f"a class in training: {nearest(label, numbers)}")
        own = np.random.default_rng([split.seed or 0, place]).permutation(
            [name for name in split.train if labels[name] == label]
        )
        kept = max(1, round(share * max(numbers.values())))
        split = split.without(own[kept:].tolist(), f"{label} is made rare: {share:g} of the most frequent class")
    return split
