"""The cells that cannot run, as their data are not there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fer_lab.configs import compose, without_sweep
from fer_lab.datasets import locate
from fer_lab.errors import DataError
from fer_lab.sources.places import data_set, real_root, singles, source_of, twin_scale
from fer_lab.tables import find_cell


def blocked_cells(cells: Iterable[str], overrides: Sequence[str]) -> dict[str, str]:
    """The cells whose data, or those of their parents, are not there, and what is missing; twins are never missing.

    Args:
        cells: ``<experiment>/<name>`` each.
        overrides: of the command line.
    """
    source = compose([item for item in overrides if item.startswith("source")])["source"]["name"]
    alike: dict[frozenset[str], list[str]] = {}
    for cell in cells if source != "embedded" else ():
        alike.setdefault(_data_of(cell), []).append(cell)  # composing takes a while: once for all of the same data
    reasons = {data: _missing(group[0], overrides) for data, group in alike.items()}
    return {cell: reasons[data] for data, group in alike.items() for cell in group if reasons[data]}


def _data_of(cell: str) -> frozenset[str]:
    """The data sets of a cell and its parents, as options of the group ``data``."""
    about = find_cell(cell)
    return frozenset([about.groups["data"]]).union(*(_data_of(parent) for parent in about.parents))


def _missing(cell: str, overrides: Sequence[str]) -> str:
    config = compose([*without_sweep(overrides), f"cell={cell}"])
    reasons = []
    for own in singles(config):  # of a composite every member that is missing is named
        if source_of(own) == "embedded":
            continue
        try:
            locate(data_set(own), "real", real_root(own), twin_scale(own), 1)
        except DataError as error:
            reasons.append(error.what)
    return "; ".join(reasons) or next(
        (reason for parent in config["parents"] if (reason := _missing(parent, overrides))), ""
    )
