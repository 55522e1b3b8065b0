"""What the parts of a split share, as the command line shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from fer_lab.cli.app import console, say, show_table
from fer_lab.cli.leaks_of_data import LISTED, listed

if TYPE_CHECKING:
    from fer_lab.datamodules.splits import Split
    from fer_lab.evaluation.overlap import Overlap

HEADINGS = {
    "people": "people",
    "videos": "videos or images",
    "exact": "exact copies",
    "near": "near copies",
    "mirrored": "mirrored copies",
    "augmented": "turned, shifted, blurred copies",
}
"""What is shared -> its heading."""


def show_splits(
    splits: Sequence[Split], index: pd.DataFrame, frames: pd.DataFrame, view: Any, near: Any, augmented: bool
) -> None:
    """Print what the parts of a split, or of all folds, share.

    Args:
        splits: one, or one a fold.
        index: of the data set.
        frames: the rows of its face store.
        view: the faces, uint8 (N, S, S, C).
        near: the pairs (M, 2) of rows that are near copies; None: the faces were aligned, and they are looked for
            between the parts.
        augmented: whether to look for augmented copies between the parts; of faces that were aligned, which undoes
            what turns and shifts, for mirrored ones.
    """
    from fer_lab.evaluation.overlap import overlaps, together

    faces = pd.DataFrame({"video": frames["id"].astype(str)})
    subjects = dict(zip(index["id"].astype(str), index["subject"].astype(str), strict=True))
    faces["subject"] = faces["video"].map(subjects).fillna("")
    _show_parts(splits)
    copies = _copies(splits, faces, view, near, augmented)
    found = [overlaps(faces, _parts(split), copies) for split in splits]
    merged = [together(folds) if len(folds) > 1 else folds[0] for folds in zip(*found, strict=True)]
    named = bool((faces["subject"] != "").any())
    _show_table(merged, len(splits), named)
    if not named:
        console.print("people: none are named, so that nothing says whether somebody is in two parts")
    if len(splits) > 1:
        shares = ", ".join(f"{100 * own[0].share():.1f} %" for own in found if own)
        console.print(f"test faces that share anything with training, fold by fold: {shares}", highlight=False)
    for overlap in merged:
        _list(overlap, _names(frames))
    if not augmented:
        console.print("--augmented looks also for mirrored, turned, shifted and blurred copies", highlight=False)


def _parts(split: Split) -> dict[str, tuple[str, ...]]:
    """Ids by part; a validation part that is the test part is none of its own (the split says so)."""
    parts = ("train", "test") if set(split.val) == set(split.test) else ("train", "val", "test")
    return {part: split.ids(part) for part in parts}


def _copies(splits: Sequence[Split], faces: pd.DataFrame, view: Any, near: Any, augmented: bool) -> dict[str, Any]:
    """Pairs of rows by kind of copy, exact ones in no other kind; only those that can be in two parts."""
    from fer_lab.evaluation.augmented_copies import augmented_pairs
    from fer_lab.evaluation.duplicates import copy_groups, exact_pairs
    from fer_lab.evaluation.near_copies import near_pairs
    from fer_lab.evaluation.overlap import grey_faces, groups_apart, without

    group = groups_apart(faces["video"], [_parts(split) for split in splits])
    exact = exact_pairs(copy_groups(view))
    exact = exact[group[exact[:, 0]] != group[exact[:, 1]]]
    grey = grey_faces(view)
    alike = near_pairs(grey, group=group) if near is None else near[group[near[:, 0]] != group[near[:, 1]]]
    found = {"exact": exact, "near": without(alike, [exact])}
    if augmented and near is None:
        found["mirrored"] = without(near_pairs(grey, group=group, mirrored=True), [exact, alike])
    elif augmented:
        pairs, mirrored = augmented_pairs(grey, group)
        found["mirrored"] = without(pairs[mirrored], [exact, alike])
        found["augmented"] = without(pairs[~mirrored], [exact, alike])
    return found


def _show_parts(splits: Sequence[Split]) -> None:
    """How many ids each part has, and what was left out."""
    first = splits[0]
    sizes = ", ".join(f"{len(ids)} {part}" for part, ids in _parts(first).items())
    folds = f"{len(splits)} folds, the first with " if len(splits) > 1 else ""
    console.print(f"\nparts of protocol {first.protocol}: {folds}{sizes}", highlight=False)
    for reason, number in Counter(first.dropped.values()).items():
        console.print(f"  dropped, {reason}: {number}", highlight=False)
    for note in first.notes:
        console.print(f"  {note}", highlight=False, markup=False)


def _show_table(merged: Sequence[Overlap], folds: int, named: bool) -> None:
    if not merged:
        console.print("there is one part only: nothing can be shared")
        return
    over = f", over {folds} folds" if folds > 1 else ""
    kinds, rows = list(merged[0].touched), []
    for found in merged:
        words = {kind: f"{found.number(kind)} ({100 * found.share(kind):.1f} %)" for kind in kinds}
        words |= {} if named else {"people": "none named"}
        rows.append((f"{found.part}, {found.other}", *words.values()))
    title = f"shared between parts{over} (in brackets: share of the first part's faces)"
    show_table(title, ("", *(HEADINGS[kind] for kind in kinds)), rows, labels=1)


def _list(found: Overlap, names: pd.Series[str]) -> None:
    """The first of what two parts share, by name."""
    both: Mapping[str, tuple[str, ...]] = {"people": found.people, "videos": found.videos}
    for what, shared in both.items():
        if shared:
            say(f"{HEADINGS[what]} in {found.part} and {found.other}: {listed(shared)}")
    for kind, pairs in found.copies.items():
        if len(pairs):
            say(f"{HEADINGS[kind]} in {found.part} and {found.other}:")
            for one, other in pairs[:LISTED].tolist():
                say(f"  {names.iloc[one]}, {names.iloc[other]}")
            if len(pairs) > LISTED:
                say(f"  and {len(pairs) - LISTED} more")


def _names(frames: pd.DataFrame) -> pd.Series[str]:
    """Each face by its file, and the number of its frame where the file has several."""
    several = frames["id"].duplicated(keep=False)
    return frames["id"].where(~several, frames["id"] + " frame " + frames["frame"].astype(str))
