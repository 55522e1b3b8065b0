"""What every test of the project may rely on: one thread, a cache of its own, real data if they are there."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from tests.browser import Browser, browser_at
from tests.options import read_options_once

# Before anything imports numpy or torch: small tensors are faster on one thread, and sums come out the same.
os.environ.setdefault("OMP_NUM_THREADS", "1")

read_options_once()


TOGETHER = ("tests/exporting/", "tests/report/site/")
"""Folders whose files share what takes long to make: one worker makes it and takes all of them."""


class ByFile(LoadFileScheduling):
    """Hands out tests file by file, those of ``TOGETHER`` folder by folder."""

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        return next((folder for folder in TOGETHER if file.startswith(folder)), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """``--dist loadfile``, a little coarser."""
    return ByFile(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow files first: begun last, one of them would leave the other cores without work."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(scope="module", autouse=True)
def settled() -> None:
    """What earlier modules have imported and kept is no garbage: whoever looks for some need not walk over all of it.

    With ten thousand tests in a process each full collection takes a second, and Lightning asks for many.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache folder that no other session shares: nothing that a test needs may come from an earlier run.

    The workers of one session share it, as the runs of a sweep do: each twin is drawn once.
    """
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "cache"
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_LAB_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the checkout."""
    return Path(__file__).parents[1]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data sets, named by the environment variable FER_LAB_DATA (skips where there is none)."""
    folder = os.environ.get("FER_LAB_DATA", "")
    if not Path(folder or "?").is_dir():
        pytest.skip("FER_LAB_DATA does not name a folder with real data")
    return Path(folder)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A headless Chromium."""
    yield from browser_at(tmp_path_factory.mktemp("chromium"))
