"""OULU-CASIA NIR&VIS: posed expressions as image sequences or videos, two cameras, three lights, 25 frames a second."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_lab.datasets.base import OF_PEOPLE, DataSet, TwinScale, choice, join_subjects, skip
from fer_lab.datasets.sequence_frames import Frames, as_images
from fer_lab.datasets.twins import BYTES_PER_PIXEL, Person, Recording, people, seed_of, write_people
from fer_lab.errors import ConfigError, DataError
from fer_lab.evaluation.target import Target
from fer_lab.evaluation.targets import Classes
from fer_lab.labels import ALIASES
from fer_lab.media import IMAGE_SUFFIXES, VIDEO_SUFFIXES, write_image
from fer_lab.storage import MANIFEST, make_folder, visible

EMOTIONS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
NAMES: Mapping[str, str] = {
    **{emotion: emotion for emotion in EMOTIONS},
    **{alias: emotion for alias, emotion in ALIASES.items() if emotion in EMOTIONS},
    "fears": "fear",
    "surprises": "surprise",
}
"""Name of a folder, or of a video without its extension (upper and lower case are one) -> emotion."""
NO_EMOTION = f"not one of {', '.join(item.title() for item in EMOTIONS)} (data.dataset.names: other names)"
MODALITIES: Mapping[str, str] = {"VL": "VIS", "NI": "NIR"}
ALL = "all"
LIGHTS: Mapping[str, str] = {"Strong": "normal", "Weak": "weak", "Dark": "dark"}
"""Folder names -> what the generator calls the camera and the light."""
CROPPED = "_Acropped"
"""What follows the camera's name where the distributor has cut out the faces."""
TOPS = frozenset(camera + variant for camera in MODALITIES for variant in ("", CROPPED))
BESIDE = TOPS | {"subjects.csv", "truth", MANIFEST}
"""What may lie in the root."""
FPS = 25.0
SECONDS = (0.36, 1.2)
"""9 to 30 frames, of which the window keeps 3 to 9; García Zapata 2018, sec. 7.4: 449 images of 90 test videos."""
AGES = (23, 58)


