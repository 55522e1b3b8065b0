"""Pictures and videos with what was answered drawn into them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain, pairwise, tee
from pathlib import Path
from statistics import median
from typing import TypeAlias

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from fer_lab.inference.contract import GENERATED
from fer_lab.inference.files import Item, Unread
from fer_lab.inference.found import box_of
from fer_lab.inference.looking import Look, decoded
from fer_lab.inference.people import Shot
from fer_lab.inference.telling import Teller
from fer_lab.inference.written import whole
from fer_lab.media import Image, images, write_image, write_video

Box: TypeAlias = tuple[float, float, float, float]
COLOURS = ((230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0), (204, 121, 167))
"""Okabe and Ito's, which differ for every eye; a person keeps theirs."""
FASTEST, SLOWEST = 120.0, 1.0
"""Frames a second of a video that is written, whatever time stamps say."""
FIRST = 64
"""So many time stamps tell the pace of a video."""


def drawn_picture(image: Image, shots: Sequence[Shot], teller: Teller) -> Image:
    """A picture uint8 (H, W, 3) with its boxes and answers."""
    canvas = Pillow.fromarray(image)
    draw = ImageDraw.Draw(canvas)
    unit = max(1, round(min(image.shape[:2]) / 240))
    font = _font(max(11, 7 * unit))
    taken: list[Box] = []
    for shot in shots:
        if shot.answers is not None and shot.person is not None:
            _draw_face(draw, shot, teller, unit, font, taken)
    if teller.model.contract.generated:
        _label(draw, [(2 * unit, image.shape[0] - 2 * unit)], GENERATED, font, (255, 255, 255), taken)
    return np.asarray(canvas)


def _draw_face(
    draw: ImageDraw.ImageDraw, shot: Shot, teller: Teller, unit: int, font: ImageFont.FreeTypeFont, taken: list[Box]
) -> None:
    colour = COLOURS[((shot.person or 1) - 1) % len(COLOURS)]
    left, top, bottom = 2.0 * unit, 14.0 * unit, 40.0 * unit
    if shot.seen is not None and shot.seen.landmarks is not None:
        left, top, width, height = box_of(shot.seen.landmarks)
        bottom = top + height
        draw.rectangle((left, top, left + width, bottom), outline=colour, width=unit)
    _label(draw, [(left, top), (left, bottom + 9 * unit)], words(shot, teller), font, colour, taken)


def words(shot: Shot, teller: Teller) -> str:
    """Number, answer and how sure it is; of values each of them."""
    answers, target = shot.answers, teller.target
    if answers is None:
        return ""
    if target.kind == "values":
        said = "  ".join(f"{name} {value:+.2f}" for name, value in zip(target.names, answers, strict=True))
    else:
        said = teller.answer(answers) + (f" {answers.max():.0%}" if target.exclusive else "")
    return f"{shot.person}  {said}"


def _label(
    draw: ImageDraw.ImageDraw,
    places: Sequence[tuple[float, float]],
    text: str,
    font: ImageFont.FreeTypeFont,
    colour: tuple[int, int, int],
    taken: list[Box],
) -> None:
    """Text on a dark ground, within the picture as far as it fits, above the first place where no other one is."""
    boxes = [_within(draw.textbbox(place, text, font=font, anchor="ld"), draw.im.size) for place in places]
    box = next((one for one in boxes if not any(_overlap(one, other) for other in taken)), boxes[0])
    taken.append(box)
    draw.rectangle((box[0] - 2, box[1] - 1, box[2] + 2, box[3] + 1), fill=(20, 20, 20))
    draw.text((box[0], box[3]), text, font=font, fill=colour, anchor="ld")


def _within(box: Box, size: tuple[int, int]) -> Box:
    """A box moved into a picture of that width and height."""
    left, top, right, bottom = box
    across = max(min(0.0, size[0] - right), -left) if right > size[0] else max(0.0, -left)
    down = max(min(0.0, size[1] - bottom), -top) if bottom > size[1] else max(0.0, -top)
    return left + across, top + down, right + across, bottom + down


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_font_file(), size)


@lru_cache(maxsize=1)
def _font_file() -> str:
    """DejaVu Sans, which comes with Matplotlib."""
    from matplotlib import font_manager

    return font_manager.findfont("DejaVu Sans")


def draw_item(item: Item, told: Iterable[tuple[Look, list[Shot]]], every: int, teller: Teller, path: Path) -> None:
    """Write a file with its answers: a picture as PNG or JPEG, a video as MP4 without sound.

    Args:
        item: the file, which is read again.
        told: its pictures in order, each with what is answered of it.
        every: as it was looked at.
        teller: says answers.
        path: to be written, whole or not at all.

    Raises:
        StoreError: it cannot be written.
    """
    with _said_already(), whole(path) as part:
        pictures = _drawn(item, told, every, teller)
        if item.kind == "image":
            for _, image in pictures:
                write_image(part, image)
            return
        head = [pair for pair, _ in zip(pictures, range(FIRST), strict=False)]
        times = [time for time, _ in head]
        if head:
            _write(part, head, pictures, _pace(times))


@contextmanager
def _said_already() -> Iterator[None]:
    """What is to be said of a file was said when it was looked at."""
    log = logging.getLogger(images.__name__)
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)


def _drawn(
    item: Item, told: Iterable[tuple[Look, list[Shot]]], every: int, teller: Teller
) -> Iterator[tuple[float, Image]]:
    for picture, (look, shots) in zip(decoded(item, every), told, strict=False):
        if isinstance(picture, Unread):
            return
        yield look.time, drawn_picture(picture.frame.image, shots, teller)


def _pace(times: Sequence[float]) -> float:
    """Frames a second, from the first time stamps."""
    steps = [late - early for early, late in pairwise(times) if late > early]
    return float(np.clip(1 / median(steps), SLOWEST, FASTEST)) if steps else SLOWEST


def _write(part: Path, head: Sequence[tuple[float, Image]], rest: Iterator[tuple[float, Image]], fps: float) -> None:
    """Both in one go."""
    for_times, for_images = tee(chain(head, rest))  # asked in turns: no more than one picture waits
    write_video(part, _ticks((time for time, _ in for_times), fps), (_even(image) for _, image in for_images), fps)


def _ticks(times: Iterable[float], fps: float) -> Iterator[float]:
    """Times on the clock of a video, no two the same."""
    last = -1
    for time in times:
        last = max(round(time * fps), last + 1)
        yield last / fps


def _even(image: Image) -> Image:
    """With even sides, as H.264 wants them: a last row or column twice."""
    height, width = image.shape[:2]
    return np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
