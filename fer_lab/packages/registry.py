"""Files of one package of a registry, as its own client fetches it; nothing of it is installed or run."""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fer_lab.errors import ConfigError, DataError
from fer_lab.storage import file_digest, write_bytes

SECONDS = 600
"""That a client may take for a package."""
LARGEST = 64 << 20
"""Bytes of a file in a package: what is larger is none of ours."""

NPM_LINES = 4
"""Of what npm says, that are shown: the code, and the reason."""


@dataclass(frozen=True)
class Package:
    """A package, as far as it is used.

    Attributes:
        name, version: as its registry knows it.
        files: path in the package -> its SHA-256.
        licence: of all of them.
        registry: whose client fetches it.
        archive: SHA-256 of the archive itself; '' where its files alone are pinned.
    """

    name: str
    version: str
    files: Mapping[str, str]
    licence: str
    registry: Literal["npm", "pypi"] = "npm"
    archive: str = ""

    def __str__(self) -> str:
        """As its client is asked for it."""
        return f"{self.name}{'@' if self.registry == 'npm' else '=='}{self.version}"


def take(package: Package, folder: Path, *, why: str, client: str = "") -> None:
    """Fetch a package and write those of its files that are used into a folder, by their own names.

    Args:
        package: what is wanted.
        folder: where the files go; the archive goes beside it for a while.
        why: who wants it, and what for, where there is no client: ``fer-lab demo needs npm once, for ...``.
        client: the program that fetches it, in place of npm and of this Python's pip.

    Raises:
        ConfigError: there is no such client.
        DataError: it cannot be had, it or one of its files is not the one expected, or it cannot be read.
    """
    with tempfile.TemporaryDirectory(dir=folder.parent) as packed:
        archive = _fetched(package, _command(package, client, why), Path(packed))
        if package.archive and (found := file_digest(archive)) != package.archive:
            raise DataError(f"the archive of {package} is not the one expected: SHA-256 {found}",
                            expected=package.archive, do=_other(package))  # fmt: skip
        _unpack(archive, package, folder)


def _command(package: Package, client: str, why: str) -> list[str]:
    """What fetches it, but for the folder it goes to."""
    if package.registry == "npm":
        program = client or "npm"
        if shutil.which(program) is None:
            raise ConfigError(why, expected="npm on the PATH", do="install npm (apt-get install npm)")
        return [program, "pack", str(package), "--ignore-scripts", "--loglevel=error", "--pack-destination"]
    download = ["download", str(package), "--no-deps", "--only-binary=:all:", "-q", "--disable-pip-version-check"]
    return [*_pip(client, why), *download, "--dest"]


def _pip(client: str, why: str) -> list[str]:
    """This Python's pip, else that on the PATH: environments that uv makes have none."""
    if client or importlib.util.find_spec("pip") is None:
        program = client or "pip"
        if shutil.which(program) is None:
            raise ConfigError(why, expected="pip, in this Python or on the PATH",
                              do="install it (python -m ensurepip, or uv pip install pip)")  # fmt: skip
        return [program]
    return [sys.executable, "-m", "pip"]


def _fetched(package: Package, command: Sequence[str], folder: Path) -> Path:
    """The archive, as the client fetches it from wherever it is told to."""
    what = f"{'npm pack' if package.registry == 'npm' else 'pip download'} {package}"
    own = Path(tempfile.mkdtemp(dir=folder))
    try:
        done = subprocess.run(
            [*command, str(own)], cwd=own, capture_output=True, text=True, check=False, timeout=SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise DataError(f"{what} has not ended within {SECONDS} s", do="see whether there is a network") from error
    except OSError as error:
        raise ConfigError(f"{what} cannot be started: {error}", do=f"install {what.split()[0]} again") from error
    found = [path for path in own.iterdir() if path.suffix in (".tgz", ".whl")]
    if done.returncode or len(found) != 1:
        raise DataError(
            f"{what} failed: {_said(done.stderr or done.stdout)}",
            do=f"see whether there is a network, and which registry {what.split()[0]} is told of",
        )
    return found[0]


def _said(text: str) -> str:
    """What a client says of its failure: npm says it first and adds where its log lies, pip says it last."""
    lines = [line.removeprefix("npm error ").strip() for line in text.strip().splitlines()]
    if not text.lstrip().startswith("npm error"):
        return lines[-1] if lines and lines[-1] else "no word"
    return "; ".join(line for line in lines[:NPM_LINES] if line and not line.startswith("A complete log"))


def _unpack(archive: Path, package: Package, folder: Path) -> None:
    """Write the files that are used, each once its checksum is right."""
    for path, data in _contents(archive, package):
        if (found := hashlib.sha256(data).hexdigest()) != package.files[path]:
            raise DataError(f"{path} of {package} is not the file expected: SHA-256 {found}",
                            expected=package.files[path], do=_other(package))  # fmt: skip
        write_bytes(folder / Path(path).name, data)


def _contents(archive: Path, package: Package) -> Iterator[tuple[str, bytes]]:
    """The files that are used, by their paths in the package."""
    try:
        with closing(_opened(archive)) as opened:
            for path in package.files:
                yield path, opened.read(path)
    except Exception as error:  # whatever zlib, lzma, tarfile and zipfile raise of what is damaged
        raise DataError(f"the archive of {package} cannot be read: {error}", do="call it again") from error


def _other(package: Package) -> str:
    return f"see which registry the client is told of: what it gave under {package} is another package"


class _Opened:
    """An archive, opened to read some of its files by their paths in the package."""

    def __init__(self, read: Callable[[str], bytes], close: Callable[[], None]) -> None:
        self.read, self.close = read, close


def _opened(archive: Path) -> _Opened:
    if archive.suffix == ".whl":
        wheel = zipfile.ZipFile(archive)
        return _Opened(lambda path: _of_wheel(wheel, path), wheel.close)
    tar = tarfile.open(archive, "r:gz")  # noqa: SIM115
    return _Opened(lambda path: _of_tar(tar, f"package/{path}"), tar.close)


def _of_wheel(wheel: zipfile.ZipFile, path: str) -> bytes:
    if wheel.getinfo(path).file_size > LARGEST:
        raise KeyError(f"{path} is no file of at most {LARGEST} bytes")
    return wheel.read(path)


def _of_tar(tar: tarfile.TarFile, path: str) -> bytes:
    member = tar.getmember(path)
    file = tar.extractfile(member)
    if file is None or member.size > LARGEST:
        raise KeyError(f"{path} is no file of at most {LARGEST} bytes")
    return file.read()
