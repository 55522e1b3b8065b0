"""Whether pictures may be shown: what everything that shows some asks first."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from fer_lab.datasets.base import DataSet
from fer_lab.datasets.composite import Composite


class Showing(Enum):
    """Where pictures may be shown."""

    PUBLIC = "may be published"
    HERE = "real faces: not to be published"
    NEVER = "not to be shown to anybody"


def showing(dataset: DataSet | Composite, source: str, ids: Iterable[str]) -> Showing:
    """Where some pictures may be shown together: those of twins anywhere, of real data as their data sets say.

    Args:
        dataset: of a composite one each picture is its member's.
        source: ``embedded`` or ``real``.
        ids: of the pictures, as the index has them.
    """
    if source == "embedded":
        return Showing.PUBLIC
    sets = [dataset] if isinstance(dataset, DataSet) else [dataset.members[name] for name in _members(ids)]
    if any(one.never_shown for one in sets):
        return Showing.NEVER
    return Showing.PUBLIC if all(one.publishable for one in sets) else Showing.HERE


def _members(ids: Iterable[str]) -> set[str]:
    """Of pictures of a composite data set."""
    return {one.partition("/")[0] for one in ids}
