"""The documentation is built as a site whose links lead somewhere and which asks no other machine for anything."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

pytestmark = pytest.mark.slow

PARTS = {"a": "href", "link": "href", "script": "src", "img": "src", "source": "src", "iframe": "src"}


class Page(HTMLParser):
    """What a page asks for by tag, and the places in it that a link can lead to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.asked: list[tuple[str, str]] = []
        self.places: set[str] = set()
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.places |= {given[name] for name in ("id", "name") if name in given}
        if given.get(PARTS.get(tag, "")):
            self.asked.append((tag, given[PARTS[tag]]))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """The site, its notebooks not run, every warning an error."""
    folder = tmp_path_factory.mktemp("docs")
    options = ["-q", "-W", "--keep-going", "-D", "nb_execution_mode=off", "-c", "docs", "-d", str(folder / "trees")]
    command = [sys.executable, "-m", "sphinx", *options, ".", str(folder / "site")]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "site"


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path) for path in site.rglob("*.html") if "_static" not in path.parts}


def dead(pages: dict[Path, Page]) -> Iterator[str]:
    """Links of pages to files, or to places in pages, that are not there."""
    for path, page in pages.items():
        for _, link in page.asked:
            parts = urlsplit(link)
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            places = pages[target].places if target in pages else {unquote(parts.fragment)}
            if not parts.scheme and not (
                target.is_file() and (not parts.fragment or unquote(parts.fragment) in places)
            ):
                yield f"{path.name}: {link}"


def test_no_link_of_the_site_is_dead(pages: dict[Path, Page]) -> None:
    assert len(pages) > 50
    assert list(dead(pages)) == []


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text(
        '<h1 id="one"></h1><a href="#one"></a><a href="#two"></a><a href="b.html"></a><a href="https://x.y"></a>'
    )
    assert list(dead({path: Page(path)})) == ["a.html: #two", "a.html: b.html"]


def test_the_site_works_without_a_network(site: Path, pages: dict[Path, Page]) -> None:
    parts = [link for page in pages.values() for tag, link in page.asked if tag != "a"]
    assert [link for link in parts if re.match(r"(https?:)?//", link)] == []
    assert (site / "searchindex.js").is_file()
    styles = [path.read_text() for path in (site / "_static").rglob("*.css")]
    assert [text for text in styles if re.search(r"(url\(|@import )[\"']?(https?:)?//", text)] == []


def test_what_people_look_for_is_in_the_site(pages: dict[Path, Page]) -> None:
    places = set().union(*(page.places for page in pages.values()))
    assert {f"fer_lab.notebook.frames.{name}" for name in ("index", "read_runs", "table", "figure")} <= places
    assert {"fer_lab.datasets.DataSet", "fer_lab.media.frames", "fer_lab.evaluation.intervals"} <= places
    assert {"fer_lab.faces.prepare", "fer_lab.runs.model_of", "fer_lab.tables.compare"} <= places


def test_every_document_of_the_repository_is_a_page(site: Path, root: Path) -> None:
    documents = [*root.glob("*.md"), *(root / "docs").rglob("*.md"), *root.glob("experiments/*/README.md")]
    assert [path.name for path in documents if not (site / path.relative_to(root)).with_suffix(".html").is_file()] == []
