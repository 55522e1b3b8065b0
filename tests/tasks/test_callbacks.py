from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from pytorch_lightning import Trainer
from safetensors.torch import load_file

from fer_lab.datamodules.datamodule import FaceDataModule
from fer_lab.errors import StoreError
from fer_lab.evaluation.targets import target_of
from fer_lab.phases import Phase, heard
from fer_lab.tasks.callbacks import EpochScores
from fer_lab.tasks.classification import Classification
from fer_lab.tasks.scoring import epoch_scores
from tests.tasks.broken_runs import EPOCHS, Kill, KilledError, Run


def accuracy(scores: pd.DataFrame) -> float:
    target = target_of(scores)
    return float(target.metric("accuracy")(target.total(scores)))


MakeTask = Callable[..., Classification]


@pytest.fixture
def make_run(make_task: MakeTask, data: FaceDataModule) -> Callable[[Path], Run]:
    return lambda folder: Run(folder, make_task(), copy.copy(data))


@pytest.fixture
def whole(make_run: Callable[[Path], Run], tmp_path_factory: pytest.TempPathFactory) -> Run:
    return make_run(tmp_path_factory.mktemp("whole")).fit()


def test_every_epoch_has_its_scores(whole: Run) -> None:
    assert list(whole.scores) == list(range(EPOCHS))
    for epoch, scores in whole.scores.items():
        parts = {"val", "test", "train"} if epoch == EPOCHS - 1 else {"val", "test"}
        assert set(scores["part"]) == parts
        assert list(scores) == ["item", "video", "subject", "part", "epoch", "label", "p0", "p1", "p2"]
        assert (scores["epoch"] == epoch).all()
        about = whole.data.table.loc[scores["item"]].reset_index(drop=True)
        pd.testing.assert_frame_equal(scores[list(about)], about)
    assert accuracy(whole.scores[EPOCHS - 1].query("part == 'train'")) > 0.5


def test_a_training_says_its_epoch_loss_and_validation_score(make_run: Callable[[Path], Run], tmp_path: Path) -> None:
    said: list[Phase] = []
    with heard(said.append):
        make_run(tmp_path).fit()
    with heard(said.append):
        make_run(tmp_path / "steps").fit(steps=3)
    assert re.fullmatch(rf"epoch 1 of {EPOCHS}, loss \d\.\d+", said[0].what)
    assert said[-1].what.startswith("step ")


def test_the_best_weights_are_those_of_the_best_validation_epoch(whole: Run) -> None:
    found = [accuracy(scores.query("part == 'val'")) for scores in whole.scores.values()]
    assert whole.best.epoch == found.index(max(found))
    assert whole.best.value == pytest.approx(max(found))
    weights = load_file(whole.weights)
    whole.task.model.load_state_dict(weights, strict=False)
    assert all(name.startswith("head.") for name in weights)
    again = epoch_scores(whole.task, whole.data, ("val", "test"), whole.best.epoch, "32-true")
    stored = whole.scores[whole.best.epoch].query("part != 'train'").reset_index(drop=True)
    pd.testing.assert_frame_equal(again, stored)


def test_averaged_weights_predict_and_are_kept_and_survive_a_kill(
    make_task: MakeTask, data: FaceDataModule, tmp_path: Path
) -> None:
    runs = []
    for name in ("whole", "broken"):
        (tmp_path / name).mkdir()
        run = Run(tmp_path / name, make_task(average=0.9), copy.copy(data))
        if name == "broken":
            with pytest.raises(KilledError):
                run.fit(Kill(2, "batch", 1))
            run = Run(tmp_path / name, make_task(average=0.9), copy.copy(data))
        runs.append(run.fit())
    whole, broken = runs
    assert whole.task.predictor is not whole.task.model
    kept, training = load_file(whole.weights), whole.task.model.state_dict()
    assert any(not torch.equal(value, training[name]) for name, value in kept.items())
    pd.testing.assert_frame_equal(whole.scores[EPOCHS - 1], broken.scores[EPOCHS - 1], check_exact=True)
    assert all(torch.equal(value, load_file(broken.weights)[name]) for name, value in kept.items())


