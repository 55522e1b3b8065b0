"""Principal components, fitted on what may be learned from and applied to everything, then and later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import safetensors
import safetensors.numpy

from fer_lab.errors import ConfigError, StoreError
from fer_lab.evaluation.arrays import Singles
from fer_lab.storage import Shape, check_shapes

COORDINATES = 136
"""Of the landmarks of a face: 68 points in x and y."""


@dataclass(frozen=True)
class Reduction:
    """Vectors of F values -> their first K principal components.

    García Zapata 2018, sec. 4.3 (fc7 to 100 components) and 4.1 (landmarks); that the components are fitted on
    the training rows alone, and that all are divided by one number, the training deviation of the first, is ours.

    Attributes:
        components: float32 (K, F).
        mean: of the training rows, float32 (F,).
        scale: float32 (), what the components are divided by.
        explained_variance: float32 (), share of the training rows' variance that the components keep.
    """

    components: Singles
    mean: Singles
    scale: Singles
    explained_variance: Singles

    @classmethod
    def fit(cls, values: npt.NDArray[np.floating], training: npt.NDArray[np.int64], components: int) -> Self:
        """The reduction of some rows.

        Args:
            values: (N, F).
            training: rows, of 0 to N-1, that the components are fitted on.
            components: how many to keep.

        Raises:
            ConfigError: more components than training rows or than columns.
        """
        rows = np.unique(training)
        if not 1 <= components <= (most := min(len(rows), values.shape[1])):
            raise ConfigError(
                f"items.components={components} of {len(rows)} training rows with {values.shape[1]} values each",
                expected=f"1 to {most}",
                do="set items.components lower, or train on more",
            )
        # random_state: the solver for wide data starts from random vectors.
        from sklearn.decomposition import PCA  # takes more than a second to import

        pca = PCA(components, random_state=0).fit(values[rows].astype(np.float32))
        scale = np.asarray(np.sqrt(max(pca.explained_variance_[0], 1e-12)), np.float32)
        return cls(pca.components_, pca.mean_, scale, np.asarray(pca.explained_variance_ratio_.sum(), np.float32))

    def __call__(self, values: npt.NDArray[np.floating]) -> Singles:
        """Vectors (N, F) as float32 (N, K)."""
        projected = values.astype(np.float32) @ self.components.T - self.mean[None] @ self.components.T
        return np.ascontiguousarray(projected / self.scale, dtype=np.float32)

    def facts(self) -> dict[str, float]:
        """What a run's record says of it."""
        return {"explained_variance": round(float(self.explained_variance), 4)}


def packed(fitted: Mapping[str, Reduction]) -> bytes:
    """Reductions by name as a safetensors file, a tensor ``<name>.<attribute>`` each."""
    parts = {f"{name}.{key}": value for name, one in fitted.items() for key, value in vars(one).items()}
    return safetensors.numpy.save({key: np.asarray(value, order="C") for key, value in parts.items()})


def read_fitted(path: Path, sizes: Mapping[str, tuple[int, int]]) -> dict[str, Reduction]:
    """Reductions by name, as ``packed`` wrote them.

    Args:
        path: the file.
        sizes: by name, how many components (K) of how many values (F) each must be.

    Raises:
        StoreError: the file is damaged, or holds other reductions, or numbers that are not finite.
    """
    try:
        tensors = safetensors.numpy.load(path.read_bytes())
    except (OSError, safetensors.SafetensorError, KeyError, TypeError) as error:
        raise StoreError(f"{path} is damaged: {error}", do="start the sweep again; the run is trained anew") from error
    shapes = {name: _shapes(k, f) for name, (k, f) in sizes.items()}
    expected = {f"{name}.{key}": shape for name, own in shapes.items() for key, shape in own.items()}
    check_shapes(path, {name: value.shape for name, value in tensors.items()}, expected)
    if wrong := [name for name, value in tensors.items() if not np.isfinite(value).all()]:
        raise StoreError(f"{path}: {', '.join(sorted(wrong))} has numbers that are not finite",
                         do="remove the run's folder; its sweep trains it again")  # fmt: skip
    return {name: Reduction(**{key: tensors[f"{name}.{key}"] for key in own}) for name, own in shapes.items()}


def _shapes(k: int, f: int) -> dict[str, Shape]:
    """Of the attributes of a reduction."""
    return {"components": (k, f), "mean": (f,), "scale": (), "explained_variance": ()}


def normalised_landmarks(landmarks: npt.NDArray[np.floating]) -> Singles:
    """68 points about their own centre, divided by their own root mean square distance to it.

    Args:
        landmarks: (N, 68, 2) px.

    Returns:
        float32 (N, 136), x and y in turn (García Zapata 2018, sec. 7.3.1; the scale is ours).
    """
    points = np.asarray(landmarks, np.float64)
    centred = points - points.mean(axis=1, keepdims=True)
    size = np.sqrt(np.square(centred).sum(axis=(1, 2), keepdims=True) / points.shape[1])
    flat: Singles = (centred / np.maximum(size, 1e-9)).reshape(len(points), -1).astype(np.float32)
    return flat
