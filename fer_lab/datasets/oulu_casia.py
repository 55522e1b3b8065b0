"""OULU-CASIA NIR&VIS: image sequences of posed expressions, two cameras, three lights, 25 frames a second."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_lab.datasets.base import DataSet, TwinScale, join_subjects, skip
from fer_lab.datasets.twins import BYTES_PER_PIXEL, Person, Recording, people, seed_of, write_people
from fer_lab.errors import ConfigError, nearest
from fer_lab.media import IMAGE_SUFFIXES, write_image
from fer_lab.storage import make_folder

EMOTIONS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
MODALITIES: Mapping[str, str] = {"VL": "VIS", "NI": "NIR"}
LIGHTS: Mapping[str, str] = {"Strong": "normal", "Weak": "weak", "Dark": "dark"}
"""Folder names -> what the generator calls the camera and the light."""
FPS = 25.0
SECONDS = (1.2, 2.4)
AGES = (23, 58)


class OuluCasia(DataSet):
    """OULU-CASIA, one camera and one light of it (80 subjects x 6 expressions = 480 sequences).

    Which of the six combinations García Zapata 2018 used is not stated; visible light, strong, is ours.

    Args:
        modality: ``VL`` (visible light) or ``NI`` (near infrared).
        light: ``Strong``, ``Weak`` or ``Dark``.
    """

    name = "oulu_casia"
    title = "OULU-CASIA NIR&VIS"
    reference = (
        "Zhao, Huang, Taini, Li, Pietikäinen: Facial expression recognition from near-infrared videos. "
        "Image and Vision Computing 29(9), 2011"
    )
    request = "the Center for Machine Vision and Signal Analysis, University of Oulu (Guoying Zhao)"
    terms = "a signed release agreement; research only; only some subjects may be shown in publications"
    tree = """
oulu_casia/
  VL/                         visible light; NI/ is near infrared
    Strong/                   the light; also Weak/ and Dark/
      P001/                   subjects P001 to P080
        Anger/                also Disgust Fear Happiness Sadness Surprise
          000.jpeg 001.jpeg   25 frames a second, neutral to peak
  subjects.csv                may be absent: subject,age,sex,skin_tone,glasses,beard
"""
    published: Mapping[str, int] = {"videos": 480, "subjects": 80}
    targets: Mapping[str, tuple[str, ...]] = {"emotion": EMOTIONS}
    fps = FPS

    def __init__(self, modality: str = "VL", light: str = "Strong") -> None:
        self.modality = _choice("modality", modality, MODALITIES)
        self.light = _choice("light", light, LIGHTS)

    def index(self, root: Path) -> pd.DataFrame:
        """One row a sequence (a folder) of this camera and light; target ``emotion``. See ``DataSet.index``."""
        top = root / self.modality / self.light
        if not top.is_dir():
            raise self.missing(top, "there is no folder")
        skipped: list[dict[str, str]] = []
        rows = list(self._rows(root, top, skipped))
        return join_subjects(self.make_index(root, rows, skipped), root)

    def _rows(self, root: Path, top: Path, skipped: list[dict[str, str]]) -> Iterator[dict[str, Any]]:
        for subject in sorted(item for item in top.iterdir() if item.name[0] != "."):
            if not (subject.is_dir() and re.fullmatch(r"P\d{3}", subject.name)):
                skipped.append(skip(subject, root, "not a subject's folder P<three digits>"))
                continue
            for folder in sorted(item for item in subject.iterdir() if item.name[0] != "."):
                reason = _unusable(folder)
                if reason:
                    skipped.append(skip(folder, root, reason))
                else:
                    yield self._row(folder.relative_to(root))

    def _row(self, folder: Path) -> dict[str, Any]:
        return {
            "id": folder.as_posix(),
            "path": folder.as_posix(),
            "kind": "sequence",
            "subject": folder.parts[2],
            "fps": self.fps,
            "emotion": folder.name.lower(),
            "modality": self.modality,
            "light": self.light,
        }

    def twin_options(self) -> Mapping[str, Any]:
        """Camera and light: only these are written."""
        return {"modality": self.modality, "light": self.light}

    def twin_bytes(self, scale: TwinScale) -> int:
        """About the room it takes on disk."""
        sequences = len(people(self.name, self.published["subjects"], scale)) * len(EMOTIONS)
        frames = scale.frames_per_window or SECONDS[1] * FPS * (scale.window[1] - scale.window[0])
        return int(sequences * (frames + 2) * scale.size**2 * BYTES_PER_PIXEL)

    def write_twin(self, root: Path, scale: TwinScale, workers: int = 1) -> None:
        """Write image sequences of neutral -> peak, with truth and ``subjects.csv``."""
        seeds = people(self.name, self.published["subjects"], scale)
        everyone = [self._person(f"P{i:03d}", seed) for i, seed in enumerate(seeds, 1)]
        write_people(root, everyone, _save, scale, workers)

    def _person(self, subject: str, identity: int) -> Person:
        return Person(subject, identity, AGES, tuple(self._recording(subject, identity, e) for e in EMOTIONS))

    def _recording(self, subject: str, identity: int, emotion: str) -> Recording:
        """Both cameras saw the same performance; under another light it was performed again."""
        seed = seed_of(self.name, identity, emotion, self.light)
        return Recording(
            id=f"{self.modality}/{self.light}/{subject}/{emotion.title()}",
            emotion=emotion,
            seed=seed,
            noise=seed_of(seed, self.modality),
            fps=self.fps,
            seconds=SECONDS,
            until_apex=True,
            modality=MODALITIES[self.modality],
            light=LIGHTS[self.light],
        )


def _save(place: Path, numbers: Sequence[int], images: Sequence[NDArray[np.uint8]], fps: float) -> None:
    for number, pixels in zip(numbers, images, strict=True):
        write_image(make_folder(place) / f"{number:03d}.jpeg", pixels)


def _unusable(folder: Path) -> str:
    """Why a folder is no sequence; '' if it is one."""
    if not folder.is_dir() or folder.name.lower() not in EMOTIONS:
        return f"not a folder of one of {', '.join(item.title() for item in EMOTIONS)}"
    if not any(item.suffix.lower() in IMAGE_SUFFIXES for item in folder.iterdir()):
        return "there is no image in it"
    return ""


def _choice(key: str, value: str, known: Mapping[str, str]) -> str:
    if value not in known:
        raise ConfigError(f"data.dataset.{key}={value!r}", expected=f"one of {nearest(value, known)}")
    return value