def test_the_test_part_can_be_left_closed(make_task: MakeTask, data: FaceDataModule, tmp_path: Path) -> None:
    scores: dict[int, pd.DataFrame] = {}
    trainer = Trainer(
        max_epochs=1, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, limit_val_batches=0, callbacks=[EpochScores(scores.__setitem__, test=False)],
    )  # fmt: skip
    trainer.fit(make_task(), datamodule=data)
    assert set(scores[0]["part"]) == {"train", "val"}


@pytest.mark.parametrize(
    ("kill", "first"),
    [
        (Kill(1, "epoch"), False),  # an epoch is whole, its checkpoint written
        (Kill(2, "epoch"), True),  # trained, but nothing of the epoch is written yet
        (Kill(2, "batch", 1), False),  # inside an epoch
        (Kill(0, "batch", 0), False),  # before there is any checkpoint
    ],
    ids=["between epochs", "before scores", "mid-epoch", "at the start"],
)
def test_a_broken_run_goes_on_as_if_unbroken(
    make_run: Callable[[Path], Run], whole: Run, tmp_path: Path, kill: Kill, first: bool
) -> None:
    broken = make_run(tmp_path)
    with pytest.raises(KilledError):
        broken.fit(kill, first=first)
    torch.manual_seed(999)
    resumed = make_run(tmp_path)
    resumed.scores = broken.scores
    resumed.fit()
    assert list(resumed.scores) == list(whole.scores)
    for epoch, scores in whole.scores.items():
        pd.testing.assert_frame_equal(resumed.scores[epoch], scores, check_exact=True)
    for name in (resumed.weights.name, "history.csv", "losses.csv"):
        assert (resumed.folder / name).read_bytes() == (whole.folder / name).read_bytes()
    assert resumed.best.state_dict() == whole.best.state_dict()


def test_a_checkpoint_is_only_written_after_the_scores(make_run: Callable[[Path], Run], tmp_path: Path) -> None:
    class FullDisk(dict[int, pd.DataFrame]):
        def __setitem__(self, epoch: int, scores: pd.DataFrame) -> None:
            if epoch == 1:
                raise KilledError

    run = make_run(tmp_path)
    run.scores = FullDisk()
    with pytest.raises(KilledError):
        run.fit()
    assert torch.load(run.checkpoint, weights_only=True)["epoch"] == 0


def test_a_checkpoint_that_cannot_be_written_leaves_the_one_before(
    make_run: Callable[[Path], Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Trainer, path: Path, **settings: Any) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Trainer, "save_checkpoint", full)
    run = make_run(tmp_path)
    with pytest.raises(StoreError, match=r"last\.ckpt"):
        run.fit()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["history.csv", "losses.csv", "weights.safetensors"]


def test_test_labels_change_nothing_in_training(make_run: Callable[[Path], Run], whole: Run, tmp_path: Path) -> None:
    run = make_run(tmp_path)
    table = run.data.items.table.copy()
    table.loc[table["part"] == "test", "label"] = 0
    run.data.items = type(run.data.items)(table, run.data.items.rows, run.data.items.sources, run.data.skipped)
    run.fit()
    assert run.weights.read_bytes() == whole.weights.read_bytes()


def test_half_precision_resumes_bit_for_bit(make_run: Callable[[Path], Run], tmp_path: Path) -> None:
    whole = make_run(tmp_path / "whole")
    whole.fit(precision="bf16-mixed")
    broken = make_run(tmp_path)
    with pytest.raises(KilledError):
        broken.fit(Kill(1, "batch", 2), precision="bf16-mixed")
    resumed = make_run(tmp_path)
    resumed.fit(precision="bf16-mixed")
    last = EPOCHS - 1
    pd.testing.assert_frame_equal(resumed.scores[last], whole.scores[last], check_exact=True)


class Malicious:
    """Pickled code, as a checkpoint from elsewhere may hold."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


def test_a_checkpoint_with_code_is_refused_and_not_run(make_run: Callable[[Path], Run], tmp_path: Path) -> None:
    run = make_run(tmp_path)
    with pytest.raises(KilledError):
        run.fit(Kill(0, "epoch"))
    state = torch.load(run.checkpoint, weights_only=True)
    torch.save(state | {"callbacks": {"BestWeights": Malicious(tmp_path / "touched")}}, run.checkpoint)
    with pytest.raises(pickle.UnpicklingError, match=r"[Ww]eights.only"):
        make_run(tmp_path).fit()
    assert not (tmp_path / "touched").exists()
