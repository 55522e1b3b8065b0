"""A share of a device has one living holder, whoever is killed when; who waits longest is served first."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hydra_plugins.gpu_pool_launcher._devices import Device, PoolError
from hydra_plugins.gpu_pool_launcher._leases import Lease, Want, default_place, holders, lease

KILLS = int(os.environ.get("GPU_POOL_KILLS", "20"))
A, B = Device("a", 100), Device("b", 100)
HALF = Want(share=Fraction(1, 2))

KILLED_AT_RANDOM = """
import os, random, signal, sys, time
from fractions import Fraction
from pathlib import Path
import psutil
from hydra_plugins.gpu_pool_launcher._devices import Device
from hydra_plugins.gpu_pool_launcher._leases import Want, lease
place, kills, parts = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
devices = [Device(name) for name in "abcd"]

def living(folder):
    # Who says to be there and is alive: a second witness, which knows nothing of locks.
    pids = [int(path.name) for path in folder.iterdir() if path.name.isdecimal()]
    return [pid for pid in pids if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE]

def holder():
    chance = random.Random(os.getpid())
    while True:
        got = next(one for one in lease(place / "leases", devices, Want(share=Fraction(1, parts)), "s") if one)
        there = place / "there" / got.devices[0].name
        (there / str(os.getpid())).touch()
        for _ in range(3):
            time.sleep(chance.uniform(0, 0.01))
            if len(living(there)) > parts:
                (place / "twice").touch()
        (there / str(os.getpid())).unlink()
        got.release()
        with (place / "times").open("a") as file:
            file.write("x")

def begun():
    pid = os.fork()
    if not pid:
        try:
            holder()
        finally:
            os._exit(1)
    return pid

for device in devices:
    (place / "there" / device.name).mkdir(parents=True)
chance = random.Random(0)
holding = [begun() for _ in range(6 * parts)]
try:
    for _ in range(kills):
        time.sleep(chance.uniform(0, 0.05))
        victim = holding.pop(chance.randrange(len(holding)))
        os.kill(victim, signal.SIGKILL)
        os.waitpid(victim, 0)
        holding.append(begun())
    before = (place / "times").stat().st_size
    deadline = time.monotonic() + 60
    while (place / "times").stat().st_size < before + 8 and time.monotonic() < deadline:
        time.sleep(0.05)
    print((place / "twice").exists(), (place / "times").stat().st_size >= before + 8)
finally:
    for pid in holding:
        os.kill(pid, signal.SIGKILL)
