"""The faces of a configuration's data. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd
from hydra.utils import instantiate

from fer_lab.errors import ConfigError
from fer_lab.faces import FaceStore, JoinedFaces, Preparation, RawConfig, build_raw_store, build_store, store_folder
from fer_lab.sources.data import Source
from fer_lab.sources.places import data_set, members, workers
from fer_lab.storage import whole_once_checked

BY_PHOTOGRAPH = ("together", "near_copies", "conflicts")
"""What of a recipe goes by photograph (``datamodules.recipe``)."""
Pictures = tuple[FaceStore, str]
"""A store, and the view of it."""


def open_faces(source: Source, config: Mapping[str, Any]) -> FaceStore:
    """The face store of a configuration, built if it is not there; that of a composite joins its members' own."""
    if source.members:
        parts = members(config)
        return _joined(source, {name: open_faces(member, parts[name]) for name, member in source.members.items()})
    settings = instantiate(config["faces"])
    if not isinstance(settings, RawConfig):
        return build_store(source.root, source.index, source.pictures, settings, workers(config))
    return build_raw_store(source.index, source.pictures, partial(data_set(config).images, source.root, source.index))


def photographs(source: Source, config: Mapping[str, Any], faces: FaceStore) -> Pictures:
    """What says which images are of one photograph: their first view; of a data set whose images are faces already, and
    are prepared all the same, the images as they come, if its parts go by photograph: aligned they are too much alike.
    """
    asked = any(config["data"]["split"].get(key) for key in BY_PHOTOGRAPH)
    if not (asked and faces.has_landmarks and not source.members and source.dataset.is_faces(source.index)):
        return faces, config["faces"]["views"][0]
    whole = partial(data_set(config).images, source.root, source.index)
    return build_raw_store(source.index, source.pictures, whole), RawConfig().views[0]


def how_faces_are_found(settings: Mapping[str, Any]) -> Preparation:
    """What ``faces`` of a configuration says, of pictures in which faces are to be found.

    Raises:
        ConfigError: it takes pictures as they come.
    """
    made: Preparation | RawConfig = instantiate(settings)
    if isinstance(made, RawConfig):
        raise ConfigError("faces=raw finds no face", expected="pictures that are faces already", do="set faces=aligned")
    return made


def kept_faces(source: Source, config: Mapping[str, Any]) -> FaceStore | None:
    """The face store of a configuration if it is in the cache, whole; nothing is built."""
    if source.members:
        parts = members(config)
        found = {name: kept_faces(member, parts[name]) for name, member in source.members.items()}
        there = {name: store for name, store in found.items() if store is not None}
        return _joined(source, there) if len(there) == len(found) else None
    folder = store_folder(source.pictures, instantiate(config["faces"]))
    return FaceStore(folder) if whole_once_checked(folder) else None


def _joined(source: Source, stores: Mapping[str, FaceStore]) -> FaceStore:
    return JoinedFaces(stores, source.index["id"].tolist())


def known_of_faces(
    source: Source, config: Mapping[str, Any], index: pd.DataFrame, faces: FaceStore
) -> pd.DataFrame | None:
    """What is known of each face of a store, where it is known of frames; None where it is known of rows of the index.

    A composite data set has classes of rows alone.
    """
    if source.members:
        return None
    return data_set(config).face_targets(source.root, index, faces.frames, config["data"]["target"])


def shown_view(config: Mapping[str, Any]) -> str:
    """The first view that a configuration's items are made of, which stands for them in pictures."""
    view: str = (config["items"].get("views") or config["faces"]["views"])[0]
    return view
