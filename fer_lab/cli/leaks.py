"""The command that looks for images and people that are in several parts of a data set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
from rich.table import Table as RichTable

from fer_lab.cli.app import Overrides, app, console

if TYPE_CHECKING:
    from fer_lab.evaluation.duplicates import Duplicates

NO_PART = "all"
"""Stands for the part where a data set names none."""
LISTED = 20
"""So many conflicts and people are listed; all are counted."""


@app.command()
def leaks(dataset: str, overrides: Overrides = None) -> None:
    """Look for copies in a data set of faces that are cut out already: exact, near, under two labels; for constant
    images, and for people in several parts. The real data unless source=embedded is given.
    """
    from fer_lab.engine import compose, open_source
    from fer_lab.errors import ConfigError
    from fer_lab.evaluation.duplicates import find_duplicates, shared_subjects
    from fer_lab.evaluation.near_copies import NEAR

    config = compose(
        [f"data={dataset}", "faces=raw", "items=frame", "model=vgg_face", "source=real", *(overrides or [])]
    )
    source = open_source(config)
    index, target = source.index, config["data"]["target"]
    if not source.dataset.is_faces(index):
        raise ConfigError(
            f"{source.dataset.title}: copies are looked for among single images that are faces already",
            expected="such a data set: fer2013, ck_plus",
            do="see split.json of a run for the copies and people that its parts share",
        )
    parts = index["part_given"].tolist() if "part_given" in index else [NO_PART] * len(index)
    found = find_duplicates(source.dataset.images(source.root, index), index[target].tolist(), parts)
    console.print(f"{source.dataset.title} in {source.root.absolute()}", markup=False, soft_wrap=True)
    console.print(f"{len(index)} images, {', '.join(f'{n} {part}' for part, n in _counts(parts))}", highlight=False)
    _show_pairs(found.exact, "exact copies")
    _show_pairs(found.near, f"near copies (pixels correlate above {NEAR}; exact ones left out)")
    _show_conflicts(found, index)
    console.print(f"constant images: {len(found.constant)}{_where(found, parts)}", highlight=False)
    people = index["subject"].astype(str)
    _show_people(shared_subjects(people.tolist(), parts), bool((people != "").any()), len(set(parts)))


def _counts(parts: Sequence[str]) -> list[tuple[str, int]]:
    return [(str(part), int(number)) for part, number in pd.Series(parts).value_counts(sort=False).items()]


def _where(found: Duplicates, parts: Sequence[str]) -> str:
    """The parts of the constant images, in brackets."""
    counts = _counts([parts[row] for row in found.constant])
    return f" ({', '.join(f'{number} {part}' for part, number in counts)})" if counts else ""


def _show_pairs(counts: pd.DataFrame, title: str) -> None:
    view = RichTable("within or between", "pairs", "images of the first", "images of the second", title=title)
    for part, other, *numbers in counts.itertuples(index=False):
        both = part if part == other else f"{part}, {other}"
        view.add_row(both, *map(str, numbers[: 2 if part == other else 3]))
    console.print(view)


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
    more = f" and {len(shared) - LISTED} more" if len(shared) > LISTED else ""
    console.print(f"people in several parts: {len(shared)} {', '.join(shared[:LISTED])}{more}", markup=False)
