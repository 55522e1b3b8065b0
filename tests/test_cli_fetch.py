"""`fer-lab fetch emotionet`: a list in, images and an account of every row out."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from fer_lab.cli import main
from fer_lab.datasets.emotionet_shards import read_shards
from fer_lab.fetching import file_name
from tests.fetching.misbehaving import Server, serving

Call = Callable[..., tuple[int, str]]
LABELS = ",0" * 59 + ",999"
LOCAL = ("--private", "127.0.0.1/32", "--pause", "0", "--retries", "0")


def written(folder: Path, urls: Sequence[str]) -> Path:
    path = folder / "list.csv"
    path.write_text("".join(f"{url}{LABELS}\n" for url in urls))
    return path


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """A function: call ``fer-lab fetch emotionet`` with these words; exit status and output."""

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["fer-lab", "fetch", "emotionet", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), capsys.readouterr().out

    return run


def test_every_row_is_in_one_class_beside_the_printed_counts(call: Call, tmp_path: Path) -> None:
    with serving() as server:
        paths = ["/good.jpg", "/a,b.jpg", "/named.jpg", "/moved.jpg", "/404.jpg", "/html.jpg"]
        listed = written(tmp_path, [*map(server.url, paths), "file:///etc/passwd", server.url("/404.jpg")])
        status, output = call(str(listed), str(tmp_path / "out"), *LOCAL)
    assert status == 0
    for line in (r"saved +4 +21,500", r"HTTP 404 +1 +1,726", r"Name or service not known +0 +500", r"Not an image +1\b",
                 r"Left out of the list: a URL that stands twice +1\b", r"Not downloaded +4 +2,760",
                 r"Rows of the list +8 +25,000"):  # fmt: skip
        assert re.search(line, output), line
    assert "saved: 3 JPEG, 1 PNG; 1 made JPEG; redirected: 1" in output
    told = json.loads((tmp_path / "out" / "account.json").read_text())
    assert sum(told["classes"].values()) == told["totals"]["Rows of the list"] == 8
    assert told["printed"]["HTTP 404"] == "1,726"
    assert [row["reason"] for row in told["left_out"]] == ["a URL of file:, not of http: or https:",
                                                           "a URL that stands twice"]  # fmt: skip
    assert (tmp_path / "out" / "images" / file_name(server.url("/a,b.jpg"))).is_file()


def test_a_proxy_that_is_not_used_and_a_network_that_is_none_are_said(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    listed = written(tmp_path, ["http://127.0.0.1:9/x.jpg"])
    status, output = call(str(listed), str(tmp_path / "out"))
    assert (status, "https_proxy: not used" in output) == (0, True)
    assert re.search(r"An address that is not public +1\b", output)
    status, output = call(str(listed), str(tmp_path / "out"), "--private", "localhost")
    assert (status, "--private localhost" in output) == (2, True)


def interrupted(server: Server, saved: Path, words: Sequence[str]) -> tuple[int, str]:
    """Send Ctrl-C once an image is there, and the server is asked for what it never answers."""
    command = [sys.executable, "-m", "fer_lab.cli", "fetch", "emotionet", *words]
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # the tests may run where a shell has it ignored
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=heard)
    while not (server.asked["/silent.jpg"] and saved.is_file()) and child.poll() is None:
        time.sleep(0.01)
    child.send_signal(signal.SIGINT)
    output, _ = child.communicate()
    return child.returncode, output


def test_a_ctrl_c_says_how_to_go_on(call: Call, tmp_path: Path) -> None:
    with serving() as server:
        listed = written(tmp_path, [server.url("/good.jpg"), server.url("/silent.jpg")])
        words = [str(listed), str(tmp_path / "out"), *LOCAL]
        saved = tmp_path / "out" / "images" / file_name(server.url("/good.jpg"))
        status, output = interrupted(server, saved, [*words, "--whole", "60"])
        assert (status, output.splitlines()[-1]) == (
            130, "interrupted: what is whole stays, and the same command goes on from there"
        )  # fmt: skip
        assert "Traceback" not in output
        status, output = call(*words, "--whole", "2")
        assert server.answered["/good.jpg"] == 1
    assert re.search(r"Connection timed out +1 +109", output)


def test_what_was_fetched_is_packed(monkeypatch: pytest.MonkeyPatch, call: Call, tmp_path: Path) -> None:
    with serving() as server:
        listed = written(tmp_path, [server.url(path) for path in ("/good.jpg", "/404.jpg", "/named.jpg")])
        call(str(listed), str(tmp_path / "out"), *LOCAL)
    monkeypatch.setattr(
        "sys.argv", ["fer-lab", "fetch", "pack", str(listed), str(tmp_path / "out"), "--per-shard", "1"]
    )
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    assert len(read_shards(tmp_path / "out")) == len(list((tmp_path / "out" / "shards").glob("*.tar"))) == 2
