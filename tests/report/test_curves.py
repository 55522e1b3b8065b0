"""The course of a training, drawn from the histories of its runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fer_lab.errors import ConfigError, StoreError
from fer_lab.report import curves


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Any]:
    """A function: a run of so many epochs, whose accuracy ends at a value."""

    def make(seed: int, epochs: int = 4, end: float = 0.6, protocol: str = "clean") -> Any:
        folder = tmp_path / str(seed)
        folder.mkdir()
        table = pd.DataFrame({"epoch": range(epochs), "train/loss": np.linspace(1.8, 0.5, epochs)})
        accuracies = {
            "train/accuracy": np.linspace(0.2, end + 0.1, epochs),
            "val/accuracy": np.linspace(0.2, end, epochs),
        }
        table.assign(**accuracies).to_csv(folder / "history.csv", index=False)
        return SimpleNamespace(folder=folder, protocol=protocol)

    return make


def test_a_picture_of_one_and_of_several_seeds(run: Any, material: Any, picture: Any) -> None:
    one = picture(curves.curves(material(runs={0: run(0)})))
    several = picture(curves.curves(material(runs={0: run(1), 1: run(2, end=0.5)})))
    assert one.shape == several.shape
    assert (one != several).any()


def test_epochs_count_from_one_and_those_that_a_seed_lacks_are_left_out(run: Any) -> None:
    histories = [curves._history(run(0)), curves._history(run(1, epochs=3))]
    assert histories[0].index.tolist() == [1, 2, 3, 4]
    drawn: dict[str, Any] = {}
    axes = SimpleNamespace(
        plot=lambda x, y, **_: drawn.update(x=list(x), y=list(y)),
        fill_between=lambda x, low, high, **_: drawn.update(low=list(low), high=list(high)),
    )
    curves._line(axes, histories, "val/accuracy", "validation", "k")
    assert drawn["x"] == [1, 2, 3]
    assert drawn["low"][0] == pytest.approx(0.2)
    assert drawn["high"][2] == pytest.approx(0.6)
    assert drawn["y"][2] == pytest.approx((0.6 + histories[0]["val/accuracy"][3]) / 2)


def test_a_figure_of_curves_needs_a_run_with_its_history(run: Any, material: Any) -> None:
    with pytest.raises(ConfigError, match="no finished run"):
        curves.curves(material())
    lost = run(0)
    (lost.folder / "history.csv").unlink()
    with pytest.raises(StoreError, match=r"history\.csv"):
        curves.curves(material(runs={0: lost}))


def test_one_panel_alone_and_no_other_than_there_are(run: Any, material: Any, picture: Any) -> None:
    shown = material(runs={0: run(0)})
    loss, accuracy = (picture(curves.curves(shown, panels=[name])) for name in ("loss", "accuracy"))
    assert loss.shape == accuracy.shape
    assert (loss != accuracy).any()
    assert picture(curves.curves(shown)).shape[1] > loss.shape[1]
    with pytest.raises(ConfigError, match="panels"):
        curves.curves(shown, panels=["losses"])


def test_a_learning_rate_is_drawn_where_runs_have_kept_it(run: Any, material: Any, picture: Any) -> None:
    older, newer = run(0), run(1)
    path = newer.folder / "history.csv"
    pictures = []
    for rates in ([1e-3] * 4, [1e-3, 1e-3, 1e-4, 1e-4]):
        pd.read_csv(path).assign(lr=rates).to_csv(path, index=False)
        pictures.append(picture(curves.curves(material(runs={0: newer}), panels=["learning rate"])))
    assert (pictures[0] != pictures[1]).any()
    with pytest.raises(StoreError, match="no learning rate by epoch"):
        curves.curves(material(runs={0: older, 1: newer}), panels=["learning rate"])


def test_the_printed_last_epoch_is_marked_where_training_stops_there(run: Any, material: Any) -> None:
    clean, thesis = (material(runs={0: run(seed, protocol=name)}) for seed, name in enumerate(("clean", "thesis")))
    assert curves.curves(clean, stopped=170) == curves.curves(clean)
    assert curves.curves(thesis, stopped=170) != curves.curves(thesis)
    assert curves.curves(thesis, stopped=170) != curves.curves(thesis, stopped=180)
