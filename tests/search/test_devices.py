"""Workers of a search lease devices as the jobs of a sweep do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fer_lab.errors import ConfigError
from fer_lab.search.devices import devices
from hydra_plugins.gpu_pool_launcher import _devices, leased
from hydra_plugins.gpu_pool_launcher._devices import Device, PoolError


@pytest.fixture(autouse=True)
def leases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPU_POOL_LEASES", str(tmp_path / "leases"))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "a,b")  # put back afterwards
    monkeypatch.setenv("CUDA_DEVICE_ORDER", "PCI_BUS_ID")


@pytest.mark.parametrize(("workers", "there"), [(2, ("a", "b")), (3, ("a",)), (4, ("a", "b"))])
def test_each_worker_has_a_device_or_its_share(
    monkeypatch: pytest.MonkeyPatch, workers: int, there: tuple[str, ...]
) -> None:
    monkeypatch.setattr(_devices, "visible", lambda: tuple(map(Device, there)))
    held = [leased(workers) for _ in range(workers)]
    names = []
    for one in held:
        names.append(one.__enter__())
        assert os.environ["CUDA_VISIBLE_DEVICES"] == names[-1]
    assert {names.count(name) for name in there} == {workers // len(there)}
    for one in held:
        one.__exit__(None, None, None)
    with leased(1) as again:
        assert again == there[0]


def test_without_a_gpu_nothing_is_leased_nor_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_devices, "visible", lambda: ())
    with leased(2) as name:
        assert (name, os.environ["CUDA_VISIBLE_DEVICES"]) == ("", "a,b")


def test_a_device_that_is_not_there_is_refused_in_the_words_of_the_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> tuple[Device, ...]:
        raise PoolError("CUDA_VISIBLE_DEVICES=7", "0")

    monkeypatch.setattr(_devices, "visible", refuse)
    with pytest.raises(ConfigError, match="CUDA_VISIBLE_DEVICES=7"):
        devices()
