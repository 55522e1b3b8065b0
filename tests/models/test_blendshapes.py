"""The proxy of action units: scores as they come, of the blendshapes that conf/ names."""

from __future__ import annotations

import pytest
import torch

from fer_lab.datasets.emotionet import SETS
from fer_lab.errors import ConfigError
from fer_lab.faces import BLENDSHAPES
from fer_lab.models.blendshapes import Blendshapes, proxy

MADE_OF = {"AU12": ["mouthSmileLeft", "mouthSmileRight"], "AU26": ["jawOpen"]}


def scores(**said: float) -> torch.Tensor:
    return torch.tensor([[said.get(name, 0.0) for name in BLENDSHAPES]])


def test_a_unit_is_scored_by_the_side_that_does_more() -> None:
    model = Blendshapes(["AU26", "AU12"], MADE_OF)
    found = model(scores(mouthSmileLeft=0.2, mouthSmileRight=0.75, jawOpen=0.125)).sigmoid()
    torch.testing.assert_close(found, torch.tensor([[0.125, 0.75]]))


def test_scores_of_0_and_1_stay_numbers_and_the_order_of_small_ones_is_kept() -> None:
    said = torch.cat([scores(jawOpen=value) for value in (0.0, 1e-6, 2e-6, 1.0)])
    found = Blendshapes(["AU26"], MADE_OF)(said)[:, 0]
    assert found.isfinite().all()
    assert found.tolist() == sorted(set(found.tolist()))


def test_nothing_in_it_trains() -> None:
    model = Blendshapes(["AU26"], MADE_OF)
    assert not model.trains
    assert (list(model.parameters()), model.state_dict()) == ([], {})


def test_a_unit_without_blendshapes_has_no_answer_rather_than_0() -> None:
    with pytest.raises(ConfigError, match="AU23 is no blendshape's"):
        Blendshapes(["AU12", "AU23"], MADE_OF)
    with pytest.raises(ConfigError, match=r"made_of.AU12: 'mouthSmile'"):
        Blendshapes(["AU12"], {"AU12": ["mouthSmile"]})


def test_what_conf_names_answers_all_eleven_units_and_twenty_four_of_sixty() -> None:
    units = proxy().units
    assert set(SETS["eleven"]) <= set(units) <= set(SETS["sixty"])
    assert proxy()(torch.rand(3, len(BLENDSHAPES))).shape == (3, len(units)) == (3, 24)
    assert proxy(["AU12"])(scores(mouthSmileLeft=0.5)).tolist() == [[0.0]]
    with pytest.raises(ConfigError, match="AU27"):
        proxy(["AU27"])


def test_each_blendshape_with_a_side_is_named_with_the_other() -> None:
    for columns in proxy().columns:
        names = {BLENDSHAPES[column] for column in columns}
        assert {name.replace("Left", "*").replace("Right", "Left").replace("*", "Right") for name in names} == names
