"""MMI: posed expressions and action units, a folder a session, each with XML files that describe it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd

from fer_lab.datasets.base import OF_PEOPLE, DataSet, TwinScale, join_subjects, skip
from fer_lab.datasets.twins import BYTES_PER_PIXEL, Person, Recording, people, save_video, seed_of, write_people
from fer_lab.evaluation.target import Target
from fer_lab.evaluation.targets import Classes
from fer_lab.media import IMAGE_SUFFIXES, VIDEO_SUFFIXES, Unreadable, list_files, read_bytes

EMOTIONS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
"""In the order of their numbers in the XML files, from 1; higher ones are other states, such as boredom."""
SESSION = "session.xml"
FROM_THE_SIDE = "1"
"""What a session's file calls a profile view; 0 is frontal, 2 is both at once."""
KINDS: Mapping[str, str] = dict.fromkeys(VIDEO_SUFFIXES, "video") | dict.fromkeys(IMAGE_SUFFIXES, "image")
SUBJECT = re.compile(r"(S\d+)-\d+")
FPS, SECONDS, AGES, INTENSITY = 24.0, (40 / 24, 120 / 24), (19, 58), (0.75, 1.15)
PEAK = (0.35, 0.65)
"""Where a session of the twin is strongest, shares of its duration."""
FURTHER = 5
"""One person of the twin in so many has a session of action units alone, without an emotion."""


class Mmi(DataSet):
    """The sessions of MMI that are labelled with one of the six emotions and not seen from the side.

    Sessions, their files and what is read of these are known from published code that reads the data. The twin's file
    names and durations are ours; the real database has sequences of 40 to 520 frames.
    """

    name = "mmi"
    title = "MMI"
    reference = (
        "Pantic, Valstar, Rademaker, Maat: Web-based database for facial expression analysis. "
        "IEEE International Conference on Multimedia and Expo (ICME), 2005"
    )
    request = "the MMI Facial Expression Database (https://mmifacedb.eu)"
    terms = "a signed licence, research only; only the people whom the licence names may be shown in publications"
    tree = """
mmi/
  Sessions/1767/              one folder a session, by its number; may lie anywhere
    S001-100.avi                person and number; a video or a picture
    S001-100.xml                <Metatag Name="Emotion" Value="1"/>: 1 anger 2 disgust 3 fear 4 happiness
                                5 sadness 6 surprise; without one it is not labelled: listed, not used
    session.xml                 <track view="0"/>: 0 frontal, 2 frontal and profile; 1, profile, is listed, not used
  subjects.csv                may be absent: subject,age,sex,skin_tone,glasses,beard
"""
    published: Mapping[str, int] = {"subjects": 19}
    """Athanasiadis 2022, Table 3.1. The database has grown since it was described: how much is labelled is not said."""
    described: Mapping[str, int | str] = {
        "elicitation": "posed", "videos": 2900, "subjects": 75, "subjects_of_2005": 19,
        "fps": 24, "lengths": "40 to 520",
    }  # fmt: skip
    """``_of_2005``, rate and lengths as Pantic et al. tell them; "over 2900 videos" of 75 people are the site's."""
    targets: Mapping[str, Target] = {"emotion": Classes(EMOTIONS)}
    attributes = OF_PEOPLE
    twin_is_whole = True
    twin_version = 2
    everyone_shows_all = False

    def index(self, root: Path) -> pd.DataFrame:
        """One row a video or picture of a labelled session; target ``emotion`` (6). See ``DataSet.index``.

        Raises:
            DataError: there is no folder, or no labelled session in it.
        """
        if not root.is_dir():
            raise self.missing(root, "there is no folder")
        skipped: list[dict[str, str]] = []
        return join_subjects(self.make_index(root, list(_rows(root, skipped)), skipped), root)

    def twin_bytes(self, scale: TwinScale) -> int:
        """About the room it takes on disk."""
        videos = sum(len(person.recordings) for person in everyone(scale))
        return int(videos * ((scale.frames_per_window or SECONDS[1] * FPS) + 2) * scale.size**2 * BYTES_PER_PIXEL)

    def write_twin(self, root: Path, scale: TwinScale, workers: int = 1) -> None:
        """Write sessions neutral -> peak -> neutral with their XML files, truth and ``subjects.csv``."""
        everybody = everyone(scale)
        write_people(root, everybody, save_video, replace(scale, window=(0.0, 1.0)), workers)
        for person in everybody:
            for number, session in enumerate(person.recordings, 1):
                _describe(root / session.id, number if number <= len(EMOTIONS) else None)


