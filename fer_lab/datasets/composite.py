"""Several data sets used as one: what is known of it, told from its members."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from fer_lab.datasets.base import DataSet
from fer_lab.evaluation.target import Target

ORIGIN = "origin"
"""Column of a composite's index: the member that a row is from."""


class Composite:
    """The facts of a composite data set; its index and its faces are joined where its members are opened.

    Args:
        name: short name; that of its configuration.
        title: what it is called where it is shown.
        members: the data sets, by their names in it.
        targets: its label column and its classes.
    """

    def __init__(self, name: str, title: str, members: Mapping[str, DataSet], targets: Mapping[str, Target]) -> None:
        self.name, self.title, self.members, self.targets = name, title, members, targets

    @property
    def attributes(self) -> tuple[str, ...]:
        """Columns by which results may be told apart: the origin, and what any of the members tells."""
        return (ORIGIN, *dict.fromkeys(name for member in self.members.values() for name in member.attributes))

    @property
    def publishable(self) -> bool:
        """Whether its pictures may be shown in what is published: those of every member may."""
        return all(member.publishable for member in self.members.values())

    @property
    def invented(self) -> bool:
        """Whether no member exists in the world."""
        return all(member.invented for member in self.members.values())

    def is_faces(self, index: pd.DataFrame) -> bool:
        """Whether the pictures of all members are faces already."""
        return all(member.is_faces(index[index[ORIGIN] == name]) for name, member in self.members.items())
