"""Images that are in a data set more than once: exact copies, near copies, copies under another label. numpy alone.

Moravčík 2021 does not ask whether test images of FER2013 also lie in its training part (sec. 4.2); they do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
import pandas as pd

from fer_lab.evaluation.arrays import Images, Ints
from fer_lab.evaluation.near_copies import near_pairs

COUNTS = ("part", "other", "pairs", "images", "others")


@dataclass(frozen=True)
class Duplicates:
    """What of a data set is there more than once.

    Attributes:
        exact: exact copies, one row a pair of parts (a part with itself first): ``part, other``, ``pairs`` of copies,
            ``images`` of the part that have a copy in the other one, ``others`` of the other that have one in the part.
        near: the same of near copies (correlation above ``NEAR``), exact ones left out.
        conflicts: exact copies with different labels, one row an image: ``group, row, part, label``.
        constant: rows of images that have one value only (they are no faces, and exact copies of each other).
        pairs: ``exact`` and ``near`` -> pairs of rows (M, 2), the lower row first.
    """

    exact: pd.DataFrame
    near: pd.DataFrame
    conflicts: pd.DataFrame
    constant: Ints
    pairs: Mapping[str, Ints]


def find_duplicates(
    images: Images, labels: Sequence[str], parts: Sequence[str], near: Ints | None = None
) -> Duplicates:
    """Look for copies within and between the parts of a data set.

    Args:
        images: grey pictures, uint8 (N, S, S).
        labels: the class of each, (N,).
        parts: the part of each, (N,); one name for all where the data set names none.
        near: the pairs of rows (M, 2) whose pixels correlate above ``NEAR``; None: they are looked for.
    """
    group = copy_groups(images)
    pairs = near_pairs(images) if near is None else near
    apart = pairs[group[pairs[:, 0]] != group[pairs[:, 1]]]
    where, exact = pd.Series(parts, dtype=str), exact_pairs(group)
    return Duplicates(
        exact=count_pairs(exact, where),
        near=count_pairs(apart, where),
        conflicts=_conflicts(group, labels, where),
        constant=np.flatnonzero([image.min() == image.max() for image in images]),
        pairs={"exact": exact, "near": apart},
    )


def copy_groups(images: Images) -> Ints:
    """A number for each image, (N,), that exact copies share, from 0 in the order of the first of each.

    Args:
        images: uint8 (N, S, S) or (N, S, S, C).
    """
    digests = [hashlib.blake2b(image.tobytes(), digest_size=16).digest() for image in images]
    return pd.factorize(pd.Series(digests, dtype=object))[0].astype(np.int64)


def exact_pairs(group: Ints) -> Ints:
    """All pairs of rows of one group, (M, 2), the lower row first."""
    rows = pd.DataFrame({"group": group, "row": np.arange(len(group))})
    rows = rows[rows["group"].duplicated(keep=False)]
    both = rows.merge(rows, on="group", suffixes=("", "_2"))
    both = both[both["row"] < both["row_2"]].sort_values(["row", "row_2"])
    return both[["row", "row_2"]].to_numpy(np.int64)


def count_pairs(pairs: Ints, parts: pd.Series[str]) -> pd.DataFrame:
    """Pairs (M, 2) of rows by the parts that they lie in: columns as in ``Duplicates.exact``."""
    one, two = (parts.to_numpy()[pairs[:, side]] for side in (0, 1))
    lines = []
    for part, other in combinations_with_replacement(sorted(set(parts)), 2):
        straight, turned = (one == part) & (two == other), (one == other) & (two == part)
        ours = np.union1d(pairs[straight, 0], pairs[turned, 1])
        others = np.union1d(pairs[straight, 1], pairs[turned, 0])
        if part == other:
            ours = others = np.union1d(ours, others)
        lines.append((part, other, int((straight | turned).sum()), len(ours), len(others)))
    found = pd.DataFrame(lines, columns=list(COUNTS))
    return found.sort_values("part", key=lambda _: found["part"] != found["other"], kind="stable", ignore_index=True)


def shared_subjects(subjects: Sequence[str], parts: Sequence[str]) -> list[str]:
    """The people, sorted, who are in several parts; ``''`` is nobody."""
    people = pd.DataFrame({"subject": subjects, "part": list(parts)}, dtype=str)
    number = people[people["subject"] != ""].groupby("subject")["part"].nunique()
    return sorted(number.index[number > 1])


def _conflicts(group: Ints, labels: Sequence[str], parts: pd.Series[str]) -> pd.DataFrame:
    rows = pd.DataFrame({"group": group, "row": np.arange(len(group)), "part": parts, "label": list(labels)})
    several = rows.groupby("group")["label"].transform("nunique") > 1
    return rows[several].sort_values(["group", "row"], ignore_index=True)
