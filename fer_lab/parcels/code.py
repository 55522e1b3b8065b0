"""The code that a parcel brings along: a wheel of the checkout, and whether what runs elsewhere is that."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fer_lab.errors import ConfigError
from fer_lab.resources import CHECKOUT, PACKAGE, resource_folder

CODE = ("fer_lab", "conf", "experiments", "hydra_plugins")
BESIDE = ("pyproject.toml", "README.md")
LOCK = "requirements.lock"
BROUGHT = ("conf", "experiments")
"""What lies in the package of a wheel, and beside it in a checkout."""
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def checkout() -> Path:
    """The folder of the checkout that runs.

    Raises:
        ConfigError: it runs from a wheel, from which none is made again.
    """
    if CHECKOUT is None:
        raise ConfigError("a parcel holds the code, and fer_lab is installed from a wheel", do="pack from a checkout")
    return CHECKOUT


def state(folder: Path) -> dict[str, Any]:
    """``revision`` of a checkout, and of what would be packed the ``changes`` to it, names sorted.

    Raises:
        ConfigError: it is no checkout of git.
    """
    changed = _git(folder, "status", "--porcelain", "--no-renames", "--", *CODE, *BESIDE, LOCK).splitlines()
    revision = _git(folder, "rev-parse", "HEAD").strip()
    return {"revision": revision, "changes": sorted(line[3:] for line in changed)}


def _git(folder: Path, *words: str) -> str:
    try:
        command = ["git", "-C", str(folder), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise ConfigError(f"{folder}: git does not say which version the code is: {error}",
                          expected="a checkout, and git installed", do="pack from a clone") from error  # fmt: skip


def wheel(folder: Path) -> tuple[str, bytes]:
    """The code of a checkout as a wheel, its file name and bytes: of what git knows there or would take in.

    Raises:
        ConfigError: it cannot be built.
    """
    listed = _git(folder, "ls-files", "-co", "--exclude-standard", "-z", "--", *CODE, *BESIDE).split("\0")
    with TemporaryDirectory(prefix="fer_lab-wheel-") as temporary:
        for name in (name for name in listed if name and (folder / name).is_file()):
            target = Path(temporary, "code", name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / name, target)
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(Path(temporary, "dist"))]
        done = subprocess.run(command, cwd=Path(temporary, "code"), capture_output=True, text=True, check=False)
        built = sorted(Path(temporary, "dist").glob("*.whl"))
        if done.returncode or len(built) != 1:
            raise ConfigError(f"the wheel cannot be built: {done.stderr.strip()[-300:]}",
                              expected="the environment of make setup, which has hatchling")  # fmt: skip
        return built[0].name, built[0].read_bytes()


def changed(data: bytes) -> list[str]:
    """The files of a wheel's package that are missing or others where this code runs from, and those beside them."""
    ours = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in _files()}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [name for name in archive.namelist() if name.startswith("fer_lab/") and name.endswith((".py", ".yaml"))]
        theirs = {name: hashlib.sha256(archive.read(name)).hexdigest() for name in names}
    return sorted(name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name))


def _files() -> Iterator[tuple[str, Path]]:
    """Code and settings as they run, by their names in a wheel."""
    roots = {"fer_lab": PACKAGE, **{f"fer_lab/{name}": resource_folder(name) for name in BROUGHT}}
    for above, root in roots.items():
        for path in root.rglob("*"):
            if path.suffix in (".py", ".yaml") and path.is_file():
                yield f"{above}/{path.relative_to(root).as_posix()}", path


def other_versions(lock: str) -> dict[str, list[str]]:
    """The packages that are installed in another version than a lock names: name -> the lock's, and the one here."""
    pinned: dict[str, list[str]] = {}
    for name, pin in PINNED.findall(lock):
        pinned.setdefault(name, []).append(pin)
    here = {name: found for name in pinned if (found := _installed(name))}
    return {name: [" or ".join(pinned[name]), found] for name, found in here.items() if found not in pinned[name]}


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # of an extra, or of another system
        return ""
