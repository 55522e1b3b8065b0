from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from fer_lab.datamodules.items import every_row
from fer_lab.datamodules.loader import Batches, EpochOrder


def batches(faces: Any, batch_size: int, seed: int | None = 0, epoch: int = 0) -> Batches:
    loader = Batches(every_row(faces, ["frontal"]), np.arange(250), batch_size, EpochOrder(250, seed or 0))
    loader.set_epoch(epoch)
    return loader


def order(loader: Batches) -> list[int]:
    return [int(item) for batch in loader for item in batch["item"]]


@pytest.mark.parametrize("batch_size", [1, 7, 64, 249, 250, 1000])
def test_an_epoch_shows_every_item_once_in_batches_of_like_size(faces: Any, batch_size: int) -> None:
    loader = batches(faces, batch_size)
    sizes = [len(batch["item"]) for batch in loader]
    assert len(sizes) == len(loader)
    assert max(sizes) <= batch_size
    assert max(sizes) - min(sizes) <= 1
    assert sorted(order(loader)) == list(range(250))


def test_the_order_is_a_function_of_seed_and_epoch(faces: Any) -> None:
    assert order(batches(faces, 32, 3, 4)) == order(batches(faces, 32, 3, 4))
    assert order(batches(faces, 32, 3, 4)) != order(batches(faces, 32, 3, 5))
    assert order(batches(faces, 32, 3, 4)) != order(batches(faces, 32, 4, 4))


def test_without_a_sampler_the_order_is_kept(faces: Any) -> None:
    numbers = np.array([5, 3, 9])
    loader = Batches(every_row(faces, ["frontal"]), numbers, 2)
    loader.set_epoch(1)
    assert order(loader) == [5, 3, 9]


def test_inputs_labels_and_items_belong_together(faces: Any) -> None:
    made = every_row(faces, ["frontal"])
    table = made.table.assign(label=made.table["item"] % 7)
    loader = Batches(type(made)(table, made.rows, made.sources, pd.DataFrame()), np.arange(250), 60, EpochOrder(250, 1))
    for batch in loader:
        assert batch["inputs"][0][:, 1, 2, 2].tolist() == batch["item"].tolist()
        assert (batch["target"] == batch["item"] % 7).all()
