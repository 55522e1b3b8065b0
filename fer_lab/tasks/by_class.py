"""What a loss by class is told of each class, by hand: whether it fits the classes. Imports no torch."""

from __future__ import annotations

from collections.abc import Sequence

from fer_lab.errors import ConfigError


def check_weights(weights: Sequence[float], classes: Sequence[str]) -> None:
    """Refuse weights that do not fit.

    Raises:
        ConfigError: there is not one for each class, or one is negative, or all are 0.
    """
    if len(weights) != len(classes) or min(weights) < 0 or max(weights) == 0:
        raise ConfigError(
            f"task.loss.weights={weights}", expected=f"a number from 0 on for each of {', '.join(classes)}; not all 0"
        )


def check_costs(costs: Sequence[Sequence[float]], classes: Sequence[str]) -> None:
    """Refuse costs that do not fit; rows are the truth.

    Raises:
        ConfigError: they are not square or of other classes, a cost is negative, or a right answer costs something.
    """
    n, square = len(classes), {len(costs), *map(len, costs)}
    if square != {n}:
        raise ConfigError(f"task.loss.costs: {len(costs)} rows of {' or '.join(str(len(row)) for row in costs)}",
                          expected=f"{n} rows of {n} numbers: {', '.join(classes)}")  # fmt: skip
    for truth, row in zip(classes, costs, strict=True):
        for answer, cost in zip(classes, row, strict=True):
            if not cost >= 0 or (truth == answer and cost):
                expected = "0: it is the right answer" if truth == answer else "0 or more"
                raise ConfigError(f"task.loss.costs: {cost:g} for {answer} where {truth} is true", expected=expected)
