"""Downloads from a server that misbehaves in every way: each URL ends in one class, and nothing waits for ever."""

from __future__ import annotations

import json
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest
from PIL import Image

from fer_lab.errors import StoreError
from fer_lab.fetching import file_name, url_of
from fer_lab.fetching.account import account
from fer_lab.fetching.download import download
from fer_lab.fetching.journal import Entry
from fer_lab.fetching.limits import Limits
from fer_lab.fetching.outcomes import Outcome
from fer_lab.storage import LockedError, locked_now
from tests.fetching.misbehaving import HANDLERS, JPEG, Server, serving

LOOPBACK = Limits(
    per_host=16, pause=0.0, whole=60.0, retries=2, backoff=0.01, patience=5.0, redirects=3, max_bytes=1_000_000,
    max_pixels=1_000_000, private=(ip_network("127.0.0.1/32"),),
)  # fmt: skip
HURRIED = replace(LOOPBACK, read=1.0, whole=1.5, retries=0)
EXPECTED = {
    "/good.jpg": Outcome.SAVED,
    "/animation.gif": Outcome.SAVED,
    "/animation.webp": Outcome.SAVED,
    "/named.jpg": Outcome.SAVED,
    "/503.jpg": Outcome.SAVED,
    "/429.jpg": Outcome.SAVED,
    "/cut_once.jpg": Outcome.SAVED,
    "/moved.jpg": Outcome.SAVED,
    "/forbidden/good.jpg": Outcome.SAVED,
    "/404.jpg": Outcome.NOT_FOUND,
    "/403.jpg": Outcome.NOT_FOR_US,
    "/410.jpg": Outcome.NOT_FOR_US,
    "/500.jpg": Outcome.SERVER,
    "/418.jpg": Outcome.OTHER_STATUS,
    "/patience.jpg": Outcome.TOO_MANY_REQUESTS,
    "/date.jpg": Outcome.SERVER,
    "/html.jpg": Outcome.NO_IMAGE,
    "/empty.jpg": Outcome.NO_IMAGE,
    "/half.jpg": Outcome.DAMAGED,
    "/bomb.png": Outcome.TOO_MANY_PIXELS,
    "/wide.png": Outcome.TOO_MANY_PIXELS,
    "/squeezed.jpg": Outcome.TOO_LARGE,
    "/huge.jpg": Outcome.TOO_LARGE,
    "/endless.jpg": Outcome.TOO_LARGE,
    "/cut.jpg": Outcome.CUT,
    "/reset.jpg": Outcome.RESET,
    "/garbage.jpg": Outcome.NO_HTTP,
    "/loop.jpg": Outcome.REDIRECTS,
    "/nowhere.jpg": Outcome.REDIRECTS,
    "/to_private.jpg": Outcome.NOT_PUBLIC,
    "/to_file.jpg": Outcome.UNFIT,
    "/to_secret.jpg": Outcome.UNFIT,
}
EITHER = {"/short.jpg": (Outcome.NO_HTTP, Outcome.DAMAGED)}
"""What follows an answer that says too small a length may come with it or after it."""
SLOW = {"/drip.jpg": Outcome.TIMED_OUT, "/silent.jpg": Outcome.TIMED_OUT}


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


def outcomes(found: dict[str, Entry], server: Server) -> dict[str, Outcome]:
    return {url.removeprefix(server.url("")): entry.outcome for url, entry in found.items()}


def test_every_way_to_misbehave_has_its_class(server: Server, tmp_path: Path) -> None:
    assert {*EXPECTED, *EITHER, *SLOW, "/robots.txt"} == set(HANDLERS)
    found = download([server.url(path) for path in EXPECTED], tmp_path, LOOPBACK)
    assert outcomes(found, server) == EXPECTED
    assert server.sent < 100_000_000
    assert all(entry.detail for entry in found.values() if entry.outcome != Outcome.SAVED)
    counted = account(found.values(), [{"id": "line 1", "reason": "no URL"}])
    assert sum(counted.classes.values()) == len(EXPECTED) + 1 == counted.totals["Rows of the list"]
    assert counted.forms == {"JPEG": 6, "GIF": 1, "WEBP": 1, "PNG": 1}
    assert (counted.converted, counted.redirected) == (3, 1)


def test_an_answer_longer_than_it_says_is_no_image(server: Server, tmp_path: Path) -> None:
    found = outcomes(download([server.url(path) for path in EITHER], tmp_path, LOOPBACK), server)
    assert all(found[path] in EITHER[path] for path in EITHER)


def test_who_is_slow_is_left_after_a_time(server: Server, tmp_path: Path) -> None:
    found = download([server.url(path) for path in SLOW], tmp_path, HURRIED)
    assert outcomes(found, server) == SLOW


def test_images_lie_as_jpeg_under_names_that_lead_to_their_urls(server: Server, tmp_path: Path) -> None:
    urls = [server.url(path) for path in ("/good.jpg", "/animation.gif", "/animation.webp", "/named.jpg")]
    urls += [server.url(f"/../../..{'x' * 300}.jpg?a=%2e%2e/b,c"), server.url("/GOOD.jpg")]
    found = download(urls, tmp_path, LOOPBACK)
    files = {path.name: path for path in (tmp_path / "images").iterdir()}
    assert {url_of(name, urls) for name in files} == set(urls)
    assert {entry.outcome for entry in found.values()} == {Outcome.SAVED}
    assert files[file_name(urls[0])].read_bytes() == JPEG
    for name in map(file_name, urls[:4]):
        with Image.open(files[name]) as picture:
            assert (picture.format, picture.size) == ("JPEG", (48, 48))
            assert max(picture.getextrema()[0]) < 150  # the first frame, which is dark
    assert {path.name for path in tmp_path.iterdir()} == {"images", "journal.jsonl", "journal.jsonl.lock"}


