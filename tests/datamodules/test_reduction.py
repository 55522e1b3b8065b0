from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from fer_lab.datamodules.reduction import Reduction, packed, read_fitted
from fer_lab.errors import StoreError

VALUES = np.random.default_rng(0).normal(size=(60, 12)) * np.arange(1, 13) + 5


@pytest.fixture
def reduction() -> Reduction:
    return Reduction.fit(VALUES, np.arange(40), 4)


def test_components_have_the_training_deviation_of_the_first_as_their_unit(reduction: Reduction) -> None:
    reduced = reduction(VALUES)
    pca = PCA(4).fit(VALUES[:40])
    assert reduced.shape == (60, 4)
    assert reduced.dtype == np.float32
    np.testing.assert_allclose(np.abs(reduced), np.abs(pca.transform(VALUES)) / pca.singular_values_[0] * 39**0.5,
                               atol=1e-4)  # fmt: skip
    assert reduced[:40, 0].std(ddof=1) == pytest.approx(1, abs=1e-5)
    assert reduction.facts() == {"explained_variance": pytest.approx(pca.explained_variance_ratio_.sum(), abs=1e-4)}


def test_what_is_kept_reduces_later_faces_alike(reduction: Reduction, tmp_path: Path) -> None:
    other = Reduction.fit(VALUES[:, :7], np.arange(20, 60), 2)
    (tmp_path / "kept").write_bytes(packed({"geometry": reduction, "features": other}))
    kept = read_fitted(tmp_path / "kept", {"geometry": (4, 12), "features": (2, 7)})
    assert set(kept) == {"geometry", "features"}
    np.testing.assert_allclose(kept["geometry"](VALUES), reduction(VALUES), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(kept["features"](VALUES[:, :7]), other(VALUES[:, :7]), rtol=1e-6, atol=1e-6)
    assert kept["geometry"].facts() == reduction.facts()


def test_what_is_damaged_is_refused(reduction: Reduction, tmp_path: Path) -> None:
    for data in (b"", packed({"geometry": reduction})[:-1]):
        (tmp_path / "kept").write_bytes(data)
        with pytest.raises(StoreError, match="kept is damaged"):
            read_fitted(tmp_path / "kept", {"geometry": (4, 12)})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mean": np.full(12, np.nan, np.float32)}, r"kept: geometry\.mean has numbers that are not finite"),
        ({"mean": np.zeros(11, np.float32)}, r"it has geometry\.mean \(11,\)\n.*geometry\.mean \(12,\)"),
        ({"scale": np.ones(12, np.float32)}, r"it has geometry\.scale \(12,\)\n.*geometry\.scale \(\)"),
        ({"components": np.zeros((3, 12), np.float32)}, r"geometry\.components \(3, 12\)"),
    ],
)
def test_other_shapes_and_numbers_that_are_not_finite_are_refused(
    change: dict[str, NDArray[np.float32]], message: str, reduction: Reduction, tmp_path: Path
) -> None:
    (tmp_path / "kept").write_bytes(packed({"geometry": replace(reduction, **change)}))
    with pytest.raises(StoreError, match=message):
        read_fitted(tmp_path / "kept", {"geometry": (4, 12)})


def test_other_reductions_are_refused(reduction: Reduction, tmp_path: Path) -> None:
    (tmp_path / "kept").write_bytes(packed({"geometry": reduction}))
    with pytest.raises(StoreError, match=r"has geometry\.components \(4, 12\).*\n.*features\.components \(4, 12\)"):
        read_fitted(tmp_path / "kept", {"features": (4, 12)})
