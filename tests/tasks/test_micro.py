"""What a step does when the memory of its device runs out; a hook stands for it, as a CPU's does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from torch import Tensor, nn

from fer_lab.datamodules.datamodule import FaceDataModule
from fer_lab.datamodules.share import whole
from fer_lab.errors import OutOfMemoryError
from fer_lab.tasks.base import FaceTask
from fer_lab.tasks.micro import MicroBatch
from fer_lab.tasks.predictions import answers
from fer_lab.tasks.ranks import ALONE, Ranks
from tests.tasks.broken_runs import Run

MakeTask = Callable[..., FaceTask]
FULL = "CUDA out of memory. Tried to allocate 2.00 GiB."


def full_from(task: FaceTask, most: int, where: str = "forward") -> FaceTask:
    """A task whose device has room for ``most`` items; that is found once batch norm has taken its statistics."""

    def forward(model: nn.Module, inputs: Any, outputs: Tensor) -> None:
        if len(outputs) > most and where == "forward":
            raise torch.OutOfMemoryError(FULL)
        if len(outputs) > most and outputs.requires_grad:
            outputs.register_hook(backward)

    def backward(gradient: Tensor) -> None:
        raise torch.OutOfMemoryError(FULL)

    task.model.register_forward_hook(forward)
    return task


@pytest.mark.parametrize("where", ["forward", "backward"])
def test_a_step_is_done_again_with_half_as_many_at_a_time(
    make_task: MakeTask, data: FaceDataModule, tmp_path: Path, where: str
) -> None:
    """As if it had been so many from the start: nothing of the attempt that failed is left."""
    small = make_task(average=0.9)
    small.micro = MicroBatch(4)
    runs = {}
    for name, task in {"full": full_from(make_task(average=0.9), 7, where), "small": small}.items():
        (tmp_path / name).mkdir()
        runs[name] = Run(tmp_path / name, task, data).fit(steps=9)
    assert runs["full"].task.micro.size == 4  # 15, 8, 4
    for name in ("history.csv", "losses.csv", "weights.safetensors"):
        assert (tmp_path / "full" / name).read_bytes() == (tmp_path / "small" / name).read_bytes()


def test_a_run_that_goes_on_does_so_with_as_many_at_a_time(
    make_task: MakeTask, data: FaceDataModule, tmp_path: Path
) -> None:
    Run(tmp_path, full_from(make_task(), 8), data).fit(steps=3)
    assert torch.load(tmp_path / "last.ckpt", weights_only=True)["micro_batch"] == [8, 0]
    again = make_task()
    Run(tmp_path, again, data).fit(steps=9)
    assert again.micro.size == 8


def test_what_cannot_be_done_even_two_at_a_time_fails_in_words(
    make_task: MakeTask, data: FaceDataModule, tmp_path: Path
) -> None:
    with pytest.raises(OutOfMemoryError, match="out of memory: a step of 2 items"):
        Run(tmp_path, full_from(make_task(), 0), data).fit()
    assert not (tmp_path / "last.ckpt").exists()


def test_other_errors_are_not_taken_for_it(make_task: MakeTask, data: FaceDataModule, tmp_path: Path) -> None:
    task, calls = make_task(), []

    def fail(model: nn.Module, inputs: Any, outputs: Tensor) -> None:
        calls.append(len(outputs))
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    task.model.register_forward_hook(fail)
    with pytest.raises(RuntimeError, match="mat1"):
        Run(tmp_path, task, data).fit()
    assert len(calls) == 1


def test_answers_that_do_not_fit_are_found_in_halves(make_task: MakeTask, data: FaceDataModule) -> None:
    items, found = answers(make_task(), data.val_dataloader())
    others, small = answers(full_from(make_task(), 3), data.val_dataloader())
    pd.testing.assert_series_equal(pd.Series(items), pd.Series(others))
    torch.testing.assert_close(torch.from_numpy(small), torch.from_numpy(found))
    with pytest.raises(torch.OutOfMemoryError):
        answers(full_from(make_task(), 0), data.val_dataloader())


@pytest.mark.parametrize(("total", "count"), [(13, 1), (13, 2), (3, 2), (7, 4), (64, 3)])
def test_pieces_are_as_many_for_each_rank_and_none_is_empty(total: int, count: int) -> None:
    for size in range(1, total + 1):
        pieces = MicroBatch(size).pieces(total, Ranks(0, count))
        shares = [Ranks(rank, count).share(total).split(pieces) for rank in range(count)]
        assert all(part.size for share in shares for part in share)
        assert sum(part.size for share in shares for part in share) == total
        if total % count == 0:
            assert max(part.size for share in shares for part in share) <= size
    assert MicroBatch().pieces(total, ALONE) == 1
    assert whole(total).split(1) == [whole(total)]
