"""Classes that are made rare in training, to see what losses and samplings do about it (``data.split.rare``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np

from fer_lab.datamodules.splits import Split
from fer_lab.errors import ConfigError, nearest


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
