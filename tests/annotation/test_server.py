"""The server: what it keeps, and what it refuses to whom."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from fer_lab.annotation import FOLDER, find_items, said_by
from tests.annotation.serving import CLI, Served

POINT = {"valence": [[0, 0.25]], "arousal": [[0, -0.5]]}
VIDEO = 20


@pytest.fixture(scope="module")
def place(twin: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that this module's server writes to, with a secret beside it."""
    folder = Path(shutil.copytree(twin, tmp_path_factory.mktemp("served") / "media"))
    (folder.parent / "secret.png").write_bytes((folder / "faces" / "00.png").read_bytes())
    return folder


@pytest.fixture(scope="module")
def served(place: Path) -> Iterator[Served]:
    """A running server."""
    found = Served(place)
    yield found
    assert found.end() == 143


@pytest.fixture(scope="module")
def listing(twin: Path) -> str:
    return find_items(twin).listing


def mark(listing: str, name: str, number: Any = 3, **further: Any) -> dict[str, Any]:
    about = {"name": name, "window": "window-one", "listing": listing, "number": number}
    return {**about, "take": "t-1", "values": POINT, **further}


def entry(name: str, window: str = "window-one", **further: Any) -> dict[str, Any]:
    return {"name": name, "window": window, **further}


def test_what_is_said_is_on_disk_when_the_answer_comes_and_seen_by_nobody_else(
    served: Served, place: Path, listing: str
) -> None:
    assert served.told("/start") == {"status": 200, "name": None, "items": 21}
    assert served.told("/enter", entry("Carl"))["said"] == {}
    assert served.told("/mark", mark(listing, "carl")) == {"status": 200, "last": "t-1"}
    assert said_by(place, "carl") == {"faces/03.png": {"valence": ((0.0, 0.25),), "arousal": ((0.0, -0.5),)}}
    assert served.told("/enter", entry("dora"))["said"] == {}
    again = served.told("/enter", entry("carl"))
    assert again["said"] == {"3": POINT}
    assert again["seconds"] == [0.0] * 20 + [2.0]
    assert "faces" not in json.dumps(again)  # names of files may say what is right
    undo = {**entry("carl"), "take": "t-1"}
    assert served.told("/undo", undo) == {"status": 200, "number": 3, "said": {}, "last": None}
    assert served.told("/undo", undo) == {"status": 200, "number": None, "said": {}, "last": None}
    assert said_by(place, "carl") == {}


def test_a_second_window_of_a_name_is_told_so_and_may_take_over(served: Served, listing: str) -> None:
    assert served.told("/enter", entry("eva"))["status"] == 200
    other = served.told("/enter", entry("eva", "window-two"))
    assert (other["status"], other["error"], other["taken"]) == (409, "eva is annotating in another window", True)
    assert served.told("/mark", mark(listing, "eva", window="window-two"))["status"] == 409
    assert served.told("/enter", entry("eva", "window-two", takeOver=True))["status"] == 200
    assert served.told("/mark", mark(listing, "eva"))["taken"] is True
    assert served.told("/mark", mark(listing, "eva", window="window-two"))["status"] == 200


def test_a_name_in_another_process_is_taken(served: Served, place: Path) -> None:
    assert served.told("/enter", entry("fritz"))["status"] == 200
    second = subprocess.run([*CLI, str(place), "--as", "fritz", "--port", "0"], capture_output=True, text=True)
    assert second.returncode == 2
    assert "fritz is annotating here in another process" in second.stdout
    one = Served(place, "--as", "Gerd")
    try:
        assert one.told("/start")["name"] == "gerd"
        assert one.told("/enter", entry("fritz"))["name"] == "gerd"  # this process has one annotator
        taken = served.told("/enter", entry("gerd"))
        assert (taken["status"], taken["error"]) == (409, "gerd is annotating here in another process")
    finally:
        one.end()


@pytest.mark.parametrize(
    ("changes", "status", "why"),
    [
        ({"name": "../carl"}, 400, "an annotator cannot be called"),
        ({"name": None}, 400, "an annotator cannot be called"),
        ({"window": 7}, 400, "a window says which it is"),
        ({"number": 21}, 404, "no item 21"),
        ({"number": -1}, 404, "no item -1"),
        ({"number": True}, 404, "no item True"),
        ({"number": "happy.mp4"}, 404, "no item 'happy.mp4'"),
        ({"listing": "0"}, 409, "the folder has other files now"),
        ({"take": "../x"}, 400, "the take"),
        ({"values": {"valence": [[0, 2]], "arousal": [[0, 0]]}}, 400, "valence 2"),
        ({"values": {"valence": [[0, 0.5]]}}, 400, "a picture is marked at one point"),
    ],
)
def test_a_mark_that_is_none_is_refused_in_words(
    served: Served, place: Path, listing: str, changes: Mapping[str, Any], status: int, why: str
) -> None:
    answer = served.told("/mark", {**mark(listing, "hans"), **changes})
    assert answer["status"] == status
    assert why in answer["error"]
    assert not (place / FOLDER / "hans.jsonl").is_file() or said_by(place, "hans") == {}


