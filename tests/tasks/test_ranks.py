"""The steps of two ranks are those of one process: losses, gradients, statistics, whatever is drawn by chance."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
import torch.distributed as dist
from timm.layers import DropPath
from torch import nn

from fer_lab.datamodules.augmentation import Augmentation
from fer_lab.datamodules.loader import Batch
from fer_lab.datamodules.random_actions import RandomActions
from fer_lab.datamodules.share import Share
from fer_lab.engine.together import together
from fer_lab.errors import ConfigError
from fer_lab.evaluation.targets import Classes, Labels, Values
from fer_lab.faces.actions import Action
from fer_lab.models.base import FaceModel
from fer_lab.models.layers import Head
from fer_lab.models.moravcik import MoravcikCNN
from fer_lab.models.rnn import FeatureRNN
from fer_lab.tasks.action_units import ActionUnits
from fer_lab.tasks.affect import Affect
from fer_lab.tasks.base import FaceTask
from fer_lab.tasks.classification import Classification
from fer_lab.tasks.costs import WeightedCrossEntropy
from fer_lab.tasks.losses import Concordance
from fer_lab.tasks.micro import MicroBatch
from fer_lab.tasks.penalty import Penalty
from fer_lab.tasks.ranks import ALONE, Ranks
from fer_lab.tasks.shared import SharedBatch

STEPS, SIZE, NAMES = 10, 13, ("a", "b", "c")


class Paths(FaceModel):
    """A network of which whole paths are left out by chance, and no batch norm."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(1, 6, 3, 2), nn.ReLU(), DropPath(0.4), nn.Flatten())
        self.head = Head(nn.Sequential(nn.Linear(6 * 7 * 7, 8), nn.Tanh(), nn.Dropout(0.3)), 8, len(NAMES))


class Norms(FaceModel):
    """Batch norm, dropout and no more."""

    def __init__(self) -> None:
        super().__init__()
        pooled = nn.Sequential(nn.ReLU(), nn.AvgPool2d(2), nn.Dropout(0.3), nn.Flatten())
        self.backbone = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), pooled)
        self.head = Head(nn.Sequential(nn.Linear(4 * 7 * 7, 8), nn.Tanh(), nn.Dropout(0.5)), 8, len(NAMES))


class Case(NamedTuple):
    """A task, what a batch is made of, and to what its steps are computed."""

    make: Callable[..., FaceTask]
    model: Callable[[], FaceModel]
    shape: tuple[int, ...]
    options: dict[str, Any]
    close: float = 1e-6
    precision: torch.dtype = torch.float32


def weighted() -> WeightedCrossEntropy:
    loss = WeightedCrossEntropy()
    loss.fit({"a": 10, "b": 3, "c": 30})
    return loss


NOISE = RandomActions([Action(noise=0.1), Action(flip=True, turn=10, noise=0.05)], 0.7)
ALL = Augmentation(flip=True, rotation=15, shift=0.1, zoom=0.1, shear=5, erase=0.4)
AS_PRINTED = partial(Classification, target=Classes(NAMES), augmentation=ALL, penalty=Penalty(0.001, 0.001))
CASES = {
    "norms": Case(AS_PRINTED, Norms, (1, 16, 16), {"loss": weighted}),
    "moravcik": Case(  # 13 items in 1-d batch norms behind ReLU: in single precision roundings grow a thousandfold
        AS_PRINTED,
        lambda: MoravcikCNN(len(NAMES), 16, 0.1, (0.2, 0.3, 0.5)),
        (1, 16, 16),
        {"loss": weighted},
        1e-9,
        torch.float64,
    ),
    "recurrent": Case(
        partial(ActionUnits, target=Labels(NAMES)),
        lambda: FeatureRNN(len(NAMES), "lstm", 5, 6, 3, dropout=0.4),
        (7, 5),
        {},
    ),
    "paths": Case(partial(Affect, target=Values(NAMES), augmentation=NOISE), Paths, (1, 16, 16), {"loss": Concordance}),
}


