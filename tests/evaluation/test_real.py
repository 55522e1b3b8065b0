"""On the real FER2013, where it is there: the copies that it is known to hold, and mass centres that are faces."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from fer_lab.datasets.fer2013 import Fer2013
from fer_lab.evaluation.arrays import Images
from fer_lab.evaluation.duplicates import find_duplicates
from fer_lab.evaluation.mass_centres import mass_centres

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.fixture(scope="module")
def fer2013(real_data: Path) -> tuple[Images, pd.DataFrame]:
    root = real_data / "fer2013"
    if not root.is_dir():
        pytest.skip(f"{root} is not there")
    index = Fer2013().index(root)
    return Fer2013().images(root, index), index


def test_the_copies_of_fer2013_are_found(fer2013: tuple[Images, pd.DataFrame]) -> None:
    images, index = fer2013
    found = find_duplicates(images, index["emotion"].tolist(), index["part_given"].tolist())
    exact = {tuple(row[:2]): tuple(row[2:]) for row in found.exact.itertuples(index=False)}
    assert exact["PublicTest", "Training"] == (371, 280, 351)
    assert exact["PrivateTest", "Training"] == (415, 288, 387)
    assert exact["PrivateTest", "PublicTest"] == (47, 44, 46)
    assert (len(found.conflicts), found.conflicts["group"].nunique(), len(found.constant)) == (160, 57, 12)
    assert found.near["pairs"].sum() == 327


def test_the_mass_centres_of_fer2013_are_none_of_its_constant_images(
    fer2013: tuple[Images, pd.DataFrame],
) -> None:
    images, index = fer2013
    training = (index["part_given"] == "Training").to_numpy()
    names = Fer2013.targets["emotion"].names
    labels = index["emotion"][training].map({name: n for n, name in enumerate(names)}).to_numpy()
    centres = images[training][mass_centres(images[training], labels, names, "absolute")]
    assert len(centres) == 7
    assert centres.reshape(7, -1).std(1).min() > 20
