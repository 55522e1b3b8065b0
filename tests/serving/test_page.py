"""The live page in a browser: it says of faces what Python says, alone or by the server, and has words for all else."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_lab import media
from fer_lab.faces import FacesConfig, RawConfig
from fer_lab.faces.align import align
from fer_lab.faces.eyes import align_eyes
from fer_lab.faces.frontalize import fit_camera
from fer_lab.faces.raw import framed
from fer_lab.faces.sample import sample
from fer_lab.serving.page_facts import how_of
from tests.browser import Browser
from tests.serving.demoing import (
    ROW,
    Demo,
    Pixels,
    demoed,
    filmed,
    on_the_server,
    opened,
    said_by,
    show,
    text_of,
)
from tests.serving.drawn_models import EYES, FRONTAL, MEASURES, RAW, model_at

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TOLERANCE = 0.02
"""Of a probability, between the page and Python: MediaPipe's points differ in the last digits between the two."""
FACE = FacesConfig(views=("face",), size=32)


def test_the_page_answers_as_python_does_alone_and_by_the_server(
    browser: Browser, demo: Demo, model: Path, picture: Path, happy: Pixels
) -> None:
    expected = said_by(model, [happy])[0].answers[0]
    opened(browser, demo)
    show(browser, picture)
    assert text_of(browser, "word") == "happiness"
    np.testing.assert_allclose(browser.say(ROW), expected, atol=TOLERANCE)
    assert text_of(browser, "stamp") == "trained on generated faces"
    assert "120 test items of 8 people: accuracy 62 % [55, 70] (95 % interval); guessing gives 33 %" in text_of(
        browser, "summary"
    )
    weak = "Weak at: surprise (30 % [20, 35]), happiness (60 % [50, 65]). It takes surprise for anger (25 %)."
    assert text_of(browser, "weak") == weak
    assert "by age25-39: 60 % [50, 70] (few people)" in text_of(browser, "details")
    assert "nothing of them is sent" in text_of(browser, "sent")
    on_the_server(browser)
    browser.until("document.getElementById('picture').dataset.by === 'server'")
    np.testing.assert_allclose(browser.say(ROW), expected, atol=1e-5)
    assert "is sent to the server" in text_of(browser, "sent")
    assert {url.split("/")[2] for url in browser.asked() if not url.startswith("blob:")} == {f"127.0.0.1:{demo.port}"}


def test_what_is_not_sure_enough_is_no_clear_expression(browser: Browser, demo: Demo, picture: Path) -> None:
    opened(browser, demo)
    show(browser, picture)
    choose = "threshold.value = {}; threshold.dispatchEvent(new Event('change'))"
    browser.say(choose.format(1))
    assert text_of(browser, "word") == "no clear expression"
    assert text_of(browser, "promise").startswith(
        "Surer than 100 %: on the test items it then answered 40 %, of which 15 %"
    )
    browser.say(choose.format(2))
    assert text_of(browser, "word") == "happiness"


def test_faces_are_prepared_to_the_pixel_as_python_prepares_them(
    browser: Browser, demo: Demo, model: Path, happy: Pixels
) -> None:
    noise = np.random.default_rng(0).integers(0, 75, happy.shape)
    image = (happy * 0.7 + noise).astype(np.uint8)
    points = said_by(model, [happy])[0].points[0]
    browser.open(f"{demo.url}icon.svg")
    for config in (FACE, FacesConfig(size=160), FacesConfig(size=32, eyes=(0.28, 0.18), margin=0.5), RawConfig()):
        for shift in (0, -90):  # then a part of the face lies outside
            moved = (points + np.float32(shift)).astype(np.float32)
            expected = prepared(image, moved, config)
            seen, yaw = in_page(browser, image, moved, how_of(config))
            assert np.abs(seen.reshape(expected.shape).astype(int) - expected).max() <= 1
            assert (seen.reshape(expected.shape) != expected).mean() < 0.01
            assert yaw is None or abs(yaw - fit_camera(moved).pose[0]) < 3


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
        "const {sample, grey} = await import('/demo/sample.js');"
        "const {framed, yaw} = await import('/demo/align.js');"
        "const view = sample({data, width, height}, framed(points, how), how.size);"
        "return [[...(how.kind === 'raw' ? grey(view) : view)], how.affine ? yaw(points, how) : null];"
        f"}})({given})"
    )
    return np.array(found[0], np.uint8), found[1]


