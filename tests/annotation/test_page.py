"""The page in a browser: 20 pictures and a trace, through reloads and kills, by mouse, keys and touch."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from fer_lab.annotation import FOLDER, said_by
from tests.annotation.conftest import PICTURES, SECONDS
from tests.annotation.serving import Served
from tests.browser import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WIDE, NARROW, HEIGHT = 1280, 390, 900
PICTURE_SHOWN = "picture.complete && picture.naturalWidth > 0 && !picture.hidden"
SAVED = "document.getElementById('state').textContent === 'saved'"
POINT = "[point.getAttribute('cx'), -point.getAttribute('cy'), point.getAttribute('visibility')]"
SHOWN = "document.getElementById('count').textContent"


def place_of(browser: Browser, id_: str, x: float = 0.5, y: float = 0.5) -> tuple[float, float]:
    """A place of an element in the window, as shares of its width and height."""
    box = browser.say(f"document.getElementById('{id_}').getBoundingClientRect().toJSON()")
    left, top, width, height = (box[side] for side in ("left", "top", "width", "height"))
    return left + width * x, top + height * y


def pad_place(browser: Browser, valence: float, arousal: float) -> tuple[float, float]:
    """Where in the window a point of the pad is."""
    return tuple(browser.say(
        f"(p => [p.x, p.y])(new DOMPoint({valence}, {-arousal}).matrixTransform(pad.getScreenCTM()))"))  # fmt: skip


def press_on_pad(browser: Browser, valence: float, arousal: float) -> None:
    x, y = pad_place(browser, valence, arousal)
    browser.mouse("mousePressed", x, y)
    browser.mouse("mouseReleased", x, y)


def click(browser: Browser, id_: str) -> None:
    browser.say(f"document.getElementById('{id_}').click()")


def enter(browser: Browser, served: Served, name: str) -> None:
    """As somebody who opens the page for the first time."""
    browser.open(served.url)
    browser.say("sessionStorage.clear()")
    browser.open(served.url)
    browser.until("document.getElementById('enter').hidden === false")
    browser.say(f"document.getElementById('name').value = '{name}'; document.getElementById('start').click()")
    browser.until("!document.getElementById('work').hidden")


@pytest.fixture
def served(folder: Path) -> Iterator[Served]:
    """A server of a folder of one's own."""
    found = Served(folder)
    yield found
    found.end()


def said_of(folder: Path, name: str, number: int) -> tuple[float, float]:
    known = said_by(folder, name)[f"faces/{number:02d}.png"]
    return known["valence"][0][1], known["arousal"][0][1]


def test_twenty_pictures_and_a_trace_survive_reloads_and_kills(browser: Browser, folder: Path) -> None:
    browser.look(WIDE, "light")
    served = Served(folder)
    enter(browser, served, "Anna")
    wanted = {number: (round(-0.95 + 0.1 * number, 2), round(0.9 - 0.09 * number, 2)) for number in range(PICTURES)}
    for number, (valence, arousal) in wanted.items():
        browser.until(f"{PICTURE_SHOWN} && {SHOWN}.startsWith('{number + 1} of 21')")
        if number == 8:  # a reload in the middle, where it was
            browser.open(served.url)
            browser.until(f"{PICTURE_SHOWN} && {SHOWN} === '9 of 21, 8 done'")
        if number == 14:  # a kill in the middle of a save
            served.kill()
        press_on_pad(browser, valence, arousal)
        if number == 14:
            browser.until("document.getElementById('state').textContent.startsWith('not saved yet')")
            served = Served(folder, port=served.port)
        browser.until(SAVED)
        assert said_of(folder, "anna", number) == pytest.approx((valence, arousal), abs=0.01)
        click(browser, "next")
    record_both(browser, served, folder)
    served.kill()
    again = Served(folder)
    enter(browser, again, "anna")
    browser.until(f"{SHOWN}.endsWith('21 done')")
    assert all(said_of(folder, "anna", number) == pytest.approx(point, abs=0.01) for number, point in wanted.items())
    again.end()


