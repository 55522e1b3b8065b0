"""Which devices there are, as CUDA sees them, without CUDA."""

from __future__ import annotations

from pathlib import Path

import pytest

from hydra_plugins.gpu_pool_launcher import GpuPool, _devices
from hydra_plugins.gpu_pool_launcher._asked import devices_of
from hydra_plugins.gpu_pool_launcher._devices import Device, PoolError, listed, parsed, visible

NAMES = """\
GPU 0: NVIDIA H200 (UUID: GPU-aaaa-1)
GPU 1: NVIDIA H200 (UUID: GPU-bbbb-2)
  MIG 1g.18gb     Device  0: (UUID: MIG-cccc-3)
  MIG 2g.35gb     Device  1: (UUID: MIG-dddd-4)
GPU 2: NVIDIA H200 (UUID: GPU-aabb-5)
"""
FACTS = "GPU-aaaa-1, 143771, Default\nGPU-bbbb-2, 143771, Default\nGPU-aabb-5, [N/A], Exclusive_Process\n"
ALL = ["GPU-aaaa-1", "MIG-cccc-3", "MIG-dddd-4", "GPU-aabb-5"]
INFORMATION = "Model: \t\t NVIDIA A100\nIRQ:   \t\t 77\nGPU UUID: \t {}\nBus Location: \t 0000:07:00.0\n"


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of three GPUs, one of them in slices."""
    monkeypatch.setattr(_devices, "listed", lambda environment: parsed(NAMES, FACTS, False))


def names(**environment: str) -> list[str]:
    return [device.name for device in visible(environment)]


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        ("0,2", ["GPU-aaaa-1", "GPU-aabb-5"]),
        ("2, 0", ["GPU-aabb-5", "GPU-aaaa-1"]),
        ("1", ["MIG-cccc-3"]),  # CUDA takes the first slice
        ("MIG-dddd-4", ["MIG-dddd-4"]),
        ("GPU-aaa", ["GPU-aaaa-1"]),
        ("GPU-bbbb", ["MIG-cccc-3"]),
        ("0,0", ["GPU-aaaa-1"]),
        ("0,-1,2", ["GPU-aaaa-1"]),  # what follows does not count
        ("", []),
        ("-1", []),
    ],
)
def test_cuda_visible_devices_is_read_as_cuda_reads_it(asked: str, seen: list[str]) -> None:
    assert names(CUDA_VISIBLE_DEVICES=asked) == seen
    assert names() == ALL


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("asked", ["3", "GPU-xyz", "GPU-aa", "one"])
def test_a_device_that_is_not_there_or_could_be_several_is_refused(asked: str) -> None:
    with pytest.raises(PoolError, match=f"device {asked}. Expected: a number from 0 to 2, or one of GPU-aaaa-1"):
        names(CUDA_VISIBLE_DEVICES=asked)


def test_numbers_are_refused_where_cuda_counts_by_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        _devices, "listed", lambda environment: parsed(NAMES.replace("0: NVIDIA H200", "0: T4"), FACTS, True)
    )
    with pytest.raises(PoolError, match="CUDA_DEVICE_ORDER=PCI_BUS_ID"):
        names(CUDA_VISIBLE_DEVICES="0")
    assert names(CUDA_VISIBLE_DEVICES="0", CUDA_DEVICE_ORDER="PCI_BUS_ID") == ["GPU-aaaa-1"]
    assert names(CUDA_VISIBLE_DEVICES="GPU-aaaa") == ["GPU-aaaa-1"]


def test_memory_and_who_lets_in_one_process_only_are_known() -> None:
    devices = [device for card in parsed(NAMES, FACTS, False) for device in card.devices]
    assert devices[0] == Device("GPU-aaaa-1", 143771 * 2**20)
    assert devices[1] == Device("MIG-cccc-3", 18 * 10**9)
    assert devices[3] == Device("GPU-aabb-5", None, exclusive=True)
    assert not any(device.exclusive for card in parsed(NAMES, FACTS, True) for device in card.devices)


def test_without_nvidia_smi_the_driver_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr(_devices, "DRIVER", tmp_path)
    assert visible({"CUDA_VISIBLE_DEVICES": "0"}) == ()
    with pytest.raises(PoolError, match=r"device 0: there is no GPU here\. Do: name others than GPUs have"):
        devices_of(GpuPool(devices=[0, 1]))
    assert [one.name for one in devices_of(GpuPool(devices=["a", "b"]))] == ["a", "b"]
    (tmp_path / "version").touch()
    assert visible({}) == ()
    assert names(CUDA_VISIBLE_DEVICES="0") == ["0"]  # a driver that lists none, as in some containers
    for number in (1, 0):
        (place := tmp_path / "gpus" / f"0000:0{number}:00.0").mkdir(parents=True)
        (place / "information").write_text(INFORMATION.format(f"GPU-{number}"))
    assert names() == ["GPU-0", "GPU-1"]
    assert [card.model for card in listed({})] == ["NVIDIA A100"] * 2
