"""What the runs of a cell give name by name, where several names may be true of an item, or each has a number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pandas import DataFrame

from fer_lab.evaluation import Target
from fer_lab.report.site.label_outputs import LabelOutputs
from fer_lab.report.site.value_outputs import ValueOutputs

Outputs = LabelOutputs | ValueOutputs
READ: Mapping[str, Callable[[Sequence[DataFrame], DataFrame, Target], Outputs]] = {
    "labels": LabelOutputs.read, "values": ValueOutputs.read
}  # fmt: skip
"""Kind of target, of those that are not exclusive, -> how they are read of the scores of the test and training part."""
