"""Videos of the generator's own people with what it knows of every frame: action units, valence and arousal.

There is no such data set in the world: it is what tasks on labels and on values are tried on. Real videos in the same
layout are read by the same reader.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_lab.datasets import frame_labels
from fer_lab.datasets.base import OF_PEOPLE, DataSet, TwinScale, join_subjects, skip
from fer_lab.datasets.twins import (
    BYTES_PER_PIXEL,
    Person,
    Recording,
    people,
    save_video,
    seed_of,
    truth_path,
    write_people,
)
from fer_lab.evaluation.target import Target
from fer_lab.evaluation.targets import Classes, Labels, Values
from fer_lab.media import VIDEO_SUFFIXES, list_files

EMOTIONS = ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")
UNITS = ("AU1", "AU2", "AU4", "AU5", "AU6", "AU7", "AU9", "AU12", "AU15", "AU20", "AU25", "AU26")
AFFECT = ("valence", "arousal")
LABELS = "labels.csv"
PEOPLE, FPS, SECONDS, AGES = 40, 25.0, (2.0, 3.0), (19.0, 58.0)
PRESENT = 0.3
"""A unit is said to be present where its activation is at least this on one side of the face (1: strong but natural).

The generator's stray units stay below a quarter: what is present belongs to the expression.
"""
UNKNOWN = 0.1
"""Share of the labels of units, drawn at random, that are left empty: not known."""
ANGLES: Mapping[str, float] = {
    "happiness": 7.8, "surprise": 69.8, "anger": 99.0, "fear": 116.0, "disgust": 123.0, "sadness": 207.5
}  # fmt: skip
"""Degrees from pleasure towards arousal, where Russell (1980, J. Pers. Soc. Psychol. 39(6), doi:10.1037/h0077714) finds
happy, astonished, angry, afraid, annoyed and sad on the circumplex; that disgust is where he has annoyed is ours."""


class Generated(DataSet):
    """Videos of single expressions and a file of what is known of their frames (``frame_labels``)."""

    name = "generated"
    title = "generated people (not a real data set)"
    reference = "drawn by fer_lab's own generator; it has no real counterpart"
    request = "nobody: it is drawn here (source=embedded); source=real reads videos of your own in the same layout"
    terms = "none: no real person is in it"
    tree = """
generated/
  labels.csv                    columns path, and frame (0-based) or time (seconds); then any of
                                emotion, AU1 ... AU26 (1, 0, or empty: not known), valence, arousal (-1 to 1)
  subject_001/happiness.mp4     <person>/<any name>, paths as in labels.csv
  ...
  subjects.csv                  may be absent: subject,age,sex,skin_tone,glasses,beard
