"""The face stage against what cannot be left out: python benchmarks/faces.py [--rounds 5] [--out FILE].

Videos of twins, one process, in turn: the whole stage (decode, detect, landmarks, pose, both views at 64 px) and a
bare loop that only decodes and detects. Wanted: the stage at least 0.8 times as fast as the bare loop, and the
frontalization alone (camera, map, sampling at 112 px) at least 300 faces a second.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import mediapipe
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision
from numpy.typing import NDArray

from fer_lab import media
from fer_lab.environment import describe_machine
from fer_lab.faces import FacesConfig
from fer_lab.faces.detect import Detector
from fer_lab.faces.frontalize import fit_camera, frontalize
from fer_lab.faces.model_file import find_model
from fer_lab.faces.sample import sample
from fer_lab.faces.stage import FoundFaces, find_faces
from fer_lab.generator import Identity, perform, render
from fer_lab.storage import write_json

VIDEOS, FRAMES, FPS, SIDE = 6, 30, 25.0, 224
VIEW, FRONTAL_SIDE = 64, 112


def write_videos(root: Path) -> list[dict[Hashable, Any]]:
    """Videos of twins, and their rows of an index."""
    rows: list[dict[Hashable, Any]] = []
    for person in range(VIDEOS):
        performance = perform(person, "happiness", fps=FPS, duration=FRAMES / FPS)
        images, _ = render(Identity(person), performance, range(FRAMES), size=SIDE, seed=person)
        media.write_video(root / f"{person}.mp4", [n / FPS for n in range(FRAMES)], list(images), FPS)
        rows.append({"id": str(person), "path": f"{person}.mp4", "kind": "video", "fps": FPS})
    return rows


def bare_landmarker(model: Path) -> vision.FaceLandmarker:
    """MediaPipe as its own documentation opens it, with the stage's options."""
    base = BaseOptions(model_asset_path=str(model))
    return vision.FaceLandmarker.create_from_options(vision.FaceLandmarkerOptions(base_options=base, num_faces=4))


def bare_loop(root: Path, rows: Sequence[dict[Hashable, Any]], landmarker: vision.FaceLandmarker) -> int:
    """Decode and detect, nothing else; how many faces there were."""
    faces = 0
    for row in rows:
        for frame in media.frames(root, row["path"], "video"):
            picture = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=frame.image)
            faces += bool(landmarker.detect(picture).face_landmarks)
    return faces


def frontal_views(images: Sequence[NDArray[np.uint8]], found: FoundFaces) -> None:
    """The frontalization alone, from landmarks to views."""
    for image, landmarks in zip(images, found.landmarks, strict=True):
        sample(image, frontalize(fit_camera(landmarks), FRONTAL_SIDE, found.config.margin))


def timed(action: Callable[[], object]) -> float:
    """Seconds of an action."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def measure(rounds: int) -> dict[str, float]:
    """Faces a second: medians over the rounds, and the median of the rounds' ratios."""
    config, model = FacesConfig(size=VIEW, window=(0, 1), frames_per_window=None), find_model()
    detector, landmarker = Detector(model), bare_landmarker(model)
    with TemporaryDirectory() as folder:
        root = Path(folder)
        rows = write_videos(root)
        found, faces = find_faces(root, rows, config, detector), bare_loop(root, rows, landmarker)  # and warm up
        if len(found.frames) != faces:
            raise SystemExit(f"the stage found {len(found.frames)} faces, the bare loop {faces}")
        images = [frame.image for row in rows for frame in media.frames(root, row["path"], "video")]
        times = [
            (
                timed(lambda: find_faces(root, rows, config, detector)),
                timed(lambda: bare_loop(root, rows, landmarker)),
                timed(lambda: frontal_views(images, found)),
            )
            for _ in range(rounds)
        ]
    landmarker.close()
    stage, bare, frontal = (faces / median(column) for column in zip(*times, strict=True))
    ratio = median(bare / stage for stage, bare, _ in times)
    return {"stage_to_bare": ratio, "stage_faces_s": stage, "bare_faces_s": bare, "frontal_faces_s": frontal}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks/faces.json"))
    args = parser.parse_args()
    result = {
        "what": f"{VIDEOS} twin videos of {FRAMES} frames, {SIDE} px; views at {VIEW} px, frontal at {FRONTAL_SIDE} px",
        "rounds": args.rounds,
        **{name: round(value, 2) for name, value in measure(args.rounds).items()},
        "machine": describe_machine(),
    }
    write_json(args.out, result)
    print(json.dumps(result, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
