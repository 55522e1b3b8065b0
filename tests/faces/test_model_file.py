import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fer_lab.errors import DataError
from fer_lab.faces import model_file
from fer_lab.faces.model_file import NAME, SHA256, download, find_model, model_digest
from fer_lab.storage import file_digest


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, str]]:
    """A folder, and the address under which it is served."""
    folder = tmp_path / "served"
    folder.mkdir()
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("FER_LAB_CACHE", str(folder))
    return folder


@pytest.fixture
def no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_file, "PACKAGE", "no_such_package")


def test_a_given_file_wins_and_may_be_another_model(tmp_path: Path) -> None:
    other = tmp_path / "other.task"
    other.write_bytes(b"another model")
    assert find_model(other) == other
    assert model_digest(other) == file_digest(other)
    assert model_digest() == SHA256


def test_a_given_file_that_is_not_there_is_not_replaced_by_another(tmp_path: Path) -> None:
    for search in (find_model, model_digest):
        with pytest.raises(DataError, match=r"faces\.model = .*nowhere\.task: no such file"):
            search(tmp_path / "nowhere.task")


def test_the_installed_package_carries_it(empty_cache: Path) -> None:
    found = find_model()
    assert file_digest(found) == SHA256
    assert model_file.PACKAGE in found.parts


def test_the_cache_comes_before_the_package_unless_it_is_damaged(empty_cache: Path) -> None:
    cached = empty_cache / "models" / NAME
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"damaged")
    carried = find_model()
    assert carried != cached
    cached.write_bytes(carried.read_bytes())
    assert find_model() == cached


@pytest.mark.usefixtures("no_package")
def test_it_is_downloaded_into_the_cache(empty_cache: Path, model: Path, served: tuple[Path, str]) -> None:
    folder, address = served
    (folder / NAME).write_bytes(model.read_bytes())
    found = find_model(url=f"{address}/{NAME}")
    assert found == empty_cache / "models" / NAME
    (folder / NAME).unlink()
    assert find_model(url=f"{address}/{NAME}") == found  # a second time nothing is fetched
    assert file_digest(found) == SHA256


@pytest.mark.usefixtures("no_package")
def test_missing_everywhere_names_all_places(empty_cache: Path, served: tuple[Path, str]) -> None:
    with pytest.raises(DataError) as refusal:
        find_model(url=f"{served[1]}/{NAME}")
    for part in ("faces.model", str(empty_cache / "models"), "no_such_package", f"{served[1]}/{NAME}", "404"):
        assert part in refusal.value.what
    assert SHA256 in refusal.value.expected
    assert "make setup" in refusal.value.do


def test_a_download_with_another_checksum_is_refused_and_not_kept(tmp_path: Path, served: tuple[Path, str]) -> None:
    folder, address = served
    (folder / "x").write_bytes(b"not the model")
    with pytest.raises(DataError, match="is not the file expected"):
        download(f"{address}/x", tmp_path / "kept", SHA256)
    assert not (tmp_path / "kept").exists()
    assert download(f"{address}/x", tmp_path / "kept", file_digest(folder / "x")).read_bytes() == b"not the model"


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x", "no address"])
def test_a_place_that_does_not_answer_is_named(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(DataError, match=f"cannot download {url}"):
        download(url, tmp_path / "kept", SHA256)
