"""The face stores of several data sets as one: each built once and shared, none copied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_lab.errors import DataError
from fer_lab.faces.pixels import JoinedPixels, Pixels
from fer_lab.faces.store import FaceStore
from fer_lab.storage import digest


class JoinedFaces(FaceStore):
    """The faces of some ids of several stores, one store after the other; views are read row by row.

    Args:
        stores: by the name that stands before their ids: ``<name>/<id>``.
        ids: those that are used.

    Raises:
        DataError: the members' faces differ in size or channels.
    """

    def __init__(self, stores: Mapping[str, FaceStore], ids: Sequence[str]) -> None:
        self._stores = {name: stores[name] for name in sorted(stores, key="{}/".format)}
        self._ids = frozenset(ids)
        self.key = digest([{name: store.key for name, store in self._stores.items()}, sorted(ids)])

    @cached_property
    def frames(self) -> pd.DataFrame:
        """One row a face, as in ``FaceStore.frames``."""
        found = [table.iloc[rows] for table, rows in zip(self._frames, self._rows, strict=True)]
        whole = pd.concat(found, ignore_index=True)
        return whole.assign(row=np.arange(len(whole)))

    @cached_property
    def skipped(self) -> pd.DataFrame:
        """What of these ids is in no store, as in ``FaceStore.skipped``."""
        whole = pd.concat([_named(name, store.skipped) for name, store in self._stores.items()], ignore_index=True)
        return whole[whole["id"].isin(self._ids)].reset_index(drop=True)

    @property
    def content(self) -> str:
        """A checksum of what all its members hold, see ``FaceStore.content``."""
        return digest({name: store.content for name, store in self._stores.items()})

    @property
    def has_landmarks(self) -> bool:
        """Whether faces were looked for in all of them."""
        return all(store.has_landmarks for store in self._stores.values())

    @property
    def landmarks(self) -> NDArray[np.float32]:
        """68 points of each face, (N, 68, 2), px of the source frame; read whole, as they are small."""
        return np.concatenate([own.landmarks[rows] for own, rows in self._with_rows()])

    @property
    def pose(self) -> NDArray[np.float32]:
        """Yaw, pitch, roll of each face, (N, 3), degrees; read whole."""
        return np.concatenate([own.pose[rows] for own, rows in self._with_rows()])

    @property
    def blendshapes(self) -> NDArray[np.float32]:
        """MediaPipe's blendshapes of each face, (N, 52); read whole."""
        return np.concatenate([own.blendshapes[rows] for own, rows in self._with_rows()])

    def view(self, name: str) -> Pixels:
        """Faces as prepared in one way, (N, S, S, C).

        Raises:
            ConfigError: a store has no such view.
            DataError: the members' faces differ in size or channels.
        """
        arrays = {member: store.view(name) for member, store in self._stores.items()}
        sizes = {member: " x ".join(map(str, array.shape[1:])) for member, array in arrays.items()}
        if len(set(sizes.values())) > 1:
            raise DataError(
                "the members' faces differ in size or channels: "
                + ", ".join(f"{member} {size}" for member, size in sizes.items()),
                expected="faces of one size",
                do="set faces=aligned, which makes them so",
            )
        return JoinedPixels(list(arrays.values()), self._rows)

    @cached_property
    def _frames(self) -> list[pd.DataFrame]:
        return [_named(name, store.frames) for name, store in self._stores.items()]

    @cached_property
    def _rows(self) -> list[NDArray[np.int64]]:
        """Which rows of each store are used."""
        return [np.flatnonzero(table["id"].isin(self._ids).to_numpy()) for table in self._frames]

    def _with_rows(self) -> list[tuple[FaceStore, NDArray[np.int64]]]:
        return list(zip(self._stores.values(), self._rows, strict=True))


def _named(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """A table with the member's name before its ids."""
    return table.assign(id=f"{name}/" + table["id"])