def test_each_of_several_faces_can_be_chosen(
    browser: Browser, demo: Demo, model: Path, tmp_path: Path, happy: Pixels
) -> None:
    other = cv2.resize(filmed("surprise", [11], person=9)[0], None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA)
    both = np.concatenate([happy, np.pad(other, ((0, 60), (0, 0), (0, 0)), constant_values=90)], 1)
    media.write_image(path := tmp_path / "both.png", both)
    expected = said_by(model, [both])[0].answers
    opened(browser, demo)
    show(browser, path)
    assert text_of(browser, "state") == "2 faces."
    np.testing.assert_allclose(browser.say(ROW), expected[0], atol=TOLERANCE)
    browser.say("document.querySelectorAll('#faces button')[1].click()")
    np.testing.assert_allclose(browser.say(ROW), expected[1], atol=TOLERANCE)
    pressed = "[...document.querySelectorAll('#faces button')].map(b => b.getAttribute('aria-pressed'))"
    assert browser.say(pressed) == ["false", "true"]


def test_a_picture_can_be_dropped(browser: Browser, demo: Demo, picture: Path) -> None:
    opened(browser, demo)
    data = base64.b64encode(picture.read_bytes()).decode()
    browser.say(
        "(() => {"
        f"const bytes = Uint8Array.from(atob('{data}'), (one) => one.charCodeAt(0)), given = new DataTransfer();"
        "for (const name of ['a.png', 'b.png']) given.items.add(new File([bytes], name, {type: 'image/png'}));"
        "dispatchEvent(new DragEvent('drop', {dataTransfer: given})); })()"
    )
    browser.until("document.getElementById('trouble').textContent === 'Only the first of 2 files is shown.'")
    assert text_of(browser, "word") == "happiness"


def test_a_model_of_values_sees_pictures_framed_as_those_that_it_knows(
    browser: Browser, cache: Path, tmp_path: Path
) -> None:
    path = model_at(tmp_path / "values.onnx", RAW, "values", generated=False)
    already = np.random.default_rng(3).integers(0, 255, (48, 48, 3), np.uint8)  # its size alone makes it a face
    with demoed(path, cache) as demo:
        opened(browser, demo)
        for number, image in enumerate((filmed("surprise", [11])[0], already)):
            media.write_image(shown := tmp_path / f"{number}.png", image)
            show(browser, shown)
            np.testing.assert_allclose(browser.say(ROW), said_by(path, [image])[0].answers[0], atol=2 * TOLERANCE)
        assert browser.say("document.getElementById('choose').hidden && document.getElementById('stamp').hidden")
        assert text_of(browser, "word").startswith("valence ")


def test_points_and_blendshapes_are_shown_to_a_model_that_wants_them(
    browser: Browser, cache: Path, tmp_path: Path, picture: Path
) -> None:
    path = model_at(tmp_path / "more.onnx", {**EYES, "blendshapes": True}, "labels", measures=MEASURES)
    with demoed(path, cache) as demo:
        opened(browser, demo)
        show(browser, picture)
        expected = said_by(path, [media.image(picture.read_bytes(), "the picture")])[0].answers[0]
        np.testing.assert_allclose(browser.say(ROW), expected, atol=TOLERANCE)


def test_a_model_that_the_page_cannot_do_is_left_to_the_server(
    browser: Browser, cache: Path, tmp_path: Path, picture: Path, happy: Pixels
) -> None:
    path = model_at(tmp_path / "frontal.onnx", FRONTAL)
    with demoed(path, cache) as demo:
        opened(browser, demo)
        assert "This page cannot do it itself: it is shown the view frontal." in text_of(browser, "sent")
        assert browser.say("document.querySelector('[value=page]').disabled")
        show(browser, picture)
        np.testing.assert_allclose(browser.say(ROW), said_by(path, [happy])[0].answers[0], atol=1e-5)
