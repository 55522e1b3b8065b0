"""URLs that are fetched, and the file names that lead back to them."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_lab.fetching import file_name, unfit, url_of

GOOD = ("http://a.com/x.jpg", "https://A.com:8080/x,y;z.jpg?size=2x2&q=ü#f", "http://[::1]/x", "HTTP://a.com/a b.jpg")


@pytest.mark.parametrize("url", GOOD)
def test_a_web_address_is_fit(url: str) -> None:
    assert unfit(url) == ""


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "no URL"),
        ("file:///etc/passwd", "file:"),
        ("ftp://a.com/x.jpg", "ftp:"),
        ("data:image/png;base64,AAAA", "data:"),
        ("http://me:secret@a.com/x.jpg", "credentials"),
        ("http://me@a.com/x.jpg", "credentials"),
        ("http://a.com/x\n.jpg", "control characters"),
        ("http://a.com/\u202egpj.x", "control characters"),
        ("http:///x.jpg", "without a host"),
        ("http://a.com:port/x.jpg", "no well-formed URL"),
        ("http://[a.com/x.jpg", "no well-formed URL"),
        ("a.com/x.jpg", "no URL of http"),
        ("http://a.com/" + "x" * 9000, "8000 characters"),
    ],
)
def test_what_is_no_web_address_says_why(url: str, reason: str) -> None:
    assert reason in unfit(url)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_every_url_has_its_own_name_which_stays_in_its_folder(rest: str) -> None:
    url = f"http://a.com/{rest}"
    name = file_name(url)
    assert url_of(name, [url]) == url
    assert len(name) <= 250
    assert name == name.lower()
    assert (Path("folder") / name).parent == Path("folder")
    assert "\0" not in name


def test_urls_that_the_thesis_gives_one_name_have_two() -> None:
    alike = ["http://a.com/b.c/d.jpg", "http://a.com/bc/d.jpg", "http://a.com/b.c_d.jpg", "http://a.com/B.c/d.jpg"]
    alike += [f"http://a.com/{letter}{'x' * 300}.jpg" for letter in "ab"]
    assert len({file_name(url) for url in alike}) == len(alike)


def test_a_name_that_no_url_has_leads_nowhere() -> None:
    assert url_of("holiday%2f.jpg.exe") is None
    assert url_of(quote("http://A.com", safe="") + ".jpg") is None
    assert url_of("sha256-" + "0" * 64 + ".jpg", ["http://a.com"]) is None
