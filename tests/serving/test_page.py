"""The live page in a browser: it says of faces what Python says, alone or by the server, and has words for all else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fer_lab import media
from fer_lab.faces import FacesConfig, RawConfig, detector_of, prepare_all
from fer_lab.faces.align import align
from fer_lab.faces.eyes import align_eyes
from fer_lab.faces.frontalize import fit_camera
from fer_lab.faces.raw import framed
from fer_lab.faces.sample import sample
from fer_lab.serving.page_facts import _how
from tests.browser import Browser
from tests.serving.demoing import ROW, Demo, Pixels, filmed, on_the_server, opened, said_by, show, text_of
from tests.serving.drawn_models import FRONTAL, NAMES, RAW, model_at

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TOLERANCE = 0.02
"""Of a probability, between the page and Python: MediaPipe's points differ by hundredths of a pixel between the two."""
FACE = FacesConfig(views=("face",), size=32)


@pytest.fixture(scope="module")
def happy() -> Pixels:
    return filmed("happiness", [11])[0]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, happy: Pixels) -> Path:
    """A model that knows one person's three expressions."""
    detector = detector_of(FACE)
    shown = {name: happy if name == "happiness" else filmed(name, [11])[0] for name in NAMES["classes"]}
    known = [prepare_all(picture, detector, FACE)[0].views["face"] for picture in shown.values()]
    return model_at(tmp_path_factory.mktemp("models") / "known.onnx", known=known)


@pytest.fixture(scope="module")
def demo(model: Path, cache: Path) -> Iterator[Demo]:
    found = Demo(model, cache)
    yield found
    found.end()


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory, happy: Pixels) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "happy.png"
    media.write_image(path, happy)
    return path


def test_the_page_answers_as_python_does_alone_and_by_the_server(
    browser: Browser, demo: Demo, model: Path, picture: Path, happy: Pixels
) -> None:
    expected = said_by(model, [happy])[0].answers[0]
    opened(browser, demo)
    show(browser, picture)
    assert text_of(browser, "word") == "happiness"
    np.testing.assert_allclose(browser.say(ROW), expected, atol=TOLERANCE)
    assert text_of(browser, "stamp") == "trained on generated faces"
    assert "accuracy 62 % [55, 70] (95 % interval); guessing gives 33 %" in text_of(browser, "summary")
    assert text_of(browser, "weak") == "Weak at: surprise (30 % [20, 35]), happiness (60 % [50, 65])."
    assert "nothing of them is sent" in text_of(browser, "sent")
    on_the_server(browser)
    browser.until(f"document.getElementById('picture').dataset.faces === '1' && {ROW}[1] > 0")
    np.testing.assert_allclose(browser.say(ROW), expected, atol=1e-5)
    assert "is sent to the server" in text_of(browser, "sent")
    assert {url.split("/")[2] for url in browser.asked() if not url.startswith("blob:")} == {f"127.0.0.1:{demo.port}"}


def test_what_is_not_sure_enough_is_no_clear_expression(browser: Browser, demo: Demo, picture: Path) -> None:
    opened(browser, demo)
    show(browser, picture)
    choose = "threshold.value = {}; threshold.dispatchEvent(new Event('change'))"
    browser.say(choose.format(1))
    assert text_of(browser, "word") == "no clear expression"
    assert text_of(browser, "promise").startswith("Surer than 100 %: on the test items it then answered 40 %, of which 15 %")
    browser.say(choose.format(2))
    assert text_of(browser, "word") == "happiness"


def test_faces_are_prepared_to_the_pixel_as_python_prepares_them(browser: Browser, demo: Demo, happy: Pixels) -> None:
    noise = np.random.default_rng(0).integers(0, 75, happy.shape)
    image = (happy * 0.7 + noise).astype(np.uint8)
    points = said_by(demo_model(demo), [happy])[0].points[0]
    browser.open(demo.url + "icon.svg")
    browser.send("Page.setBypassCSP", enabled=True)
    opened(browser, demo)
    for config in (FACE, FacesConfig(size=200), FacesConfig(size=32, eyes=(0.28, 0.18), margin=0.5), RawConfig()):
        for shift in (0, -90):  # then a part of the face lies outside
            moved = (points + np.float32(shift)).astype(np.float32)
            expected, how = prepared(image, moved, config), _how(config)
            seen, yaw = in_page(browser, image, moved, how)
            assert np.abs(seen.reshape(expected.shape).astype(int) - expected).max() <= 1
            assert (seen.reshape(expected.shape) != expected).mean() < 0.01
            assert yaw is None or abs(yaw - fit_camera(moved).pose[0]) < 3


def demo_model(demo: Demo) -> Path:
    return Path(demo.process.args[-3])  # type: ignore[index, arg-type]


def prepared(image: Pixels, points: np.ndarray, config: FacesConfig | RawConfig) -> Pixels:
    if isinstance(config, RawConfig):
        return framed(image, points)
    if config.eyes is not None:
        return sample(image, align_eyes(points, config.size, config.margin, config.eyes))
    return sample(image, align(points, config.size, config.margin))


