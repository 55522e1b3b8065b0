"""The cut neutral -> peak: where in each video the face is furthest from its first frames. Imports no torch.

Athanasiadis 2022, sec. 3.4, lets every video begin neutral and end at its strongest frame, and does not say how that
frame was found. This way is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from fer_lab.datasets import UNTIL, DataSet, signature
from fer_lab.errors import ConfigError, DataError
from fer_lab.faces import FacesConfig, FaceStore, build_store
from fer_lab.faces.stage import WHOLE_FILE
from fer_lab.sources.course import Course, courses
from fer_lab.sources.places import workers

PEAK = "peak"
LOOKED = 32
"""Frames of a video in which the face is looked for, evenly spread."""
LEAST = 0.015
"""A face that never comes so far from its first frames has not left neutral.

Of the MUG twin's 545 labelled takes the weakest comes to .016, half of them to .05; of its four neutral ones none stays
below (.016 to .043): a head that turns looks like a face that moves, so that only what hardly moves is noticed.
"""
JUST_BEHIND = 1e-6
"""Share of the duration by which the cut is behind the peak, as a window ends before its limit."""


def cut_index(config: Mapping[str, Any], dataset: DataSet, root: Path, index: pd.DataFrame) -> pd.DataFrame:
    """The index with the column ``until``, the share of each video up to its peak; itself where nothing is cut.

    Videos without a peak are left out and listed in ``attrs["skipped"]``: those of one frame, without a face, and with
    a face that never leaves neutral.

    Args:
        config: ``data.cut`` is null or ``peak``.
        dataset: its facts.
        root: of the data.
        index: of videos and sequences.

    Raises:
        ConfigError: another ``data.cut``.
        DataError: no video has a peak.
    """
    cut = config["data"].get("cut")
    if cut is None:
        return index
    if cut != PEAK:
        raise ConfigError(f"data.cut={cut!r}", expected=f"null or {PEAK}")
    store = whole_videos(config, dataset, root, index)
    found = courses(store)
    lost = {name: reason for name in index["id"] if (reason := _unusable(name, found.get(name), store))}
    kept = index[~index["id"].isin(lost)].reset_index(drop=True)
    if kept.empty:
        name, reason = next(iter(lost.items()))
        raise DataError(
            f"data.cut={PEAK}: none of {len(index)} files has a peak (the first, {name}: {reason})",
            expected="videos that begin neutral",
            do="set data.cut=null",
        )
    kept[UNTIL] = [min(1.0, round(found[name].peak + JUST_BEHIND, 7)) for name in kept["id"]]
    left_out = [*index.attrs["skipped"], *({"id": name, "reason": reason} for name, reason in lost.items())]
    kept.attrs = {**index.attrs, "skipped": sorted(left_out, key=lambda entry: entry["id"])}
    return kept


def whole_videos(config: Mapping[str, Any], dataset: DataSet, root: Path, index: pd.DataFrame) -> FaceStore:
    """The faces of whole videos, few of each and small, as only their landmarks count. Args: as ``cut_index``."""
    model = config["faces"].get("model")
    settings = FacesConfig(views=("face",), size=8, window=(0.0, 1.0), frames_per_window=LOOKED, model=model)
    return build_store(root, index, signature(root, dataset.of_pictures(index)), settings, workers(config))


def _unusable(name: str, course: Course | None, store: FaceStore) -> str:
    """Why a video has no peak; '' if it has one."""
    missed = store.skipped[store.skipped["id"] == name]
    if (missed["frame"] == WHOLE_FILE).any():
        return str(missed.loc[missed["frame"] == WHOLE_FILE, "reason"].iloc[0])
    faces = len(course.positions) if course else 0
    if faces + len(missed) == 1:
        return "one frame: no way from neutral to a peak"
    if course is None or faces == 1:
        return f"a face in {faces} of {faces + len(missed)} frames: no way from neutral to a peak"
    furthest = course.distances.max()
    if furthest >= LEAST:
        return ""
    return f"never leaves neutral: no further than {furthest:.3f} from its first frames, at least {LEAST} expected"
