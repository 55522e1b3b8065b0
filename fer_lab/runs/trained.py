"""A finished run in use: its network and its preprocessing, from its folder alone.

Torch is imported when one is made.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from hydra.errors import InstantiationException
from hydra.utils import instantiate

from fer_lab.errors import ConfigError, DataError, StoreError, refusal
from fer_lab.faces import FacesConfig, Preparation, RawConfig
from fer_lab.ledger import PREPROCESSING, Run
from fer_lab.runs.configuration import configuration_of
from fer_lab.runs.models import build_task, parents_of, trained_model

if TYPE_CHECKING:
    from fer_lab.datamodules.faces import Bytes, Faces
    from fer_lab.datamodules.items import Features, Fitted, Items
    from fer_lab.evaluation.arrays import Singles
    from fer_lab.tasks.base import FaceTask

BATCH = 128


@dataclass(frozen=True)
class Trained:
    """What a finished run has learned, ready for faces that it has never seen.

    Attributes:
        run: the run.
        config: its configuration.
        task: its network, and how it predicts: mirrored images and averaged weights as in its scores.
        fitted: what else was fitted on its training part, by name.
        parent: the run whose features it is shown; None where it is shown faces.
    """

    run: Run
    config: Mapping[str, Any]
    task: FaceTask
    fitted: Fitted
    parent: Trained | None

    @property
    def outputs(self) -> tuple[str, ...]:
        """What the columns of a prediction are called."""
        return self.run.target.names

    @property
    def faces(self) -> Preparation | RawConfig:
        """How its faces were prepared, for ``faces.prepare``."""
        prepared: Preparation | RawConfig = instantiate(self.config["faces"])
        return prepared

    @property
    def views(self) -> tuple[str, ...]:
        """The views that it needs of each face, in the order of the network's inputs."""
        return tuple(self.config["items"]["views"]) if self.parent is None else self.parent.views

    @property
    def needs_landmarks(self) -> bool:
        """Whether it needs the landmarks of each face."""
        return "geometry" in self.fitted

    @property
    def needs_blendshapes(self) -> bool:
        """Whether blendshapes of each face were kept for it."""
        return isinstance(self.faces, FacesConfig) and self.faces.blendshapes

    @property
    def length(self) -> int:
        """Of how many faces an item is."""
        return int(self.config["items"].get("length", 1))

    def predict(
        self, views: Mapping[str, Bytes], landmarks: Singles | None = None, blendshapes: Singles | None = None
    ) -> Singles:
        """What a run answers of each face, or of each clip of ``length`` that follow each other, none used twice.

        Of fewer faces than a clip has, it answers of one clip over all of them. Computed where the task
        is, at first on the CPU, at the precision of the run.

        Args:
            views: uint8 (N, S, S, C) by name, the faces of one video in the order of time.
            landmarks: 68 points of each face, (N, 68, 2), px of the picture; for ``needs_landmarks``.
            blendshapes: MediaPipe's of each face, (N, 52); for ``needs_blendshapes``.

        Returns:
            float32 (items, outputs), rows in the order of time.

        Raises:
            DataError: a view is missing, of another size or number; no landmarks, no blendshapes.
        """
        from fer_lab.datamodules.faces import GivenFaces
        from fer_lab.datamodules.items import unlabelled_rows
        from fer_lab.datamodules.loader import Batches
        from fer_lab.tasks.predictions import answers

        faces = GivenFaces(views, landmarks, blendshapes)
        self._check_sizes(faces)
        features = partial(self.parent.features, faces) if self.parent else None
        items = self.items(faces, unlabelled_rows(faces), features)
        batches = Batches(items, np.arange(len(items.table)), BATCH)
        return answers(self.task, batches, self.run.facts["precision"])[1]

    def items(self, faces: Faces, rows: pd.DataFrame, features: Features | None) -> Items:
        """Items of its kind, with what was fitted on its training part.

        Args:
            faces: to make them of.
            rows: of the faces: ``row, video, subject, part``.
            features: what its parent sees of each face; None where it is shown faces.
        """
        fitted = {"fitted": self.fitted} if self.fitted else {}
        made: Items = instantiate(self.config["items"])(faces, rows, features, **fitted)
        return made

    def features(self, faces: Faces) -> Singles:
        """What the network's last layer sees of every face, float32 (N, F)."""
        from fer_lab.datamodules.items import every_row
        from fer_lab.datamodules.loader import Batches
        from fer_lab.tasks.predictions import extract_features

        batches = Batches(every_row(faces, self.views), np.arange(len(faces.frames)), BATCH)
        return extract_features(self.task.model, batches, precision=self.run.facts["precision"])

    def _check_sizes(self, faces: Faces) -> None:
        """Refuse faces of another size: a network with global pooling would take them."""
        size = self.faces.size  # None: images that are faces already, taken as they come
        for name in self.views:
            side = faces.view(name).shape[1]
            if size is not None and side != size:
                raise DataError(f"view {name!r}: faces of {side} px", expected=f"{size} px, as in training")


def model_of(run: Run) -> Trained:
    """The network of a finished run with its preprocessing; the data set is not needed.

    It is made of the run's folder and of those of its parents beside it; a pretrained backbone comes from where the run
    had it, and must be the same by its checksum.

    Raises:
        StoreError: a file is missing, damaged or does not fit the others, a parent is missing, or the backbone is
            another one.
        ConfigError: the run is of several folds, its task is for another kind of target, or the backbone's file is not
            there.
    """
    if len(run.singles) > 1:
        raise ConfigError(f"{run.cell} with seed {run.seed} is {len(run.singles)} networks, one a fold",
                          expected="one of run.singles")  # fmt: skip
    config = configuration_of(run)
    with _named_after(run):
        task = build_task(config, run.target, trained_model(run, config))
        parent = None if "views" in config["items"] else model_of(_only_parent(run))
        return Trained(run, config, task, _fitted(run, config, parent), parent)


@contextmanager
def _named_after(run: Run) -> Iterator[None]:
    """Say of which run and file it is that a network cannot be made of a configuration."""
    try:
        yield
    except ConfigError as error:
        raise ConfigError(f"run {run.id} of {run.cell}: {error.what}", expected=error.expected, do=error.do) from error
    except (KeyError, TypeError, InstantiationException) as error:
        if (refused := refusal(error)) is not None:
            raise refused from error
        raise StoreError(
            f"{run.folder / 'config.yaml'} is not that of a run: {error}",
            expected="the configuration that it was trained with",
            do="remove the run's folder; its sweep trains it again",
        ) from error


def _only_parent(run: Run) -> Run:
    """The run whose features a run is shown."""
    parents = parents_of(run)
    if len(parents) != 1:
        raise StoreError(
            f"{run.folder / 'config.yaml'}: items name no views, and the run has {len(parents)} parents",
            expected="items.views, or one parent whose features are shown",
            do="remove the run's folder; its sweep trains it again",
        )
    return parents[0]


def _fitted(run: Run, config: Mapping[str, Any], parent: Trained | None) -> Fitted:
    """What the run's kind of items has fitted, if it fits anything."""
    from fer_lab.datamodules.reduction import COORDINATES, read_fitted

    if "fitted" not in inspect.signature(instantiate(config["items"])).parameters:
        return {}
    name, values = ("features", parent.task.model.feature_size) if parent else ("geometry", COORDINATES)
    return read_fitted(run.file(PREPROCESSING), {name: (config["items"]["components"], values)})
