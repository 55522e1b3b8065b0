"""SASE-FE: genuine and deceptive expressions of emotion, short videos at 100 frames a second."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from fer_lab.datasets.base import OF_PEOPLE, DataSet, TwinScale, join_subjects, skip
from fer_lab.datasets.twins import BYTES_PER_PIXEL, Person, Recording, people, save_video, seed_of, write_people
from fer_lab.errors import ConfigError
from fer_lab.evaluation.target import Target
from fer_lab.evaluation.targets import Classes
from fer_lab.media import VIDEO_SUFFIXES
from fer_lab.storage import MANIFEST, visible

EMOTIONS = ("happiness", "sadness", "anger", "disgust", "contempt", "surprise")
VERACITY = ("genuine", "deceptive")
NAMES: Mapping[str, tuple[str, str]] = {
    f"{emotion}_{veracity}": (emotion, veracity) for emotion in EMOTIONS for veracity in VERACITY
}
"""Name of a video without its extension -> emotion, veracity."""
BESIDE = frozenset({"subjects.csv", "truth", MANIFEST})
"""What may lie beside the folders of the people."""
SECONDS = (3.0, 4.0)
AGES = (19, 36)


class SaseFe(DataSet):
    """SASE-FE in the layout of its twin (ours: the real layout is not published).

    Args:
        names: file name without extension -> ``(emotion, veracity)``, for copies that are named otherwise.
    """

    name = "sase_fe"
    title = "SASE-FE"
    reference = (
        "Kulkarni, Corneanu, Ofodile, Escalera, Baró, Hyniewska, Allik, Anbarjafari: Automatic recognition of facial "
        "displays of unfelt emotions. IEEE Transactions on Affective Computing, 2018"
    )
    request = "http://icv.tuit.ut.ee/sase-fe-database.html (iCV research lab, University of Tartu; by e-mail)"
    terms = "given on request to researchers; ask before showing anyone's face"
    tree = """
sase_fe/
  subject_01/
    happiness_genuine.mp4     <emotion>_<genuine|deceptive>, 100 frames a second, 3-4 s, twelve a subject
    happiness_deceptive.mp4   emotions: happiness sadness anger disgust contempt surprise
    ...
  subject_02/ ...
  subjects.csv                may be absent: subject,age,sex,skin_tone,glasses,beard
"""
    published: Mapping[str, int] = {"videos": 643, "subjects": 50}  # García Zapata 2018, sec. 5.1
    targets: Mapping[str, Target] = {
        "emotion": Classes(EMOTIONS),
        "veracity": Classes(VERACITY),
        "hidden": Classes(tuple(NAMES)),
    }
    attributes = OF_PEOPLE
    fps = 100.0
    twin_version = 2

    def __init__(self, names: Mapping[str, Sequence[str]] = NAMES) -> None:
        self.names = {stem: _checked(stem, label) for stem, label in names.items()}

    def index(self, root: Path) -> pd.DataFrame:
        """One row a video; targets ``emotion`` (6), ``veracity`` (2), ``hidden`` (12). See ``DataSet.index``.

        Raises:
            DataError: there is no folder, or no video in a folder of a person (videos that lie flat are named).
        """
        if not root.is_dir():
            raise self.missing(root, "there is no folder")
        skipped: list[dict[str, str]] = []
        rows = list(self._rows(root, skipped))
        flat = [item.name for item in visible(root) if _is_video(item)]
        if flat and not rows:
            raise self.missing(
                root, f"{len(flat)} videos ({flat[0]}, ...) lie flat, not in a folder subject_<anything> a person, in"
            )
        return join_subjects(self.make_index(root, rows, skipped), root)

    def _rows(self, root: Path, skipped: list[dict[str, str]]) -> Iterator[dict[str, Any]]:
        for item in visible(root, but=BESIDE):
            if not (item.is_dir() and item.name.startswith("subject_")):
                skipped.append(skip(item, root, _no_person(item)))
                continue
            for file in visible(item):
                if file.stem in self.names and _is_video(file):
                    yield self._row(file.relative_to(root))
                else:
                    skipped.append(skip(file, root, "not a video named <emotion>_<genuine|deceptive>"))

    def _row(self, file: Path) -> dict[str, Any]:
        emotion, veracity = self.names[file.stem]
        return {
            "id": file.with_suffix("").as_posix(),
            "path": file.as_posix(),
            "kind": "video",
            "subject": file.parts[0],
            "fps": self.fps,
            "emotion": emotion,
            "veracity": veracity,
            "hidden": f"{emotion}_{veracity}",
        }

    def twin_options(self) -> Mapping[str, Any]:
        """The names of the files."""
        return {"names": self.names}

    def twin_bytes(self, scale: TwinScale) -> int:
        """About the room it takes on disk."""
        videos = len(people(self.name, self.published["subjects"], scale)) * len(self.names)
        frames = scale.frames_per_window or SECONDS[1] * self.fps * (scale.window[1] - scale.window[0])
        return int(videos * (frames + 2) * scale.size**2 * BYTES_PER_PIXEL)

    def write_twin(self, root: Path, scale: TwinScale, workers: int = 1) -> None:
        """Write videos of neutral -> expression, genuine and deceptive, with truth and ``subjects.csv``."""
        seeds = people(self.name, self.published["subjects"], scale)
        everyone = [self._person(f"subject_{i:02d}", seed) for i, seed in enumerate(seeds, 1)]
        write_people(root, everyone, save_video, scale, workers)

    def _person(self, subject: str, identity: int) -> Person:
        recordings = []
        for stem, (emotion, veracity) in self.names.items():
            genuine = veracity == "genuine"
            seed = seed_of(self.name, identity, emotion, int(genuine))
            recordings.append(Recording(f"{subject}/{stem}", emotion, seed, seed, self.fps, SECONDS, genuine))
        return Person(subject, identity, AGES, tuple(recordings))


def _is_video(item: Path) -> bool:
    return item.suffix.lower() in VIDEO_SUFFIXES and not item.is_dir()


def _no_person(item: Path) -> str:
    if _is_video(item):
        return "lies flat: a video belongs in the folder subject_<anything> of its person"
    return "not a folder subject_<anything>"


def _checked(stem: str, label: Sequence[str]) -> tuple[str, str]:
    if len(label) != 2 or label[0] not in EMOTIONS or label[1] not in VERACITY:
        raise ConfigError(
            f"data.dataset.names: {stem!r} means {list(label)!r}",
            expected=f"[emotion, veracity] out of {', '.join(EMOTIONS)} and {', '.join(VERACITY)}",
        )
    return label[0], label[1]
