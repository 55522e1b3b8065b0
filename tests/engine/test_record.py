"""What a run says of its model."""

from __future__ import annotations

import torch

from fer_lab import tables
from fer_lab.engine.record import model_facts
from fer_lab.models.alexnet_backbone import AlexNetBackbone
from fer_lab.models.fine_tuned import FineTuned


def test_the_fc_layers_of_alexnet_have_as_many_parameters_as_printed() -> None:
    with torch.device("meta"):
        found = model_facts(FineTuned(7, AlexNetBackbone(), 3))
    printed = tables.find_table("rosa_ramos_2018-text-8.1").values
    assert [found["linear"][value.name.removeprefix("linear.")] for value in printed] == [v.value for v in printed]
    assert sum(found["linear"].values()) < found["parameters"]
