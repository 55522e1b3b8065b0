"""The face stage against what cannot be left out: python benchmarks/faces.py [--quick].

Videos of twins, one process, in turn: the whole stage (decode, detect, landmarks, pose, both views at 64 px) and a
bare loop that only decodes and detects. Then the store of more of them, built anew each time, by one process and by
two, what they take to start included.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Hashable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import mediapipe
import numpy as np
import pandas as pd
from measuring import Figure, Found, in_turns, main, ratios, timed
from mediapipe.tasks.python import BaseOptions, vision
from numpy.typing import NDArray

from fer_lab import media
from fer_lab.faces import Detector, FacesConfig, build_store, find_model
from fer_lab.faces.frontalize import fit_camera, frontalize
from fer_lab.faces.sample import sample
from fer_lab.faces.stage import FoundFaces, find_faces
from fer_lab.generator import Identity, perform, render

FPS, SIDE, VIEW, FRONTAL_SIDE = 25.0, 224, 64, 112
CONFIG = FacesConfig(size=VIEW, window=(0, 1), frames_per_window=None)
Rows = list[dict[Hashable, Any]]


def write_videos(root: Path, videos: int, frames: int) -> Rows:
    """Videos of twins, and their rows of an index."""
    rows: Rows = []
    for person in range(videos):
        performance = perform(person, "happiness", fps=FPS, duration=frames / FPS)
        images, _ = render(Identity(person), performance, range(frames), size=SIDE, seed=person)
        media.write_video(root / f"{person}.mp4", [n / FPS for n in range(frames)], list(images), FPS)
        rows.append({"id": str(person), "path": f"{person}.mp4", "kind": "video", "fps": FPS})
    return rows


def bare_loop(root: Path, rows: Rows, landmarker: vision.FaceLandmarker) -> int:
    """Decode and detect, nothing else; how many faces there were."""
    faces = 0
    for row in rows:
        for frame in media.frames(root, row["path"], "video"):
            picture = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=frame.image)
            faces += bool(landmarker.detect(picture).face_landmarks)
    return faces


def frontal_views(images: Sequence[NDArray[np.uint8]], found: FoundFaces) -> None:
    """The frontalization alone, from landmarks to views."""
    for image, landmarks in zip(images, found.arrays()["landmarks"], strict=True):
        sample(image, frontalize(fit_camera(landmarks), FRONTAL_SIDE, found.config.margin))


def beside_bare(root: Path, rows: Rows, repeats: int) -> tuple[int, dict[str, list[float]]]:
    """How many faces there are, and seconds of the stage, of the bare loop and of the frontalization."""
    model = find_model()
    detector, base = Detector(model), BaseOptions(model_asset_path=str(model))
    # MediaPipe as its own documentation opens it, with the stage's options
    options = vision.FaceLandmarkerOptions(base_options=base, num_faces=4)
    with vision.FaceLandmarker.create_from_options(options) as landmarker:
        found, faces = find_faces(root, rows, CONFIG, detector), bare_loop(root, rows, landmarker)
        if len(found.frames) != faces:
            raise SystemExit(f"the stage found {len(found.frames)} faces, the bare loop {faces}")
        images = [frame.image for row in rows for frame in media.frames(root, row["path"], "video")]
        return faces, in_turns(
            repeats,
            stage=lambda: timed(lambda: find_faces(root, rows, CONFIG, detector)),
            bare=lambda: timed(lambda: bare_loop(root, rows, landmarker)),
            frontal=lambda: timed(lambda: frontal_views(images, found)),
        )


def by_processes(root: Path, rows: Rows, repeats: int) -> dict[str, list[float]]:
    """Seconds of a store by one process and by two."""
    index, number = pd.DataFrame(rows), itertools.count()

    def build(workers: int) -> float:
        return timed(lambda: build_store(root, index, f"benchmark {next(number)}", CONFIG, workers))

    return in_turns(repeats, warm=False, one=lambda: build(1), two=lambda: build(2))


def measure(quick: bool) -> Found:
    """The stage by itself, then with processes."""
    (videos, frames), more, repeats = ((1, 5), (2, 5), 2) if quick else ((6, 30), (24, 100), 7)
    with TemporaryDirectory() as name:
        root, before = Path(name), os.environ.get("FER_LAB_CACHE")
        faces, times = beside_bare(root, write_videos(root, videos, frames), repeats)
        os.environ["FER_LAB_CACHE"] = str(root / "cache")
        try:
            stores = by_processes(root, write_videos(root, *more), 1 if quick else 2)
        finally:
            os.environ.pop("FER_LAB_CACHE") if before is None else os.environ.update(FER_LAB_CACHE=before)
    return Found(
        f"twin videos of {SIDE} px, views of {VIEW} px: {videos} of {frames} frames; by two processes {more[0]} of "
        f"{more[1]}",
        [
            Figure(
                "face stage: the speed of bare decode + MediaPipe that is reached",
                ratios(times["bare"], times["stage"]),
                0.9,
            ),
            Figure(
                "face stage by two processes: how many times as fast as by one",
                ratios(stores["one"], stores["two"]),
                1.8,
            ),
        ],
        {
            "faces_a_second": {which: [faces / s for s in seconds] for which, seconds in times.items()},
            "seconds_of_the_store": stores,
        },
    )


if __name__ == "__main__":
    main(measure, __file__, __doc__)
