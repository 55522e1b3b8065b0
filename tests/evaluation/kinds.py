"""Made-up scores of each kind of target, for tests that hold for all of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

KINDS = ("classes", "labels", "values")
NAMES = {
    "classes": ("anger", "fear", "joy"),
    "labels": ("AU1", "AU2", "AU4", "AU5", "AU6", "AU7", "AU9", "AU12", "AU15", "AU20", "AU25", "AU26"),
    "values": ("valence", "arousal"),
}


def make_scores(
    kind: str, seed: int = 0, skill: float = 0.7, people: int | None = 12, items: int = 144, unknown: float = 0.2
) -> pd.DataFrame:
    """Scores of a kind, four items a video, whose truth is the same for all seeds.

    Args:
        kind: one of ``KINDS``.
        seed: of the answers.
        skill: from 0 (noise) to 1 (all right).
        people: how many there are; None: nobody is named.
        items: how many rows.
        unknown: share of labels and values that are not known.
    """
    truth_rng, rng = np.random.default_rng(20), np.random.default_rng([21, seed])
    n = len(NAMES[kind])
    video = np.arange(items) // 4
    frame = pd.DataFrame({"item": np.arange(items), "video": [f"v{number:03d}" for number in video]})
    frame = frame.assign(subject=[f"s{v % people:02d}" if people else None for v in video], part="test", epoch=0)
    hit = rng.random((items, n)) < skill
    if kind == "classes":
        label = truth_rng.integers(0, n, items)
        answer = np.where(hit[:, 0], label, rng.integers(0, n, items))
        truth, answers = label[:, None], 0.1 / n + 0.9 * np.eye(n)[answer]
    elif kind == "labels":
        truth = (truth_rng.random((items, n)) < np.linspace(0.2, 0.6, n)).astype(float)
        said = np.where(hit, truth, rng.random((items, n)) < 0.5)
        answers = np.where(said, 0.5, 0) + rng.random((items, n)) * 0.49
    else:
        truth = truth_rng.uniform(-1, 1, (items, n))
        answers = skill * truth + (1 - skill) * rng.normal(0, 0.5, (items, n))
    if kind != "classes":
        truth = np.where(truth_rng.random((items, n)) < unknown, np.nan, truth)
    names = ["label"] if kind == "classes" else [f"y{i}" for i in range(n)]
    answered = [f"{'v' if kind == 'values' else 'p'}{i}" for i in range(n)]
    return pd.concat([frame, pd.DataFrame(truth, columns=names), pd.DataFrame(answers, columns=answered)], axis=1)
