"""The LightningDataModule that all data sets share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import torch
from pytorch_lightning import LightningDataModule
from torch import Tensor

from fer_lab.datamodules.faces import labelled_rows
from fer_lab.datamodules.items import SKIPPED, Features, Items, ItemsFactory
from fer_lab.datamodules.loader import Batches, EpochOrder
from fer_lab.datamodules.sampling import Sampling
from fer_lab.datamodules.share import Share, whole
from fer_lab.datamodules.splits import PARTS, Split
from fer_lab.datamodules.stored_augmentation import KeptFaces, StoredAugmentation, augmented
from fer_lab.errors import ConfigError, DataError
from fer_lab.evaluation.target import Target


class FaceDataModule(LightningDataModule):
    """Batches of the parts of a split.

    Args:
        store: the faces.
        index: the data set's index: ``id, subject`` and the target.
        split: ids of each part.
        items: what an item is (``datamodules.items``), its settings filled in.
        target: what an item is asked for.
        column: the target's name; of classes, their column in the index.
        batch_size: largest number of items in a batch.
        seed: of the order of training items.
        features: gives (rows of the store, F), for items made of features.
        sampling: which training items an epoch shows, by their classes; None shows each once.
        truth: what is known of each face of the store, where it is not what is known of its video
            (``DataSet.face_targets``).
        stored_augmentation: what copies of training images there are beside them; None for none.
        taught: of each id, the share of each class (columns) that training is taught in place of the class, such as
            that of the people who voted for it; None: the class.

    Attributes:
        share: of each training batch, what is computed in this process; all of it, unless it is told otherwise.

    Raises:
        ConfigError: a target that the index does not have, or a sampling by class of another kind of target.
        DataError: a label that is no class, or a part without items.
    """

    def __init__(
        self,
        store: KeptFaces,
        index: pd.DataFrame,
        split: Split,
        items: ItemsFactory,
        target: Target,
        column: str,
        batch_size: int = 64,
        seed: int = 0,
        features: Features | None = None,
        sampling: Sampling | None = None,
        truth: pd.DataFrame | None = None,
        stored_augmentation: StoredAugmentation | None = None,
        taught: pd.DataFrame | None = None,
    ) -> None:
        super().__init__()
        self.sampling = sampling
        self.share: Callable[[int], Share] = whole
        self.split, self.target, self.batch_size, self.seed = split, target, batch_size, seed
        _check_sampling(sampling, target, column)
        if truth is None:
            _check_index(index, target, column)
        rows = labelled_rows(store, index, {p: split.ids(p) for p in PARTS}, target, column, truth)
        self.store: KeptFaces = store
        self._originals = None if stored_augmentation is None else len(store.frames)
        if stored_augmentation is not None:
            _check_copied(features, target, column)
            self.store, rows = augmented(store, rows, target.names, stored_augmentation)
        self.items: Items = items(self.store, rows, features)
        self._taught = None if taught is None else _shares(taught, self.table["video"], target)
        seen = set(rows["video"])
        self.faceless = [(name, p, 0, "no face") for p in PARTS for name in split.ids(p) if name not in seen]
        for part in PARTS:
            least = 2 if part == "train" else 1
            if split.ids(part) and len(self.items.numbers(part)) < least:
                raise DataError(f"the part {part} has fewer than {least} items", do="check skipped faces and files")

    @property
    def table(self) -> pd.DataFrame:
        """Columns ``item, video, subject, part`` and the target's; ``item`` of a batch is a row of it."""
        return self.items.table

    @property
    def skipped(self) -> pd.DataFrame:
        """Videos without a face, and faces that are in no item: columns ``video, part, faces, reason``."""
        return pd.concat([pd.DataFrame(self.faceless, columns=SKIPPED), self.items.skipped], ignore_index=True)

    def counts(self, part: str = "train", videos: bool = False) -> dict[str, int]:
        """Class -> number of items of a part, or of its videos, in the order of the classes; before any sampling.

        Raises:
            ConfigError: the target is none of classes.
        """
        if not self.target.exclusive:
            raise ConfigError(f"a loss by class, and a target of {self.target.kind}", do="set another task/loss")
        rows = self.table[self.table["part"] == part]
        return self._by_class(rows.drop_duplicates("video") if videos else rows)

    @property
    def copies(self) -> dict[str, int]:
        """Class -> number of training items that are copies made before training; {} where none are asked for."""
        if self._originals is None:
            return {}
        first = self.items.rows.reshape(len(self.table), -1)[:, 0]
        return self._by_class(self.table[first >= self._originals])

    def _by_class(self, rows: pd.DataFrame) -> dict[str, int]:
        counts = np.bincount(rows["label"].to_numpy("int64"), minlength=len(self.target.names))
        return dict(zip(self.target.names, counts.tolist(), strict=True))

    def train_dataloader(self) -> Batches:
        """Training items, in an order that is a function of (seed, epoch)."""
        if self.trainer is not None and self.trainer.world_size > 1:
            # Its sampler would repeat items; fer_lab's own ranks (engine.ranks) each have a trainer of one device.
            raise ConfigError("trainer.devices is above 1", expected="one device a trainer", do="set trainer.devices=1")
        numbers = self.items.numbers("train")
        if self.sampling is not None:
            numbers = numbers[self.sampling(self.table["label"].to_numpy("int64")[numbers], self.seed)]
        order = EpochOrder(len(numbers), self.seed)
        return Batches(self.items, numbers, self.batch_size, order, self.share, self._taught)

    def val_dataloader(self) -> Batches:
        """Validation items in their order."""
        return self.ordered("val")

    def test_dataloader(self) -> Batches:
        """Test items in their order."""
        return self.ordered("test")

    def predict_dataloader(self) -> Batches:
        """The items of all parts in their order."""
        return self.ordered(*PARTS)

    def in_order(self) -> Batches:
        """All items in the order of the table."""
        return Batches(self.items, np.arange(len(self.table)), self.batch_size)

    def ordered(self, *parts: str) -> Batches:
        """The items of some parts, in their order, unaugmented."""
        numbers = np.concatenate([self.items.numbers(part) for part in parts])
        return Batches(self.items, numbers, self.batch_size)


def _shares(taught: pd.DataFrame, videos: pd.Series[str], target: Target) -> Tensor:
    """The shares of the classes of some items, float32 (N, C)."""
    return torch.tensor(taught[list(target.names)].loc[videos.tolist()].to_numpy(np.float32))


def _check_copied(features: Features | None, target: Target, column: str) -> None:
    if not target.exclusive or features is not None:
        other = "items made of features" if target.exclusive else f"{column!r}, a target of {target.kind}"
        raise ConfigError(
            f"stored_augmentation, and {other}", expected="images with a class each", do="set stored_augmentation=null"
        )


def _check_sampling(sampling: Sampling | None, target: Target, column: str) -> None:
    if sampling is not None and not target.exclusive:
        raise ConfigError(
            f"sampling={type(sampling).__name__} goes by class; {column!r} is a target of {target.kind}",
            do="set sampling=null",
        )


def _check_index(index: pd.DataFrame, target: Target, column: str) -> None:
    needed = [column] if target.exclusive else list(target.names)
    if lacking := [name for name in needed if name not in index]:
        raise ConfigError(
            f"data.target={column!r}: no column {lacking[0]!r} in the index", expected=f"one of {list(index)}"
        )
    if not target.exclusive:
        return
    if unknown := sorted({str(label) for label in set(index[column]) - set(target.names)}):
        known = f"one of {list(target.names)}"
        raise DataError(f"labels of {column!r} that are no class: {unknown[:5]}", expected=known)