"""


def take(place: Path, want: Want, *devices: Device, sweep: str = "one") -> Lease | None:
    """A lease, if there is one at once."""
    return next(lease(place, devices, want, sweep))


@pytest.mark.parametrize("parts", [1, 2])
def test_no_share_is_held_twice_and_none_is_lost_whoever_is_killed_when(tmp_path: Path, parts: int) -> None:
    command = [sys.executable, "-c", KILLED_AT_RANDOM, str(tmp_path), str(KILLS), str(parts)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["False", "True"], done.stderr


def test_a_witness_notices_leases_that_are_no_leases(tmp_path: Path) -> None:
    broken = KILLED_AT_RANDOM.replace("devices = [", "import hydra_plugins.gpu_pool_launcher._leases as own\n"
                                      "own._taken = lambda *_: Fraction(0)\ndevices = [")  # fmt: skip
    command = [sys.executable, "-c", broken, str(tmp_path), str(KILLS), "1"]
    assert subprocess.run(command, capture_output=True, text=True, check=False).stdout.split() == ["True", "True"]


def test_shares_fill_a_device_and_come_back(tmp_path: Path) -> None:
    third = Want(share=Fraction(1, 3))
    held = [take(tmp_path, third, A) for _ in range(3)]
    assert take(tmp_path, third, A) is None
    assert [one["share"] for one in holders(tmp_path, A)] == ["1/3"] * 3
    assert held[1]
    held[1].release()
    assert take(tmp_path, HALF, A) is None
    assert take(tmp_path, third, A)


def test_several_devices_come_together_or_not_at_all(tmp_path: Path) -> None:
    one = take(tmp_path, HALF, A, B)
    assert one
    assert one.devices == (A,)
    assert take(tmp_path, Want(2), A, B) is None
    assert holders(tmp_path, B) == []
    one.release()
    both = take(tmp_path, Want(2), A, B)
    assert both
    assert both.devices == (A, B)


def test_the_emptiest_device_is_taken(tmp_path: Path) -> None:
    quarter = Want(share=Fraction(1, 4))
    got = [take(tmp_path, quarter, A, B) for _ in range(4)]
    assert [one.devices[0].name for one in got if one] == ["a", "b", "a", "b"]


def test_who_waits_longest_is_served_first(tmp_path: Path) -> None:
    first = take(tmp_path, HALF, A)
    assert first
    whole = lease(tmp_path, [A], Want(), "one")
    assert next(whole) is None
    small = lease(tmp_path, [A, B], HALF, "two")
    assert (got := next(small))  # B, which nobody waits for
    assert got.devices == (B,)
    late = lease(tmp_path, [A], HALF, "two")
    assert next(late) is None  # half of A is free, but for who came before
    first.release()
    assert next(late) is None
    assert next(whole)


def test_who_gives_up_waiting_is_in_nobodys_way(tmp_path: Path) -> None:
    held = take(tmp_path, HALF, A)
    waits = lease(tmp_path, [A], Want(), "one")
    assert next(waits) is None
    waits.close()  # type: ignore[attr-defined]
    assert take(tmp_path, HALF, A)
    assert held


def test_a_lease_is_kept_while_no_other_sweep_waits_for_it(tmp_path: Path) -> None:
    held = take(tmp_path, HALF, A)
    assert held
    own = lease(tmp_path, [A], Want(), "one")
    assert next(own) is None
    assert held.renew(HALF)
    other = lease(tmp_path, [A, B], Want(2), "two")
    assert next(other) is None
    assert not held.renew(HALF)


def test_a_lease_grows_as_far_as_there_is_room(tmp_path: Path) -> None:
    held, beside = (take(tmp_path, Want(share=Fraction(1, 4)), A) for _ in range(2))
    assert held
    assert beside
    assert held.renew(Want(share=Fraction(3, 4)))
    assert not held.renew(Want())
    assert sorted(one["share"] for one in holders(tmp_path, A)) == ["1/4", "3/4"]
    beside.release()
    assert held.renew(Want())
    assert not held.renew(Want(2))


@given(
    shares=st.lists(st.integers(1, 120), min_size=1, max_size=12),
    sizes=st.lists(st.integers(1, 100), min_size=1, max_size=3),
)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_memory_of_all_leases_fits_into_each_device(
    tmp_path_factory: pytest.TempPathFactory, shares: list[int], sizes: list[int]
) -> None:
    place = tmp_path_factory.mktemp("leases")
    devices = [Device(str(number), size) for number, size in enumerate(sizes)]
    got = [one for need in shares if (one := take(place, Want(1, Fraction(1, 8), need), *devices))]
    for device in devices:
        there = [one for one in got if one.devices == (device,)]
        assert len(there) == 1 or sum(one.want.memory or 0 for one in there) <= (device.memory or 0)
        assert len(there) <= 8
    for one in got:
        one.release()


def test_a_device_of_unknown_memory_is_taken_whole() -> None:
    assert Want(1, Fraction(1, 8), 10).of(Device("a")) == 1
    assert Want(1, Fraction(1, 8), 1000).of(A) == 1
    assert Want(1, Fraction(1, 8), 50).of(A) == Fraction(1, 2)


def test_the_place_of_leases_can_be_named_and_is_no_one_elses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPU_POOL_LEASES", str(tmp_path / "named"))
    assert default_place() == tmp_path / "named"
    monkeypatch.delenv("GPU_POOL_LEASES")
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    assert default_place().parent == tmp_path
    (there := default_place()).rmdir()
    there.symlink_to(tmp_path)
    with pytest.raises(PoolError, match="not this user's folder"):
        default_place()
