"""A download that is killed goes on: one class a URL, and what has its name is not fetched again."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from fer_lab.fetching import file_name
from fer_lab.fetching.journal import Journal
from fer_lab.fetching.outcomes import Outcome
from tests.fetching.misbehaving import Server, serving

CHILD = """
import json, sys
from ipaddress import ip_network
from pathlib import Path
from fer_lab.fetching.download import download
from fer_lab.fetching.limits import Limits
limits = Limits(per_host=8, pause=0.0, backoff=0.01, retries=1, private=(ip_network("127.0.0.1/32"),))
download(json.loads(sys.stdin.read()), Path(sys.argv[1]), limits)
"""


def run(urls: Sequence[str], folder: Path, until: int) -> None:
    """Download, and kill it once so many images are there."""
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(folder)], stdin=subprocess.PIPE, text=True)
    assert child.stdin is not None
    child.stdin.write(json.dumps(urls))
    child.stdin.close()
    while child.poll() is None:
        if len(whole(folder)) >= until:
            child.kill()
            child.wait()
        time.sleep(0.003)


def whole(folder: Path) -> set[str]:
    """Names of images that are there."""
    return {path.name for path in (folder / "images").glob("*.jpg") if not path.name.startswith(".")}


def assert_survives(server: Server, folder: Path, count: int, kills: Sequence[int]) -> None:
    """Kill a download at certain numbers of images, let it come to its end, and look at what there is."""
    lost = server.url("/404.jpg")
    urls = [lost, *(server.url(f"/number/{number}.jpg") for number in range(count))]
    asked: dict[str, int] = {}
    for until in [*kills, count + 1]:
        run(urls, folder, until)
        now = {url: server.asked[url.removeprefix(server.url(""))] for url in urls}
        assert {url: now[url] for url in asked} == asked  # what had its name was not asked for again
        asked = {url: now[url] for url in urls if file_name(url) in whole(folder)}
        assert max(now.values()) <= 1 + len(kills)
    journal = Journal(folder / "journal.jsonl")
    journal.close()
    found = {url: journal.entries[url].outcome for url in urls}
    assert found == {lost: Outcome.NOT_FOUND, **dict.fromkeys(urls[1:], Outcome.SAVED)}
    assert whole(folder) == {path.name for path in (folder / "images").iterdir()} == set(map(file_name, urls[1:]))
    for name in whole(folder):
        with Image.open(folder / "images" / name) as picture:
            picture.load()


@pytest.mark.parametrize("kills", [(20, 70)])
def test_a_download_that_is_killed_goes_on(tmp_path: Path, kills: Sequence[int]) -> None:
    with serving() as server:
        assert_survives(server, tmp_path, 120, kills)
