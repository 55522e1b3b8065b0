"""Parts of a data set, drawn and refused as training does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from fer_lab.datamodules.splits import Split, draw_split


def make_split(
    index: pd.DataFrame, protocol: str, recipe: Mapping[str, Any], copies: Mapping[str, str] | None = None
) -> Split:
    """The parts, if they share nothing that they must not."""
    split = draw_split(index, protocol, recipe, copies)
    split.check()
    return split
