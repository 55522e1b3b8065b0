"""The runs that a holder of data has trained and sent, of cells whose data are not here. No torch."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from fer_lab.configs import results_folder, stamp
from fer_lab.ledger import STAMP, Run, merge_folds, readable
from fer_lab.runs.recipes import recipes

Places = dict[tuple[str, int], Run]
"""Cell and seed -> the run, its folds together."""


def returned_runs(sweep: Sequence[str], cells: Collection[str]) -> Places:
    """The runs of a sweep that came from elsewhere: of the cells as they are configured now, and of no other data.

    Where a cell has been returned on several copies of its data, that of the most seeds counts, of equals the one that
    finished last.

    Args:
        sweep: the command line: what is swept, and overrides.
        cells: of it, those whose data are not here.
    """
    asked = stamp([item for item in sweep if item.split("=")[0] in STAMP])
    found, _ = readable(results_folder([item for item in sweep if item.startswith("paths")]) / "runs")
    there = [run for run in found if run.returned and all(getattr(run, key) == asked[key] for key in STAMP)]
    if not there or not cells:
        return {}
    rest = [item for item in sweep if item.split("=")[0] != "cell"]
    places: dict[str, list[tuple[str, int]]] = {}
    for recipe in recipes([*rest, f"cell={','.join(sorted(cells))}"]):
        places.setdefault(recipe.id, []).append((recipe.cell, recipe.seed))
    by_variant: dict[str, dict[str, dict[int, list[Run]]]] = {}
    for run in there:
        for cell, seed in places.get(str(run.facts.get("recipe")), []):
            by_variant.setdefault(cell, {}).setdefault(run.variant, {}).setdefault(seed, []).append(run)
    return {
        (cell, seed): merge_folds(folds)
        for cell in sorted(by_variant.keys() & set(cells))
        for seed, folds in _most(by_variant[cell]).items()
    }


def _most(variants: dict[str, dict[int, list[Run]]]) -> dict[int, list[Run]]:
    """The runs of one variant by seed, folds in order; seeds of which a fold is missing are left out."""
    whole = [
        {seed: sorted(folds, key=lambda run: run.fold or 0) for seed, folds in seeds.items() if _is_whole(folds)}
        for seeds in variants.values()
    ]
    return max(
        whole, key=lambda seeds: (len(seeds), max((run.finished for f in seeds.values() for run in f), default=0))
    )


def _is_whole(folds: Sequence[Run]) -> bool:
    return len(folds) == folds[0].folds == len({run.fold for run in folds})