def batch_of(case: Case, task: FaceTask, number: int) -> Batch:
    """A batch of an odd number of items, its inputs those of a rank."""
    draw = torch.Generator().manual_seed(number)
    inputs, target = torch.rand((SIZE, *case.shape), generator=draw), torch.rand((SIZE, len(NAMES)), generator=draw)
    if task.kind == "classes":
        target = target.argmax(1)
    elif task.kind == "labels":
        target = target.round().where(torch.rand(target.shape, generator=draw) < 0.7, torch.nan)
        target[: SIZE // 2, 0] = torch.nan  # the first rank knows less than the second one
    return {"inputs": (inputs[task.ranks.share(SIZE).rows],), "target": target, "item": torch.arange(SIZE)}


def trained(name: str, ranks: Ranks = ALONE, micro: int | None = None) -> dict[str, Any]:
    """What comes of ten steps."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(CASES[name].precision)
    try:
        return _trained(CASES[name], ranks, micro)
    finally:
        torch.set_default_dtype(before)


def _trained(case: Case, ranks: Ranks, micro: int | None) -> dict[str, Any]:
    torch.manual_seed(1)
    options = {key: make() for key, make in case.options.items()}
    task = case.make(case.model(), torch.optim.SGD, torch.optim.lr_scheduler.ConstantLR, 3, **options)
    task.ranks, task.micro = ranks, MicroBatch(micro)
    optimizer = torch.optim.SGD(task.model.parameters(), 0.05, momentum=0.9)
    losses, gradients = [], []
    for number in range(STEPS):
        loss = task.training_step(batch_of(case, task, number), number)
        optimizer.zero_grad()
        loss.backward()
        task.on_after_backward()
        losses.append(loss.detach())
        gradients.append({name: p.grad.clone() for name, p in task.model.named_parameters() if p.grad is not None})
        optimizer.step()
    statistics = {name: value.clone() for name, value in task.model.named_buffers() if "running" in name}
    return {"losses": losses, "gradients": gradients, "statistics": statistics, "mean": task.train_loss.compute()}


def all_cases(folder: Path, rank: int) -> None:
    """What a rank comes to."""
    dist.init_process_group("gloo", init_method=f"file://{folder}/ranks", rank=rank, world_size=2)
    ranks = Ranks(rank, 2)
    found = {name: trained(name, ranks) for name in CASES} | {"in pieces": trained("paths", ranks, 3)}
    found["sums"] = {"all": ranks.gathered(rank), "first": ranks.told_by_first(rank)}
    torch.save(found, folder / f"{rank}.pt")
    dist.destroy_process_group()


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What each of two ranks comes to, of every case."""
    folder = tmp_path_factory.mktemp("ranks")
    together(partial(all_cases, folder), 2)
    return [torch.load(folder / f"{rank}.pt", weights_only=True) for rank in range(2)]


@pytest.mark.parametrize("name", CASES)
def test_the_first_ten_steps_of_two_ranks_are_those_of_one_process(name: str, two: list[dict[str, Any]]) -> None:
    alone = trained(name)
    assert len(alone["gradients"]) == STEPS
    for rank in two:
        torch.testing.assert_close(rank[name], alone, atol=CASES[name].close, rtol=CASES[name].close)
    torch.testing.assert_close(two[0][name], two[1][name], atol=0, rtol=0)


def test_ranks_in_pieces_too(two: list[dict[str, Any]]) -> None:
    torch.testing.assert_close(two[0]["in pieces"], trained("paths"), atol=1e-6, rtol=1e-6)


def test_ranks_tell_each_other(two: list[dict[str, Any]]) -> None:
    assert [rank["sums"] for rank in two] == [{"all": [0, 1], "first": 0}] * 2


@pytest.mark.parametrize("name", ["recurrent", "paths"])
def test_without_batch_norm_micro_batches_are_the_batch(name: str) -> None:
    torch.testing.assert_close(trained(name, micro=3), trained(name), atol=1e-6, rtol=1e-6)


def test_batch_norm_sees_a_micro_batch() -> None:
    assert trained("norms", micro=5)["losses"][0] != trained("norms")["losses"][0]


def test_running_statistics_of_pieces_count_once_and_remember_as_long() -> None:
    x, norms = torch.rand(8, 2), [nn.BatchNorm1d(2, momentum=0.3) for _ in range(2)]
    norms[0](x)
    for part in Share(0, 16, 16).split(2):  # the same items twice
        with SharedBatch(part, ALONE, 2):
            norms[1](x)
        with SharedBatch(part, ALONE, 2, again=True):
            norms[1](x)
    torch.testing.assert_close(norms[1].running_mean, norms[0].running_mean)
    torch.testing.assert_close(norms[1].running_var, norms[0].running_var)


@pytest.mark.parametrize("layer", [nn.Dropout2d(), nn.AlphaDropout()])
def test_chance_that_cannot_be_shared_out_is_refused(layer: nn.Module) -> None:
    with SharedBatch(Share(0, 2, 4), Ranks(0, 2)), pytest.raises(ConfigError, match=r"trainer\.devices=1"):
        layer(torch.rand(2, 3, 4, 4))


def test_rows_that_are_no_multiple_of_the_items_are_refused() -> None:
    with SharedBatch(Share(0, 2, 4), Ranks(0, 2)), pytest.raises(ConfigError, match="3 rows of 2 items"):
        nn.Dropout()(torch.rand(3, 4))
