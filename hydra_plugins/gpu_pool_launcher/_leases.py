"""Shares of devices, leased to processes by locks that die with them; all sweeps of a machine share one folder.

<place>/table.lock           held while leases are given or changed
<place>/devices/<device>/<id>.json    a lease: its holder keeps it locked; one that nobody holds is of the dead
<place>/queue/<number>-<id>.json      who waits for which devices, locked in the same way; the oldest is served first
"""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hydra_plugins.gpu_pool_launcher._devices import Device, PoolError

ASK_EVERY = 0.3  # seconds
PLACE = "GPU_POOL_LEASES"
LENGTH = 300  # a lease is shorter


@dataclass(frozen=True)
class Want:
    """What a job asks for.

    Attributes:
        devices: how many at once.
        share: of each, in (0, 1]; with ``memory`` the least.
        memory: bytes of each; where a device does not say how many it has, that is all of it.
    """

    devices: int = 1
    share: Fraction = Fraction(1)
    memory: int | None = None

    def of(self, device: Device) -> Fraction:
        """The share of a device."""
        if self.memory is None:
            return self.share
        return min(Fraction(1), max(self.share, Fraction(self.memory, device.memory or self.memory)))


@dataclass
class Lease:
    """Shares of devices that this process holds until it gives them back or dies.

    Attributes:
        devices: whose shares are held.
        want: what was asked for.
        sweep: whom this process works for.
    """

    place: Path
    devices: tuple[Device, ...]
    want: Want
    sweep: str
    _held: dict[Path, int] = field(default_factory=dict)

    @property
    def share(self) -> Fraction:
        """The smallest that is held of a device."""
        return min(self.want.of(device) for device in self.devices)

    def renew(self, want: Want) -> bool:
        """Take another share of the same devices instead; not if there is none, or another sweep waits for a device."""
        if want.devices != len(self.devices):
            return False
        with _locked(self.place):
            mine = {device.name for device in self.devices}
            if any(mine & {*one["devices"]} for one in _waiting(self.place).values() if one["sweep"] != self.sweep):
                return False
            for device in self.devices:
                if _taken(self.place, device, but=self._held) + want.of(device) > 1:
                    return False
            self.want = want
            for device, file in zip(self.devices, self._held.values(), strict=True):
                _write(file, _about(want.of(device), self.sweep))
        return True

    def show(self) -> None:
        """Have CUDA, which must not be initialised yet, show this process these devices and no others."""
        names = ",".join(device.name for device in self.devices)
        os.environ |= {"CUDA_DEVICE_ORDER": "PCI_BUS_ID", "CUDA_VISIBLE_DEVICES": names}

    def release(self) -> None:
        """Give back what is held."""
        for path, file in self._held.items():
            path.unlink(missing_ok=True)
            os.close(file)
        self._held.clear()


def lease(place: Path, devices: Sequence[Device], want: Want, sweep: str) -> Iterator[Lease | None]:
    """Ask for shares of devices: None for as long as others hold them, then the lease, at the end.

    Who has waited longer for one of the devices comes first, so that a job that wants several, or a whole one, is not
    passed by all that want less. Nobody who waits holds a lease, so none wait for each other.

    Args:
        place: the folder of the leases.
        devices: among which to choose; those with the largest free share are taken.
        want: how many of them and how much of each.
        sweep: whom this process works for.
    """
    ticket: tuple[Path, int] | None = None
    try:
        while True:
            with _locked(place):
                ticket = ticket or _queue(place, devices, sweep)
                before = {name for path, one in _waiting(place).items() if path < ticket[0] for name in one["devices"]}
                if chosen := _choice(place, [one for one in devices if one.name not in before], want):
                    got = Lease(place, tuple(chosen), want, sweep)
                    for device in chosen:
                        path = _folder(place, device) / f"{uuid.uuid4().hex}.json"
                        got._held[path] = _claim(path, _about(want.of(device), sweep))
                    break
            yield None
            time.sleep(ASK_EVERY)
    finally:
        if ticket:
            ticket[0].unlink(missing_ok=True)
            os.close(ticket[1])
    yield got


def default_place() -> Path:
    """Where the leases of this user on this machine are, unless GPU_POOL_LEASES says where.

    Raises:
        PoolError: the folder is somebody else's.
    """
    if named := os.environ.get(PLACE):
        return Path(named)
    place = Path(tempfile.gettempdir()) / f"gpu_pool-{os.getuid()}"
    place.mkdir(mode=0o700, exist_ok=True)
    if place.is_symlink() or place.stat().st_uid != os.getuid():
        raise PoolError(f"{place} is not this user's folder", do=f"name another one: {PLACE}, or the setting leases")
    return place


def holders(place: Path, device: Device) -> list[dict[str, Any]]:
    """What the living hold of a device, one a lease: ``share`` (a fraction as text), ``pid``, ``sweep``."""
    with _locked(place):
        return [*_living(_folder(place, device)).values()]


def _choice(place: Path, devices: Sequence[Device], want: Want) -> list[Device]:
    """The devices with most to spare, in the order of ``devices`` where they are equal; none if there are too few."""
    free = {device: 1 - _taken(place, device) for device in devices}
    fit = sorted((one for one in devices if want.of(one) <= free[one]), key=lambda one: -free[one])
    return fit[: want.devices] if len(fit) >= want.devices else []


def _taken(place: Path, device: Device, but: Mapping[Path, int] | None = None) -> Fraction:
    living = _living(_folder(place, device))
    return sum((Fraction(one["share"]) for path, one in living.items() if path not in (but or ())), Fraction(0))


def _waiting(place: Path) -> dict[Path, dict[str, Any]]:
    return _living(place / "queue")


def _queue(place: Path, devices: Sequence[Device], sweep: str) -> tuple[Path, int]:
    """A ticket behind all others: its file, held."""
    last = max((int(path.name.split("-")[0]) for path in _waiting(place)), default=0)
    path = place / "queue" / f"{last + 1:012d}-{uuid.uuid4().hex}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path, _claim(path, {"devices": [one.name for one in devices], "pid": os.getpid(), "sweep": sweep})


def _living(folder: Path) -> dict[Path, dict[str, Any]]:
    """What files say that somebody holds; those of the dead are removed. Called under the lock of the table."""
    found: dict[Path, dict[str, Any]] = {}
    for path in sorted(folder.glob("*.json")):
        with suppress(FileNotFoundError), path.open("r+b") as file:  # given back meanwhile
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
            except BlockingIOError:
                found[path] = json.loads(file.read())
    return found


def _about(share: Fraction, sweep: str) -> dict[str, Any]:
    return {"share": str(share), "pid": os.getpid(), "sweep": sweep}


def _claim(path: Path, about: Mapping[str, Any]) -> int:
    """Make a file that this process holds until it closes it or dies. Called under the lock of the table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    _write(file, about)
    return file


def _write(file: int, about: Mapping[str, Any]) -> None:
    os.pwrite(file, json.dumps(about).ljust(LENGTH).encode(), 0)  # over all that was there, in one piece


def _folder(place: Path, device: Device) -> Path:
    return place / "devices" / quote(device.name, safe="")


@contextmanager
def _locked(place: Path) -> Iterator[None]:
    """Alone at the table."""
    place.mkdir(parents=True, exist_ok=True)
    file = os.open(place / "table.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)
