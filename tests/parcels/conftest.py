"""A round trip, once for all tests of parcels: packed here, run elsewhere on a twin in place of licensed data."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from fer_lab.configs import compose
from fer_lab.datasets import locate
from fer_lab.parcels.pack import pack
from fer_lab.sources import data_set, twin_scale
from fer_lab.storage import locked, make_folder, read_json, write_json

TABLE = "moravcik_2021-text-6.4.3"
SMALL = ("profile.width_base=0.125", "profile.epochs.fer2013=1")
"""What makes the runs of a table at profile paper short; every run of it has them."""
STAMP = ("source=real", "profile=paper", "protocol=as_printed")


@dataclass(frozen=True)
class Trip:
    """What a round trip leaves.

    Attributes:
        results: ours, with the parcel that was packed.
        parcel: its file.
        unpacked: where the holder has unpacked it.
        data: the holder's.
        work: the holder's folder of runs and key.
        returned: the file that came back.
        said: what the holder was told.
    """

    results: Path
    parcel: Path
    unpacked: Path
    data: Path
    work: Path
    returned: Path
    said: str


def copy_twin(option: str, to: Path) -> None:
    """A twin at smoke scale as if it were the real data."""
    config = compose([f"data={option}", "profile=smoke"])
    twin = locate(data_set(config), "embedded", Path("none"), twin_scale(config), 2)
    shutil.copytree(twin, to, ignore=shutil.ignore_patterns("manifest.json", "truth"))


@pytest.fixture(scope="session")
def trip(tmp_path_factory: pytest.TempPathFactory) -> Trip:
    """The round trip, made once a session, whichever of its processes asks first."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "round-trip"
    told = folder / "trip.json"
    with locked(folder):
        if not told.is_file():
            write_json(told, {name: str(value) for name, value in vars(_made(folder)).items()})
    said = read_json(told)
    return Trip(**{name: value if name == "said" else Path(value) for name, value in said.items()})


def _made(folder: Path) -> Trip:
    """A table, packed, run by a holder with a cache of its own, and returned."""
    ours, theirs = (make_folder(folder / name) for name in ("ours", "holder"))
    data = theirs / "licensed"
    copy_twin("ck_plus", data / "ck_plus")
    copy_twin("fer2013", data / "fer2013")
    places = [f"paths.results={ours / 'results'}", f"paths.data={ours / 'no-data'}"]
    parcel = pack([f"table={TABLE}", *STAMP, *SMALL, *places], changes=True)
    with zipfile.ZipFile(parcel) as archive:
        archive.extractall(theirs / "parcel")
    command = [sys.executable, "run_parcel.py", "--installed", "--data", str(data), "threads=1", "hydra/launcher=basic"]
    done = subprocess.run(
        [*command, "--holder", "a university"],
        cwd=theirs / "parcel",
        env={**os.environ, "FER_LAB_CACHE": str(theirs / "cache"), "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    work = theirs / "parcel" / "work"
    (returned,) = work.glob("returned-*.zip")
    return Trip(ours / "results", parcel, theirs / "parcel", data, work, returned, done.stdout)
