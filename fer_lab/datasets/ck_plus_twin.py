"""The twin of CK+: who shows what, and its two layouts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_lab.datasets import ck_plus_archive as archive
from fer_lab.datasets.base import TwinScale
from fer_lab.datasets.ck_plus_images import FOLDERS
from fer_lab.datasets.stills import as_grey, cut_out
from fer_lab.datasets.twins import (
    IDENTITIES,
    Person,
    Recording,
    duration_of,
    record,
    seed_of,
    share,
    truth_path,
    write_people,
    write_subjects,
)
from fer_lab.labels import normalise
from fer_lab.media import write_image
from fer_lab.phases import counted
from fer_lab.storage import make_folder

NAME = "ck_plus"
SEQUENCES: Mapping[str, int] = {
    "anger": 45,
    "disgust": 59,
    "fear": 25,
    "happiness": 69,
    "sadness": 28,
    "surprise": 83,
    "contempt": 18,
}
"""Labelled sequences of each class (Moravčík 2021, Table 4.2); 118 people show them."""
PEOPLE, FEWEST_PEOPLE, FEWEST_OF_A_CLASS = 118, 12, 2
A_SEQUENCE = 3
"""How many frames of a sequence, the last ones, are among the images."""
UNLABELLED = 8
"""In the archive, one person in so many has a further sequence that is not labelled."""
SECONDS = (0.4, 1.6)
AGES = (19, 50)
INTENSITY = (0.75, 1.15)
"""The expressions are posed, and the last frames show their peak."""
RENDERED = 128
"""Side of the frames that the images are cut out of, px."""
ZOOM = 1.0
"""Side of what is cut out, relative to the landmarks' larger extent."""


def everyone(stills: int) -> list[Person]:
    """The people of a twin of about so many images, each with the sequences he or she is labelled in."""
    cast = _cast(stills / (A_SEQUENCE * sum(SEQUENCES.values())))
    seeds = IDENTITIES[NAME]
    return [_person(f"S{10 + place:03d}", seeds[place], emotions) for place, emotions in enumerate(cast)]


def recordings(stills: int) -> int:
    """How many sequences are written into an archive of that size."""
    return sum(len(person.recordings) for person in _with_unlabelled(everyone(stills)))


def write_images(root: Path, people: Sequence[Person], side: int, workers: int) -> None:
    """Write the last frames of every recording as faces, grey, and ``subjects.csv``."""
    work = partial(_write_faces, root=root, side=side)
    write_subjects(root, list(counted("twins", share(work, people, workers), len(people), "people")))


def write_archive(root: Path, people: Sequence[Person], scale: TwinScale, workers: int) -> None:
    """Write frames, labels, action units and truth of every recording, and ``subjects.csv``."""
    everybody = _with_unlabelled(people)
    write_people(root, everybody, _save, scale, workers)
    labelled = {recording.id for person in people for recording in person.recordings}
    for person in everybody:
        for recording in person.recordings:
            _write_texts(root, recording, recording.id in labelled)


def _cast(part: float) -> list[tuple[str, ...]]:
    """Who shows what: the emotions of each person, at least one and never all, for a share of the real numbers."""
    rng = np.random.default_rng(seed_of(NAME, "cast"))
    people = max(FEWEST_PEOPLE, round(PEOPLE * part))
    shown = np.zeros((people, len(SEQUENCES)), np.bool_)
    for emotion, count in enumerate(SEQUENCES.values()):
        shown[rng.choice(people, max(FEWEST_OF_A_CLASS, round(count * part)), replace=False), emotion] = True
    while not shown.any(axis=1).all() or shown.all(axis=1).any():
        idlest, busiest = shown.sum(axis=1).argmin(), shown.sum(axis=1).argmax()
        emotion = rng.choice(np.flatnonzero(shown[busiest] & ~shown[idlest]))
        shown[[busiest, idlest], emotion] = False, True
    return [tuple(np.array(list(SEQUENCES))[row].tolist()) for row in shown]


