"""The set-up: what is pinned, what make does, what a machine that lacks something is told."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text()
CLUSTER_LOCK = (ROOT / "requirements-cluster.lock").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


LOCKS = pytest.mark.parametrize("lock", [LOCK, CLUSTER_LOCK], ids=["all", "cluster"])


def locked_entries(lock: str) -> list[str]:
    """A lock file, cut into one text a pinned version."""
    return re.findall(r"^[^\s#].*(?:\n[ ]{4}.*)*", lock, flags=re.MULTILINE)


def locked_versions(lock: str = LOCK) -> list[tuple[str, str]]:
    pins = [re.match(r"([\w.-]+)==([\w.+]+)", entry) for entry in locked_entries(lock)]
    return [(pin[1].lower(), pin[2]) for pin in pins if pin]


def asked_for() -> list[Requirement]:
    extras = PROJECT["optional-dependencies"]
    asked = [
        Requirement(text)
        for text in [*PROJECT["dependencies"], *extras["dev"], *extras["dashboards"], *extras["dlib"], *extras["slurm"]]
    ]
    return [requirement for requirement in asked if requirement.name != PROJECT["name"]]


@LOCKS
def test_every_locked_version_is_pinned_by_hashes(lock: str) -> None:
    entries = locked_entries(lock)
    assert len(entries) > 50
    assert [entry for entry in entries if not re.match(r"[\w.-]+==[\w.+]+", entry)] == []
    assert [entry for entry in entries if not re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry)] == []


@LOCKS
def test_the_lock_names_no_index(lock: str) -> None:
    assert not re.search(r"https?:|index-url|find-links| @ ", lock)


@LOCKS
def test_the_lock_is_for_every_platform(lock: str) -> None:
    assert re.search(r"^colorama==\S+ ; sys_platform == 'win32'", lock, flags=re.MULTILINE)
    assert re.search(r"^nvidia-\S+ ; .*sys_platform == 'linux'", lock, flags=re.MULTILINE)


def test_ray_has_a_lock_of_its_own_that_computes_alike() -> None:
    """Ray's launcher wants an older cloudpickle, and with it an older joblib; what decides a score is the same."""
    alone, cluster = dict(locked_versions()), dict(locked_versions(CLUSTER_LOCK))
    assert {"ray", "hydra-ray-launcher", "hydra-submitit-launcher"} <= set(cluster)
    assert "ray" not in alone
    differ = {name for name in {*alone} & {*cluster} if alone[name] != cluster[name]}
    assert differ == {"cloudpickle", "joblib", "python-dateutil"}


@pytest.mark.parametrize("asked", asked_for(), ids=lambda asked: asked.name)
def test_the_lock_satisfies_the_project(asked: Requirement) -> None:
    versions = [version for name, version in locked_versions() if name == asked.name.lower()]
    assert versions
    assert all(asked.specifier.contains(version) for version in versions)


def test_one_opencv_is_installed() -> None:
    names = {(dist.metadata["Name"] or "").lower() for dist in metadata.distributions()}
    assert {name for name in names if name.startswith("opencv")} == {"opencv-contrib-python-headless"}


# --- Makefile ---------------------------------------------------------------------------------------------------------


def targets() -> dict[str, str]:
    """Every target of the Makefile that is called by name, and what its line says."""
    return dict(re.findall(r"^([a-z][a-z%-]*):(.*)$", MAKEFILE, flags=re.MULTILINE))


def make(*arguments: str, folder: Path = ROOT) -> str:
    """What make says."""
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def test_every_target_is_documented_and_listed() -> None:
    said = make("help")
    assert {"setup", "lint", "test", "smoke", "build", "reproduce-table-%", "reproduce-thesis-%"} <= set(targets())
    assert [name for name, line in targets().items() if " ## " not in line] == []
    assert [name for name in targets() if f"make {name} " not in said] == []


def test_the_set_up_says_each_of_its_steps() -> None:
    recipe = re.search(r"^\$\(READY\):.*\n((?:\t.*\n)+)", MAKEFILE, flags=re.MULTILINE)
    assert recipe is not None
    steps = re.findall(r'echo "(\d)/5 ', recipe[1])
    assert steps == ["1", "2", "3", "4", "5"]


def test_variables_become_overrides() -> None:
    given = ["source=real", "paths.data=/a b", "seed=[0,1]", "hydra/launcher=joblib", "title=it's ${seed} $HOME"]
    line = make("-n", "reproduce-table-7.8", *given, "PYTHON=python3").strip().splitlines()[-1]
    forwarded = subprocess.run(["bash", "-c", f"printf '%s\\n' {line}"], capture_output=True, text=True, check=True)
    command, *words = forwarded.stdout.splitlines()
    assert command.endswith("fer-lab")
    assert words[:2] == ["reproduce", "7.8"]
    assert sorted(words[2:]) == sorted(given)


def test_clean_removes_what_is_made_and_says_how_much(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("results/runs/a/weights", "results/reference/b.md", "results/README.md", "outputs/c", ".cache/d"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(bytes(2_000_000))
    said = make("clean", folder=tmp_path)
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"Makefile", "results/reference/b.md", "results/README.md", ".cache/d"}
    assert re.search(r"2 MB +results/runs", said)
    assert re.search(r"4 MB +in all", said)
    assert re.search(r"2 MB +\.cache", make("clean-all", folder=tmp_path))
    assert make("clean", folder=tmp_path) == "nothing to remove\n"


# --- tools/check_machine.py -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def check_machine() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_machine", ROOT / "tools" / "check_machine.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def debian(check_machine: ModuleType, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The same on a Debian that packages Python 3.12 and no 3.11."""
    monkeypatch.setattr(check_machine.shutil, "which", lambda name: name if name.startswith("apt") else None)
    monkeypatch.setattr(check_machine, "in_apt", lambda package: package == "python3.12-venv")
    return check_machine


def test_a_machine_that_runs_this_lacks_nothing(check_machine: ModuleType) -> None:
    assert check_machine.problems(sys.prefix) == []


def test_an_old_python_is_told_the_package(debian: ModuleType) -> None:
    assert debian.old_python((3, 11, 0)) is None
    assert "Python 3.9 is too old" in debian.old_python((3, 9, 2))
    assert "apt-get install -y python3.12 python3.12-venv\n" in debian.old_python((3, 9, 2))


def test_a_missing_venv_module_is_told_the_package(debian: ModuleType) -> None:
    assert debian.no_venv(("venv",)) is None
    said = debian.no_venv(("no_such_module",))
    assert re.search(r"lacks no_such_module\.\n  Do: apt-get install -y python3\.\d+-venv$", said)


def test_missing_graphics_libraries_are_told_the_packages(debian: ModuleType) -> None:
    assert debian.no_graphics(()) is None
    said = debian.no_graphics(("libno_such_library.so.1",))
    assert said.endswith("needs libno_such_library.so.1.\n  Do: apt-get install -y libegl1 libgles2")


def test_an_unknown_system_is_told_in_words(check_machine: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_machine.shutil, "which", lambda name: None)
    assert "Do: install libEGL and libGLESv2" in check_machine.no_graphics(("libno_such_library.so.1",))


def test_a_full_disk_is_told_how_much(check_machine: ModuleType, tmp_path: Path) -> None:
    assert check_machine.no_space(str(tmp_path), 0.0) is None
    assert "needs 1000000 GB" in check_machine.no_space(str(tmp_path), 1e6)
