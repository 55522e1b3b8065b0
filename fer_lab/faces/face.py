"""One picture to a face: detect, landmarks, pose, views, or step by step; or why there is none."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_lab.errors import ConfigError
from fer_lab.faces.align import align
from fer_lab.faces.config import FacesConfig, Preparation, RawConfig, StepsConfig
from fer_lab.faces.detectors import FaceDetector, Found
from fer_lab.faces.eyes import align_eyes, eye_centres
from fer_lab.faces.frontalize import Camera, fit_camera, frontalize
from fer_lab.faces.raw import framed, grey, is_one
from fer_lab.faces.sample import SamplingMap, sample
from fer_lab.faces.steps import Cropped, NoFace, outcomes
from fer_lab.faces.symmetry import soften


@dataclass(frozen=True)
class Face:
    """A face of a picture, as networks are shown it.

    Attributes:
        views: uint8 (S, S, C) each, by name; RGB, or grey where steps leave one channel.
        landmarks: the 68 iBUG points, float32 (68, 2), px of the picture; None where steps prepare faces without them.
        pose: yaw, pitch, roll, float32 (3,), degrees; None likewise.
        inside: share of the points that lie in the picture; NaN without points.
        faces_found: how many faces there were; 0 where no step looks for them.
        blendshapes: float32 (52,), see ``BLENDSHAPES``; None where nobody asks for them.
    """

    views: Mapping[str, NDArray[np.uint8]]
    landmarks: NDArray[np.float32] | None
    pose: NDArray[np.float32] | None
    inside: float
    faces_found: int
    blendshapes: NDArray[np.float32] | None = None


def prepare(image: NDArray[np.uint8], detector: FaceDetector | None, config: Preparation) -> Face | NoFace:
    """The largest face of a picture in the views that are asked for.

    Args:
        image: uint8 (H, W, 3), RGB.
        detector: this process's; steps need none.
        config: what to prepare, and which faces to refuse.

    Raises:
        ConfigError: no detector where landmarks are needed, or one that says no blendshapes where these are.
    """
    if isinstance(config, StepsConfig):
        return _through_steps(image, config)
    if detector is None:
        raise ConfigError("no detector", expected="a Detector, for views that are made of landmarks")
    if config.blendshapes and not detector.blendshapes:
        raise ConfigError("blendshapes, and a detector without them", expected="Detector(..., blendshapes=True)")
    return _of_landmarks(image, detector, config)


def _through_steps(image: NDArray[np.uint8], config: StepsConfig) -> Face | NoFace:
    """The picture after the last step; of several crops the first one counts the faces."""
    *_, last = found = list(outcomes(image, config.steps))
    if isinstance(last, NoFace):
        return last
    faces = [outcome.faces_found for outcome in found if isinstance(outcome, Cropped)]
    whole = last.image if isinstance(last, Cropped) else last
    return Face({"face": whole}, None, None, math.nan, faces[0] if faces else 0)


def prepare_all(
    image: NDArray[np.uint8], detector: FaceDetector | None, config: Preparation | RawConfig
) -> list[Face | NoFace]:
    """Every face of a picture, the largest first; where nothing looks for faces, the picture as one.

    Where a network knows images that are faces already, each face is cut out as those frame theirs (``raw``).

    Args, Raises: as ``prepare``.

    Returns:
        For each that was found the face, or why it cannot be used; nothing where none was found.
    """
    if isinstance(config, StepsConfig):
        return [_through_steps(image, config)]
    if isinstance(config, RawConfig) and is_one(image):
        return [Face({"raw": grey(image)}, None, None, math.nan, 0)]
    if detector is None:
        raise ConfigError("no detector", expected="a Detector, to look for faces")
    found = detector.detect_all(image)
    if isinstance(config, RawConfig):
        return [_raw(image, one) for one in found]
    return [_face(image, one, config) for one in found]


def _of_landmarks(image: NDArray[np.uint8], detector: FaceDetector, config: FacesConfig) -> Face | NoFace:
    detection = detector.detect(image)
    return NoFace("no face") if detection is None else _face(image, detection, config)


def _face(image: NDArray[np.uint8], detection: Found, config: FacesConfig) -> Face | NoFace:
    landmarks = detection.landmarks
    inside = _share_inside(landmarks, image)
    camera = _camera(landmarks, inside, config)
    if isinstance(camera, NoFace):
        return camera
    views = dict(_crops(image, landmarks, camera, config))
    said = detection.blendshapes if config.blendshapes else None
    return Face(views, landmarks, camera.pose, inside, detection.faces_found, said)


def _raw(image: NDArray[np.uint8], detection: Found) -> Face | NoFace:
    """A face as images that are faces already show theirs; whichever way it looks."""
    landmarks = detection.landmarks
    if not np.isfinite(landmarks).all():
        return NoFace("no landmarks")
    inside = _share_inside(landmarks, image)
    return Face({"raw": framed(image, landmarks)}, landmarks, None, inside, detection.faces_found)


def _share_inside(landmarks: NDArray[np.float32], image: NDArray[np.uint8]) -> float:
    """Share of the points (68, 2) that lie in the picture; the detector guesses where the others would be."""
    height, width = image.shape[:2]
    return float(((landmarks >= 0) & (landmarks <= (width, height))).all(-1).mean())


def _camera(landmarks: NDArray[np.float32], inside: float, config: FacesConfig) -> Camera | NoFace:
    """The camera that sees these points, or why the face cannot be used."""
    if not np.isfinite(landmarks).all():
        return NoFace("no landmarks")
    if inside < config.min_inside:
        return NoFace(f"less than {config.min_inside:.0%} of its points in the picture")
    try:
        camera = fit_camera(landmarks)
    except cv2.error as error:
        return NoFace(f"no pose ({error.err})")
    if not np.isfinite(camera.pose).all():
        return NoFace("no pose")
    if abs(camera.pose[0]) > config.max_yaw:
        return NoFace(f"yaw beyond {config.max_yaw:g} degrees")
    if config.eyes is not None and np.linalg.norm(np.subtract(*eye_centres(landmarks))) < 1:
        return NoFace("the eyes' centres are less than a pixel apart")
    return camera


def _crops(
    image: NDArray[np.uint8], landmarks: NDArray[np.float32], camera: Camera, config: FacesConfig
) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Each view that is asked for, uint8 (S, S, 3); the frontal ones share a map."""
    if "face" in config.views:
        yield "face", sample(image, aligned(landmarks, config))
    if {"frontal", "frontal_soft"} & set(config.views):
        view = frontalize(camera, config.size, config.margin)
        frontal = sample(image, view)
        if "frontal" in config.views:
            yield "frontal", frontal
        if "frontal_soft" in config.views:
            yield "frontal_soft", soften(frontal, view)


def aligned(landmarks: NDArray[np.float32], config: FacesConfig) -> SamplingMap:
    """Where the pixels of the view ``face`` lie in the picture: by all stable points, or by the eyes alone.

    Args:
        landmarks: (68, 2) px of the picture.
        config: which of the two, and its settings.
    """
    if config.eyes is None:
        return align(landmarks, config.size, config.margin)
    return align_eyes(landmarks, config.size, config.margin, config.eyes)