def record_both(browser: Browser, served: Served, folder: Path) -> None:
    """Record a video's valence at half speed, with a reload in the middle, and its arousal."""
    browser.until("video.readyState >= 2 && !video.hidden")
    browser.say("document.querySelector('[value=\"0.5\"]').click()")
    browser.mouse("mouseMoved", *place_of(browser, "lever", y=0.5))
    click(browser, "record")
    browser.until("video.currentTime > 0.7")
    browser.mouse("mouseMoved", *place_of(browser, "lever", y=0.25))
    browser.until("video.currentTime > 1.0")
    browser.open(served.url)
    browser.until("video.readyState >= 2 && !video.hidden && sessionStorage['unsaved anna'] === '[]'")
    before = said_by(folder, "anna")["happy.mp4"]["valence"]
    assert before[0] == (0.0, pytest.approx(0, abs=0.02))
    assert 0.9 < before[-1][0] < SECONDS
    assert before[-1][1] == pytest.approx(0.5, abs=0.05)
    browser.say("video.currentTime = 0.5; document.querySelector('[value=\"0.5\"]').click()")
    browser.until("!video.seeking")
    browser.mouse("mouseMoved", *place_of(browser, "lever", y=0.9))
    for dimension in ("valence", "arousal"):
        assert browser.say("document.querySelector('[name=dimension]:checked').value") == dimension
        assert browser.say("video.playbackRate") == 0.5
        click(browser, "record")
        browser.until(f"document.getElementById('record').textContent !== 'Stop' && {SAVED}")
    known = said_by(folder, "anna")["happy.mp4"]
    assert [point for point in known["valence"] if point[0] < 0.5] == [point for point in before if point[0] < 0.5]
    assert all(value == pytest.approx(-0.84, abs=0.05) for time, value in known["valence"] if time > 0.6)
    for points in known.values():
        times = [time for time, _ in points]
        assert (times[0], times[-1]) == (0.0, pytest.approx(SECONDS, abs=0.05))
        assert max(b - a for a, b in pairwise(times)) < 1.0  # a busy machine shows few frames
    assert browser.say(SHOWN) == "21 of 21, 21 done"
    assert [wrong for wrong in browser.errors() if "'canceled': True" not in wrong] == []  # seeking cancels requests


def test_a_pointer_move_is_on_screen_at_once_and_soon_on_disk(browser: Browser, served: Served, folder: Path) -> None:
    browser.look(WIDE, "light")
    enter(browser, served, "ben")
    browser.mouse("mousePressed", *pad_place(browser, 0, 0))
    browser.mouse("mouseMoved", *pad_place(browser, 0.5, 0.25))
    assert browser.say(f"{POINT}.map(String).join()").startswith("0.5,0.25,visible"), "drawn before the event has ended"
    browser.until(f"{SAVED} && document.getElementById('valence-said').textContent === '+0.50'")
    assert said_of(folder, "ben", 0) == pytest.approx((0.5, 0.25), abs=0.01)  # the button is still held
    browser.mouse("mouseReleased", *pad_place(browser, 0.5, 0.25))
    assert browser.say("document.getElementById('valence').value") == "0.5"


