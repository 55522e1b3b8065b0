"""Which GPUs there are, without a word to CUDA: who has initialised it no longer chooses a device."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from pathlib import Path

from hydra.errors import CompactHydraException

DRIVER = Path("/proc/driver/nvidia")
MPS_PIPE = "/tmp/nvidia-mps"
GPU = re.compile(r"GPU \d+: (?P<model>.+) \(UUID: (?P<name>GPU-[^)]+)\)")
SLICE = re.compile(r"\s+MIG (?P<profile>\S+)\s+Device\s+\d+: \(UUID: (?P<name>MIG-[^)]+)\)")
SLICE_MEMORY = re.compile(r"\.(\d+)gb")


class PoolError(CompactHydraException):
    """A setting, or a device that is asked for, does not fit: what, what was expected, and what to do."""

    def __init__(self, what: str, expected: str = "", do: str = "") -> None:
        parts = (what, f"Expected: {expected}" if expected else "", f"Do: {do}" if do else "")
        super().__init__(". ".join(part for part in parts if part))


@dataclass(frozen=True)
class Device:
    """A GPU, a slice of one (MIG), or a pretended one.

    Attributes:
        name: as CUDA_VISIBLE_DEVICES takes it, the UUID where it is known.
        memory: bytes, if known; of a slice as its profile says.
        exclusive: its compute mode lets in one process at a time, and nobody (MPS) shares it among several.
    """

    name: str
    memory: int | None = None
    exclusive: bool = False


@dataclass(frozen=True)
class Card:
    """A GPU in its slot, and what of it a process can be shown: itself, or its slices."""

    name: str
    model: str
    devices: tuple[Device, ...]


def visible(environment: Mapping[str, str] = os.environ) -> tuple[Device, ...]:
    """The devices that CUDA would show a process, in its order; none where there is no driver.

    Raises:
        PoolError: CUDA_VISIBLE_DEVICES names what is not there, or by numbers that could mean several GPUs.
    """
    cards, asked = listed(environment), environment.get("CUDA_VISIBLE_DEVICES")
    if asked is None:
        return tuple(device for card in cards for device in card.devices)
    words = takewhile(lambda word: word not in ("", "-1"), (word.strip() for word in asked.split(",")))
    if not cards and not (DRIVER / "version").exists():
        return ()
    return tuple(dict.fromkeys(called(word, cards, environment) for word in words))


def called(word: str, cards: Sequence[Card], environment: Mapping[str, str] = os.environ) -> Device:
    """The device that a number, or the beginning of a UUID, means to CUDA; where a driver lists none, one of that name.

    Raises:
        PoolError: none is meant, or more than one.
    """
    if not cards and not (DRIVER / "version").exists():
        do = "name others than GPUs have, such as a and b, to pretend some"
        raise PoolError(f"device {word}: there is no GPU here", do=do)
    if not cards:
        return Device(word)
    if word.isdecimal():
        if len({card.model for card in cards}) > 1 and environment.get("CUDA_DEVICE_ORDER") != "PCI_BUS_ID":
            raise PoolError(
                f"device {word}: CUDA numbers GPUs of several kinds by their speed",
                do="set CUDA_DEVICE_ORDER=PCI_BUS_ID, which counts as nvidia-smi does, or name UUIDs",
            )
        meant = [card.devices[0] for card in cards[int(word) : int(word) + 1]]
    else:
        meant = [device for card in cards for device in card.devices if device.name.startswith(word)]
        meant += [card.devices[0] for card in cards if card.name.startswith(word) and card.devices[0] not in meant]
    if len(meant) != 1:
        known = ", ".join(device.name for card in cards for device in card.devices)
        raise PoolError(f"device {word}", expected=f"a number from 0 to {len(cards) - 1}, or one of {known}")
    return meant[0]


def listed(environment: Mapping[str, str] = os.environ) -> list[Card]:
    """All GPUs of the machine, as nvidia-smi lists them, else as the driver does, by their places on the bus."""
    if names := _smi("-L"):
        asked = "--query-gpu=uuid,memory.total,compute_mode"
        return parsed(names, _smi(asked, "--format=csv,noheader,nounits"), has_mps(environment))
    texts = [path.read_text() for path in sorted(DRIVER.glob("gpus/*/information"))]
    facts = [dict(re.findall(r"^([^:\n]+):\s*(.*?)\s*$", text, re.MULTILINE)) for text in texts]
    return [Card(name := one["GPU UUID"], one.get("Model", ""), (Device(name),)) for one in facts if "GPU UUID" in one]


def parsed(names: str, facts: str, mps: bool) -> list[Card]:
    """What nvidia-smi has said.

    Args:
        names: of ``nvidia-smi -L``.
        facts: lines of uuid, MiB of memory, compute mode; what is not a number is not known.
        mps: whether a service shares a GPU among processes.
    """
    known = {name: rest for name, *rest in (re.split(r",\s*", line) for line in facts.splitlines())}
    cards: list[Card] = []
    for line in names.splitlines():
        if found := GPU.match(line):
            memory, mode = (*known.get(found["name"], ()), "", "")[:2]
            mib = int(memory) * 2**20 if memory.isdecimal() else None
            whole = Device(found["name"], mib, mode == "Exclusive_Process" and not mps)
            cards.append(Card(found["name"], found["model"], (whole,)))
        elif found := SLICE.match(line):
            gb = SLICE_MEMORY.search(found["profile"])
            own = Device(found["name"], int(gb[1]) * 10**9 if gb else None)
            card = cards.pop()
            slices = (*(one for one in card.devices if one.name != card.name), own)
            cards.append(Card(card.name, card.model, slices))
    return cards


def has_mps(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether NVIDIA's Multi-Process Service runs for this user; its variables are handed down as they are."""
    return (Path(environment.get("CUDA_MPS_PIPE_DIRECTORY", MPS_PIPE)) / "control").exists()


def _smi(*words: str) -> str:
    """What nvidia-smi says; nothing where there is none, or no driver that answers it."""
    command = shutil.which("nvidia-smi")
    return _said(command, *words) if command else ""


@cache
def _said(*command: str) -> str:
    """Asked once in a process, as an answer can take seconds and GPUs do not come and go."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
