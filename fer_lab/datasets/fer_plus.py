"""FER+: the votes of ten people on each image of FER2013, which its CSV tells row by row.

Barsoum, Zhang, Canton Ferrer, Zhang: Training deep networks for facial expression recognition with crowd-sourced label
distribution. ICMI 2016.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_lab.datasets.base import skip
from fer_lab.datasets.label_table import read_table
from fer_lab.datasets.twins import seed_of
from fer_lab.errors import DataError
from fer_lab.evaluation.target import Target
from fer_lab.evaluation.targets import Classes, Values

NAME = "fer2013new.csv"
CLASSES = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
OTHERS = ("unknown", "NF")
"""Votes for none of the classes, and for there being no face."""
TARGETS: Mapping[str, Target] = {"majority": Classes(CLASSES), "votes": Values(CLASSES, low=0.0, high=1.0)}
ASKED = 10
"""People who vote on an image."""
SINGLE = 1
"""So many votes for a class are taken for a slip and do not count, as in the paper's own code."""


def find(files: Sequence[str]) -> str:
    """The file of the votes among some files, or ''."""
    return next((file for file in files if PurePosixPath(file).name == NAME), "")


def with_votes(
    root: Path, path: str, rows: Sequence[Mapping[str, Any]], skipped: list[dict[str, str]]
) -> Iterator[dict[str, Any]]:
    """The rows of FER2013's CSV with ``majority``, the class that more than half of the votes are for, and each class's
    share of the votes for classes. Single votes do not count. Images without such a class go to ``skipped``.

    Args:
        root: the data set's folder.
        path: of the file of the votes.
        rows: all of the CSV, in its order.
        skipped: is added to.

    Raises:
        DataError: the file is not of these rows.
    """
    votes = _votes(root, path, rows)
    for row, own in zip(rows, votes, strict=True):
        best = int(own.argmax())
        if own[best] * 2 <= own.sum() or best >= len(CLASSES):
            skipped.append(skip(str(row["id"]), root, "FER+: no class has more than half of the votes"))
            continue
        shares = own[: len(CLASSES)] / own[: len(CLASSES)].sum()
        yield {**row, "majority": CLASSES[best], **dict(zip(CLASSES, shares.tolist(), strict=True))}


def human_ceiling(votes: NDArray[np.float64]) -> NDArray[np.float64]:
    """How often one of those who voted on an image agrees with the majority of the others, (N,) in [0, 1].

    The mean over all of them: whoever votes for a class is right if most of the others do, and to a share where several
    classes have most of their votes. What a network scores against a majority is to be read beside it. NaN where fewer
    than two voted.

    Args:
        votes: how many voted for each class, and for none of them, (N, C), as they were given.
    """
    total, right = votes.sum(axis=1), np.zeros(len(votes))
    for own in range(votes.shape[1]):
        others = votes - np.eye(votes.shape[1])[own]
        most = others == others.max(axis=1, keepdims=True)
        right += votes[:, own] * most[:, own] / most.sum(axis=1)
    return np.where(total > 1, right / np.maximum(total, 1), np.nan)


def remarks(root: Path, path: str, index: pd.DataFrame) -> list[dict[str, str]]:
    """What one who voted scores against the others, of the images that are used, by given part."""
    counts = read_table(root, path)[[*CLASSES, *OTHERS]].apply(pd.to_numeric).to_numpy(np.float64)
    score = pd.Series(human_ceiling(counts[index["row"].to_numpy()]), index=index["part_given"].to_numpy())
    means = score.groupby(level=0, sort=False).mean()
    words = (
        f"one who voted agrees with most of the others {mean:.3f} of the time in {part}" for part, mean in means.items()
    )
    return [{"id": path, "remark": one} for one in words]


def write_twin(root: Path, parts: Sequence[str], emotions: Sequence[str]) -> None:
    """Votes on a twin's images, in their order: some are plain to see, and on some hardly anybody agrees.

    Args:
        root: the data set's folder.
        parts: of each image, as the CSV names them.
        emotions: that each image was drawn for.
    """
    rng = np.random.default_rng(seed_of("fer2013", "votes"))
    names = (*CLASSES, *OTHERS)
    drawn = np.eye(len(names))[[names.index(emotion) for emotion in emotions]]
    plain = rng.beta(4, 2, size=(len(drawn), 1))
    others = rng.dirichlet(np.full(len(names), 0.3), len(drawn))
    votes = rng.multinomial(ASKED, plain * drawn + (1 - plain) * others)
    table = pd.DataFrame(votes, columns=list(names))
    table.insert(0, "Usage", list(parts))
    table.insert(1, "Image name", [f"fer{number:07d}.png" for number in range(len(table))])
    table.to_csv(root / NAME, index=False)


def _votes(root: Path, path: str, rows: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
    """Votes (N, 10) for classes and others, without single ones."""
    table = read_table(root, path)
    if missing := [name for name in ("Usage", *CLASSES, *OTHERS) if name not in table]:
        raise DataError(f"{path} has no column {missing[0]!r}", expected=f"the columns of {NAME} of FER+")
    if table["Usage"].tolist() != [row["part_given"] for row in rows]:
        raise DataError(
            f"{path} is not of the rows of FER2013's CSV ({len(table)} and {len(rows)} rows)",
            expected="a row for each, in the same order, with the same Usage",
        )
    numbers = table[[*CLASSES, *OTHERS]].apply(pd.to_numeric, errors="coerce")
    if (wrong := ~((numbers >= 0) & (numbers % 1 == 0)).all(axis=1)).any():  # shares would all pass for slips
        first = table.index[wrong][0]
        raise DataError(
            f"{path}: {wrong.sum()} of {len(wrong)} rows, the first in line {first}, have votes that are none",
            expected="whole numbers, 0 or more: how many voted so",
        )
    counts = numbers.to_numpy(np.float64)
    return np.where(counts <= SINGLE, 0.0, counts)
