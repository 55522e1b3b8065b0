"""The site in a browser: every link followed, both themes, wide and narrow, by keyboard. One headless Chromium."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from fer_lab.report.site import Site
from tests.browser import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TWIN = "embedded-laptop-clean"
SHOWN = {
    "overview": "index.html",
    "table": f"{TWIN}/table/garcia_zapata_2018-7.6.html",
    "cell": f"{TWIN}/cell/oulu_casia-cnn_frontal.html",
    "claims": f"{TWIN}/claims.html",
    "audit": "audit.html",
    "run": f"{TWIN}/run/oulu_casia-cnn_frontal-0-v1-clean.html",
    "thesis": f"{TWIN}/thesis/garcia_zapata_2018.html",
    "selection": f"{TWIN}/selection.html",
    "reference": "reference/moravcik_2021.html",
    "labels": f"{TWIN}/cell/kinds-action_units.html",
    "values": f"{TWIN}/cell/kinds-affect.html",
}
WIDE, NARROW = 1200, 360
ABOVE = """[...document.querySelectorAll("tbody tr:has(.measured)")].filter((row) => row.offsetParent).filter((row) =>
  row.querySelector(".measured").getBoundingClientRect().top > row.querySelector("th").getBoundingClientRect().top
).length"""
CLIPPED = "[...document.querySelectorAll('%s')].filter((box) => box.scrollWidth > box.clientWidth).length"
SHOWN_CLAIMS = """[...document.querySelectorAll('tr[data-said]')].filter((row) => row.checkVisibility())"""
CARD = """<div class="card"><h3>skin tone</h3><div class="scroll"><table>
<thead><tr><th>Group</th><th>People</th><th>Videos</th><th>Accuracy</th></tr></thead>
<tbody><tr><th>under 25</th><td>nobody named</td><td>1234</td>
<td><span class="n">0.237</span> <span class="n">[0.180, 0.301] †</span></td></tr></tbody></table></div></div>"""


def test_every_link_opens_a_page_and_nothing_else_is_asked_for(browser: Browser, site: Site) -> None:
    browser.look(WIDE, "light")
    seen: set[str] = set()
    ahead, asked, wrong = [site.index.as_uri()], set(), []
    while ahead:
        url = ahead.pop()
        if url not in seen:
            seen.add(url)
            browser.open(url)
            links = browser.say("[...document.querySelectorAll('a[href]')].map(a => a.href.split('#')[0])")
            wrong += browser.errors() + ([] if browser.say("!!document.querySelector('main h1')") else [url])
            asked |= browser.asked()
            ahead += [link for link in set(links) if link.endswith(".html")]
    assert wrong == []
    assert [url for url in asked if not url.startswith(site.folder.as_uri())] == []
    assert len(seen) == site.pages


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_fit_in_both_themes(browser: Browser, site: Site, tmp_path: Path, theme: str, width: int) -> None:
    browser.look(width, theme)
    for name, path in SHOWN.items():
        browser.open((site.folder / path).as_uri())
        browser.picture(tmp_path / f"{name}-{theme}-{width}.png")
        assert browser.say("document.documentElement.scrollWidth") <= width, name
        ground = browser.say("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, ground[4:-1].split(","))) < 200) == (theme == "dark")
        assert (tmp_path / f"{name}-{theme}-{width}.png").stat().st_size > 5000


def test_on_a_phone_the_number_comes_first(browser: Browser, site: Site) -> None:
    browser.look(NARROW, "light")
    for name in ("overview", "table", "cell", "thesis", "claims", "selection", "reference", "labels", "values"):
        browser.open((site.folder / SHOWN[name]).as_uri())
        assert browser.say("document.querySelectorAll('tbody .measured').length") > 0, name
        assert browser.say(ABOVE) == 0, name
        plots = "[...document.querySelectorAll('td.plot:has(circle)')].map((plot) => plot.offsetWidth)"
        assert all(width == 0 or width > NARROW * 0.75 for width in browser.say(plots)), name  # 0: folded
    browser.open((site.folder / SHOWN["run"]).as_uri())
    assert browser.say("document.querySelector('.result').getBoundingClientRect().bottom") < 400


def test_cards_and_the_selection_are_not_clipped(browser: Browser, site: Site) -> None:
    browser.look(WIDE, "light")
    browser.open((site.folder / SHOWN["selection"]).as_uri())
    assert browser.say(CLIPPED % "main .scroll") == 0
    browser.open((site.folder / SHOWN["cell"]).as_uri())
    cards = f'<div class="pictures">{CARD * 3}</div>'
    browser.say(f"document.querySelector('main').insertAdjacentHTML('beforeend', {json.dumps(cards)})")
    assert browser.say("document.querySelectorAll('.card .scroll').length") == 3
    assert browser.say(CLIPPED % ".card .scroll") == 0


def test_claims_are_filtered_by_word_and_verdict(browser: Browser, site: Site) -> None:
    browser.look(WIDE, "light")
    browser.open((site.folder / SHOWN["claims"]).as_uri())
    change = "(() => { const form = document.querySelector('.filter'); form.%s.value = '%s';"
    change += "form.dispatchEvent(new Event('input')); })()"
    browser.say(change % ("word", "geometry"))
    assert 0 < browser.say(f"{SHOWN_CLAIMS}.length") < 30
    assert browser.say(f"{SHOWN_CLAIMS}.every((row) => /geometry/i.test(row.textContent))")
    browser.say(change % ("word", ""))
    verdicts = Counter(browser.say(f"{SHOWN_CLAIMS}.map((row) => row.dataset.said)"))
    assert len(verdicts) > 1
    for said, number in verdicts.items():
        browser.say(change % ("said", said))
        assert browser.say(f"{SHOWN_CLAIMS}.map((row) => row.dataset.said)") == [said] * number
    browser.say(change % ("said", ""))
    n, _, total = browser.say("document.querySelector('.filter output').textContent").split()
    assert n == total


def test_the_keyboard_is_enough(browser: Browser, site: Site) -> None:
    browser.look(WIDE, "light")
    browser.open(site.index.as_uri())
    browser.press("Tab")
    assert browser.say("document.activeElement.className") == "skip"
    browser.press("Enter")
    assert browser.say("document.activeElement.id") == "main"
    reached = []
    browser.open(site.index.as_uri())
    for _ in range(40):
        browser.press("Tab")
        reached.append(browser.say("document.activeElement.className"))
        if reached[-1] == "toggle":
            break
    assert browser.say("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    browser.press("Enter")
    assert browser.say("document.documentElement.dataset.theme") == "dark"
    browser.open((site.folder / "audit.html").as_uri())
    assert browser.say("document.documentElement.dataset.theme") == "dark", "the choice is not remembered"
    browser.say("localStorage.clear()")
