from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from fer_lab.datasets import IDENTITIES, TwinScale, make_twin
from fer_lab.datasets.fer2013 import Fer2013
from fer_lab.datasets.fer2013_csv import NAMES
from fer_lab.datasets.fer2013_twin import FORMS, plan, sittings
from fer_lab.errors import ConfigError

SMALL = TwinScale(None, None, (0.0, 1.0), 64, stills=400)


@pytest.fixture(scope="module", params=FORMS)
def twin(request: pytest.FixtureRequest, cache: Path) -> Path:
    return make_twin(Fer2013(request.param), SMALL)


@pytest.fixture(scope="module")
def index(twin: Path) -> pd.DataFrame:
    return Fer2013().index(twin)


def test_every_form_of_the_twin_holds_the_same_classes(twin: Path, index: pd.DataFrame) -> None:
    expected = plan(400, Fer2013.targets["emotion"].names).groupby(["part", "emotion"]).size()
    found = index.groupby(["part_given", "emotion"]).size()
    assert found.to_dict() == expected.to_dict()
    assert len(found) == 21
    assert abs(len(index) - 400) <= 10


def test_the_twins_own_form_is_read() -> None:
    kinds = [set(Fer2013().index(make_twin(Fer2013(form), SMALL))["kind"]) for form in FORMS]
    assert kinds == [{"image"}, {"pixels"}, {"pixels"}]
    files = [make_twin(Fer2013(form), SMALL) / name for form, name in zip(FORMS[1:], NAMES, strict=True)]
    assert [file.open().readline() for file in files] == ["emotion,pixels,Usage\n", "emotion, Usage, pixels\n"]


def test_the_twins_faults_are_those_of_the_real_data(twin: Path, index: pd.DataFrame) -> None:
    images = Fer2013().images(twin, index)
    content = pd.Series([image.tobytes() for image in images], index=index.index)
    training = index["part_given"] == "Training"
    public = index["part_given"] == "PublicTest"
    copied = content[public].isin(content[training])
    assert copied.sum() == round(0.07 * public.sum())
    assert not content[index["part_given"] == "PrivateTest"].isin(content[training | public]).any()
    labels = index[training].set_index(content[training])["emotion"]
    other = [labels[content[row]] != index["emotion"][row] for row in copied.index[copied]]
    assert sum(other) == 1
    assert (images.max(axis=(1, 2)) == 0).sum() == 2
    assert (images[training].max(axis=(1, 2)) == 0).sum() == 2


def test_the_whole_twin_has_the_published_numbers() -> None:
    table = plan(35_887, Fer2013.targets["emotion"].names)
    assert table["part"].value_counts().to_dict() == {k: v for k, v in Fer2013.published.items() if k != "images"}
    assert table[table["part"] == "PublicTest"]["emotion"].value_counts()["disgust"] == 56
    copies = table[(table["shows"] != table.index) & (table["shows"] >= 0)]
    relabelled = copies["emotion"].to_numpy() != table["emotion"].to_numpy()[copies["shows"]]
    assert (len(copies), relabelled.sum()) == (251, 26)
    assert set(copies["part"]) == {"PublicTest"}


def test_nobody_is_in_two_parts() -> None:
    table = plan(35_887, Fer2013.targets["emotion"].names)
    parts: dict[int, set[str]] = {}
    for sitting in sittings(table, 48):
        for seed in {sitting.skin, *sitting.people}:
            parts.setdefault(seed, set()).update(table["part"][list(sitting.rows)])
    assert max(map(len, parts.values())) == 1
    assert set(parts) <= set(IDENTITIES["fer2013"])
    skins = {sitting.skin for sitting in sittings(table, 48)}
    assert not skins & {seed for sitting in sittings(table, 48) for seed in sitting.people}


def test_a_twin_has_as_many_images_as_published_at_most() -> None:
    assert Fer2013().twin_extent(replace(SMALL, stills=None)) == {"stills": 35_887}
    assert Fer2013().twin_extent(replace(SMALL, stills=10**6)) == {"stills": 35_887}
    with pytest.raises(ConfigError, match=r"profile\.stills=0"):
        Fer2013().twin_extent(replace(SMALL, stills=0))
    with pytest.raises(ConfigError, match="'folders'"):
        Fer2013("folder")
