"""Image sequences: folders of numbered images. The number of a file is its place in time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from fer_lab.errors import ConfigError
from fer_lab.media.files import list_files, read_bytes
from fer_lab.media.images import IMAGE_BYTES, image
from fer_lab.media.kinds import IMAGE_SUFFIXES
from fer_lab.media.timeline import Frame, Timeline, Wanted
from fer_lab.media.unreadable import Unreadable


def sequence_frames(root: Path, path: str, wanted: Wanted, fps: float | None) -> Iterator[Frame]:
    """Decode the wanted images of a folder in the order of their numbers (the last digits of the file's name).

    Missing numbers keep their time: file n is shown at ``(n - first) / fps``.

    Raises:
        Unreadable: no numbered image in it, a number twice, or a wanted image cannot be read.
        ConfigError: no frame rate is given.
    """
    if not (fps and fps > 0):  # nan, how a table says that there is none, fails this, too
        raise ConfigError(f"the image sequence {path} has fps={fps}", expected="its frame rate, above 0")
    files = numbered(root, path)
    numbers = sorted(files)
    times = [(number - numbers[0]) / fps for number in numbers]
    timeline = Timeline(numbers, times, times[-1] + 1 / fps)
    for index in sorted(set(wanted(timeline))):
        file = files[numbers[index]]
        pixels = image(read_bytes(root, file, IMAGE_BYTES), file)
        yield Frame(numbers[index], times[index], timeline.position(index), pixels)


def numbered(root: Path, path: str) -> dict[int, str]:
    """The images directly in a folder by their number.

    Raises:
        Unreadable: there is none, one has no number, or two have the same.
    """
    found: dict[int, str] = {}
    for file in list_files(root, path):
        name = PurePosixPath(file)
        if name.suffix.lower() not in IMAGE_SUFFIXES or name.parent != PurePosixPath(path):
            continue
        digits = re.findall(r"\d+", name.stem)
        if not digits or int(digits[-1]) in found:
            raise Unreadable(file, "an image of a sequence needs a number of its own in its name")
        found[int(digits[-1])] = file
    if not found:
        raise Unreadable(path, "there is no image in this folder")
    return found