"""
    advice = f"set paths.generated to a folder of videos with a {LABELS}"
    published: Mapping[str, int] = {}
    targets: Mapping[str, Target] = {
        "emotion": Classes(EMOTIONS),
        "action_units": Labels(UNITS),
        "affect": Values(AFFECT, low=-1.0, high=1.0),
    }
    by_frame = frozenset({"action_units", "affect"})
    attributes = OF_PEOPLE
    publishable = True
    invented = True
    twin_version = 2

    def index(self, root: Path) -> pd.DataFrame:
        """One row a video that ``labels.csv`` names; target ``emotion`` where the file has it. See ``DataSet.index``.

        The column ``known`` is a hash of what the file says of the video, so that other labels are other data. Rows of
        frames that a video does not have are counted in ``attrs["skipped"]``.

        Raises:
            DataError: there is no such file, a column is missing, or a video has two emotions.
        """
        if not (root / LABELS).is_file():
            raise self.missing(root, f"there is no {LABELS} in")
        table = frame_labels.read(root / LABELS)
        files = {file for file in list_files(root) if PurePosixPath(file).suffix.lower() in VIDEO_SUFFIXES}
        labelled = {str(path): own for path, own in table.groupby("path")}
        skipped = [skip(file, root, f"is not in {LABELS}") for file in sorted(files - set(labelled))]
        skipped += [skip(path, root, f"is in {LABELS} but not there") for path in sorted(set(labelled) - files)]
        there = {path: own for path, own in labelled.items() if path in files}
        outside = {path: frame_labels.beyond(root, root / LABELS, path, own) for path, own in there.items()}
        skipped += [skip(path, root, reason) for path, reason in outside.items() if reason]
        rows = [_row(root / LABELS, path, own) for path, own in there.items()]
        return join_subjects(self.make_index(root, rows, skipped), root)

    def face_targets(self, root: Path, index: pd.DataFrame, frames: pd.DataFrame, target: str) -> pd.DataFrame | None:
        """Labels of units, or valence and arousal, of each face's frame; see ``DataSet.face_targets``.

        Raises:
            DataError: ``labels.csv`` lacks a column or has an empty one, a value out of range, or a frame twice.
        """
        if target not in self.by_frame:
            return None
        paths = frames["id"].map(index.set_index("id")["path"])
        return frame_labels.of_frames(root / LABELS, self.targets[target], paths, frames)

    def twin_bytes(self, scale: TwinScale) -> int:
        """About the room it takes on disk."""
        frames = (scale.frames_per_window or SECONDS[1] * FPS) + 2
        return int(len(people(self.name, PEOPLE, scale)) * len(EMOTIONS) * frames * scale.size**2 * BYTES_PER_PIXEL)

    def write_twin(self, root: Path, scale: TwinScale, workers: int = 1) -> None:
        """Write a video of each emotion of each person, with truth, ``labels.csv`` and ``subjects.csv``."""
        everyone = [_person(f"subject_{i:03d}", seed) for i, seed in enumerate(people(self.name, PEOPLE, scale), 1)]
        write_people(root, everyone, save_video, scale, workers)
        labels = [_labels(root, recording) for person in everyone for recording in person.recordings]
        pd.concat(labels).to_csv(root / LABELS, index=False, lineterminator="\n", float_format="%.4f")


def circumplex(emotion: str) -> NDArray[np.float64]:
    """Valence and arousal of an emotion at its full intensity, on the unit circle; neutral is the origin.

    A model of ours: an emotion's place in Russell's circumplex; how far from the origin it is, is its intensity.
    """
    if emotion not in ANGLES:
        return np.zeros(2)
    angle = np.radians(ANGLES[emotion])
    return np.array([np.cos(angle), np.sin(angle)])


def shown_affect(action_units: NDArray[np.float64], emotion: str) -> NDArray[np.float64]:
    """Valence and arousal of frames (T, 2): the emotion's place, times how much of its units they show.

    Args:
        action_units: activations (T, units) of the generator's truth.
        emotion: what is performed.
    """
    from fer_lab.generator.action_units import au_vector  # takes long to import
    from fer_lab.generator.expressions import EXPRESSIONS

    prototype = au_vector(EXPRESSIONS[emotion])
    shown = np.clip(action_units @ prototype / np.maximum(prototype @ prototype, 1e-9), 0, 1)
    affect: NDArray[np.float64] = shown[:, None] * circumplex(emotion)
    return affect


def _row(file: Path, path: str, own: pd.DataFrame) -> dict[str, object]:
    known = {"known": frame_labels.digest_of(own)}
    emotion = {"emotion": frame_labels.single(file, own, "emotion", EMOTIONS)} if "emotion" in own else {}
    subject = PurePosixPath(path).parts[0] if "/" in path else ""
    return {"id": path, "path": path, "kind": "video", "subject": subject, "fps": np.nan, **emotion, **known}


def _person(subject: str, identity: int) -> Person:
    recordings = []
    for emotion in EMOTIONS:
        seed = seed_of(Generated.name, identity, emotion)
        recordings.append(Recording(f"{subject}/{emotion}", emotion, seed, seed, FPS, SECONDS))
    return Person(subject, identity, AGES, tuple(recordings))


def _labels(root: Path, recording: Recording) -> pd.DataFrame:
    """What the generator knows of the frames of a recording, as its rows of ``labels.csv``."""
    from fer_lab.generator import Truth  # takes long to import
    from fer_lab.generator.action_units import au_indices

    truth = Truth.load(truth_path(root, recording.id)).action_units.astype(np.float64)
    sides = partial(_stronger_side, truth)
    active = np.stack([sides(au_indices(unit)) for unit in UNITS], axis=1) >= PRESENT
    hidden = np.random.default_rng([recording.seed, 1]).random(active.shape) < UNKNOWN
    about = {"path": f"{recording.id}.mp4", "frame": range(len(truth)), "emotion": recording.emotion}
    units = pd.DataFrame(active, columns=list(UNITS)).astype("Int64").mask(pd.DataFrame(hidden, columns=list(UNITS)))
    affect = pd.DataFrame(shown_affect(truth, recording.emotion), columns=list(AFFECT))
    return pd.concat([pd.DataFrame(about), units, affect], axis=1)


def _stronger_side(action_units: NDArray[np.float64], columns: Sequence[int]) -> NDArray[np.float64]:
    side: NDArray[np.float64] = action_units[:, list(columns)].max(axis=1)
    return side
