"""What ``compose`` puts in after Hydra is what Hydra would have composed, and Hydra is asked once a cell."""

import importlib

import pytest

from fer_lab.configs import compose
from fer_lab.errors import ConfigError

module = importlib.import_module("fer_lab.configs.compose")  # the package's name for it is the function's


@pytest.mark.parametrize("cell", ["sase_hidden/cnn_gru_features", "ck_transfer/peaks_5_fc"])
def test_seed_and_fold_are_as_hydra_composes_them(cell: str) -> None:
    overrides = ("profile=smoke", f"cell={cell}", "seed=3", "fold=1")
    assert compose(overrides) == module.resolve(module._compose(overrides, None))


def test_the_runs_of_a_cell_are_composed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    hydra = module.hydra_compose
    monkeypatch.setattr(module, "hydra_compose", lambda name, given: (asked.append(given), hydra(name, given))[1])
    found = [compose(["cell=sase_hidden/cnn_face", "epochs=77", f"seed={seed}"])["seed"] for seed in (0, 1, 12)]
    assert found == [0, 1, 12]
    assert len(asked) == 1


@pytest.mark.parametrize("wrong", ["seed=-1", "seed=1.5", "fold=x", "fold=-1"])
def test_what_is_no_number_is_still_refused(wrong: str) -> None:
    with pytest.raises(ConfigError, match=wrong.split("=")[0]):
        compose(["cell=sase_hidden/cnn_face", wrong])
