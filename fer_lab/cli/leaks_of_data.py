"""What single images that are faces already hold more than once, within and between the parts that they come in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from fer_lab.cli.app import console, show_table

if TYPE_CHECKING:
    from fer_lab.evaluation.duplicates import Duplicates

NO_PART = "all"
"""Stands for the part where a data set names none."""
LISTED = 20
"""So many of everything that is shared are listed; all are counted."""


def show_duplicates(index: pd.DataFrame, target: str, images: Any, near: Any) -> None:
    """Print copies, conflicting labels, constant images and shared people.

    Args:
        index: of the data set.
        target: its label column.
        images: its images in the order of the index, uint8 (N, S, S).
        near: the pairs (M, 2) of rows that are near copies.
    """
    from fer_lab.evaluation.duplicates import find_duplicates, shared_subjects
    from fer_lab.evaluation.near_copies import NEAR

    parts = index["part_given"].tolist() if "part_given" in index else [NO_PART] * len(index)
    found = find_duplicates(images, index[target].tolist(), parts, near)
    console.print(f"{len(index)} images, {', '.join(f'{n} {part}' for part, n in _counts(parts))}", highlight=False)
    _show_pairs(found.exact, "exact copies")
    _show_pairs(found.near, f"near copies (pixels correlate above {NEAR}; exact ones left out)")
    _show_conflicts(found, index)
    console.print(f"constant images: {len(found.constant)}{_where(found, parts)}", highlight=False)
    people = index["subject"].astype(str)
    _show_people(shared_subjects(people.tolist(), parts), bool((people != "").any()), len(set(parts)))


def listed(names: Sequence[str]) -> str:
    """The first of some names, and how many more there are."""
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return f"{', '.join(names[:LISTED])}{more}"


def _counts(parts: Sequence[str]) -> list[tuple[str, int]]:
    return [(str(part), int(number)) for part, number in pd.Series(parts).value_counts(sort=False).items()]


def _where(found: Duplicates, parts: Sequence[str]) -> str:
    """The parts of the constant images, in brackets."""
    counts = _counts([parts[row] for row in found.constant])
    return f" ({', '.join(f'{number} {part}' for part, number in counts)})" if counts else ""


def _show_pairs(counts: pd.DataFrame, title: str) -> None:
    rows = []
    for part, other, *numbers in counts.itertuples(index=False):
        both, second = (part, "") if part == other else (f"{part}, {other}", str(numbers[2]))
        rows.append((both, *map(str, numbers[:2]), second))
    show_table(title, ("within or between", "pairs", "images of the first", "images of the second"), rows, labels=1)


def _show_conflicts(found: Duplicates, index: pd.DataFrame) -> None:
    """How many images have copies under another label, and the first of them."""
    groups = found.conflicts.groupby("group")
    console.print(
        f"exact copies under different labels: {len(found.conflicts)} images in {groups.ngroups} groups",
        highlight=False,
    )
    for _, rows in list(groups)[:LISTED]:
        console.print("  " + ", ".join(index["id"].iloc[rows["row"]]), markup=False, highlight=False, soft_wrap=True)
    if groups.ngroups > LISTED:
        console.print(f"  and {groups.ngroups - LISTED} more")


def _show_people(shared: Sequence[str], known: bool, parts: int) -> None:
    if not known or parts < 2:
        console.print("people in several parts: " + ("there is one part only" if known else "no people are named"))
        return
    console.print(f"people in several parts: {len(shared)} {listed(shared)}", markup=False)