def test_what_may_pass_is_tried_again_and_what_may_not_is_not(server: Server, tmp_path: Path) -> None:
    paths = ["/503.jpg", "/429.jpg", "/cut.jpg", "/cut_once.jpg", "/404.jpg", "/html.jpg", "/patience.jpg", "/date.jpg"]
    paths += ["/loop.jpg"]
    found = download([server.url(path) for path in paths], tmp_path, LOOPBACK)
    tries = {url.removeprefix(server.url("")): entry.tries for url, entry in found.items()}
    assert [tries[path] for path in paths] == [3, 2, 3, 2, 1, 1, 1, 1, 1]
    assert [server.asked[path] for path in paths] == [3, 2, 3, 2, 1, 1, 1, 1, 4]


def test_nothing_is_fetched_from_an_address_that_is_not_public_unless_told_to(server: Server, tmp_path: Path) -> None:
    hosts = ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"]
    odd = ["127.1", "2130706433", "0x7f.1"]  # which the client refuses itself, or hands on to be resolved
    urls = [server.url("/good.jpg", host) for host in [*hosts, *odd]]
    found = [entry.outcome for entry in download(urls, tmp_path, replace(LOOPBACK, private=())).values()]
    assert found[: len(hosts)] == [Outcome.NOT_PUBLIC] * len(hosts)
    assert {*found[len(hosts) :]} <= {Outcome.NOT_PUBLIC, Outcome.UNFIT}
    assert not server.asked


def test_robots_txt_is_kept_to_if_asked_for(server: Server, tmp_path: Path) -> None:
    urls = [server.url("/forbidden/good.jpg"), server.url("/good.jpg")]
    found = download(urls, tmp_path, replace(LOOPBACK, robots=True))
    assert [found[url].outcome for url in urls] == [Outcome.ROBOTS, Outcome.SAVED]
    assert (server.asked["/robots.txt"], server.asked["/forbidden/good.jpg"]) == (1, 0)


def test_who_does_not_listen_and_who_has_no_name(tmp_path: Path) -> None:
    with serving() as gone:
        pass
    urls = [gone.url("/good.jpg"), "http://no-such-host.invalid/x.jpg"]
    found = download(urls, tmp_path, replace(LOOPBACK, retries=0))
    assert [found[url].outcome for url in urls] == [Outcome.REFUSED, Outcome.NO_NAME]


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    if not shutil.which("openssl"):
        pytest.skip("openssl makes the certificate")
    files = tmp_path / "key.pem", tmp_path / "certificate.pem"
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=127.0.0.1"
    subprocess.run(["openssl", *words.split(), "-keyout", files[0], "-out", files[1]], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files[1], files[0])
    with serving(context) as server:
        url = server.url("/good.jpg").replace("http:", "https:")
        assert download([url], tmp_path, LOOPBACK)[url].outcome == Outcome.CERTIFICATE
        plain = server.url("/good.jpg")
        assert download([plain], tmp_path, LOOPBACK)[plain].outcome in (Outcome.RESET, Outcome.NO_HTTP)


def test_no_proxy_of_the_environment_is_used(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    url = server.url("/good.jpg")
    assert download([url], tmp_path, LOOPBACK)[url].outcome == Outcome.SAVED


def test_a_second_call_fetches_what_is_missing_only(server: Server, tmp_path: Path) -> None:
    urls = [server.url(path) for path in ("/a.jpg", "/b.jpg", "/404.jpg", "/503.jpg")]
    found = download(urls[:3], tmp_path, LOOPBACK)
    (tmp_path / "images" / file_name(urls[0])).unlink()
    asked = server.asked.copy()
    again = download(urls, tmp_path, LOOPBACK)
    assert {url: again[url] for url in urls[:3]} == found
    assert server.asked - asked == {"/a.jpg": 1, "/503.jpg": 3}
    download(urls, tmp_path, LOOPBACK, again=True)
    assert server.asked["/404.jpg"] == 2


def test_a_journal_that_was_cut_in_a_line_loses_that_line_only(server: Server, tmp_path: Path) -> None:
    urls = [server.url(path) for path in ("/a.jpg", "/b.jpg")]
    download(urls[:1], tmp_path, LOOPBACK)
    download(urls, tmp_path, LOOPBACK)
    journal = tmp_path / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-20])
    download(urls, tmp_path, LOOPBACK)
    assert server.asked == {"/a.jpg": 1, "/b.jpg": 2}
    assert [json.loads(line)["url"] for line in journal.read_text().splitlines()] == urls


def test_a_damaged_journal_is_refused_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").write_text('{"url": 1}\n')
    with pytest.raises(StoreError, match="line 1 is damaged"):
        download([], tmp_path, LOOPBACK)


def test_one_process_at_a_time(tmp_path: Path) -> None:
    with locked_now(tmp_path / "journal.jsonl"), pytest.raises(LockedError):
        download([], tmp_path, LOOPBACK)


def test_a_folder_that_cannot_be_written_is_an_error_and_no_class(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fdatasync", full)
    with pytest.raises(StoreError, match="No space left"):
        download([server.url("/good.jpg")], tmp_path, LOOPBACK)
    assert (tmp_path / "journal.jsonl").read_bytes() == b""
