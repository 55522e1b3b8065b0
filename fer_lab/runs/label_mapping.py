"""The labels of one data set in the classes of another, by mass centres: what tables and figures of it share. No torch.

Moravčík 2021, sec. 6.4: images of CK+ (the data of a cell) get the class of the nearest mass centre of FER2013 (the
data of its parent, their training part).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from fer_lab.configs import compose, for_parent, without_sweep
from fer_lab.datamodules.selection import selected
from fer_lab.errors import ConfigError
from fer_lab.evaluation.arrays import Images, Ints
from fer_lab.evaluation.mass_centres import MAPPINGS, assign, face_cropped, mass_centres
from fer_lab.sources import open_faces, open_source, split_of, twin_is_there


@dataclass(frozen=True)
class Mapped:
    """How the images of each label are distributed over the classes of another data set.

    Attributes:
        counts: images (C, K), rows the labels that they have, columns the classes that they get.
        labels: the C labels; likewise ``classes``, the K classes.
    """

    counts: Ints
    labels: tuple[str, ...]
    classes: tuple[str, ...]

    def share(self, of: str) -> float:
        """Share of a label's images that get a class, in [0, 1]; NaN where the label has none.

        Args:
            of: ``contempt as happiness``.

        Raises:
            ConfigError: there is no such label or class.
        """
        label, _, answer = of.partition(" as ")
        if label not in self.labels or answer not in self.classes:
            raise ConfigError(
                f"mapping of {of!r}",
                expected=f"<label> as <class>, of {', '.join(self.labels)} and {', '.join(self.classes)}",
            )
        row = self.counts[self.labels.index(label)]
        return float(row[self.classes.index(answer)] / row.sum()) if row.sum() else float("nan")


def mapped(cell: str, overrides: Sequence[str], name: str) -> Mapped:
    """Map the labels of a cell's data to the classes of its parent's; computed once a process.

    Args:
        cell: ``<experiment>/<name>``, with one parent.
        overrides: of the command line; they hold for the cell and its parent.
        name: one of ``MAPPINGS``, such as ``histogram`` or ``histogram, cropped``.

    Raises:
        ConfigError: the cell has not one parent, or one of the two has no grey images that are faces already.
        DataError: the data are not there, a class has no image, or the images have other sizes.
    """
    return _mapped(cell, tuple(without_sweep(overrides)), name, os.environ.get("FER_LAB_DATA"))


def centres(cell: str, overrides: Sequence[str], name: str) -> tuple[Images, tuple[str, ...]]:
    """The mass centres of the classes of a cell's data, among its training part; computed once a process.

    Args: as ``mapped``, of a cell with or without parents.

    Returns:
        An image a class, uint8 (K, S, S), cropped if the mapping says so, and the names of the K classes.

    Raises: as ``mapped``.
    """
    return _centres(cell, tuple(without_sweep(overrides)), name, os.environ.get("FER_LAB_DATA"))


def mapping_is_there(cell: str, overrides: Sequence[str]) -> bool:
    """Whether labels can be mapped without writing a twin first."""
    return all(twin_is_there(config) for config in _both(cell, without_sweep(overrides)))


@lru_cache(maxsize=16)
def _mapped(cell: str, overrides: tuple[str, ...], name: str, data: str | None) -> Mapped:
    """``data`` is the environment variable that conf/paths reads."""
    difference, cropped = MAPPINGS[name]
    own, _ = _both(cell, overrides)
    images, labels, names = _faces(own)
    parent = own["parents"][0]
    kept = without_sweep(for_parent(overrides, cell, parent))
    nearest_to, classes = _centres(parent, tuple(kept), name, data)
    answers = assign(face_cropped(images) if cropped else images, nearest_to, difference)
    counts = np.zeros((len(names), len(classes)), np.int64)
    np.add.at(counts, (labels, answers), 1)
    return Mapped(counts, names, classes)


@lru_cache(maxsize=16)
def _centres(cell: str, overrides: tuple[str, ...], name: str, data: str | None) -> tuple[Images, tuple[str, ...]]:
    difference, cropped = MAPPINGS[name]
    images, labels, classes = _faces(compose([*overrides, f"cell={cell}"]), "train")
    images = face_cropped(images) if cropped else images
    return images[mass_centres(images, labels, classes, difference)], classes


def _both(cell: str, overrides: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The configurations of a cell and of its parent."""
    config = compose([*overrides, f"cell={cell}"])
    if len(config["parents"]) != 1:
        raise ConfigError(
            f"the labels of {cell} cannot be mapped: it has {len(config['parents'])} parents",
            expected="one, whose data have the classes to map to",
            do="name it in the cell's parents",
        )
    return config, compose(for_parent(overrides, cell, config["parents"][0]))


def _faces(config: Mapping[str, Any], part: str | None = None) -> tuple[Images, Ints, tuple[str, ...]]:
    """Grey faces (N, S, S) of a configuration's data or of one part, their labels (N,), and the labels' names.

    The data set's own labels, whatever the cell regroups them to: that is what is to be found out.
    """
    source, about = open_source(config), config["data"]
    store, target = open_faces(source, config), about["target"]
    pixels = store.view(config["faces"]["views"][0])
    if pixels.shape[-1] != 1:
        raise ConfigError(
            f"{source.dataset.title}: labels are mapped on grey images that are faces already", expected="faces=raw"
        )
    index = selected(source.index, target, only=about.get("only"))
    if part is not None:
        index = index[index["id"].isin(set(split_of(config, source.index, store).ids(part)))]
    names = source.dataset.targets[target].names
    numbers = {name: number for number, name in enumerate(names)}
    label = store.frames["id"].map(index.set_index("id")[target].map(numbers)).to_numpy(np.float64)
    rows = np.flatnonzero(~np.isnan(label))
    return np.asarray(pixels[rows, ..., 0]), label[rows].astype(np.int64), names
