"""Augmented training images that are made before training and kept, as further faces of their ids.

<cache>/augmented/<key>/copies.npy, uint8 (M, S, S, C). The key holds the face store, the view, the rows and what is
done to them.
A copy has the id of its image: it is in the part that its image is in, and whoever looks for leaks knows it by its id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.lib.format import open_memmap

from fer_lab.datamodules.faces import Faces, Ints
from fer_lab.errors import ConfigError, nearest
from fer_lab.evaluation.arrays import Singles
from fer_lab.faces.actions import VERSION, Action
from fer_lab.faces.pixels import JoinedPixels, Pixels
from fer_lab.phases import counted
from fer_lab.processes import usable_cores
from fer_lab.storage import cache_root, digest, locked, publish, require_space, whole_once_checked

AT_ONCE = 256
"""Images that a thread changes at once."""


class KeptFaces(Faces, Protocol):
    """Faces of a store, whose key says which they are."""

    key: str


@dataclass(frozen=True)
class Chosen:
    """Which faces are copied and how: rows of the store, and the number of the action for each, (M,) both."""

    rows: Ints
    actions: Ints


@dataclass(frozen=True)
class StoredAugmentation:
    """Copies of training images, per class, each by one of some actions (Rosa Ramos 2018, sec. 6.4 and Table 6.2).

    Args:
        shares: class -> copies as a share of its training images; more than 1 copies some of them again.
        actions: of which each copy has one, drawn evenly (how the thesis drew them is not stated).
        seed: of which images are copied, and how.

    Raises:
        ConfigError: a negative share, or no action.
    """

    shares: Mapping[str, float]
    actions: Sequence[Action]
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be done."""
        if wrong := {name: share for name, share in self.shares.items() if share < 0}:
            raise ConfigError(f"stored_augmentation.shares={wrong}", expected="copies by image, 0 or more")
        if not self.actions:
            raise ConfigError("stored_augmentation.actions is empty", expected="one or more")

    def choose(self, training: pd.DataFrame, names: Sequence[str]) -> Chosen:
        """What is copied of the training images.

        Args:
            training: columns ``row`` (of the store) and ``label``.
            names: of the classes, by their number.

        Raises:
            ConfigError: a share of none of them.
        """
        if unknown := sorted(set(self.shares) - set(names)):
            near = nearest(unknown[0], names)
            raise ConfigError(f"stored_augmentation.shares of {unknown[0]!r}", expected=f"one of {near}")
        rng, rows = np.random.default_rng([self.seed, VERSION]), training["row"].to_numpy(np.int64)
        label, chosen = training["label"].to_numpy(np.int64), []
        for number, name in enumerate(names):
            own = rows[label == number]
            count = round(self.shares.get(name, 0.0) * len(own))
            times = -(-count // max(1, len(own)))
            chosen.append(np.concatenate([rng.permutation(own) for _ in range(times)] or [own[:0]])[:count])
        copied = np.concatenate(chosen)
        return Chosen(copied, rng.integers(len(self.actions), size=len(copied)))

    def key(self, faces: str, chosen: Chosen) -> str:
        """What copies of a face store are kept under."""
        about = [VERSION, faces, self.seed, [asdict(action) for action in self.actions]]
        return digest([about, chosen.rows.tolist(), chosen.actions.tolist()])


def augmented(
    faces: KeptFaces, rows: pd.DataFrame, names: Sequence[str], how: StoredAugmentation
) -> tuple[AugmentedFaces, pd.DataFrame]:
    """Faces with copies of training images behind them, and their rows, those of the copies in the training part.

    Args:
        faces: the store.
        rows: of ``faces.labelled_rows``, of classes.
        names: of the classes.
        how: what is copied, and how.
    """
    training = rows[rows["part"] == "train"]
    chosen = how.choose(training, names)
    copies = training.set_index("row").loc[chosen.rows].reset_index()
    copies["row"] = len(faces.frames) + np.arange(len(copies))
    others = rows[rows["part"] != "train"]
    return AugmentedFaces(faces, how, chosen), pd.concat([training, copies, others], ignore_index=True)


class AugmentedFaces:
    """The faces of a store, and behind them copies of some.

    Args:
        faces: the store.
        how: what is done to the copies.
        chosen: which faces are copied.
    """

    def __init__(self, faces: KeptFaces, how: StoredAugmentation, chosen: Chosen) -> None:
        self._faces, self._how, self._chosen = faces, how, chosen
        self.key = how.key(faces.key, chosen)

    @cached_property
    def frames(self) -> pd.DataFrame:
        """Those of the store, and for each copy once more that of its image."""
        own = self._faces.frames
        whole = pd.concat([own, own.iloc[self._chosen.rows]], ignore_index=True)
        return whole.assign(row=np.arange(len(whole)))

    @property
    def landmarks(self) -> Singles:
        """None: nobody has looked for a copy's.

        Raises:
            ConfigError: always.
        """
        raise _unknown("landmarks")

    @property
    def blendshapes(self) -> Singles:
        """None, likewise.

        Raises:
            ConfigError: always.
        """
        raise _unknown("blendshapes")

    def view(self, name: str) -> Pixels:
        """Faces as prepared in one way, the copies behind the others; made if they are not there.

        Raises:
            ConfigError: the store has no such view.
            StoreError: there is no room, or they cannot be written.
        """
        own = self._faces.view(name)
        if not len(self._chosen.rows):  # a file of nothing cannot be mapped
            return own
        folder = cache_root() / "augmented" / digest([self.key, name])
        with locked(folder):
            if not whole_once_checked(folder):
                require_space(folder.parent, len(self._chosen.rows) * int(np.prod(own.shape[1:])), "augmented images")
                with publish(folder) as part:
                    self._write(part / "copies.npy", own)
        copies: Any = np.load(folder / "copies.npy", mmap_mode="r")
        return JoinedPixels([own, np.asarray(copies)], [np.arange(len(own)), np.arange(len(copies))])

    def _write(self, path: Path, own: Pixels) -> None:
        copies = open_memmap(path, "w+", np.uint8, (len(self._chosen.rows), *own.shape[1:]))

        def change(start: int) -> None:
            for place in range(start, min(start + AT_ONCE, len(copies))):
                row, action = self._chosen.rows[place], self._how.actions[self._chosen.actions[place]]
                copies[place] = action(np.asarray(own[row]), np.random.default_rng([self._how.seed, place]))

        starts = range(0, len(copies), AT_ONCE)
        with ThreadPoolExecutor(usable_cores()) as threads:  # OpenCV and NumPy let other threads run meanwhile
            for _ in counted("augmented", threads.map(change, starts), len(starts), "batches of copies"):
                pass
        copies.flush()


def _unknown(what: str) -> ConfigError:
    return ConfigError(
        f"{what} of augmented copies", expected="items made of images alone", do="set stored_augmentation=null"
    )
