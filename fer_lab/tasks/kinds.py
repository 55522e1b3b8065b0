"""Which kind of target a task is for. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping

from fer_lab.errors import ConfigError, nearest
from fer_lab.evaluation.target import Kind

OPTIONS: Mapping[Kind, str] = {"classes": "classification", "labels": "action_units", "values": "affect"}
"""Kind of target -> the option of conf/task for it."""


def check_kind(task: str, kind: str, asked: Kind) -> None:
    """Refuse a task that is for another kind of target.

    Args:
        task: name of its class.
        kind: that the task is for.
        asked: kind of the target.

    Raises:
        ConfigError: the two differ, or the task is for a kind that there is not.
    """
    known = {str(name): option for name, option in OPTIONS.items()}
    if kind not in known:
        raise ConfigError(
            f"{task}.kind is {kind!r}",
            expected=f"one of {nearest(kind, known)}",
            do="a new kind of target is added in fer_lab/evaluation/targets.py and fer_lab/tasks/kinds.py",
        )
    if kind != asked:
        raise ConfigError(
            f"{task} (task={known[kind]}) answers {kind}; data.target is one of {asked}",
            do=f"set task={known[asked]}, or another data.target",
        )