class OuluCasia(DataSet):
    """OULU-CASIA, one camera and one light of it (80 subjects x 6 expressions = 480 sequences), or all.

    Which of the six combinations García Zapata 2018 used is not stated; visible light, strong, is ours. The twin is
    drawn alike for the original and the cropped pictures, under the folder names of either.

    Args:
        modality: ``VL`` (visible light), ``NI`` (near infrared) or ``all``.
        light: ``Strong``, ``Weak``, ``Dark`` or ``all``.
        cropped: whether to read the faces as the distributor cut them out (``VL_Acropped``, ``NI_Acropped``).
        names: further names of folders, or of videos without their extension -> emotion, beside or instead of those
            in ``NAMES``; upper and lower case are one.
        frames: which frames of the sequences are images of their own; None: sequences stay whole.
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
          000.jpeg 001.jpeg   25 frames a second, neutral to peak; or Anger.avi (.mp4, .wmv) in place of the folder
  VL_Acropped/                instead of VL/ with data.dataset.cropped=true; likewise NI_Acropped/
  subjects.csv                may be absent: subject,age,sex,skin_tone,glasses,beard
"""
    published: Mapping[str, int] = {"videos": 480, "subjects": 80}
    subjects = tuple(f"P{number:03d}" for number in range(1, 81))
    """The names of all subjects."""
    targets: Mapping[str, Target] = {"emotion": Classes(EMOTIONS)}
    attributes = (*OF_PEOPLE, "modality", "light")
    fps = FPS
    twin_version = 2

    def __init__(
        self,
        modality: str = "VL",
        light: str = "Strong",
        cropped: bool = False,
        names: Mapping[str, str] | None = None,
        frames: Frames | None = None,
    ) -> None:
        self.modality = choice("modality", modality, (*MODALITIES, ALL))
        self.light = choice("light", light, (*LIGHTS, ALL))
        self.cropped, self.frames = cropped, frames
        self.cameras = tuple(MODALITIES) if modality == ALL else (modality,)
        self.lights = tuple(LIGHTS) if light == ALL else (light,)
        self.names = {name.lower(): _emotion(name, meaning) for name, meaning in {**NAMES, **(names or {})}.items()}

    def index(self, root: Path) -> pd.DataFrame:
        """One row a sequence of this camera and light, or an image of one; target ``emotion``. See ``DataSet.index``.

        A sequence is a folder of images, or a video; where there are both, the images are taken. Emotions under a name
        other than that of the tree are listed in ``attrs["renamed"]`` as ``{"name": ..., "meaning": ...}``, one a row.

        Raises:
            DataError: the folder of this camera and light is not there, or there is no sequence in it.
        """
        skipped: list[dict[str, str]] = []
        rows = list(self._rows(root, skipped))
        renamed = list(_renamed(rows))
        if self.frames:
            rows = list(as_images(root, rows, self.frames, "emotion", skipped))
        index = self.make_index(root, rows, skipped)
        index.attrs["renamed"] = renamed
        return join_subjects(index, root)

    def _rows(self, root: Path, skipped: list[dict[str, str]]) -> Iterator[dict[str, Any]]:
        places = [(camera, light) for camera in self.cameras for light in self.lights]
        for camera, light in places:
            if not (root / self._top(camera) / light).is_dir():
                raise self._missing(root, camera, light)
        tops = [root / self._top(camera) for camera in self.cameras]
        strangers = [*visible(root, but=BESIDE), *(item for top in tops for item in visible(top, but=LIGHTS))]
        skipped += [skip(item, root, "not of this data set") for item in strangers]
        for camera, light in places:
            yield from self._rows_in(root / self._top(camera) / light, root, camera, skipped)

    def _top(self, camera: str) -> str:
        """The folder of a camera."""
        return camera + (CROPPED if self.cropped else "")

    def _missing(self, root: Path, camera: str, light: str) -> DataError:
        other = root / (camera + ("" if self.cropped else CROPPED)) / light
        hint = f" (but {other.parent.name}/{light}: data.dataset.cropped={str(not self.cropped).lower()})"
        return self.missing(root / self._top(camera) / light, f"there is no folder{hint if other.is_dir() else ''}")

    def _rows_in(
        self, folder: Path, root: Path, camera: str, skipped: list[dict[str, str]]
    ) -> Iterator[dict[str, Any]]:
        """The sequences of a camera and light."""
        for subject in visible(folder):
            if subject.is_dir() and re.fullmatch(r"P\d{3}", subject.name):
                for row in self._rows_of(subject, root, skipped):
                    yield {**row, "modality": camera, "light": folder.name}
            else:
                skipped.append(skip(subject, root, "not a subject's folder P<three digits>"))

    def _rows_of(self, subject: Path, root: Path, skipped: list[dict[str, str]]) -> Iterator[dict[str, Any]]:
        taken: dict[str, Path] = {}
        items = sorted(visible(subject), key=self._rank)
        if not items:
            skipped.append(skip(subject, root, "there is nothing in it"))
        for item in items:
            emotion = self.names.get(_stem(item).lower(), "")
            reason = _unusable(item) if emotion else NO_EMOTION
            if not reason and emotion in taken:
                reason = f"{emotion} is there already: {taken[emotion].name} is taken"
            if reason:
                skipped.append(skip(item, root, reason))
            else:
                taken[emotion] = item
                yield self._row(item, root, emotion)

    def _rank(self, item: Path) -> tuple[bool, bool, str]:
        """Images go before a video, the emotion's own name before others."""
        return not item.is_dir(), _stem(item).lower() not in EMOTIONS, item.name

    def _row(self, item: Path, root: Path, emotion: str) -> dict[str, Any]:
        return {
            "id": item.with_name(_stem(item)).relative_to(root).as_posix(),
            "path": item.relative_to(root).as_posix(),
            "kind": "sequence" if item.is_dir() else "video",
            "subject": item.parent.name,
            "fps": self.fps,
            "emotion": emotion,
        }

    def expected(self, index: pd.DataFrame) -> Mapping[str, int]:
        """The published counts, of sequences those of all cameras and lights that are asked for; of frames none."""
        sequences = "sequences" if self.frames else "videos"
        combinations = len(self.cameras) * len(self.lights)
        return {sequences: self.published["videos"] * combinations, "subjects": self.published["subjects"]}

    def twin_options(self) -> Mapping[str, Any]:
        """Camera and light, and whether cropped: only these are written."""
        options: dict[str, Any] = {"modality": self.modality, "light": self.light}
        return options | ({"cropped": True} if self.cropped else {})

    def twin_bytes(self, scale: TwinScale) -> int:
        """About the room it takes on disk."""
        persons = len(people(self.name, self.published["subjects"], scale))
        sequences = persons * len(EMOTIONS) * len(self.cameras) * len(self.lights)
        frames = scale.frames_per_window or SECONDS[1] * FPS * (scale.window[1] - scale.window[0])
        return int(sequences * (frames + 2) * scale.size**2 * BYTES_PER_PIXEL)

    def write_twin(self, root: Path, scale: TwinScale, workers: int = 1) -> None:
        """Write image sequences of neutral -> peak, with truth and ``subjects.csv``."""
        write_people(root, self.everyone(scale), _save, scale, workers)

    def everyone(self, scale: TwinScale) -> list[Person]:
        """The subjects of the twin with their recordings."""
        seeds = people(self.name, self.published["subjects"], scale)
        return [self._person(f"P{i:03d}", seed) for i, seed in enumerate(seeds, 1)]

    def _person(self, subject: str, identity: int) -> Person:
        recordings = [
            self._recording(subject, identity, emotion, camera, light)
            for camera in self.cameras
            for light in self.lights
            for emotion in EMOTIONS
        ]
        return Person(subject, identity, AGES, tuple(recordings))

    def _recording(self, subject: str, identity: int, emotion: str, camera: str, light: str) -> Recording:
        """Both cameras saw the same performance; under another light it was performed again."""
        seed = seed_of(self.name, identity, emotion, light)
        return Recording(
            id=f"{self._top(camera)}/{light}/{subject}/{emotion.title()}",
            emotion=emotion,
            seed=seed,
            noise=seed_of(seed, camera),
            fps=self.fps,
            seconds=SECONDS,
            until_apex=True,
            modality=MODALITIES[camera],
            light=LIGHTS[light],
        )


def _save(place: Path, numbers: Sequence[int], images: Sequence[NDArray[np.uint8]], fps: float) -> None:
    for number, pixels in zip(numbers, images, strict=True):
        write_image(make_folder(place) / f"{number:03d}.jpeg", pixels)


def _stem(item: Path) -> str:
    return item.name if item.is_dir() else item.stem


def _unusable(item: Path) -> str:
    """Why a folder or file is no sequence; '' if it is one."""
    if not item.is_dir():
        return "" if item.suffix.lower() in VIDEO_SUFFIXES else "neither a folder of images nor a video"
    return "" if any(file.suffix.lower() in IMAGE_SUFFIXES for file in item.iterdir()) else "there is no image in it"


def _renamed(rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    """Of each sequence whose name is not the emotion's own, as the tree writes it, the name and what it was read as."""
    for row in rows:
        name = PurePosixPath(row["id"]).name
        if name != row["emotion"].title():
            yield {"name": name, "meaning": row["emotion"]}


def _emotion(name: str, meaning: str) -> str:
    if meaning not in EMOTIONS:
        raise ConfigError(f"data.dataset.names: {name!r} means {meaning!r}", expected=f"one of {', '.join(EMOTIONS)}")
    return meaning
