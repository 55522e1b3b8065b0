"""The parts of a configuration's data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from fer_lab.datamodules.faces import content_hashes
from fer_lab.datamodules.rare import with_a_share, with_rare_classes
from fer_lab.datamodules.recipe import DROP, NEAR_COPIES, check_recipe
from fer_lab.datamodules.selection import selected
from fer_lab.datamodules.splits import Split, draw_split
from fer_lab.errors import ConfigError
from fer_lab.faces import FaceStore
from fer_lab.sources.copies import families, near_copies, same_photographs
from fer_lab.sources.places import missing_members
from fer_lab.sources.printed import cost_of
from fer_lab.sources.stores import Pictures

WORDS = {"train": "training", "val": "validation", "test": "test"}


def split_of(
    config: Mapping[str, Any],
    index: pd.DataFrame,
    faces: FaceStore,
    inherited: Iterable[str] = (),
    pictures: Pictures | None = None,
) -> Split:
    """The parts of a configuration's data, of the rows that its task uses and that have a face.

    Args:
        config: the configuration: ``data`` and the protocol.
        index: of the data set, whole: an image that the task leaves out may be a copy of one that it uses.
        faces: of the data set.
        inherited: ids of the same data set that the networks a run starts from were trained on.
        pictures: what says which are of one photograph (``stores.photographs``); None: the faces.

    Raises:
        DataError: a clean split that leaks; and as ``draw_split``.
    """
    drawn = _drawn(config, index, faces, config["data"]["split"], pictures)
    split = replace(drawn, inherited=tuple(inherited))
    split.check()
    return split


def split_without_faces(config: Mapping[str, Any], index: pd.DataFrame) -> Split:
    """The parts of a configuration's data before faces are found: as if each file had one and none were a copy.

    Args, Raises: as ``split_of``.
    """
    recipe = config["data"]["split"]
    rows, used = _rows(config, index, recipe)
    split = draw_split(rows, config["protocol"]["name"], recipe, {name: name for name in rows["id"].astype(str)})
    split = _noted(config, _fewer(split.only(used), rows, recipe))
    split.check()
    return split


def drawn_splits(
    config: Mapping[str, Any], index: pd.DataFrame, faces: FaceStore, pictures: Pictures | None = None
) -> list[Split]:
    """The parts of a configuration's data, of each fold where there are folds; leaks are not refused.

    Args: as ``split_of``.
    """
    recipe = config["data"]["split"]
    check_recipe(recipe, config["protocol"]["name"])
    folded = recipe["kind"] == "folds" and not recipe.get("manifest") and config["fold"] is None
    recipes = [{**recipe, "fold": fold} for fold in range(recipe["folds"])] if folded else [recipe]
    return [_drawn(config, index, faces, own, pictures) for own in recipes]


def _drawn(
    config: Mapping[str, Any],
    index: pd.DataFrame,
    faces: FaceStore,
    recipe: Mapping[str, Any],
    pictures: Pictures | None,
) -> Split:
    """The parts by a recipe. Parts that are given are those of the whole data set, copies among classes included."""
    rows, used = _rows(config, index, recipe)
    shown, view = pictures or (faces, config["faces"]["views"][0])
    rows = rows[rows["id"].isin(set(faces.frames["id"]))]
    of_one = families(shown, view) if recipe.get("together") == NEAR_COPIES else None
    split = draw_split(rows, config["protocol"]["name"], recipe, content_hashes(shown, view), of_one)
    if of_one is not None:
        split = replace(split, seen=_seen(split, of_one))
    if recipe.get("near_copies") == DROP:
        split = _without_near_copies(split, shown, view)
    if recipe.get("conflicts") == DROP:
        split = _without_conflicts(split, rows, shown, view)
    return _noted(config, _fewer(split.only(used), rows, recipe))


def _noted(config: Mapping[str, Any], split: Split) -> Split:
    """The parts, stamped with the members of a composite data set that are left out of it."""
    lost = {name: cost_of(config["data"]["name"], name) for name in missing_members(config)}
    notes = (f"without {name}, which is not there ({cost or 'data.missing=skip'})" for name, cost in lost.items())
    return replace(split, notes=(*split.notes, *notes))


def _fewer(split: Split, rows: pd.DataFrame, recipe: Mapping[str, Any]) -> Split:
    """The parts with the share of the training ids, and of those of some classes, that a recipe asks for."""
    asked = [key for key in ("training", "rare") if recipe.get(key)]
    if not asked:
        return split
    if "label" not in rows:
        key = f"data.split.{asked[0]}"
        raise ConfigError(f"{key} goes by class, and the target has none", do=f"set {key}=null")
    labels = dict(zip(rows["id"].astype(str), rows["label"], strict=True))
    if recipe.get("training"):
        split = with_a_share(split, labels, float(recipe["training"]))
    return with_rare_classes(split, labels, recipe.get("rare") or {})


def _rows(config: Mapping[str, Any], index: pd.DataFrame, recipe: Mapping[str, Any]) -> tuple[pd.DataFrame, pd.Series]:
    """The rows that parts are drawn of, and the ids of those that the task uses."""
    about = config["data"]
    used = selected(index, about["target"], about.get("regroup"), about.get("only"))
    rows = index if recipe["kind"] == "given" and not recipe.get("manifest") else used
    rows = rows.assign(label=rows[about["target"]]) if about["target"] in rows else rows
    return rows, used["id"].astype(str)


def _seen(split: Split, of_one: Mapping[str, str]) -> tuple[str, ...]:
    """The test ids of whose photograph training or validation has an image, or would have: exact copies are dropped."""
    others = {of_one[name] for name in (*split.train, *split.val, *split.dropped)}
    return tuple(name for name in split.test if of_one[name] in others)


def _without_near_copies(split: Split, faces: FaceStore, view: str) -> Split:
    """Parts in which no image of training has a near copy in another part, nor one of validation in the test."""
    pairs = near_copies(split, faces, view)
    if pairs is None:
        raise ConfigError("data.split.near_copies=drop needs single images", do="set it to null, or data.split.kind")
    both = np.concatenate([pairs, pairs[:, ::-1]])
    for part, others in (("val", ("test",)), ("train", ("val", "test"))):
        own, held_out = set(split.ids(part)), {name for other in others for name in split.ids(other)}
        near = [one for one, other in both.tolist() if one in own and other in held_out]
        split = split.without(near, f"{WORDS[part]} near copy of a {' or '.join(WORDS[o] for o in others)} image")
    return split


def _without_conflicts(split: Split, rows: pd.DataFrame, faces: FaceStore, view: str) -> Split:
    """Parts without the training images of which another one is of the same photograph, under another label."""
    if "label" not in rows:
        raise ConfigError("data.split.conflicts goes by class, and the target has none", do="set it to null")
    ids, training = faces.frames["id"].to_numpy(), set(split.train)
    labels = dict(zip(rows["id"].astype(str), rows["label"], strict=True))
    pairs = [pair for pair in ids[same_photographs(faces, view)].tolist() if training.issuperset(pair)]
    at_odds = {name for pair in pairs if labels[pair[0]] != labels[pair[1]] for name in pair}
    return split.without(at_odds, "training image of a photograph that has several labels")
