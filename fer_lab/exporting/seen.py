"""The items of a finished run as its exported model takes them, from the faces that the run saw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_lab.datamodules.faces import Ints
from fer_lab.errors import StoreError
from fer_lab.evaluation.arrays import Singles
from fer_lab.faces import FaceStore
from fer_lab.inference.model import Model
from fer_lab.phases import counted
from fer_lab.runs import Trained, seen_data
from fer_lab.sources import kept_faces
from fer_lab.storage import read_json

BATCH = 64
Inputs = dict[str, NDArray[np.generic]]


@dataclass(frozen=True)
class Seen:
    """The items of one part of a run.

    Attributes:
        faces: the store that they are of.
        rows: of the store, that make each item, (n,) or (n, T).
        scores: what the run answered of them, in the same order; of training there may be none.
    """

    faces: FaceStore
    rows: Ints
    scores: pd.DataFrame

    def inputs(self, model: Model, numbers: Ints) -> Inputs:
        """Some of the items, by their place, as a model takes them."""
        rows = self.rows[numbers]
        names = {one.name: one.is_view for one in model.contract.inputs}
        return {name: self._of(name, is_view, rows) for name, is_view in names.items()}

    def answers(self, model: Model, what: str = "test") -> Singles:
        """What a model answers of all of them, float32 (n, names); progress is said as that of ``what``."""
        batches = np.array_split(np.arange(len(self.rows)), max(1, -(-len(self.rows) // BATCH)))
        told = counted(what, batches, len(batches), "batches of items")
        return np.concatenate([model.predict(self.inputs(model, numbers)) for numbers in told])

    def _of(self, name: str, is_view: bool, rows: Ints) -> NDArray[np.generic]:
        if is_view:
            return self.faces.view(name).take(rows, axis=0)
        values: Singles = getattr(self.faces, name)
        return values[rows]


def seen_items(trained: Trained, part: str) -> Seen | None:
    """The items of a part; None where the run's data or their faces are not there any more. Nothing is built.

    Raises:
        StoreError: the run's scores or its parts are damaged, or are of other items.
    """
    run, found = trained.run, seen_data(trained.run)
    faces = None if found is None else kept_faces(found[0], found[1])
    if faces is None:
        return None
    ids = set(read_json(run.file("split.json"))["ids"][part])
    frames = faces.frames.loc[faces.frames["id"].isin(ids), ["row", "id"]]
    table = pd.DataFrame({"row": frames["row"], "video": frames["id"], "subject": "", "part": part})
    made = trained.items(faces, table, lambda: _nothing(trained, faces))
    scores = run.scores(part).sort_values("item", ignore_index=True)
    is_scored = part != "train" or len(scores)  # of training not every run keeps scores
    if is_scored and made.table["video"].tolist() != scores["video"].tolist():
        raise StoreError(f"the {part} part of run {run.id} has {len(scores)} scores, and {len(made.table)} items",
                         expected="a score of each item", do="train the run again")  # fmt: skip
    return Seen(faces, made.rows, scores)


def _nothing(trained: Trained, faces: FaceStore) -> Singles:
    """In the place of what a parent sees of each face: the model that is asked sees faces itself."""
    values = trained.fitted["features"].components.shape[1]
    return np.broadcast_to(np.float32(0), (len(faces.frames), values))