@pytest.mark.parametrize(
    ("data", "headers", "status"),
    [
        (b"no json", {}, 400),
        (b"[1]", {}, 400),
        (b"[" * 100_000, {}, 400),
        (b'{"name": "carl"', {}, 400),
        (b"x" * 300_000, {}, 413),
        (b"{}", {"Content_Type": "text/plain"}, 415),
        (b"{}", {"Content_Type": "application/x-www-form-urlencoded"}, 415),
        (b"{}", {"Origin": "http://elsewhere.example"}, 403),
        (b"{}", {"Origin": "null"}, 403),
        (b"{}", {"Host": "elsewhere.example"}, 421),
        (b"{}", {"Host": "127.0.0.1.elsewhere.example:80"}, 421),
        (b"{}", {"Host": ""}, 421),
    ],
)
def test_odd_requests_are_refused_with_a_reason(
    served: Served, data: bytes, headers: Mapping[str, str], status: int
) -> None:
    answered, _, body = served.ask("/mark", data, **headers)
    assert answered == status
    assert json.loads(body)["error"]


def test_pages_of_other_names_of_this_machine_get_nothing(served: Served, listing: str) -> None:
    for path in ("/", "/start", f"/media/{listing}/0"):
        assert served.ask(path, Host=f"rebound.example:{served.port}")[0] == 421
        status, headers, _ = served.ask(path, Host=f"localhost:{served.port}")
        assert status == 200
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    "path",
    ["/secret.png", "/../secret.png", "/..%2fsecret.png", "/faces/00.png", "/media/{}/../../secret.png", "/media/0/0",
     "/media/{}/..%2f..%2fsecret.png", "/media/{}/-1", "/media/{}/21", "/media/{}/99999999", "/media/{}/0x1",
     "/media//0", "/media/{}/0/../1", "/annotations/carl.jsonl", "/server.py", "/page.html", "/%00", "/favicon.ico"],
)  # fmt: skip
def test_no_other_file_is_given(served: Served, listing: str, path: str) -> None:
    status, _, body = served.ask(path.format(listing))
    assert status in (404, 409)
    assert json.loads(body)["error"]


def test_only_what_is_asked_for_by_its_method_is_done(served: Served) -> None:
    assert served.ask("/mark")[0] == 405
    assert served.ask("/start", {"name": "carl"})[0] == 405
    assert served.ask("/enter", {"name": "carl"}, "PUT")[0] == 405


def test_a_picture_is_given_as_jpeg_and_a_video_in_ranges(served: Served, place: Path, listing: str) -> None:
    status, headers, picture = served.ask(f"/media/{listing}/0")
    assert (status, headers["content-type"], picture[:3]) == (200, "image/jpeg", b"\xff\xd8\xff")
    whole = (place / "happy.mp4").read_bytes()
    status, headers, body = served.ask(f"/media/{listing}/{VIDEO}", Range="bytes=100-299")
    assert (status, headers["content-type"], body) == (206, "video/mp4", whole[100:300])
    assert headers["content-range"] == f"bytes 100-299/{len(whole)}"
    assert served.ask(f"/media/{listing}/{VIDEO}")[2] == whole
    assert served.ask(f"/media/{listing}/{VIDEO}", Range=f"bytes={len(whole)}-")[0] == 416


def test_a_file_that_is_gone_or_replaced_is_said_to_be(served: Served, place: Path, listing: str) -> None:
    file, aside = place / "faces" / "19.png", place.parent / "aside.png"
    for change in (lambda: None, lambda: file.symlink_to(place.parent / "secret.png"), lambda: file.write_bytes(b"x")):
        file.rename(aside)
        change()
        status, _, body = served.ask(f"/media/{listing}/19")
        file.unlink(missing_ok=True)
        aside.rename(file)
        assert status == 422
        assert json.loads(body)["error"]


def test_nobody_but_this_machine_can_connect_and_a_port_in_use_is_named(served: Served, place: Path) -> None:
    own = socket.gethostbyname(socket.gethostname())
    if not own.startswith("127."):
        with pytest.raises(OSError), socket.create_connection((own, served.port), timeout=2):  # noqa: PT011
            pass
    second = subprocess.run([*CLI, str(place), "--port", str(served.port)], capture_output=True, text=True)
    assert second.returncode == 2
    assert f"port {served.port} cannot be had" in second.stdout


def test_a_kill_loses_nothing_that_was_answered_and_the_name_is_free_again(folder: Path) -> None:
    first = Served(folder)
    listing = find_items(folder).listing
    for number in range(5):
        assert first.told("/mark", mark(listing, "ina", number, take=f"t-{number}"))["status"] == 200
    first.kill()
    second = Served(folder)
    again = second.told("/mark", mark(listing, "ina", 5))  # of a page that did not notice
    known = second.told("/enter", entry("ina"))["said"]
    second.end()
    assert again["status"] == 200
    assert sorted(known) == [str(number) for number in range(6)]