def everyone(scale: TwinScale) -> list[Person]:
    """The people of a twin, each with a session of every emotion, some with a seventh one."""
    seeds = people(Mmi.name, Mmi.published["subjects"], scale)
    return [_person(place, seed) for place, seed in enumerate(seeds)]


def _person(place: int, identity: int) -> Person:
    shown = [*EMOTIONS, *(["surprise"] if place % FURTHER == 0 else [])]
    sessions = []
    for number, emotion in enumerate(shown, 1):
        seed = seed_of(Mmi.name, identity, number)
        peak = float(np.random.default_rng([seed, 1]).uniform(*PEAK))
        id_ = f"Sessions/{100 * (place + 1) + number}/S{place + 1:03d}-{number:03d}"
        sessions.append(Recording(id_, emotion, seed, seed, FPS, SECONDS, peak=peak, intensity=INTENSITY))
    return Person(f"S{place + 1:03d}", identity, AGES, tuple(sessions))


def _describe(place: Path, emotion: int | None) -> None:
    """Write the XML files of a session, with the number of its emotion if it has one."""
    tag = "" if emotion is None else f'<Metatag Name="Emotion" Value="{emotion}"/>'
    place.with_name(f"{place.name}.xml").write_text(f"<Annotation>{tag}</Annotation>\n")
    place.with_name(SESSION).write_text('<Session><track view="0"/></Session>\n')


def _rows(root: Path, skipped: list[dict[str, str]]) -> Iterator[dict[str, Any]]:
    for file in list_files(root):
        path = PurePosixPath(file)
        kind = KINDS.get(path.suffix.lower())
        if kind is None:  # XML files and what else belongs to a session
            continue
        name = SUBJECT.fullmatch(path.stem)
        emotion, reason = _emotion(root, path) if name else ("", "its name is not S<person>-<number>")
        if reason or name is None:
            skipped.append(skip(file, root, reason))
            continue
        facts = {"id": path.with_suffix("").as_posix(), "path": file, "kind": kind, "subject": name[1], "fps": np.nan}
        yield facts | {"emotion": emotion}


def _emotion(root: Path, path: PurePosixPath) -> tuple[str, str]:
    """The emotion of a session's file, or '' and why it has none that can be used."""
    try:
        track = next(_xml(root, path.with_name(SESSION)).iter("track"), None)
        tags = _xml(root, path.with_suffix(".xml")).iter("Metatag")
        codes = [tag.get("Value", "") for tag in tags if tag.get("Name") == "Emotion"]
    except Unreadable as error:
        return "", f"{error.path} cannot be read: {error.reason}"
    if track is not None and track.get("view") == FROM_THE_SIDE:
        return "", "seen from the side"
    if len(codes) != 1:
        return "", f"{len(codes)} emotions: {', '.join(codes)}" if codes else "not labelled with an emotion"
    meanings = {str(number): emotion for number, emotion in enumerate(EMOTIONS, 1)}
    return meanings.get(codes[0], ""), "" if codes[0] in meanings else f"its emotion is {codes[0]}, not 1 to 6"


def _xml(root: Path, path: PurePosixPath) -> ElementTree.Element:
    """A small XML file. One that defines entities is refused: it could claim to hold anything.

    Raises:
        Unreadable: it is not there, or is none.
    """
    data = read_bytes(root, path.as_posix())
    if b"<!ENTITY" in data:
        raise Unreadable(path.as_posix(), "it defines entities")
    try:
        return ElementTree.fromstring(data)
    except ElementTree.ParseError as error:
        raise Unreadable(path.as_posix(), f"no XML ({error})") from error
