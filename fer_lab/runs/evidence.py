"""What can be seen of the data of a finished run: the attributes of its videos, the faces of its items. No torch.

Nothing is drawn, built or downloaded for it: where the data or their faces are not there (any more), or are not those
that the run saw, there is nothing to be seen.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from hydra.errors import HydraException
from numpy.typing import NDArray

from fer_lab.datamodules.clips import clip_places
from fer_lab.datasets import Showing, showing
from fer_lab.errors import FerLabError, StoreError
from fer_lab.ledger import Run, run_id
from fer_lab.runs.configuration import configuration_of
from fer_lab.runs.plan import named_files, stage_versions
from fer_lab.sources import Source, is_there, kept_faces, open_source, shown_view

log = logging.getLogger(__name__)
GREY = 128
"""Of the square in place of a picture that must not be shown."""


@dataclass(frozen=True)
class Shown:
    """Faces of items, in the order asked for.

    Attributes:
        images: uint8 (S, S, 3) RGB each, as the network saw them; of a clip the middle one. Grey where a picture must
            not be shown to anybody.
        publishable: whether they may be shown in what is published; otherwise only with words that say so.
    """

    images: tuple[NDArray[np.uint8], ...]
    publishable: bool


def attributes_of(run: Run) -> pd.DataFrame | None:
    """What the data set of a run says of its people and recordings: a row a video (its id the index), a column each.

    Columns are those of ``DataSet.attributes`` that this copy has, which may be none. None where the data that the run
    saw are not there.
    """
    seen = seen_data(run)
    if seen is None:
        return None
    source, _ = seen
    names = [name for name in source.dataset.attributes if name in source.index]
    return source.index.set_index("id")[names]


def faces_of(run: Run, items: Sequence[int], part: str = "test") -> Shown | None:
    """The faces of some items of a run; None where its data or their faces are not there.

    Args:
        run: a finished run.
        items: as its scores number them.
        part: that they are of.

    Raises:
        StoreError: the run's scores are damaged, or have no such item.
    """
    seen = seen_data(run)
    if seen is None:
        return None
    source, config = seen
    faces = kept_faces(source, config)
    if faces is None:
        log.info("run %s: its faces are not in the cache", run.id)
        return None
    view = faces.view(shown_view(config))
    rows = _rows(run.scores(part), items, faces.frames, int(config["items"].get("length", 1)))
    may = [showing(source.dataset, config["source"]["name"], [name]) for name in faces.frames["id"].iloc[rows]]
    images = (_rgb(view[row]) for row in rows)
    shown = (np.full_like(i, GREY) if one is Showing.NEVER else i for i, one in zip(images, may, strict=True))
    return Shown(tuple(shown), all(one is Showing.PUBLIC for one in may))


def pictures_of(run: Run, part: str = "test") -> list[tuple[Path, str]] | None:
    """The image files of a part of a run, each once: root and path in it; None where the run's data are not there.

    Videos are none.

    Raises:
        StoreError: the run's scores are damaged.
    """
    if (seen := seen_data(run)) is None:
        return None
    root, index = seen[0].root, seen[0].index
    rows = index[(index["kind"] == "image") & index["id"].isin(run.scores(part)["video"])]
    return [(root, str(path)) for path in rows["path"]]


def seen_data(run: Run) -> tuple[Source, Mapping[str, Any]] | None:
    """The data that a run saw and its configuration, if they are there and still the same; folds share both.

    Args:
        run: finished.
    """
    try:
        config = configuration_of(run)
        if not is_there(config):
            log.info("run %s: its data are not there", run.id)
            return None
        source = open_source(config)
        if _identity(run, config, source) == run.id:
            return source, config
        log.info("run %s: the data, or how they are prepared, have changed since", run.id)
    except (FerLabError, HydraException, KeyError) as error:  # a configuration of an older version lacks keys
        log.info("run %s: its data cannot be opened: %s", run.id, error)
    return None


def _identity(run: Run, config: Mapping[str, Any], source: Source) -> str:
    """What the id of a run would be on the data as they are now."""
    return run_id(
        config,
        precision=run.facts["precision"],
        signature=source.signature,
        files=named_files(config),
        parents=run.parents,
        versions=stage_versions(config),
    )


def _rows(scores: pd.DataFrame, items: Sequence[int], frames: pd.DataFrame, length: int) -> list[int]:
    """The row of the face store of each item, the middle one of a clip of ``length`` faces.

    The items of a video are in the order of time, each of the faces that ``clip_places`` says.
    """
    ordered = scores.sort_values("item")
    place = ordered.groupby("video").cumcount().set_axis(ordered["item"])
    video = ordered.set_index("item")["video"]
    if unknown := sorted(set(items) - set(video.index)):
        raise StoreError(f"the scores have no item {unknown[0]}", expected="items of the part asked for")
    of_video = frames.groupby("id")["row"].agg(list)
    if strange := sorted({str(video[item]) for item in items} - set(of_video.index)):
        raise StoreError(f"the data have no face of {strange[0]}", expected="the videos that the scores name")
    middles = {name: clip_places(np.array([len(rows)]), length)[:, length // 2] for name, rows in of_video.items()}
    return [int(of_video[video[item]][middles[video[item]][place[item]]]) for item in items]


def _rgb(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A face (S, S, C) in three channels."""
    return np.ascontiguousarray(np.broadcast_to(face, (*face.shape[:2], 3)))
