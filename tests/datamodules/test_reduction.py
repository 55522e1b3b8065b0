from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
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
    kept = read_fitted(tmp_path / "kept")
    assert set(kept) == {"geometry", "features"}
    np.testing.assert_allclose(kept["geometry"](VALUES), reduction(VALUES), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(kept["features"](VALUES[:, :7]), other(VALUES[:, :7]), rtol=1e-6, atol=1e-6)
    assert kept["geometry"].facts() == reduction.facts()


def test_what_is_damaged_or_of_another_form_is_refused(reduction: Reduction, tmp_path: Path) -> None:
    whole = packed({"geometry": reduction})
    for data in (b"", whole[:-1], whole.replace(b"geometry.mean", b"geometry.meen")):
        (tmp_path / "kept").write_bytes(data)
        with pytest.raises(StoreError, match="kept is damaged"):
            read_fitted(tmp_path / "kept")
