"""Principal components, fitted on what may be learned from and applied to everything."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.decomposition import PCA

from fer_lab.datamodules.faces import Floats
from fer_lab.errors import ConfigError


def reduce(values: npt.NDArray[np.floating], training: npt.NDArray[np.int64], components: int) -> tuple[Floats, float]:
    """The first principal components of vectors.

    García Zapata 2018, sec. 4.3 (fc7 to 100 components) and 4.1 (landmarks); that the components are fitted on
    the training rows alone, and that all are divided by one number, the training deviation of the first, is ours.

    Args:
        values: (N, F).
        training: rows, of 0 to N-1, that the components are fitted on.
        components: how many to keep.

    Returns:
        float32 (N, components), and the share of the training rows' variance that they keep.

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
    pca = PCA(components, random_state=0).fit(values[rows].astype(np.float32))
    reduced = pca.transform(values.astype(np.float32)) / np.sqrt(max(pca.explained_variance_[0], 1e-12))
    return np.ascontiguousarray(reduced, dtype=np.float32), round(float(pca.explained_variance_ratio_.sum()), 4)


def normalised_landmarks(landmarks: npt.NDArray[np.floating]) -> Floats:
    """68 points about their own centre, divided by their own root mean square distance to it.

    Args:
        landmarks: (N, 68, 2) px.

    Returns:
        float32 (N, 136), x and y in turn (García Zapata 2018, sec. 7.3.1; the scale is ours).
    """
    points = np.asarray(landmarks, np.float64)
    centred = points - points.mean(axis=1, keepdims=True)
    size = np.sqrt(np.square(centred).sum(axis=(1, 2), keepdims=True) / points.shape[1])
    flat: Floats = (centred / np.maximum(size, 1e-9)).reshape(len(points), -1).astype(np.float32)
    return flat
