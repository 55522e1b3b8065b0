"""The wheel: what is in it, and that it works in an empty folder without the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from fer_lab import resources, tables
from fer_lab.errors import ConfigError

pytestmark = pytest.mark.slow

SHIPPED = ("conf", "experiments")


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that ``make build`` builds, unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=root, check=True, capture_output=True)
    (built,) = folder.glob("fer_lab-*.whl")
    with zipfile.ZipFile(built) as file:
        file.extractall(folder / "unpacked")
    return folder / "unpacked"


def call(wheel: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python on the unpacked wheel, in a folder that is not on the path."""
    environment = {name: value for name, value in os.environ.items() if name != "FER_LAB_CACHE"}
    environment |= {"PYTHONPATH": str(wheel), "PYTHONSAFEPATH": "1", "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def files(folder: Path) -> set[str]:
    there = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix() for path in there}


def test_the_wheel_holds_the_package_and_the_catalogue_and_nothing_else(root: Path, wheel: Path) -> None:
    inside = {name for name in files(wheel) if not name.startswith("fer_lab-")}
    beside = {f"fer_lab/{name}/{file}" for name in SHIPPED for file in files(root / name)}
    code = {f"{name}/{file}" for name in ("fer_lab", "hydra_plugins") for file in files(root / name)}
    assert inside == beside | code
    assert {"fer_lab/conf/config.yaml", "fer_lab/experiments/references.bib"} <= inside
    assert any(name.startswith("fer_lab/report/templates/") for name in inside)


def test_it_lists_the_catalogue_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    done = call(wheel, tmp_path, "-m", "fer_lab.cli", "list")
    assert done.returncode == 0, done.stderr
    assert "garcia_zapata_2018-7.8" in done.stdout
    assert "(python -m fer_lab.run -m experiment=...)" in done.stdout


def test_a_sweep_is_composed_there_and_its_results_lie_below(wheel: Path, tmp_path: Path) -> None:
    dry = call(wheel, tmp_path, "-m", "fer_lab.run", "-m", "experiment=sase_hidden", "seed=0", "dry_run=true")
    assert dry.returncode == 0, dry.stderr
    assert "sase_hidden/cnn_frontal" in dry.stdout
    asked = "from fer_lab import storage, configs; print(storage.cache_root(), configs.results_folder([]).resolve())"
    where = call(wheel, tmp_path, "-c", asked)
    assert where.stdout.split() == [str(tmp_path / ".cache"), str(tmp_path / "results")]


def test_hydra_names_the_groups_that_code_registers(wheel: Path, tmp_path: Path) -> None:
    said = call(wheel, tmp_path, "-m", "fer_lab.run", "--help").stdout
    groups = dict(line.split(": ", 1) for line in said.split("== Config ==")[0].splitlines() if ": " in line)
    assert "sase_hidden" in groups["experiment"].split(", ")
    assert "garcia_zapata_2018-7.8" in groups["table"].split(", ")
    assert "cnn_frontal" in groups["cell/sase_hidden"].split(", ")
    assert "adam" in groups["optimizer"].split(", ")


# --- without it -------------------------------------------------------------------------------------------------------


LIST, SWEEP = ("-m", "fer_lab.cli", "list"), ("-m", "fer_lab.run", "-m", "experiment=sase_hidden")


@pytest.mark.parametrize("words", [LIST, SWEEP])
def test_a_wheel_without_its_catalogue_says_how_to_repair_it(wheel: Path, tmp_path: Path, words: tuple[str]) -> None:
    broken = tmp_path / "site-packages"
    shutil.copytree(wheel / "fer_lab", broken / "fer_lab", ignore=shutil.ignore_patterns(*SHIPPED))
    done = call(broken, tmp_path, *words)
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 2
    assert "experiments/ is missing" in said
    assert "Do: pip install --force-reinstall" in said
    assert "Traceback" not in said


def test_a_checkout_without_its_catalogue_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "PACKAGE", tmp_path / "fer_lab")
    monkeypatch.setattr(resources, "CHECKOUT", tmp_path)
    with pytest.raises(ConfigError, match=r"experiments/ is missing(.|\n)*git checkout -- experiments"):
        tables.experiments()
    with pytest.raises(ConfigError, match="conf/ is missing"):
        resources.resource_folder("conf")
