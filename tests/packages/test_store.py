"""Weights of packages in the cache: fetched and converted once, whole or not at all, made again where damaged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from typer.testing import CliRunner

from fer_lab.cache import entries
from fer_lab.cli.commands import app
from fer_lab.errors import ConfigError, DataError, FerLabError
from fer_lab.packages import Package, Passport, fetched, packaged, passport, pinned, place_of, state, store
from fer_lab.packages.convert import Tensors
from tests.packages.archives import FILES, SUMS, calls, client, tarball


def converted(folder: Path) -> Tensors:
    """All bytes of the binary as numbers."""
    return {"net.weight": np.frombuffer((folder / "net.bin").read_bytes(), np.uint8)}


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Passport:
    """Weights of a package of one's own, with a cache of one's own."""
    monkeypatch.setenv("FER_LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(store, "CONVERTERS", {"net": converted})
    return replace(passport("faceres"), name="net", package=Package("@own/net", "1.2.3", SUMS, "MIT"))


def test_they_are_fetched_once_and_only_what_was_made_of_them_stays(net: Passport, tmp_path: Path) -> None:
    program = client(tmp_path, tarball(tmp_path / "net.tgz"))
    assert state(net) == "not fetched"
    path = fetched(net, program)
    assert np.array_equal(safetensors.numpy.load_file(path)["net.weight"], [0, 1, 2, 3])
    assert fetched(net, program) == path
    assert (state(net), len(calls(tmp_path))) == ("here", 1)
    assert {one.name for one in path.parent.iterdir()} == {"weights.safetensors", "contract.json", "manifest.json"}
    assert [entry.what for entry in entries("weights")] == [net.title]
    assert pinned(net) == SUMS["models/net.bin"]


def test_damaged_ones_are_made_again(net: Passport, tmp_path: Path) -> None:
    program = client(tmp_path, tarball(tmp_path / "net.tgz"))
    whole = fetched(net, program).read_bytes()
    (place_of(net) / "weights.safetensors").write_bytes(whole[:-1] + b"x")
    assert state(net) == "damaged"
    (place_of(net) / "weights.safetensors").write_bytes(whole[:-1])
    assert fetched(net, program).read_bytes() == whole
    assert len(calls(tmp_path)) == 2


@pytest.mark.parametrize("files", [{}, {**FILES, "models/net.bin": b"other"}], ids=["none", "other"])
def test_of_what_is_refused_nothing_stays(files: dict[str, bytes], net: Passport, tmp_path: Path) -> None:
    with pytest.raises(DataError):
        fetched(net, client(tmp_path, tarball(tmp_path / "net.tgz", files)))
    assert state(net) == "not fetched"
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file() and path.suffix != ".lock"] == []


def test_what_comes_out_of_no_package_is_not_fetched() -> None:
    with pytest.raises(ConfigError, match="weights embedded come out of no package"):
        fetched(passport("embedded"))


def said(*words: str) -> str:
    done = CliRunner().invoke(app, ["weights", *words])
    if isinstance(done.exception, FerLabError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def test_all_are_listed_and_shown_whether_they_are_here_or_not() -> None:
    listed = said("list")
    assert all(name in listed for name in (*packaged(), "embedded", "vgg_face"))
    for name in packaged():
        shown, found = said("show", name), passport(name)
        assert found.trained_on in shown
        assert pinned(found) in shown
        assert all(one in shown for one in found.says)
        assert "fer2013" in shown
    with pytest.raises(ConfigError, match="there are no weights 'vgg'"):
        said("show", "vgg")


def test_a_fetch_from_the_command_line_says_what_to_do_with_them(
    net: Passport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client(tmp_path, tarball(tmp_path / "net.tgz"))
    (tmp_path / "client").rename(tmp_path / "npm")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("fer_lab.packages.passport", lambda name: net)
    assert "use them: backbone=net" in said("fetch", "net")
    assert "MIT" in said("fetch", "net")
