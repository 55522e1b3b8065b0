"""Every page: whole, linked, readable by all, and without anything of the machine."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag

import pytest

from fer_lab.report.site import Site
from fer_lab.report.site.build import TEMPLATES

Pages = Mapping[str, Any]
PAGES = ("index.html", "audit.html", "figures.html")
LARGEST = 1_500_000


def test_the_kinds_of_pages_are_there(pages: Pages) -> None:
    assert set(PAGES) <= set(pages)
    kinds = {path.split("/")[1] for path in pages if path.startswith("embedded-laptop-clean/")}
    files = {"claims.html", "leaks.html", "selection.html", "calibration.html", "excluded.html"}
    assert kinds == {"thesis", "table", "cell", "run", *files}


def test_every_page_is_well_formed(pages: Pages) -> None:
    assert {path: page.wrong for path, page in pages.items() if page.wrong} == {}


def test_a_contradiction_on_a_premise_stands_apart_with_its_premise(site: Site) -> None:
    _, against, given, _ = (site.folder / "audit.html").read_text().split("<h2 ")
    assert ("Premise: every row is a share of the same items." in given, "Premise: " in against) == (True, False)
    assert "G-C22" in against


def place_of(site: Site, path: str, target: str) -> tuple[Path, str]:
    """The file that a link of a page leads to, and the place in it."""
    place, anchor = urldefrag(target)
    here = site.folder / path
    return Path(os.path.normpath(here.parent / place)) if place else here, anchor


def test_every_link_leads_somewhere(site: Site, pages: Pages) -> None:
    lost = []
    for path, page in pages.items():
        for target in dict.fromkeys(page.targets):
            there, anchor = place_of(site, path, target)
            if not there.exists():
                lost.append(f"{path}: {target}")
            elif anchor and anchor not in pages[there.relative_to(site.folder).as_posix()].ids:
                lost.append(f"{path}: {target} has no such place")
    assert lost == []


def test_every_page_can_be_reached(site: Site, pages: Pages) -> None:
    names = {site.folder / path: path for path in pages}
    seen, ahead = set(), ["index.html"]
    while ahead:
        path = ahead.pop()
        if path not in seen:
            seen.add(path)
            links = {names.get(place_of(site, path, target)[0]) for target in set(pages[path].targets)}
            ahead += [link for link in links if link]
    assert set(pages) - seen == set()


def test_nothing_is_loaded_from_elsewhere(pages: Pages) -> None:
    found = {target for page in pages.values() for target in page.targets if re.match(r"\w+:|//", target)}
    assert found == set()
    assert not re.search(r"url\(|@import", (TEMPLATES / "style.css").read_text())


def test_no_page_names_the_machine(site: Site, results: Path) -> None:
    names = [str(results), "/srv/", "somebody", str(Path.home()) + "/"]
    texts = [path.read_text() for path in site.folder.rglob("*.html")]
    assert [name for name in names for text in texts if name in text] == []
    assert any("…/backbone.pth" in text for text in texts)


def test_pages_are_small(site: Site) -> None:
    assert max(path.stat().st_size for path in site.folder.rglob("*.html")) <= LARGEST


def test_every_page_can_be_read_by_all(pages: Pages) -> None:
    for path, page in pages.items():
        assert len(page.all("h1")) == len(page.all("main")) == 1, path
        assert page.all("html")[0]["lang"] == "en"
        assert len(page.ids) == len(set(page.ids)), path
        assert [cell for cell in page.all("th") if "scope" not in cell] == []
        assert [image for image in page.all("img") if not image.get("alt")] == []
        assert [image for image in page.all("svg") if not {"aria-label", "aria-hidden"} & set(image)] == []
        assert page.all("a")[0]["href"] == "#main"


def pair(name: str) -> tuple[str, str]:
    """A colour of the stylesheet, light and dark."""
    found = re.search(rf"--{name}: light-dark\((#\w+), (#\w+)\)", (TEMPLATES / "style.css").read_text())
    assert found is not None
    return found[1], found[2]


def luminance(colour: str) -> float:
    """As WCAG 2 defines it."""
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("name", ["ink", "soft", "accent", "other", "good", "warn", "bad"])
@pytest.mark.parametrize("ground", ["paper", "card", "sunk"])
def test_texts_stand_out_in_both_themes(name: str, ground: str) -> None:
    for front, back in zip(pair(name), pair(ground), strict=True):
        light, dark = sorted((luminance(front), luminance(back)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5
