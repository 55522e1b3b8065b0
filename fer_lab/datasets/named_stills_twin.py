"""The twins of single images whose names say who shows what: one performance a take, photographed at its strongest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fer_lab.datasets.base import TwinScale
from fer_lab.datasets.stills import as_grey, wanted
from fer_lab.datasets.twins import IDENTITIES, SUPERSAMPLING, seed_of, share
from fer_lab.errors import ConfigError
from fer_lab.media import Image, write_image
from fer_lab.phases import counted
from fer_lab.storage import make_folder

if TYPE_CHECKING:
    from fer_lab.generator import Identity

FPS, SECONDS, INTENSITY = 10.0, 1.5, (0.75, 1.15)
"""Of a take, of which only the last frame, where the expression is strongest, is drawn."""
ASIDE = 0.3
"""How far the irises are moved by somebody who looks to a side, cm."""


@dataclass(frozen=True)
class Sitter:
    """A person before the camera: the unit that a worker process draws.

    Attributes:
        number: from 1, of all.
        place: from 1, of their group and sex.
        group, sex: as the data set's ``cast`` says.
        identity: seed of the generator's person.
    """

    number: int
    place: int
    group: str
    sex: str
    identity: int


@dataclass(frozen=True)
class Shot:
    """A picture of a sitter.

    Attributes:
        path: below the root, with its extension.
        emotion: what is shown.
        take: what is played; shots of one take show the same moment.
        angle: of the head, degrees; below 0 where the left side of the face is seen.
        gaze: of the irises, cm; above 0 to the right of the picture.
        light: of the camera, as ``fer_lab.generator.render`` calls it.
        changed: whether somebody has been to the hairdresser since.
    """

    path: str
    emotion: str
    take: str
    angle: float = 0.0
    gaze: float = 0.0
    light: str = "normal"
    changed: bool = False


Shots = Callable[[Sitter], Sequence[Shot]]


def sitters(name: str, cast: Sequence[tuple[str, str, int]], subjects: int | None) -> list[Sitter]:
    """The people of a twin, spread evenly over the cast where fewer are asked for.

    Raises:
        ConfigError: nobody is asked for.
    """
    from fer_lab.generator import Identity  # takes long to import

    if subjects is not None and subjects < 1:
        raise ConfigError(f"profile.subjects={subjects}", expected="1 or more, or null for as many as were published")
    pools: dict[str, list[int]] = {"male": [], "female": []}
    for seed in IDENTITIES[name]:
        pools[Identity(seed).attributes["sex"]].append(seed)
    seats = [(place, group, sex) for group, sex, count in cast for place in range(1, count + 1)]
    everyone = [
        Sitter(number, place, group, sex, pools[sex].pop(0)) for number, (place, group, sex) in enumerate(seats, 1)
    ]
    count = min(len(everyone), subjects or len(everyone))
    return [everyone[place * len(everyone) // count] for place in range(count)]


def share_of(everyone: Sequence[Sitter], shots: Shots, scale: TwinScale) -> float:
    """Which share of their pictures is drawn."""
    whole = sum(len(shots(sitter)) for sitter in everyone)
    return wanted(whole, scale) / whole


def write(
    root: Path, name: str, everyone: Sequence[Sitter], shots: Shots, grey: bool, scale: TwinScale, workers: int
) -> list[tuple[str, Mapping[str, Any]]]:
    """Draw the pictures of everyone; of each the path of one, and what is true of the person."""
    kept = partial(_kept, shots=shots, part=share_of(everyone, shots, scale))
    work = partial(_sit, root=root, name=name, kept=kept, grey=grey, size=scale.size)
    return list(counted("twins", share(work, everyone, workers), len(everyone), "people"))


def _kept(sitter: Sitter, shots: Shots, part: float) -> list[Shot]:
    """A share of somebody's pictures: of those of each expression as many, at random, and one at least."""
    rng, by_emotion = np.random.default_rng(sitter.identity), dict[str, list[Shot]]()
    for shot in shots(sitter):
        by_emotion.setdefault(shot.emotion, []).append(shot)
    return [
        own[place]
        for own in by_emotion.values()
        for place in sorted(rng.choice(len(own), max(1, round(len(own) * part)), replace=False))
    ]


def _sit(sitter: Sitter, root: Path, name: str, kept: Shots, grey: bool, size: int) -> tuple[str, Mapping[str, Any]]:
    from fer_lab.generator import Identity  # takes long to import

    identity, shots = Identity(sitter.identity), kept(sitter)
    for shot in shots:
        seen = identity.changed() if shot.changed else identity
        picture = photographed(seen, shot, seed_of(name, sitter.identity, shot.take), size)
        make_folder((root / shot.path).parent)
        write_image(root / shot.path, as_grey(picture) if grey else picture)
    return shots[0].path, identity.attributes


def photographed(identity: Identity, shot: Shot, seed: int, size: int) -> Image:
    """A picture: uint8 (size, size, 3); ``seed`` is that of the take."""
    from fer_lab.generator import Difficulty, Performance, perform, render  # takes long to import

    difficulty = Difficulty(intensity=INTENSITY)
    played = perform(seed, shot.emotion, fps=FPS, duration=SECONDS, until_apex=True, difficulty=difficulty)
    pose = played.pose[-1:] + np.array([[shot.angle, 0.0, 0.0]])
    gaze = played.gaze[-1:] + np.array([[shot.gaze, 0.0]])
    moment = Performance(played.action_units[-1:], pose, gaze, played.shift[-1:])
    frames, _ = render(
        identity, moment, [0], size=size, supersampling=SUPERSAMPLING, light=shot.light, seed=seed_of(shot.path)
    )
    picture: Image = frames[0]
    return picture
