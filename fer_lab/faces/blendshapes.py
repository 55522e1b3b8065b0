"""What MediaPipe's FaceLandmarker says a face does: 52 blendshapes, named after those of Apple's ARKit.

Each is 0 in a face at rest and 1 at most (Grishchenko et al. 2023, arXiv 2309.05782); none is a probability. Which
action unit each comes nearest to stands in ``conf/model/blendshapes.yaml``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from fer_lab.errors import DataError

BLENDSHAPES: tuple[str, ...] = (
    "_neutral",
    *("browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight"),
    *("cheekPuff", "cheekSquintLeft", "cheekSquintRight"),
    *("eyeBlinkLeft", "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight", "eyeLookInLeft", "eyeLookInRight"),
    *("eyeLookOutLeft", "eyeLookOutRight", "eyeLookUpLeft", "eyeLookUpRight", "eyeSquintLeft", "eyeSquintRight"),
    *("eyeWideLeft", "eyeWideRight"),
    *("jawForward", "jawLeft", "jawOpen", "jawRight"),
    *("mouthClose", "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft", "mouthFrownRight", "mouthFunnel"),
    *("mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthPressLeft", "mouthPressRight", "mouthPucker"),
    *("mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper"),
    *("mouthSmileLeft", "mouthSmileRight", "mouthStretchLeft", "mouthStretchRight"),
    *("mouthUpperUpLeft", "mouthUpperUpRight"),
    *("noseSneerLeft", "noseSneerRight"),
)
"""In the order in which they are stored, which is MediaPipe's; left and right are the subject's own."""


def in_order(scores: Mapping[str, float]) -> NDArray[np.float32]:
    """The blendshapes of a face, float32 (52,), in [0, 1].

    Raises:
        DataError: a landmark model gives others.
    """
    if lacking := [name for name in BLENDSHAPES if name not in scores]:
        raise DataError(
            f"the landmark model gives no blendshape {', '.join(lacking[:3])}",
            expected=f"the {len(BLENDSHAPES)} of MediaPipe's face_landmarker.task",
            do="leave out faces.model",
        )
    return np.array([scores[name] for name in BLENDSHAPES], np.float32)