def test_keys_and_sliders_do_what_the_mouse_does_and_undo_takes_back_a_stroke(
    browser: Browser, served: Served, folder: Path
) -> None:
    browser.look(WIDE, "light")
    enter(browser, served, "cleo")
    browser.say("pad.focus()")
    for key in ("ArrowRight", "ArrowRight", "ArrowUp"):
        browser.press(key)
    browser.until(SAVED)
    click(browser, "next")
    browser.until(f"{SHOWN}.startsWith('2 of 21')")
    browser.say("valence.focus()")
    browser.press("ArrowRight")
    browser.until(f"{SHOWN} === '2 of 21, 2 done' && {SAVED}")
    assert said_of(folder, "cleo", 0) == (0.1, 0.05)
    assert said_of(folder, "cleo", 1) == (0.01, 0)
    click(browser, "undo")
    browser.until(f"{SHOWN} === '2 of 21, 1 done'")
    assert browser.say("point.getAttribute('visibility')") == "hidden"
    click(browser, "undo")  # the last key of the first picture, which is shown again
    browser.until(f"{SHOWN} === '1 of 21, 1 done' && {POINT}[1] === 0")
    assert said_of(folder, "cleo", 0) == (0.1, 0)


def test_touch_moves_the_point(browser: Browser, served: Served, folder: Path) -> None:
    browser.look(NARROW, "light")
    enter(browser, served, "dan")
    start, end = pad_place(browser, -0.5, -0.5), pad_place(browser, -0.25, 0.75)
    for kind, places in (("touchStart", [start]), ("touchMove", [end]), ("touchEnd", [])):
        browser.send("Input.dispatchTouchEvent", type=kind, touchPoints=[{"x": x, "y": y} for x, y in places])
    browser.until(SAVED)
    assert said_of(folder, "dan", 0) == pytest.approx((-0.25, 0.75), abs=0.02)


def test_a_window_that_comes_second_is_told_so_and_can_go_on_there(
    browser: Browser, served: Served, folder: Path
) -> None:
    assert served.told("/enter", {"name": "eva", "window": "another one"})["status"] == 200
    browser.open(served.url)
    browser.say("sessionStorage.clear()")
    browser.open(served.url)
    browser.until("document.getElementById('enter').hidden === false")
    browser.say("document.getElementById('name').value = 'eva'; document.getElementById('start').click()")
    browser.until("document.getElementById('refused').textContent === 'eva is annotating in another window'")
    click(browser, "take-over")
    browser.until(PICTURE_SHOWN)
    press_on_pad(browser, 0.5, 0.5)
    browser.until(SAVED)
    assert len((folder / FOLDER / "eva.jsonl").read_text().splitlines()) == 1
    served.told("/enter", {"name": "eva", "window": "another one", "takeOver": True})
    press_on_pad(browser, -0.5, 0.5)
    browser.until("document.getElementById('refused').checkVisibility()")
    click(browser, "take-over")  # what was not saved is, once this window has the name again
    browser.until(f"{PICTURE_SHOWN} && {SAVED}")
    assert said_of(folder, "eva", 0) == pytest.approx((-0.5, 0.5), abs=0.01)


def test_a_picture_that_cannot_be_shown_says_why(browser: Browser, served: Served, folder: Path) -> None:
    (folder / "faces" / "00.png").write_bytes(b"no picture")
    browser.look(WIDE, "light")
    browser.open(served.url)
    browser.say("sessionStorage.clear()")
    browser.open(served.url)
    browser.say("document.getElementById('name').value = 'finn'; document.getElementById('start').click()")
    browser.until("document.getElementById('broken').checkVisibility()")
    assert browser.say("document.getElementById('broken').textContent").startswith("This file cannot be shown: ")


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_fits(browser: Browser, served: Served, tmp_path: Path, theme: str, width: int) -> None:
    browser.look(width, theme)
    enter(browser, served, "gil")
    press_on_pad(browser, 0.4, 0.3)
    browser.until(SAVED)
    for name in ("picture", "video"):
        browser.picture(tmp_path / f"{name}-{theme}-{width}.png")
        assert browser.say("document.documentElement.scrollWidth") <= width, name
        bottom = browser.say("document.querySelector('nav').getBoundingClientRect().bottom")
        assert bottom <= HEIGHT, f"{name}: the buttons are below the window"
        browser.say("sessionStorage.shown = 20")
        browser.open(served.url)
        browser.until("video.readyState >= 2 && !video.hidden")
