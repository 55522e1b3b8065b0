"""Several networks that answer together: the mean of what each says of an item."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pandas import DataFrame

from fer_lab.errors import DataError
from fer_lab.evaluation.targets import target_of

ITEM = ["item", "video"]
"""What says which item a row is of."""


def averaged(scores: Sequence[DataFrame]) -> DataFrame:
    """The scores of the first, with the mean of all answers to each item: probabilities or values, equal weights.

    Args:
        scores: a scores frame a network, of the same part, in any order of rows.

    Returns:
        A scores frame of the same kind, its answers in double precision; NaN where an answer of any is.

    Raises:
        DataError: the networks were not asked for the same of the same items.
    """
    first, *others = scores
    if not others:
        return first
    target = target_of(first)
    known, answer = [*ITEM, *target.truth_columns], target.answer_columns
    answers = [target.answers(first)]
    for other in others:
        if target_of(other) != target:
            raise DataError("networks that were asked for different things cannot answer together")
        paired = first[known].merge(other[[*known, *answer]], on=known)
        if not len(paired) == len(first) == len(other):
            raise DataError(
                "networks that were tested on different items cannot answer together",
                expected=f"the same {len(first)} items; of {len(other)} they share {len(paired)}",
                do="leave a cell out of ensemble, or train it on the same data and split",
            )
        answers.append(paired[answer].to_numpy(np.float64))
    return first.assign(**dict(zip(answer, np.mean(answers, axis=0).T, strict=True)))