def _person(subject: str, identity: int, emotions: Sequence[str]) -> Person:
    """The order of a person's sequences does not tell what they show."""
    order = np.random.default_rng(seed_of(NAME, identity, "order")).permutation(len(emotions))
    shown = [_recording(subject, identity, number, emotions[place]) for number, place in enumerate(order, 1)]
    return Person(subject, identity, AGES, tuple(shown))


def _recording(subject: str, identity: int, number: int, emotion: str) -> Recording:
    seed = seed_of(NAME, identity, emotion)
    id_ = f"{subject}_{number:03d}"
    return Recording(id_, emotion, seed, seed, archive.FPS, SECONDS, until_apex=True, intensity=INTENSITY)


def _with_unlabelled(people: Sequence[Person]) -> list[Person]:
    return [_one_more(person) if place % UNLABELLED == 0 else person for place, person in enumerate(people)]


def _one_more(person: Person) -> Person:
    shown = {recording.emotion for recording in person.recordings}
    emotion = next(name for name in SEQUENCES if name not in shown)
    more = _recording(person.subject, person.identity, len(person.recordings) + 1, emotion)
    return Person(person.subject, person.identity, person.ages, (*person.recordings, more))


def _write_faces(person: Person, root: Path, side: int) -> dict[str, Any]:
    from fer_lab.generator import Identity  # takes long to import

    identity = Identity(person.identity, age_range=person.ages)
    for recording in person.recordings:
        numbers, images, truth = record(recording, identity, _last, RENDERED)
        folder = make_folder(root / "CK+48" / _folder(recording.emotion))
        for number, image, landmarks in zip(numbers, images, truth.landmarks, strict=True):
            write_image(folder / f"{recording.id}_{number + 1:08d}.png", cut_out(image, landmarks, side, ZOOM))
    return {"subject": person.subject, **identity.attributes}


def _last(count: int) -> list[int]:
    return list(range(count - A_SEQUENCE, count))


def _folder(emotion: str) -> str:
    return next(folder for folder in FOLDERS if normalise(folder) == emotion)


def _save(place: Path, numbers: Sequence[int], images: Sequence[NDArray[np.uint8]], fps: float) -> None:
    folder = make_folder(place.parent / archive.FRAMES / Path(*place.name.split("_")))
    for number, image in zip(numbers, images, strict=True):
        write_image(folder / f"{place.name}_{number + 1:08d}.png", as_grey(image))


def _write_texts(root: Path, recording: Recording, labelled: bool) -> None:
    """The label and the action units of the last frame; numbers are written as in the real files."""
    frames = round(duration_of(recording.seed, *recording.seconds, recording.fps) * recording.fps)
    name, below = f"{recording.id}_{frames:08d}", Path(*recording.id.split("_"))
    lines = [f"   {unit:.7e}   {strength:.7e}\n" for unit, strength in _units(truth_path(root, recording.id))]
    (make_folder(root / archive.UNITS / below) / f"{name}_facs.txt").write_text("".join(lines))
    if labelled:
        code = archive.CODES.index(recording.emotion)
        (make_folder(root / archive.LABELS / below) / f"{name}_emotion.txt").write_text(f"   {code:.7e}\n")


def _units(truth: Path) -> Iterator[tuple[int, int]]:
    """The action units of the last frame that can be seen, and their strengths, 1 (a trace) to 5, as FACS counts."""
    from fer_lab.generator import AU_NAMES, Truth

    shown: dict[int, float] = {}
    for name, activation in zip(AU_NAMES, Truth.load(truth).action_units[-1], strict=True):
        unit = int(name.strip("AURL"))
        shown[unit] = max(shown.get(unit, 0.0), float(activation))
    yield from ((unit, min(5, int(5 * most) + 1)) for unit, most in sorted(shown.items()) if most >= 0.1)
