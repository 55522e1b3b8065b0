"""Which rows of an index a task uses, and as which classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from fer_lab.errors import ConfigError, DataError, nearest
from fer_lab.evaluation.target import Target
from fer_lab.evaluation.targets import Classes, Labels

Groups = Mapping[str, Sequence[str]]
"""Class -> the labels that are it, in the order of the classes. A class may have none: it can only be answered."""


def asked(target: Target, groups: Groups | None = None, labels: Sequence[str] | None = None) -> Target:
    """What a task asks of an item: the data set's target, its classes put into groups, or some of its labels.

    Raises:
        ConfigError: there are no classes to put into groups, or no labels to choose of; an unknown one is named, or one
            twice.
    """
    if labels is not None:
        return _some(labels, target)
    if not groups:
        return target
    if not target.exclusive:
        raise ConfigError(f"data.regroup puts classes into groups; the target is one of {target.kind}",
                          do="set data.regroup=null")  # fmt: skip
    _check_groups(groups, target.names)
    return Classes(tuple(groups))


def _some(labels: Sequence[str], target: Target) -> Target:
    if target.kind != "labels":
        raise ConfigError(f"data.labels chooses of several labels; the target is one of {target.kind}",
                          do="set data.labels=null")  # fmt: skip
    if not labels:
        raise ConfigError("data.labels: none is asked for", expected=f"some of {', '.join(target.names)}")
    for label in labels:
        if label not in target.names:
            raise ConfigError(f"data.labels: no label {label!r}", expected=f"of {nearest(label, target.names)}")
        if labels.count(label) > 1:
            raise ConfigError(f"data.labels: {label!r} stands twice", expected="each label once")
    return Labels(tuple(labels))


def _check_groups(groups: Groups, labels: Sequence[str]) -> None:
    named = [label for members in groups.values() for label in members]
    for label in named:
        if label not in labels:
            raise ConfigError(f"data.regroup: no label {label!r}", expected=f"one of {nearest(label, labels)}")
        if named.count(label) > 1:
            raise ConfigError(f"data.regroup: {label!r} is in two classes", expected="one class a label")


def selected(
    index: pd.DataFrame, target: str, groups: Groups | None = None, only: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """The rows that a task uses.

    Args:
        index: of a data set.
        target: its label column.
        groups: classes of the task; labels in none of them are left out. None: the data set's own labels.
        only: column -> the value that rows must have (``peak: true``).

    Raises:
        ConfigError: no such column.
        DataError: no row is left.
    """
    kept = index
    for column, value in (only or {}).items():
        if column not in index:
            raise ConfigError(f"data.only: no column {column!r}", expected=f"one of {nearest(column, index.columns)}")
        kept = kept[kept[column] == value]
    if groups is not None:
        if target not in index:
            known = nearest(target, index.columns)
            raise ConfigError(f"data.regroup: no column {target!r}", expected=f"one of {known}")
        classes = {label: name for name, members in groups.items() for label in members}
        kept = kept[kept[target].isin(list(classes))]
        kept = kept.assign(**{target: kept[target].map(classes)})
    if kept.empty:
        raise DataError(f"no row is left by data.only={only} and data.regroup", do="check both")
    return kept
