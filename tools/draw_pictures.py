"""Draw the pictures of the documentation: python tools/draw_pictures.py. They show generated faces only."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from fer_lab.configs import compose_data
from fer_lab.faces.align import align
from fer_lab.faces.frontalize import fit_camera, frontalize
from fer_lab.faces.sample import sample
from fer_lab.faces.symmetry import soften
from fer_lab.generator import Identity, perform, render
from fer_lab.media import write_image
from fer_lab.report.peak import peak_png

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
EMOTIONS = ("neutral", "happiness", "sadness", "surprise", "fear", "anger", "disgust", "contempt")
PEOPLE = (11, 12, 13, 15, 17, 19)
CONDITIONS = (("VIS", "weak"), ("VIS", "dark"), ("NIR", "normal"))
SIZE = 96
YAWS = (-30, -18, -6, 6, 18, 30)


def apex(
    person: int, emotion: str, modality: str = "VIS", light: str = "normal", yaw: float | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The last frame of a performance that stays at its apex, and its 68 points; the head turned by a yaw if given."""
    performance = perform(person, emotion, fps=25.0, duration=2.0, until_apex=True)
    if yaw is not None:
        performance = replace(performance, pose=performance.pose * 0 + (yaw, 0, 0))
    images, truth = render(
        Identity(person), performance, [49], size=SIZE, supersampling=2, modality=modality, light=light, seed=person
    )
    return images[0], truth.landmarks[0]


def twins() -> np.ndarray:
    """Rows: expressions. Columns: six people, then weak light, darkness, near infrared."""
    rows = []
    for emotion in EMOTIONS:
        people = [apex(person, emotion)[0] for person in PEOPLE]
        others = [apex(21 + i, emotion, *condition)[0] for i, condition in enumerate(CONDITIONS)]
        rows.append(np.hstack(people + others))
    return np.vstack(rows)


def views() -> np.ndarray:
    """Columns: people. Rows: the frame with its 68 points, the aligned face, the frontalized face, soft symmetry."""
    columns = []
    for person, emotion, yaw in zip((31, 32, 33, 34, 35, 36), EMOTIONS[1:], YAWS, strict=False):
        image, points = apex(person, emotion, yaw=yaw)
        view = frontalize(fit_camera(points), SIZE, 0.05)
        frontal = sample(image, view)
        crops = [sample(image, align(points, SIZE, 0.05)), frontal, soften(frontal, view)]
        marked = image.copy()
        for x, y in points:
            cv2.circle(marked, (round(float(x)), round(float(y))), 1, (0, 255, 0), -1)
        columns.append(np.vstack([marked, *crops]))
    return np.hstack(columns)


def peak() -> bytes:
    """The landmarks' distance from the first frames over a take of the MUG twin, and the cut."""
    config = compose_data("mug", ["profile=laptop", "data.cut=peak"])
    return peak_png(config, "002/happiness/take000", "From neutral to the peak", "source embedded, profile laptop")


if __name__ == "__main__":
    PICTURES.mkdir(parents=True, exist_ok=True)
    write_image(PICTURES / "twins.png", twins())
    write_image(PICTURES / "views.png", views())
    (PICTURES / "peak.png").write_bytes(peak())
