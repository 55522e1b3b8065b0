"""The parts of a configuration's data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from fer_lab.datamodules.faces import content_hashes
from fer_lab.datamodules.splits import Split, draw_split, make_split
from fer_lab.errors import ConfigError
from fer_lab.faces import FaceStore

LEAST_FOLDS = 2


def split_of(config: Mapping[str, Any], index: pd.DataFrame, faces: FaceStore) -> Split:
    """The parts of a configuration's data, of rows that have a face.

    Args:
        config: the configuration: ``data.split``, the target and the protocol.
        index: the rows that its task uses.
        faces: their faces.
    """
    labelled, copies = _to_split(config, index, faces)
    return make_split(labelled, config["protocol"]["name"], config["data"]["split"], copies)


def drawn_splits(config: Mapping[str, Any], index: pd.DataFrame, faces: FaceStore) -> list[Split]:
    """The parts of a configuration's data, of each fold where there are folds; leaks are not refused.

    Args: as ``split_of``.
    """
    labelled, copies = _to_split(config, index, faces)
    recipe, protocol = config["data"]["split"], config["protocol"]["name"]
    folded = recipe["kind"] == "folds" and not recipe.get("manifest") and config["fold"] is None
    if folded and (not isinstance(recipe["folds"], int) or recipe["folds"] < LEAST_FOLDS):
        raise ConfigError(f"data.split.folds={recipe['folds']}", expected=f"a whole number from {LEAST_FOLDS} on")
    recipes = [{**recipe, "fold": fold} for fold in range(recipe["folds"])] if folded else [recipe]
    return [draw_split(labelled, protocol, own, copies) for own in recipes]


def _to_split(config: Mapping[str, Any], index: pd.DataFrame, faces: FaceStore) -> tuple[pd.DataFrame, dict[str, str]]:
    """The rows that have a face, with their labels where there are classes, and the hash of each."""
    seen = index[index["id"].isin(set(faces.frames["id"]))]
    labelled = seen.assign(label=seen[target]) if (target := config["data"]["target"]) in seen else seen
    return labelled, content_hashes(faces, config["faces"]["views"][0])
