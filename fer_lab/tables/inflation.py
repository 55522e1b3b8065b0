"""How much better a cell looks for a choice that a clean protocol forbids: of the epoch, or of the split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fer_lab import evaluation
from fer_lab.evaluation import Interval
from fer_lab.ledger import Run
from fer_lab.tables.measures import epoch_of


@dataclass(frozen=True)
class Inflation:
    """Differences of the main metric, paired, mean over seeds with interval; None where they cannot be told.

    Attributes:
        oracle: at the epoch that is best on the part itself, minus at the selected one.
        last: at the last epoch, minus at the selected one.
        leak: under protocol thesis, minus under one whose people are disjoint, each at its selected epoch.
    """

    oracle: Interval | None
    last: Interval | None
    leak: Interval | None


def partner(protocol: str) -> str:
    """The protocol that one is paired with to say what leaks do: people are disjoint in one of the two."""
    return "clean" if protocol == "thesis" else "thesis"


def inflation(part: str, runs: Mapping[int, Run], others: Mapping[int, Run]) -> Inflation:
    """What choosing the epoch otherwise, or the other protocol, does to the main metric of a cell on a part.

    Args:
        part: ``val`` or ``test``; of ``train`` nothing can be told, as it has scores at the last epoch only.
        runs: of the cell, by seed.
        others: those of the other protocol, by seed; seeds that only one protocol has do not count, nor do runs of
            another target or of another number of epochs.
    """
    told = [run for run in runs.values() if _every_epoch_is_there(run, part)]
    if len(told) < len(runs):
        return Inflation(None, None, _leak(part, runs, others))
    return Inflation(_against_selected(part, told, "oracle"), _against_selected(part, told, "last"),
                     _leak(part, runs, others))  # fmt: skip


def _against_selected(part: str, runs: list[Run], epoch: str) -> Interval:
    found = [run.scores(part, epoch_of(run, part, epoch)) for run in runs]
    return evaluation.difference(found, [run.scores(part) for run in runs], runs[0].target.main_metric)


def _leak(part: str, runs: Mapping[int, Run], others: Mapping[int, Run]) -> Interval | None:
    both = [(runs[seed], others[seed]) for seed in sorted(set(runs) & set(others)) if _alike(runs[seed], others[seed])]
    if not both or part != "test":
        return None
    first, second = (
        [next(run for run in pair if (run.protocol == "thesis") is leaks).scores(part) for pair in both]
        for leaks in (True, False)
    )
    effect = evaluation.minus(both[0][0].target.main_metric)
    return evaluation.contrasts((first, second), {"": effect})[""]  # of all people, whichever test part they are in


def _alike(run: Run, other: Run) -> bool:
    """Whether one of the runs leaks by its protocol, and they are alike in what would make them two different cells."""
    first, second = ((one.dataset, one.column, one.target, one.epochs) for one in (run, other))
    return first == second and (run.protocol == "thesis") is not (other.protocol == "thesis")


def _every_epoch_is_there(run: Run, part: str) -> bool:
    """Whether scores of the part were written after each epoch, as they are but with ``test_scores=final``."""
    names = [f"scores/epoch-{epoch:03d}.parquet" for epoch in range(run.epochs)]
    return all(name in fold.files for fold in run.singles for name in names) and len(run.scores(part, 0)) > 0