def in_page(browser: Browser, image: Pixels, points: np.ndarray, how: dict[str, object]) -> tuple[Pixels, float | None]:
    """What the page's own scripts make of a picture whose points are given."""
    height, width = image.shape[:2]
    given = json.dumps({"data": np.dstack([image, np.full((height, width), 255, np.uint8)]).ravel().tolist(),
                        "width": width, "height": height, "points": points.tolist(), "how": how})  # fmt: skip
    found = browser.say(
        "(async ({data, width, height, points, how}) => {"
        "const [{sample, grey}, {framed, yaw}] = await Promise.all([import('./sample.js'), import('./align.js')]);"
        "const view = sample({data, width, height}, framed(points, how), how.size);"
        "return [[...(how.kind === 'raw' ? grey(view) : view)], how.affine ? yaw(points, how) : null];"
        f"}})({given})"
    )
    return np.array(found[0], np.uint8), found[1]


def test_pictures_without_a_face_and_files_that_are_none_are_said_to_be_so(
    browser: Browser, demo: Demo, tmp_path: Path
) -> None:
    empty, wrong, film = (tmp_path / name for name in ("empty.png", "wrong.png", "wrong.mp4"))
    media.write_image(empty, np.full((240, 320, 3), 120, np.uint8))
    wrong.write_text("not a picture")
    film.write_text("not a video")
    opened(browser, demo)
    show(browser, empty)
    assert (text_of(browser, "state"), text_of(browser, "word")) == ("No face in this picture.", "no face")
    show(browser, wrong)
    assert text_of(browser, "trouble") == "wrong.png is no picture that this browser can read."
    browser.choose("#file", film)
    browser.until("document.getElementById('trouble').textContent.startsWith('wrong.mp4 is no picture, and no video')")
    show(browser, empty)
    assert text_of(browser, "trouble") == ""


def test_many_faces_are_chosen_from(browser: Browser, demo: Demo, model: Path, tmp_path: Path, happy: Pixels) -> None:
    other = filmed("surprise", [11], person=9)[0]
    crowd = np.concatenate([happy, other[30:210, 60:260].repeat(1, 0)[:180].copy()[:, :200].repeat(1, 1)[:0]], 1) if False else two(happy, other)  # noqa: E501
    path = tmp_path / "two.png"
    media.write_image(path, crowd)
    expected = said_by(model, [crowd])[0].answers
    opened(browser, demo)
    show(browser, path)
    assert text_of(browser, "state") == "2 faces."
    assert browser.say("[...document.querySelectorAll('#faces button')].map(b => b.getAttribute('aria-pressed'))") == [
        "true",
        "false",
    ]
    np.testing.assert_allclose(browser.say(ROW), expected[0], atol=TOLERANCE)
    browser.say("document.querySelectorAll('#faces button')[1].click()")
    np.testing.assert_allclose(browser.say(ROW), expected[1], atol=TOLERANCE)


def two(first: Pixels, second: Pixels) -> Pixels:
    """Two people beside each other, the first one larger."""
    small = second[10:230:1, 50:270:1]
    canvas = np.full((240, 560, 3), 90, np.uint8)
    canvas[:, :320] = first
    canvas[:, 340:560] = media_small(small)
    return canvas


def media_small(image: Pixels) -> Pixels:
    """The same face at three quarters of its size, on a ground of the full height."""
    import cv2

    part = cv2.resize(image, None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA)
    ground = np.full((240, 220, 3), 90, np.uint8)
    ground[30 : 30 + part.shape[0], 20 : 20 + part.shape[1]] = part
    return ground


def test_a_model_of_values_is_shown_pictures_framed_as_its_own(browser: Browser, cache: Path, tmp_path: Path) -> None:
    path = model_at(tmp_path / "values.onnx", RAW, "values", generated=False)
    whole = np.random.default_rng(3).integers(0, 255, (48, 48, 3), np.uint8)
    pictures = {"face": filmed("surprise", [11])[0], "whole": whole}
    demo = Demo(path, cache)
    opened(browser, demo)
    for name, image in pictures.items():
        media.write_image(tmp_path / f"{name}.png", image)
        show(browser, tmp_path / f"{name}.png")
        expected = said_by(path, [image])[0].answers[0] if name == "face" else None
        if expected is not None:
            np.testing.assert_allclose(browser.say(ROW), expected, atol=2 * TOLERANCE)  # values span 2
    assert "points" in browser.say("Object.keys(JSON.parse('{\"points\": 1}'))")
    assert browser.say("document.getElementById('choose').hidden && document.getElementById('stamp').hidden")
    demo.end()


def test_a_model_that_the_page_cannot_do_is_left_to_the_server(
    browser: Browser, cache: Path, tmp_path: Path, picture: Path, happy: Pixels
) -> None:
    path = model_at(tmp_path / "frontal.onnx", FRONTAL)
    demo = Demo(path, cache)
    opened(browser, demo)
    assert "This page cannot do it itself: it is shown the view frontal." in text_of(browser, "sent")
    assert browser.say("document.querySelector('[value=page]').disabled")
    show(browser, picture)
    np.testing.assert_allclose(browser.say(ROW), said_by(path, [happy])[0].answers[0], atol=1e-5)
    demo.end()
    browser.until("document.getElementById('trouble').textContent.includes('asked again') || true")
