"""What a model is shown at a time: a face, a clip, a face with its geometry or blendshapes, a clip of features.

Each kind is a function ``kind(faces, rows, features, **settings) -> Items``; a configuration (conf/items) is one of
them with its settings. They gather a batch by one indexing of the store, without a loop over its items. A kind that
fits principal components on the training part, ``geometry`` of the landmarks or ``features`` of what a parent sees,
also takes them as ``fitted``, as a finished run left them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from fer_lab.datamodules.clips import clip_places
from fer_lab.datamodules.faces import Faces, Ints
from fer_lab.datamodules.reduction import Reduction, normalised_landmarks
from fer_lab.errors import ConfigError, DataError
from fer_lab.evaluation.arrays import Singles
from fer_lab.evaluation.votes import in_second_half
from fer_lab.faces.pixels import Pixels

Fitted = Mapping[str, Reduction]
"""What was fitted on a training part, by name."""
Gather = Callable[[Ints], Tensor]
"""Rows of the store, one or T an item, to one input of the model, items first."""
ABOUT = ["item", "video", "subject", "part"]
"""Columns of a table of items; what is known of them follows, if anything is (``evaluation.targets``)."""
SKIPPED = ["video", "part", "faces", "reason"]


@dataclass(frozen=True)
class View:
    """The source of one view of the faces.

    Args:
        name: of the view.
        values: (N, S, S, C), uint8 pixels; or what the first blocks of a backbone made of them.
        channel: which axis of a batch the channels are to be.
        kind: what the values are; bf16, which numpy lacks, lies in int16.
    """

    name: str
    values: Pixels
    channel: int
    kind: torch.dtype = torch.uint8

    def __call__(self, rows: Ints) -> Tensor:
        """The faces of these rows."""
        return torch.from_numpy(self.values.take(rows, axis=0)).view(self.kind).movedim(-1, self.channel)


@dataclass(frozen=True)
class Items:
    """The items of all parts.

    Args:
        table: columns ``item`` (0 to n-1), ``video, subject, part``, and the target's ``truth_columns``.
        rows: row of the store that makes each item, (n,), or rows, (n, T).
        sources: one for each input of the model.
        skipped: faces that are in no item: ``video, part, faces, reason``.
        facts: what a run's record is to say of them.
        fitted: what was fitted on the training part, by name.
    """

    table: pd.DataFrame
    rows: Ints
    sources: tuple[Gather, ...]
    skipped: pd.DataFrame
    facts: Mapping[str, float] = field(default_factory=dict)
    fitted: Fitted = field(default_factory=dict)

    def numbers(self, part: str) -> Ints:
        """The items of a part, in order."""
        return np.flatnonzero(self.table["part"].to_numpy() == part)

    def gather(self, numbers: Ints) -> tuple[Tensor, ...]:
        """The inputs of a batch of items."""
        rows = self.rows[numbers]
        return tuple(source(rows) for source in self.sources)


Features = Callable[[], Singles]
"""Gives (rows of the store, F): computed when an item is made of them, and not before."""
ItemsFactory = Callable[[Faces, pd.DataFrame, "Features | None"], Items]


def frame(
    faces: Faces,
    rows: pd.DataFrame,
    features: Features | None = None,
    *,
    views: Sequence[str],
    late: Sequence[str] | None = None,
) -> Items:
    """One face, in one or more views: uint8 (B, C, S, S) each.

    Args:
        faces, rows, features: as of every kind.
        views: of the faces.
        late: parts in which a video's first half is left out: of n faces those before number n // 2, from 0.
    """
    shown = _shown(rows, late or ())
    made = _singles(rows[shown], [_view(faces, view, channel=1) for view in views])
    return replace(made, skipped=_left_out(rows[~shown], "the first half of its video"))


def frame_geometry(
    faces: Faces,
    rows: pd.DataFrame,
    features: Features | None = None,
    *,
    views: Sequence[str],
    components: int,
    fitted: Fitted | None = None,
) -> Items:
    """One face and its 68 points, reduced: uint8 (B, C, S, S) a view, float32 (B, components).

    García Zapata 2018, sec. 4.1 and 7.3.1; the reduction (principal components) is ours.

    Raises:
        ConfigError: more components than training rows.
    """
    values = normalised_landmarks(faces.landmarks)
    reduction = fitted["geometry"] if fitted else Reduction.fit(values, _training(rows), components)
    points = reduction(values)
    pixels = [_view(faces, view, channel=1) for view in views]
    made = _singles(rows, [*pixels, lambda picked: torch.from_numpy(points[picked])])
    return replace(made, facts=reduction.facts(), fitted={"geometry": reduction})


def blendshapes(faces: Faces, rows: pd.DataFrame, features: Features | None = None, *, views: Sequence[str]) -> Items:
    """One face and what MediaPipe says that it does: uint8 (B, C, S, S) a view, float32 (B, 52) in [0, 1].

    Raises:
        ConfigError: the store has no blendshapes.
    """
    said = faces.blendshapes
    pixels = [_view(faces, view, channel=1) for view in views]
    return _singles(rows, [*pixels, lambda picked: torch.from_numpy(said[picked])])


def clip(
    faces: Faces, rows: pd.DataFrame, features: Features | None = None, *, views: Sequence[str], length: int
) -> Items:
    """Sequential faces of a video for 3-D convolutions: uint8 (B, C, T, S, S) a view."""
    return _clips(rows, [_view(faces, view, channel=1) for view in views], length)


def clip_images(
    faces: Faces, rows: pd.DataFrame, features: Features | None = None, *, views: Sequence[str], length: int
) -> Items:
    """Sequential faces of a video, image by image: uint8 (B, T, C, S, S) a view."""
    return _clips(rows, [_view(faces, view, channel=2) for view in views], length)


def clip_features(
    faces: Faces,
    rows: pd.DataFrame,
    features: Features | None = None,
    *,
    components: int,
    length: int,
    fitted: Fitted | None = None,
) -> Items:
    """Features of sequential faces, reduced to their principal components: float32 (B, T, components).

    García Zapata 2018, sec. 4.3: fc7 of the parent network, 100 components.

    Raises:
        ConfigError: no features were given (the cell names no parent), or more components than training rows.
    """
    if features is None:
        raise ConfigError("items=clip_features needs the features of a parent run", do="set parent in the cell")
    values = features()
    reduction = fitted["features"] if fitted else Reduction.fit(values, _training(rows), components)
    reduced = reduction(values)
    made = _clips(rows, [lambda picked: torch.from_numpy(reduced[picked])], length)
    return replace(made, facts={**made.facts, **reduction.facts()}, fitted={"features": reduction})


def unlabelled_rows(faces: Faces) -> pd.DataFrame:
    """Every face of the store, without labels or parts."""
    frames = faces.frames
    return pd.DataFrame({"row": frames["row"], "video": frames["id"], "subject": "", "part": ""})


def every_row(faces: Faces, views: Sequence[str]) -> Items:
    """Every face of the store, without labels or parts: what features are computed from."""
    return frame(faces, unlabelled_rows(faces), views=views)


def _training(rows: pd.DataFrame) -> Ints:
    return rows.loc[rows["part"] == "train", "row"].to_numpy(np.int64)


def _view(faces: Faces, name: str, channel: int) -> View:
    return View(name, faces.view(name), channel)


def _singles(rows: pd.DataFrame, sources: Sequence[Gather]) -> Items:
    return Items(_table(rows), rows["row"].to_numpy(np.int64), tuple(sources), pd.DataFrame(columns=SKIPPED))


def _shown(rows: pd.DataFrame, late: Sequence[str]) -> pd.Series[bool]:
    """Which rows are shown where some parts begin in the middle of each video."""
    of_video = rows.groupby(["part", "video"], sort=False)["row"]
    return in_second_half(of_video) | ~rows["part"].isin([*late])


def _clips(rows: pd.DataFrame, sources: Sequence[Gather], length: int) -> Items:
    """The clips of each video; what is known of a clip is what is known of its middle face.

    Raises:
        DataError: there is no face.
    """
    if rows.empty:
        raise DataError("there is no face to make a clip of", do="check skipped faces and files")
    sizes = rows.groupby(["part", "video"], sort=False).size().to_numpy().astype(np.int64)
    places = clip_places(sizes, length)
    left = rows.iloc[np.setdiff1d(np.arange(len(rows)), places)]
    made = _singles(rows.iloc[places[:, length // 2]], sources)
    facts = {"short_clips": int((sizes < length).sum())}
    return replace(
        made, rows=rows["row"].to_numpy(np.int64)[places], skipped=_left_out(left, "rest of the last clip"), facts=facts
    )


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    """The table of items from a row of the store each."""
    table = rows.drop(columns="row").reset_index(drop=True).rename_axis("item").reset_index()
    return table[[*ABOUT, *table.columns.difference(ABOUT, sort=False)]]


def _left_out(rows: pd.DataFrame, reason: str) -> pd.DataFrame:
    left = rows.groupby(["video", "part"], sort=False).size().rename("faces").reset_index()
    return left.assign(reason=reason)[SKIPPED]
