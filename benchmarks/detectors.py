"""MediaPipe's and dlib's faces on the same pictures: python benchmarks/detectors.py [--pictures 300] [--page FILE].

Twins at rest and smiling, turned this way and that, whose points are known; and, where FER_LAB_DATA names a folder of
real data, faces in the wild (``facial_expressions/images.zip``). One process; each picture is shown to both in turn.
How far apart they say the centres of the eyes and the 68 points are is a share of the distance of those centres.
"""

from __future__ import annotations

import argparse
import json
import os
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_lab import media
from fer_lab.environment import describe_machine
from fer_lab.errors import DataError
from fer_lab.faces import DlibDetector, FacesConfig, detector_of
from fer_lab.faces.eyes import eye_centres
from fer_lab.generator import Identity, perform, render
from fer_lab.storage import write_json

SIDE, NAMES = 224, ("MediaPipe", "dlib")
MARK, END = "<!-- detectors -->\n", "<!-- end of detectors -->\n"
Picture = tuple[NDArray[np.uint8], NDArray[np.float32] | None]
"""A picture, and its 68 points where they are known."""


@dataclass
class Seen:
    """What both say of some pictures: seconds and faces of each, and distances (%) where both found a face."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in NAMES})
    faces: dict[str, list[int]] = field(default_factory=lambda: {name: [] for name in NAMES})
    apart: list[tuple[float, float]] = field(default_factory=list)
    wrong: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in NAMES})


def twins(count: int) -> Iterator[Picture]:
    """One frame of each of so many people."""
    for person in range(count):
        performance = perform(person, ("neutral", "happiness", "surprise")[person % 3], fps=25.0, duration=2.0)
        images, truth = render(Identity(person), performance, [20], size=SIDE, seed=person)
        yield images[0], truth.landmarks[0].astype(np.float32)


def wild(root: Path, count: int) -> Iterator[Picture]:
    """So many pictures of the archive, evenly spread, but those that cannot be read."""
    with zipfile.ZipFile(root / "facial_expressions" / "images.zip") as archive:
        names = sorted(name for name in archive.namelist() if media.kind_of(root, name) == "image")
        for name in names[:: max(1, len(names) // count)][:count]:
            try:
                yield media.image(archive.read(name), name), None
            except DataError as error:
                print(f"left out: {error.what}")


def look(pictures: Iterator[Picture]) -> Seen:
    """Show every picture to both."""
    detectors = dict(zip(NAMES, (detector_of(FacesConfig()), DlibDetector()), strict=True))
    for detector in detectors.values():
        detector.detect(np.zeros((SIDE, SIDE, 3), np.uint8))  # opens its files
    seen = Seen()
    for image, truth in pictures:
        points = {}
        for name, detector in detectors.items():
            start = time.perf_counter()
            found = detector.detect(image)
            seen.seconds[name].append(time.perf_counter() - start)
            seen.faces[name].append(found.faces_found if found else 0)
            if found:
                points[name] = found.landmarks
        compare(seen, points, truth)
    return seen


def compare(seen: Seen, points: dict[str, NDArray[np.float32]], truth: NDArray[np.float32] | None) -> None:
    """Note how far both are apart, and each from what is true."""
    if len(points) == len(NAMES):
        one, other = (points[name] for name in NAMES)
        eyes, all_points = distances(eye_centres(one), eye_centres(other), one), distances(one, other, one)
        seen.apart.append((eyes, all_points))
    if truth is not None:
        for name, own in points.items():
            seen.wrong[name].append(distances(own, truth, truth))


def distances(one: NDArray[Any], other: NDArray[Any], unit: NDArray[np.float32]) -> float:
    """Mean distance of points (n, 2), per cent of that of the eyes' centres of a face (68, 2)."""
    between = np.linalg.norm(np.subtract(*eye_centres(unit)))
    return float(100 * np.linalg.norm(one - other, axis=-1).mean() / between)


def summary(seen: Seen) -> dict[str, Any]:
    """Counts, medians and 95th percentiles."""
    eyes, points = np.array(seen.apart).reshape(-1, 2).T
    faces = {name: np.array(found) for name, found in seen.faces.items()}
    return {
        "pictures": len(faces["dlib"]),
        "found": {name: int((found > 0).sum()) for name, found in faces.items()},
        "several": {name: int((found > 1).sum()) for name, found in faces.items()},
        "by_both": len(seen.apart),
        "by_none": int(np.logical_and(*(found == 0 for found in faces.values())).sum()),
        "ms": {name: round(1000 * float(np.median(own)), 1) for name, own in seen.seconds.items()},
        "eyes_apart": [round(float(value), 1) for value in np.percentile(eyes, [50, 95])],
        "points_apart": [round(float(value), 1) for value in np.percentile(points, [50, 95])],
        "from_truth": {name: round(float(np.median(own)), 1) for name, own in seen.wrong.items() if own},
    }


def table(result: dict[str, Any]) -> str:
    """The page's table, a column a set of pictures."""
    sets: dict[str, Any] = result["sets"]
    rows = [("pictures", lambda one: f"{one['pictures']:,}")]
    for name in NAMES:
        rows += [
            (f"found by {name}", lambda one, name=name: f"{one['found'][name]:,}"),
            (f"several faces, by {name}", lambda one, name=name: f"{one['several'][name]:,}"),
        ]
    rows += [("found by neither", lambda one: f"{one['by_none']:,}")]
    rows += [(f"ms a picture, {name}", lambda one, name=name: f"{one['ms'][name]:.1f}") for name in NAMES]
    rows += [
        ("eye centres apart, %", lambda one: "{} ({})".format(*one["eyes_apart"])),
        ("68 points apart, %", lambda one: "{} ({})".format(*one["points_apart"])),
    ]
    rows += [
        (f"68 points of {name} from the truth, %", lambda one, name=name: f"{one['from_truth'].get(name, '-')}")
        for name in NAMES
    ]
    lines = [f"| | {' | '.join(sets)} |", f"|---|{'---|' * len(sets)}"]
    lines += [f"| {label} | {' | '.join(said(one) for one in sets.values())} |" for label, said in rows]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=300)
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks/detectors.json"))
    parser.add_argument("--page", type=Path, help="page whose table is written anew")
    args = parser.parse_args()
    sets = {"twins": summary(look(twins(args.pictures)))}
    if root := os.environ.get("FER_LAB_DATA"):
        sets["faces in the wild"] = summary(look(wild(Path(root), args.pictures)))
    result = {"sets": sets, "load": round(os.getloadavg()[0], 1), "machine": describe_machine()}
    write_json(args.out, result)
    print(json.dumps(result, indent=1), table(result), sep="\n")
    if args.page:
        before, rest = args.page.read_text().split(MARK)
        args.page.write_text(before + MARK + table(result) + END + rest.split(END)[1])


if __name__ == "__main__":
    main()
